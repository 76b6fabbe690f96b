"""Which pictures a folder holds for training, what their classes are, and how they are divided."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...errors import ExplorerError
from ...images.folder import list_pictures, natural_key, relative
from .captions import FILE, Captioned, is_captioned, read_captioned
from .examples import Dataset, Examples, Problem, Task
from .layouts import VALIDATION, Labelled, by_file_names, by_folders, half_of
from .tables import by_tables, class_names, tables_in

_FEW = 5  # training pictures; of a class with fewer, little can be learned
_NAME_FILES = ("classes.txt", "class_names.txt", "labels.txt")
_NAMED = 10  # classes that a problem names
_LOOKED_FOR = (
    "Looked for: files called {class}_{id}.jpg; a folder per class; a CSV of filename,label. "
    "Each may lie in “train”, beside “val”."
)
_CAPTIONED = f"{FILE} lies there: its captions can be learned, by the recipe “captioner”."
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class _Half:
    """The pictures of a folder, and their classes as they are written."""

    folder: Path
    labelled: Labelled


def find_dataset(
    folder: Path,
    validation: Path | None = None,
    *,
    fraction: float = 0.2,
    seed: int = 0,
    names: Path | None = None,
    should_stop: ShouldStop = lambda: False,
    to_measure: bool = False,
    task: Task = "classify",
) -> Dataset:
    """The labelled pictures of a folder, or of a table; its layout is recognised.

    `task` “caption”: the captioned ones of a folder with captions.json, or of such a file.

    `validation`: another folder; None = one beside or in the first (train, val), what a table
    says, or a seeded `fraction` of each class. `names`: a text file with the classes' names; None
    = classes.txt, if there is one. `to_measure`: a model that is there already, so that one class
    is enough, a half may be empty, and a folder that is called as one is not looked beyond. Raises
    ExplorerError where nothing is recognised, Cancelled where it should stop.
    """
    folder = Path(os.path.abspath(folder))
    if task == "caption":
        return _captioned(folder, validation, fraction, seed, should_stop)
    tables = [folder] if folder.is_file() else None
    folder = folder.parent if tables else folder
    is_half = to_measure and half_of(folder.name) is not None
    own, beside = (folder, validation) if validation or tables or is_half else _halves(folder)
    train = _read(own, tables, should_stop)
    if not to_measure:
        _refuse_one_class(train)
    other = None if beside is None else _read(Path(os.path.abspath(beside)), None, should_stop)
    dataset = _dataset(train, other, fraction, seed, names)
    if not to_measure:
        _refuse_too_few(dataset)
    return dataset


def _halves(folder: Path) -> tuple[Path, Path | None]:
    """The folders of both halves, where the folder holds them, or is one of them."""
    inside, folders = _half_folders(folder)
    if "train" in inside and ("validation" in inside or folders == 1):
        return inside["train"], inside.get("validation")  # else “train” may be a class of vehicles
    if half_of(folder.name) == "train":
        return folder, _half_folders(folder.parent)[0].get("validation")
    return folder, None


def _half_folders(folder: Path) -> tuple[dict[str, Path], int]:
    """The sub-folders that are called as halves, the likeliest ones; and how many there are."""
    try:
        inside = {
            entry.name.lower(): Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()
        }
    except OSError:
        return {}, 0
    order = [name for name in ("training", "trn", "train", *reversed(VALIDATION)) if name in inside]
    return {half_of(name) or "": inside[name] for name in order}, len(inside)


def _read(folder: Path, tables: Sequence[Path] | None, should_stop: ShouldStop) -> _Half:
    """What a folder holds; raises where it has no pictures, or their classes cannot be told."""
    if not folder.is_dir():
        hint = "Choose another one, or connect the disk that it lies on."
        raise ExplorerError(f"The folder “{folder.name}” is not there.", hint)
    listing = list_pictures(folder, include_subfolders=True, should_stop=should_stop)
    pictures = [relative(row) for row in listing.rows]
    if not pictures:
        hint = "Choose the folder that holds the pictures, or the one above “train” and “val”."
        raise ExplorerError(f"There are no pictures in “{folder.name}”.", hint)
    found = _labelled(folder, pictures) if tables is None else by_tables(tables, folder, pictures)
    if found is None:
        reason = f"The classes of the pictures in “{folder.name}” are not told."
        raise ExplorerError(reason, _CAPTIONED if is_captioned(folder) else _LOOKED_FOR)
    return _Half(folder, found)


def _labelled(folder: Path, pictures: Sequence[str]) -> Labelled | None:
    """How pictures are labelled; None where it is in no known way."""
    if found := by_tables(tables_in(folder), folder, pictures) or by_folders(pictures):
        return found
    # A table beside the folder may name the classes that file names only number.
    beside = by_tables(tables_in(folder.parent), folder, pictures)
    found = by_file_names(pictures)
    return replace(found, names=beside.names) if found and beside else found or beside


def _refuse_one_class(half: _Half) -> None:
    classes = set(half.labelled.classes.values())
    if len(classes) < 2:
        needed = f"A classifier needs two classes or more. {_LOOKED_FOR}"
        raise ExplorerError(
            f"All pictures in “{half.folder.name}” are of one class, “{classes.pop()}”.",
            hint=_CAPTIONED if is_captioned(half.folder) else needed,
        )


def _dataset(
    train: _Half, other: _Half | None, fraction: float, seed: int, names: Path | None
) -> Dataset:
    """Both halves, with their classes as numbers."""
    halves = [train] if other is None else [train, other]
    classes, named = _classes(halves, names)
    numbers = {written: number for number, written in enumerate(classes)}
    examples = [_examples(half, numbers) for half in halves]
    if other is None:
        pair, divided = _divided(train.labelled, examples[0], fraction, seed, list(classes))
    else:
        pair, divided = (examples[0], examples[1]), f"“{other.folder.name}” validates"
    said = f"Classes are told by {train.labelled.said}{named}; {divided}."
    problems = [problem for half in halves for problem in half.labelled.problems]
    problems += _class_problems(pair, list(classes.values()))
    is_drawn = other is None and train.labelled.validation is None
    named_classes = tuple(classes.values())
    return Dataset(train.labelled.layout, said, named_classes, *pair, tuple(problems), is_drawn)


def _captioned(
    folder: Path, validation: Path | None, fraction: float, seed: int, should_stop: ShouldStop
) -> Dataset:
    """Captioned pictures in two halves: of two folders, or by lot."""
    if not folder.exists():
        raise ExplorerError(f"There is no folder “{folder.name}”.", hint="Choose another one.")
    is_own = validation is not None or is_captioned(folder)
    own, beside = (folder, validation) if is_own else _halves(folder)
    train = read_captioned(own, should_stop)
    if beside is None:
        return _drawn_captioned(train, fraction, seed)
    other = read_captioned(Path(os.path.abspath(beside)), should_stop)
    said = f"Captions are told by {FILE}; “{beside.name}” validates."
    problems = train.problems + other.problems
    return Dataset("captions", said, (), train.examples, other.examples, problems)


def _drawn_captioned(all_of_them: Captioned, fraction: float, seed: int) -> Dataset:
    examples = all_of_them.examples
    if len(examples) < 2:
        raise ExplorerError(
            "There are too few captioned pictures to train and to validate.",
            hint="Give a folder of pictures to validate with, or more pictures.",
        )
    validates = _drawn(np.arange(len(examples)), FILE, fraction, seed)
    train = np.setdiff1d(np.arange(len(examples)), validates).tolist()
    said = f"Captions are told by {FILE}; {100 * fraction:g} % are drawn to validate (seed {seed})."
    halves = examples.chosen(train), examples.chosen(sorted(validates.tolist()))
    return Dataset("captions", said, (), *halves, all_of_them.problems, is_drawn=True)


def _refuse_too_few(dataset: Dataset) -> None:
    if not all(map(len, dataset.halves)):
        hint = "Give a folder of pictures to validate with, or several pictures of each class."
        raise ExplorerError("There are too few pictures to train and to validate.", hint)


def _examples(half: _Half, numbers: Mapping[str, int]) -> Examples:
    labels = [numbers[written] for written in half.labelled.classes.values()]
    return Examples(half.folder, tuple(half.labelled.classes), np.array(labels, np.int64))


def _classes(halves: Sequence[_Half], names: Path | None) -> tuple[Mapping[str, str], str]:
    """Each class, as written → as people say it, in the order of labels; and who says so."""
    written = sorted({one for half in halves for one in half.labelled.classes.values()}, key=_order)
    folder = halves[0].folder
    for file in [names] if names else _names_near(folder):
        if said := class_names(file, written):
            return said, f", their names by {file.name}"
        if names:
            hint = "A line names a class: “0 Abyssinian”, or only “Abyssinian”."
            raise ExplorerError(f"{file.name} does not name the classes found here.", hint)
    said = {one: name for half in halves for one, name in half.labelled.names.items()}
    return {one: said.get(one, one) for one in written}, ""


def _order(written: str) -> tuple[bool, int, str]:
    """Numbers by their value, then words."""
    is_number = written.isascii() and written.isdecimal()
    return not is_number, int(written) if is_number else 0, natural_key(written)


def _names_near(folder: Path) -> list[Path]:
    """Files that may name the classes, the nearest first."""
    places = (folder, folder.parent, folder.parent.parent)
    files = [place / name for place in places for name in _NAME_FILES]
    return [file for file in files if file.is_file()]


def _divided(
    labelled: Labelled, all_of_them: Examples, fraction: float, seed: int, classes: Sequence[str]
) -> tuple[tuple[Examples, Examples], str]:
    """Both halves of one folder: as its table says, or by lot, and that in words."""
    if labelled.validation is not None:
        is_validation = np.array([name in labelled.validation for name in all_of_them.names])
        said = f"{labelled.said} says which validate"
    else:
        is_validation = np.zeros(len(all_of_them), bool)
        for label, written in enumerate(classes):
            places = np.flatnonzero(all_of_them.labels == label)
            is_validation[_drawn(places, written, fraction, seed)] = True
        said = f"{100 * fraction:g} % of each class are drawn to validate (seed {seed})"
    train, validation = (np.flatnonzero(half).tolist() for half in (~is_validation, is_validation))
    return (all_of_them.chosen(train), all_of_them.chosen(validation)), said


def _drawn(places: np.ndarray, written: str, fraction: float, seed: int) -> np.ndarray:
    """Some of a class's places; at least one stays, and where there are two, one is drawn.

    Each class is drawn by itself: others may come and go.
    """
    wanted = max(1, round(fraction * len(places)))
    chance = np.random.default_rng([seed, zlib.crc32(written.encode(errors="surrogateescape"))])
    return chance.permutation(places)[: min(wanted, len(places) - 1)] if len(places) else places


def _class_problems(pair: tuple[Examples, Examples], classes: Sequence[str]) -> list[Problem]:
    """Classes that one half has not, or that have few pictures."""
    train, validation = (half.counts(len(classes)) for half in pair)
    cases = (
        ((train == 0) & (validation > 0), "cannot be learned: no training pictures"),
        ((train == 0) & (validation == 0), "without any picture"),
        ((train > 0) & (validation == 0), "cannot be checked: no validation pictures"),
        ((train > 0) & (train < _FEW), f"hardly learned: fewer than {_FEW} training pictures"),
    )
    found = [([classes[at] for at in np.flatnonzero(case).tolist()], why) for case, why in cases]
    return [Problem(_about(names, why)) for names, why in found if names]


def _about(names: Sequence[str], why: str) -> str:
    shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return f"{len(names):,} class{'' if len(names) == 1 else 'es'} {why} ({shown})."

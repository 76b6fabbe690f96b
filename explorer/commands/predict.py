"""Say which class each picture belongs to, and write it as filename,label.

A picture is a file, a folder of pictures, or a pattern such as 'shots/*.jpg'. Labels are class
numbers, counted from 0. Files keep their names; where two have the same one, all are named
from the folder that they share.

Exit code: 0 labels were written (files that cannot be read are listed at the end), 1 no picture
could be read, 2 it cannot be done as asked, 130 stopped by Ctrl-C. The output file appears whole,
at the end, or not at all.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from tqdm import tqdm

from ..errors import Cancelled, ExplorerError
from ..images.folder import list_pictures, natural_key
from ..records import DEFAULT_MODEL, Framing, ModelInfo

if TYPE_CHECKING:
    from ..models.vit import ViT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `predict` takes."""
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="a file, a folder or a pattern")
    add("--recursive", action="store_true", help="look into sub-folders, too")

    add = parser.add_argument_group("output").add_argument
    add("--out", type=Path, default=Path("pred.csv"), help="the file to write (%(default)s)")
    add("--overwrite", action="store_true", help="replace that file if it is there")
    add("--names", action="store_true", help="write class names, too")
    add("--top-k", type=_count, metavar="K", help="write the K likeliest, with probabilities")

    add = parser.add_argument_group("model").add_argument
    add("--model", metavar="NAME", help=f"timm's name of a ViT ({DEFAULT_MODEL.name})")
    add("--weights", metavar="FILE", help="a checkpoint, its folder, or “random” (pretrained)")
    add("--heads", type=_count, help="heads per layer, where the checkpoint cannot say")
    add("--image-size", type=_count, nargs=2, metavar=("H", "W"), help="(the model's own)")
    add("--mean", type=_numbers, metavar="R,G,B", help="of pixels in 0..1 (the model's own)")
    add("--std", type=_numbers, metavar="R,G,B", help="of pixels in 0..1 (the model's own)")
    add("--framing", choices=get_args(Framing), help="what becomes square how (the model's own)")

    add = parser.add_argument_group("computing").add_argument
    add("--device", default="auto", help="auto, cuda, mps or cpu (%(default)s)")
    add("--precision", choices=["float32", "bfloat16"], default="float32", help="(%(default)s)")
    add("--batch-size", type=_count, default=16, metavar="N", help="pictures at once (%(default)s)")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 1 on")
    return int(text)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no list such as 0.5,0.5,0.5") from None


def find_pictures(places: Sequence[str], recursive: bool = False) -> list[Path]:
    """All files that are asked for, each once, in order; of folders, only pictures.

    What is not there is kept, so that it is said when it cannot be read.
    """
    found: dict[str, Path] = {}
    for place in places:
        for path in _files_at(place, recursive):
            found.setdefault(os.path.abspath(path), path)
    return list(found.values())


def _files_at(place: str, recursive: bool) -> Iterable[Path]:
    path = Path(place)
    if path.is_dir():
        listing = list_pictures(path, include_subfolders=recursive)
        return map(listing.path, listing.rows)
    if path.exists() or not has_magic(place):
        return [path]
    matches = [match for match in glob(place, recursive=True) if os.path.isfile(match)]
    return map(Path, sorted(matches, key=natural_key)) if matches else [path]


def name_files(paths: Sequence[Path]) -> list[str]:
    """Their names without folders; where those are not unique, from the folder that all share."""
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    absolute = [Path(os.path.abspath(path)) for path in paths]
    shared = Path(os.path.commonpath([path.parent for path in absolute]))
    return [path.relative_to(shared).as_posix() for path in absolute]


@dataclass(frozen=True)
class Table:
    """What is written of a picture."""

    labels: tuple[str, ...] | None = None  # the names to write; None = only numbers
    top: int | None = None  # how many, with probabilities; None = the likeliest, without

    @property
    def header(self) -> list[str]:
        columns = ["filename"]
        for rank in range(1, (self.top or 1) + 1):
            suffix = "" if rank == 1 else f"_{rank}"
            columns.append(f"label{suffix}")
            columns += [f"name{suffix}"] * (self.labels is not None)
            columns += [f"probability{suffix}"] * (self.top is not None)
        return columns

    def row(self, name: str, probability: np.ndarray) -> list[object]:
        """One picture's row; `probability` is float32 (classes,)."""
        row: list[object] = [name]
        for label in np.argsort(-probability, kind="stable")[: self.top or 1].tolist():
            row.append(label)
            row += [] if self.labels is None else [self.labels[label]]
            row += [] if self.top is None else [f"{probability[label]:.6g}"]
        return row


def _refuse_output(out: Path, overwrite: bool) -> None:
    if not os.access(out.parent, os.W_OK):
        raise ExplorerError(
            f"{out} cannot be written: its folder is not there, or is read only.",
            hint="Create the folder, or choose another.",
        )
    if os.path.exists(out) and not os.path.isfile(out):
        raise ExplorerError(f"{out} is not an ordinary file.", hint="Choose another name.")
    if os.path.exists(out) and not overwrite:
        raise ExplorerError(f"{out} is there already.", hint="Replace it with --overwrite.")


def _load(arguments: argparse.Namespace) -> ViT:
    if (arguments.mean is None) != (arguments.std is None):
        raise ExplorerError("--mean and --std belong together.", hint="Give both, or none.")
    from ..api import load_vit  # here, because it brings torch: --help need not wait for that

    with loading_bar() as progress:
        return load_vit(
            arguments.model,
            arguments.weights,
            arguments.device,
            arguments.image_size and tuple(arguments.image_size),
            precision=arguments.precision,
            framing=arguments.framing,
            heads=arguments.heads,
            normalisation=arguments.mean and (arguments.mean, arguments.std),
            progress=progress,
        )


@contextmanager
def loading_bar() -> Iterator[Callable[[str, float | None], None]]:
    """A bar for what loading tells, where a person is looking (as all bars here)."""
    look = "{desc} {percentage:3.0f}% {bar}"
    with tqdm(total=1.0, bar_format=look, leave=False, disable=None) as bar:

        def tell(text: str, done: float | None) -> None:
            bar.set_description_str(text, refresh=False)
            bar.update((done or 0.0) - bar.n)

        yield tell


def _table(info: ModelInfo, arguments: argparse.Namespace) -> Table:
    if not info.classes:
        raise ExplorerError(
            f"{info.name} has no classes; it only describes pictures.",
            hint="Choose a model with a classifier.",
        )
    if arguments.names and info.labels is None:
        raise ExplorerError(
            f"What the {info.classes} classes of {info.name} are called is not known.",
            hint="Leave out --names.",
        )
    top = arguments.top_k and min(arguments.top_k, info.classes)
    return Table(info.labels if arguments.names else None, top)


def _predict(
    vit: ViT, table: Table, paths: list[Path], arguments: argparse.Namespace
) -> tuple[list[list[object]], list[str]]:
    """The table's rows, and a sentence for each picture that has none."""
    rows: list[list[object]] = []
    problems: list[str] = []
    from ..models.batches import classify

    results = classify(vit, paths, arguments.batch_size)
    try:
        with tqdm(total=len(paths), unit=" pictures", disable=None) as bar:
            for path, name, result in zip(paths, name_files(paths), results, strict=True):
                if isinstance(result, ExplorerError):
                    problems.append(_locate(result, path))
                else:
                    rows.append(table.row(name, result))
                bar.update()
    except KeyboardInterrupt:
        done = len(rows) + len(problems)
        raise Cancelled(
            f"stopped after {done:,} of {len(paths):,} pictures; {arguments.out} is not written."
        ) from None
    return rows, problems


def _locate(error: ExplorerError, path: Path) -> str:
    """An error that begins with a file's name, with its folder before it."""
    text = str(error)
    return str(path.parent / text) if text.startswith(path.name) else f"{path}: {text}"


def _write(file: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write beside the name and rename: nobody ever reads half a file."""
    unfinished = file.with_name(f".{os.getpid()}.part")
    try:
        with unfinished.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
        unfinished.replace(file)
    except OSError as error:
        raise ExplorerError(
            f"{file} cannot be written: {error.strerror}.", hint="Choose another place with --out."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _outcome(out: Path, rows: int, problems: list[str], info: ModelInfo) -> Iterator[str]:
    """What happened, in sentences."""
    if rows:
        yield f"Wrote {rows:,} {'label' if rows == 1 else 'labels'} to {out}."
        yield f"{info.name} on {info.device}, {info.precision}. {info.source}"
    else:
        yield f"No picture could be read; {out} is not written."
    if problems:
        yield f"{len(problems):,} {'file' if len(problems) == 1 else 'files'} could not be read:"
        yield from (f"  {problem}" for problem in problems)


def run(arguments: argparse.Namespace) -> int:
    """Predict, write, and list what could not be read."""
    out: Path = arguments.out
    _refuse_output(out, arguments.overwrite)
    paths = find_pictures(arguments.pictures, arguments.recursive)
    if not paths:
        print(f"There is no picture in {', '.join(arguments.pictures)}.", file=sys.stderr)
        return 1
    vit = _load(arguments)
    table = _table(vit.info, arguments)
    rows, problems = _predict(vit, table, paths, arguments)
    if rows:
        _write(out, [table.header, *rows])
    for line in _outcome(out, len(rows), problems, vit.info):
        print(line, file=sys.stderr)
    return 0 if rows else 1

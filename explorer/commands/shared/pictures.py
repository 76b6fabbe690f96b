"""The pictures that a command is about: found, named, and what could not be done with them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from ...errors import ExplorerError
from ...images.folder import list_pictures, natural_key

_LONGEST_STEM = 240  # bytes


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


def outside(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Those that do not lie in a folder itself."""
    within = {parent: is_same_folder(parent, folder) for parent in {path.parent for path in paths}}
    return [path for path in paths if not within[path.parent]]


def is_same_folder(first: Path, second: Path) -> bool:
    """Whether two paths lead to one folder, however they are written; False where it is not."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


def name_apart(stems: Sequence[str], suffix: str, taken: Iterable[str] = ()) -> list[str]:
    """A file name for each stem, and no two the same, also for systems that ignore case.

    The first of equal ones has its own name, and the others get numbers; `taken` has nobody.
    """
    given = {_folded(name) for name in taken}
    own = {_folded(_shortened(stem) + suffix) for stem in stems}
    names = []
    for stem in map(_shortened, stems):
        name, number = stem + suffix, 2
        while _folded(name) in given or (number > 2 and _folded(name) in own):
            name, number = f"{stem}-{number}{suffix}", number + 1
        given.add(_folded(name))
        names.append(name)
    return names


def _folded(name: str) -> str:
    """The same for names that some file systems take for one."""
    return unicodedata.normalize("NFC", name).casefold()


def _shortened(stem: str) -> str:
    """So that what follows it fits in the longest name that file systems allow."""
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem


def locate(error: ExplorerError, path: Path) -> str:
    """An error about a picture, with the picture's whole path before it."""
    text = str(error)
    return str(path.parent / text) if text.startswith(path.name) else f"{path}: {text}"


def list_problems(problems: Sequence[str], done: str) -> Iterator[str]:
    """Which files could not be read (or whatever else was to be `done`), and why."""
    if problems:
        yield f"{len(problems):,} {'file' if len(problems) == 1 else 'files'} could not be {done}:"
        yield from (f"  {problem}" for problem in problems)

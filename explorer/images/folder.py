"""Which pictures a folder holds, in order, and whether it changed since.

A hundred thousand names are handled as one list of strings, called rows: a row is its sort key,
a NUL, and the file's path below the folder. So sorting compares plain strings, a place is found
by bisection, and the garbage collector has nothing to walk through.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from ..errors import Cancelled, ExplorerError
from .formats import SUFFIXES

Order = Literal["name", "date", "given"]

BATCH = 1000  # entries between two looks at the clock
RUN = 4096  # rows that are sorted at once
FIRST_PART = 0.03  # s until the first part of a long listing is told; each later one doubles it
SETTLED = 2_000_000_000  # ns; the coarsest clock of a file system ticks every two seconds
UNSETTLED = -1  # a time of change that matches none: look again
_DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, eq=False)
class Listing:
    """The pictures of a folder."""

    folder: Path
    include_subfolders: bool
    order: Order
    rows: list[str]  # in order; never changed; sorted as strings
    directories: dict[str, int]  # every one that was read, and its time of change in ns
    complete: bool  # False: more is still being read

    def path(self, row: str) -> Path:
        return self.folder / relative(row)

    def is_stale(self) -> bool:
        """Whether files came or went since; one `stat` per directory."""
        return any(_changed_at(path) != time for path, time in self.directories.items())


def relative(row: str) -> str:
    """The path below the folder."""
    return row[row.index("\0") + 1 :]


def below(folder: Path, path: Path) -> str | None:
    """The part of a path below a folder, as rows have it; None where it lies elsewhere."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else None


def readable(name: str) -> str:
    """A file's name as text: bytes that are none become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _padded(digits: re.Match[str]) -> str:
    number = digits[0].lstrip("0")
    return "0" + chr(ord("0") + len(number)) + number  # longer numbers are larger


def natural_key(name: str) -> str:
    """Sorts 2 before 10, ignores case, and keeps each folder's pictures together."""
    return _DIGITS.sub(_padded, name.casefold()).replace(os.sep, "\1")


def row_of(name: str, changed: int | None = None) -> str:
    """The row of a path below the folder; `changed` in ns sorts the newest first."""
    newest_first = "" if changed is None else f"{2**63 - changed:016x}"
    return f"{newest_first}{natural_key(name)}\0{name}"


def find(rows: Sequence[str], name: str, order: Order) -> int | None:
    """Where a path below the folder stands in the rows; None where it does not."""
    if order == "name":
        row = row_of(name)
        place = bisect_left(rows, row)
        return place if place < len(rows) and rows[place] == row else None
    ending = "\0" + name
    return next((place for place, row in enumerate(rows) if row.endswith(ending)), None)


def matching(rows: list[str], text: str) -> list[str]:
    """The rows whose path holds every word of `text`; case does not matter."""
    for word in text.split():
        plain = str.casefold if word.isascii() else _composed
        word = plain(word)
        rows = [row for row in rows if word in plain(row[row.index("\0") + 1 :])]
    return rows


def _composed(text: str) -> str:
    # Some file systems keep “é” as an e and an accent, keyboards type it as one letter.
    return unicodedata.normalize("NFC", text).casefold()


def list_pictures(
    folder: Path,
    include_subfolders: bool = False,
    order: Order = "name",
    on_part: Callable[[Listing], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Listing:
    """Read which pictures a folder holds; hidden ones and hidden sub-folders are left out.

    `on_part` is told what is known so far, seldom enough to cost little.
    Raises ExplorerError where the folder cannot be read, Cancelled where it should stop.
    """
    rows: list[str] = []
    directories: dict[str, int] = {}
    start = time.perf_counter()
    next_part = FIRST_PART

    def listing(complete: bool) -> Listing:
        known = _sorted_in_steps(rows)
        return Listing(folder, include_subfolders, order, known, dict(directories), complete)

    for batch in _read(folder, include_subfolders, order, directories):
        if should_stop():
            raise Cancelled
        rows += batch
        if on_part is not None and time.perf_counter() - start > next_part:
            on_part(listing(complete=False))
            next_part = 2 * (time.perf_counter() - start)
    return listing(complete=True)


def list_chosen(paths: Sequence[Path]) -> Listing:
    """Some pictures as a listing of the folder that they share, in the order that they come in.

    Paths are absolute. Raises ValueError where they share none: they lie on different disks.
    """
    folder = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()
    begins = len(os.path.join(folder, ""))
    names = [os.fspath(path)[begins:] for path in paths]
    rows = [f"{place:08x}\0{name}" for place, name in enumerate(names)]
    return Listing(folder, True, "given", rows, {}, complete=True)


def _sorted_in_steps(rows: list[str]) -> list[str]:
    """A sorted copy. One long sort would hold Python's lock, and with it the window."""
    runs = [sorted(rows[at : at + RUN]) for at in range(0, len(rows), RUN)] or [[]]
    while len(runs) > 1:
        # Two runs in a row are merged by one pass, which list.sort recognises.
        runs = [sorted(chain.from_iterable(runs[at : at + 2])) for at in range(0, len(runs), 2)]
    return runs[0]


def _read(
    folder: Path, include_subfolders: bool, order: Order, directories: dict[str, int]
) -> Iterator[list[str]]:
    """Rows by the batch, the folder's own first; fills `directories`."""
    waiting = deque([os.fspath(folder)])
    below = len(os.path.join(folder, ""))
    seen: set[tuple[int, int]] = set()  # links may lead in circles
    while waiting:
        directory = waiting.popleft()
        try:
            status = os.stat(directory)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            directories[directory] = _settled(status.st_mtime_ns)
            with os.scandir(directory) as entries:
                while batch := list(islice(entries, BATCH)):
                    if include_subfolders:
                        waiting.extend(entry.path for entry in batch if _is_open_folder(entry))
                    yield [_row(entry, below, order) for entry in batch if _is_picture(entry)]
        except OSError as error:
            if directory == os.fspath(folder):  # a sub-folder that may not be read is passed over
                raise _explained(folder, error) from error


def _row(entry: os.DirEntry[str], below: int, order: Order) -> str:
    return row_of(entry.path[below:], _modified(entry) if order == "date" else None)


def _modified(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_mtime_ns
    except OSError:  # gone since; the next look will leave it out
        return 0


def _is_picture(entry: os.DirEntry[str]) -> bool:
    suffix = os.path.splitext(entry.name)[1].lower()
    if suffix not in SUFFIXES or entry.name.startswith("."):
        return False
    try:
        return entry.is_file()  # reading a pipe or a device would wait for ever
    except OSError:
        return False


def _is_open_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir() and not entry.name.startswith(".")
    except OSError:
        return False


def _settled(changed: int) -> int:
    """A time of change that is worth remembering: another change could still bear a fresh one."""
    return UNSETTLED if 0 <= time.time_ns() - changed < SETTLED else changed


def _changed_at(directory: str) -> int | None:
    try:
        return os.stat(directory).st_mtime_ns
    except OSError:
        return None


def _explained(folder: Path, error: OSError) -> ExplorerError:
    name = readable(folder.name or os.fspath(folder))
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ExplorerError(
            f"The folder “{name}” is not there.", hint="It is shown again as soon as it is back."
        )
    if isinstance(error, PermissionError):
        return ExplorerError(
            f"The folder “{name}” may not be read.",
            hint="Ask its owner for permission, or open another folder.",
        )
    reason = error.strerror or type(error).__name__
    return ExplorerError(
        f"The folder “{name}” cannot be read: {reason}.", hint="Open another folder."
    )

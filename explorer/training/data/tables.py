"""Labels from a table: a CSV of filename,label, with a header or without."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import ExplorerError
from .layouts import Labelled, half_of, left_out

_FILES = ("filename", "file_name", "file", "path", "image_name", "image_path", "image", "picture")
_LABELS = ("label", "class_id", "class", "category", "target", "breed", "class_name", "label_name")
_NAMES = ("class_name", "label_name", "category_name")
_HALVES = ("split", "set", "subset", "half")
_FEWEST = 10  # classes that may have one picture each
_MOST_BYTES = 500_000_000  # a longer one is something else


@dataclass(frozen=True)
class _Table:
    """A table's rows, and what its columns are."""

    rows: list[list[str]]
    file: int
    label: int
    name: int | None  # the class in words, where the label is a number
    half: int | None


class _Pictures:
    """Finds the picture that a table's cell means: by path, by name, or by name without suffix."""

    def __init__(self, table: Path, folder: Path, pictures: Sequence[str]) -> None:
        self._below = _between(table.parent, folder)
        self._paths = {PurePosixPath(*name.split(os.sep)).as_posix(): name for name in pictures}
        names = [path.rpartition("/")[2] for path in self._paths]
        self._names = _unique(names, pictures)
        self._stems = _unique([name.rpartition(".")[0] for name in names], pictures)

    def find(self, cell: str) -> str | None:
        path = cell.strip().replace("\\", "/").removeprefix("./")
        name = path.rpartition("/")[2]
        return (
            self._paths.get(path.removeprefix(self._below))
            or self._names.get(name)
            or self._stems.get(name)
        )


def _between(table_folder: Path, folder: Path) -> str:
    """What a table's paths have before those below the folder: “train/”."""
    if folder == table_folder or not folder.is_relative_to(table_folder):
        return ""
    return folder.relative_to(table_folder).as_posix() + "/"


def _unique(keys: Sequence[str], pictures: Sequence[str]) -> dict[str, str]:
    """Each picture by its key, where no other has the same."""
    often = Counter(keys)
    return {key: name for key, name in zip(keys, pictures, strict=True) if often[key] == 1}


def tables_in(folder: Path) -> list[Path]:
    """The tables in a folder; only a pair for training and validation where there is one."""
    try:
        tables = sorted(file for file in folder.iterdir() if _is_table(file))
    except OSError:
        return []
    pair = [table for table in tables if half_of(table.stem)]
    return pair if {half_of(table.stem) for table in pair} == {"train", "validation"} else tables


def _is_table(file: Path) -> bool:
    return file.suffix.lower() in (".csv", ".tsv") and not file.name.startswith(".")


def by_tables(tables: Sequence[Path], folder: Path, pictures: Sequence[str]) -> Labelled | None:
    """Labels from the table that knows most of the pictures, or from a pair of them."""
    read = {table: found for table in tables if (found := _by_table(table, folder, pictures))}
    halves = {half_of(table.stem): found for table, found in read.items()}
    if halves.keys() >= {"train", "validation"}:
        return _together(list(read), halves["train"], halves["validation"], pictures)
    best = max(read.values(), key=lambda found: len(found.classes), default=None)
    # A table that knows only a few pictures of a folder was made for something else.
    return best if best and len(best.classes) >= len(pictures) / 2 else None


def _together(
    tables: Sequence[Path], train: Labelled, validation: Labelled, pictures: Sequence[str]
) -> Labelled:
    classes = {**train.classes, **validation.classes}
    return Labelled(
        "table",
        " and ".join(table.name for table in tables),
        classes,
        {**train.names, **validation.names},
        frozenset(validation.classes),
        left_out(classes, pictures),
    )


def _by_table(file: Path, folder: Path, pictures: Sequence[str]) -> Labelled | None:
    known = _Pictures(file, folder, pictures)
    table = _read(file, known)
    if table is None:
        return None
    found = [(row, name) for row in table.rows if (name := known.find(row[table.file]))]
    classes = {name: row[table.label] for row, name in found if row[table.label]}
    names = {} if table.name is None else {row[table.label]: row[table.name] for row, _ in found}
    if len(set(classes.values())) > max(_FEWEST, len(classes) / 2):
        return None
    halves = {name: _half(row, name, table) for row, name in found}
    validation = frozenset(name for name, half in halves.items() if half == "validation")
    problems = left_out(classes, pictures)
    return Labelled("table", file.name, classes, names, validation or None, problems)


def _half(row: Sequence[str], name: str, table: _Table) -> str | None:
    """The half that a table puts a picture in, by its own word or by the folder."""
    return half_of(name.split(os.sep)[0] if table.half is None else row[table.half])


def _read(file: Path, known: _Pictures) -> _Table | None:
    """A file as a table of pictures; None where it is none."""
    rows = _rows(file)
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    width = len(rows[0])
    first = next((place for place in range(width) if known.find(rows[0][place])), None)
    if first is not None:  # it has no header
        return _Table(rows, first, 1 if first == 0 else 0, None, None)
    header = [cell.strip().lower().replace(" ", "_") for cell in rows[0]]
    body = [row for row in rows[1:] if len(row) == width]
    holding = (place for place in range(width) if _holds_pictures(body, place, known))
    column = _column(header, _FILES)
    column = next(holding, None) if column is None else column
    if column is None:
        return None
    label = _column(header, _LABELS)
    if label is None:
        label = column + 1 if column + 1 < width else 0
    return _Table(body, column, label, _column(header, _NAMES), _column(header, _HALVES))


def _holds_pictures(rows: Sequence[Sequence[str]], place: int, known: _Pictures) -> bool:
    return any(known.find(row[place]) for row in rows[:20])


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _rows(file: Path) -> list[list[str]]:
    """A file's cells; none where it is no text, or too long."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            return []
        text = file.read_text(encoding="utf-8-sig", errors="replace")
        first = text[: text.find("\n")]
        mark = max(",;\t", key=first.count)
        return [
            [cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=mark)
        ]
    except (OSError, csv.Error):
        return []


def class_names(file: Path, classes: Sequence[str]) -> Mapping[str, str] | None:
    """Names of classes from a text file, in its order; None where it does not fit the classes.

    A line is “0 Abyssinian”, or only a name: then a class is the number of its line, or the name.
    """
    try:
        text = file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise ExplorerError(f"{file.name} cannot be read.", hint="Choose another file.") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parts = [line.replace(",", " ").replace(":", " ").split(None, 1) for line in lines]
    numbered = {part[0]: part[1].strip() for part in parts if len(part) == 2}
    by_line = {str(number): line for number, line in enumerate(lines)}
    same = {line: line for line in lines}
    for names in (numbered, same, by_line):
        if names.keys() >= set(classes):
            return names
    return None

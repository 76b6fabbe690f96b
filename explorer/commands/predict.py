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
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Cancelled, ExplorerError
from ..records import ModelInfo
from .shared.arguments import add_pictures, count
from .shared.model import add_model, load_model
from .shared.pictures import find_pictures, list_problems, locate, name_files
from .shared.progress import bar_of_pictures
from .shared.writing import refuse_output, whole_file

if TYPE_CHECKING:
    from ..models.vit import ViT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `predict` takes."""
    add_pictures(parser)
    add = parser.add_argument_group("output").add_argument
    add("--out", type=Path, default=Path("pred.csv"), help="the file to write (%(default)s)")
    add("--overwrite", action="store_true", help="replace that file if it is there")
    add("--names", action="store_true", help="write class names, too")
    add("--top-k", type=count, metavar="K", help="write the K likeliest, with probabilities")

    add_model(parser)


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
        with bar_of_pictures(len(paths)) as bar:
            for path, name, result in zip(paths, name_files(paths), results, strict=True):
                if isinstance(result, ExplorerError):
                    problems.append(locate(result, path))
                else:
                    rows.append(table.row(name, result))
                bar.update()
    except KeyboardInterrupt:
        done = len(rows) + len(problems)
        raise Cancelled(
            f"stopped after {done:,} of {len(paths):,} pictures; {arguments.out} is not written."
        ) from None
    return rows, problems


def _write(file: Path, rows: Iterable[Sequence[object]]) -> None:
    with (
        whole_file(file) as unfinished,
        unfinished.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream,
    ):
        csv.writer(stream, lineterminator="\n").writerows(rows)


def _outcome(out: Path, rows: int, problems: list[str], info: ModelInfo) -> Iterator[str]:
    """What happened, in sentences."""
    if rows:
        yield f"Wrote {rows:,} {'label' if rows == 1 else 'labels'} to {out}."
        yield f"{info.name} on {info.device}, {info.precision}. {info.source}"
    else:
        yield f"No picture could be read; {out} is not written."
    yield from list_problems(problems, "read")


def run(arguments: argparse.Namespace) -> int:
    """Predict, write, and list what could not be read."""
    out: Path = arguments.out
    refuse_output(out, arguments.overwrite)
    paths = find_pictures(arguments.pictures, arguments.recursive)
    if not paths:
        print(f"There is no picture in {', '.join(arguments.pictures)}.", file=sys.stderr)
        return 1
    vit = load_model(arguments)
    table = _table(vit.info, arguments)
    rows, problems = _predict(vit, table, paths, arguments)
    if rows:
        _write(out, [table.header, *rows])
    for line in _outcome(out, len(rows), problems, vit.info):
        print(line, file=sys.stderr)
    return 0 if rows else 1

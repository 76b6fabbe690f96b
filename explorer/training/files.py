"""A run's files: each appears whole and on the disk, or not at all, whenever the power fails."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .. import whole_file

_HINT = "See that the disk has room and may be written; a training goes on from what it saved last."


def replacing(path: Path) -> AbstractContextManager[Path]:
    """A name beside `path` to write to; what lies there after the block replaces `path`.

    Raises ExplorerError where the disk is full or may not be written.
    """
    return whole_file.whole_file(path, _HINT)


def writing(path: Path) -> AbstractContextManager[None]:
    """What the system says against writing a file is said in a sentence."""
    return whole_file.writing(path, _HINT)


@contextmanager
def reading_arrays(path: Path) -> Iterator[Any]:
    """The arrays of an .npz by their names; raises OSError, or ValueError where it is damaged."""
    with path.open("rb") as file:  # by itself NumPy leaves a damaged one open
        try:
            with np.load(file) as arrays:
                yield arrays
        except (EOFError, LookupError, BadZipFile, zlib.error) as error:
            raise ValueError(f"{path.name} is damaged: {error}") from error


def write_text(path: Path, text: str) -> None:
    """Write a whole text file; raises as `replacing` does."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write a whole JSON file, for people to read, too; raises as `replacing` does."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")

"""A run's files: each appears whole and on the disk, or not at all, whenever the power fails."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ExplorerError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; what lies there after the block replaces `path`.

    Written beside, flushed to the disk, then renamed: who reads `path` finds the old file or the
    new one. Raises ExplorerError where the disk is full or may not be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with writing(path):
            yield part
            _flush(part)
            part.replace(path)
            _flush_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)  # gives back its space where the disk is full


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the system says against writing a file is said in a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ExplorerError(
                f"The disk is full: {path.name} cannot be written to {path.parent}.",
                hint="Make room there; training then goes on from its last checkpoint.",
            ) from error
        raise ExplorerError(
            f"{path.name} cannot be written to {path.parent}: {error.strerror or error}.",
            hint="Check the disk, and that its folder may be written.",
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a whole text file; raises as `replacing` does."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write a whole JSON file, for people to read, too; raises as `replacing` does."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _flush(file: Path) -> None:
    """Wait until a file's content is on the disk."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk, where the system has a way to ask for that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # network disks know no such thing
            raise
    finally:
        os.close(descriptor)

"""Files that appear whole and on the disk, or not at all, whenever the power fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import ExplorerError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SHORT = 50  # letters of a name, so that more can be added: no file's has more than 255 bytes


@contextmanager
def whole_file(file: Path, hint: str) -> Iterator[Path]:
    """Write beside the name, flush to the disk, then rename: nobody ever reads half a file.

    Yields where to write. Raises ExplorerError, with this hint, where that fails. What a killed
    process leaves behind is overwritten by the next one that writes this file.
    """
    unfinished = file.with_name(f".{file.name[-_SHORT:]}.part")
    try:
        with writing(file, hint):
            yield unfinished
            _flush(unfinished)
            unfinished.replace(file)
            _flush_folder(file.parent)
    finally:
        with suppress(OSError):  # it was renamed, or could not be begun
            unfinished.unlink()


@contextmanager
def writing(file: Path, hint: str) -> Iterator[None]:
    """What the system says against writing a file is said in a sentence, with this hint."""
    try:
        yield
    except OSError as error:
        raise cannot_write(file, error, hint) from error


def cannot_write(file: Path, error: OSError, hint: str) -> ExplorerError:
    """Why a file could not be written, in words."""
    if error.errno in _FULL:
        return ExplorerError(f"The disk is full: {file} cannot be written.", hint)
    return ExplorerError(f"{file} cannot be written: {error.strerror or error}.", hint)


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

"""Who trains a run holds its lock, and loses it with its life: no process is asked by number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ...errors import ExplorerError

_PATIENCE = 3.0  # s: somebody who asks whether a run is alive holds its lock for a moment


def is_held(path: Path) -> bool:
    """Whether a living process holds a lock."""
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a disk that is read only: nobody trains there
        return False


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold a lock for the block; raises ExplorerError where another process has it."""
    try:
        lock = FileLock(path, timeout=_PATIENCE)
        lock.acquire()
    except Timeout:
        raise ExplorerError(
            f"{path.parent.name} is being trained by another process.",
            hint="Watch that one, or stop it first.",
        ) from None
    except OSError as error:
        raise ExplorerError(
            f"{path.parent} cannot be written: {error.strerror or error}.",
            hint="Check the disk, and that the folder may be written.",
        ) from error
    try:
        yield
    finally:
        lock.release()

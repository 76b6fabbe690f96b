"""Bytes that several processes see: a mapped file, in memory where the system has such a place."""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
from contextlib import suppress
from multiprocessing import reduction
from pathlib import Path
from typing import Any

import numpy as np
import psutil

_IN_MEMORY = Path("/dev/shm")  # Linux's; elsewhere the system keeps a fresh file in memory anyway
_CONTROL_GROUP = Path("/sys/fs/cgroup")
_IS_WINDOWS = os.name == "nt"


class SharedBytes:
    """Some bytes, given to a process as one of its arguments; gone with the last that has them.

    The file has no name from the beginning on, so that nothing is left however processes end;
    but on Windows, where `close` removes it.
    """

    def __init__(self, size: int) -> None:
        """Zeros; they take memory only where they are written. Raises OSError."""
        folder = _IN_MEMORY if _room(_IN_MEMORY) > size else Path(tempfile.gettempdir())
        self._descriptor, name = tempfile.mkstemp(prefix="vit-explorer-", dir=folder)
        self._path = Path(name)
        os.truncate(self._descriptor, max(1, size))
        self.array = _mapped(self._descriptor)  # uint8 (size,)
        if not _IS_WINDOWS:
            self._path.unlink()

    def close(self) -> None:
        """Give back this process's share; views of them go on to hold what they show."""
        del self.array
        os.close(self._descriptor)
        if _IS_WINDOWS:
            with suppress(OSError):  # another process still has it open
                self._path.unlink(missing_ok=True)

    def __reduce__(self) -> tuple[Any, ...]:
        """How it goes to a process that begins: by its name or, without one, as an open file."""
        if _IS_WINDOWS:
            return _opened, (self._path,)
        return _opened, (reduction.DupFd(self._descriptor),)


def _opened(file: Any) -> np.ndarray:
    """The bytes in the other process: uint8 (size,)."""
    descriptor = (
        os.open(file, os.O_RDWR | getattr(os, "O_BINARY", 0)) if _IS_WINDOWS else file.detach()
    )
    try:
        return _mapped(descriptor)
    finally:
        os.close(descriptor)


def _mapped(descriptor: int) -> np.ndarray:
    return np.frombuffer(mmap.mmap(descriptor, 0), np.uint8)


def room_for_pictures(share: float) -> int:
    """Bytes of decoded pictures that may be kept: a share of the memory that is free."""
    limit = _IN_MEMORY if _IN_MEMORY.is_dir() else Path(tempfile.gettempdir())
    return int(share * min(free_memory(), _room(limit)))


def free_memory() -> int:
    """Bytes that this process may still take, within what a container allows."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # no such limit
        allowed = int((_CONTROL_GROUP / "memory.max").read_text())
        free = min(free, allowed - int((_CONTROL_GROUP / "memory.current").read_text()))
    return max(0, free)


def _room(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0

"""Memory: said in one sentence where it is missing, and given back where a model went."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import ExplorerError


@contextmanager
def enough_memory() -> Iterator[None]:
    """Raises ExplorerError where work runs out of memory; torch says it by a plain RuntimeError."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "DefaultCPUAllocator" not in str(error):
            raise
        raise ExplorerError(
            "There is not enough memory for this model.",
            hint="Close other programs, or choose a smaller model.",
        ) from error


def release_memory() -> None:
    """Give back to the system what freed networks occupied.

    torch keeps a GPU's memory for the next network, and C's heap keeps that of large arrays, once
    it has seen such arrays go (glibc, mallopt(3): M_MMAP_THRESHOLD moves).
    """
    torch.cuda.empty_cache()  # does nothing where there is no GPU
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)

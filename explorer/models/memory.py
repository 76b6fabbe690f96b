"""Memory that a model needs and the machine does not have, said in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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

"""What every list of published weights says of one line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """Weights that are published, and what of them is on this computer."""

    name: str
    library: str  # whose weights they are
    address: str  # where they are published; "" where they are not
    file: Path | None  # where they lie on this machine, whole
    belongings: tuple[Path, ...]  # all their files there, unfinished ones, too
    size: int  # bytes of its `belongings`

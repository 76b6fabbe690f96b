"""What commands write: whole or not at all, and where `--out` says."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ... import whole_file as files
from ...errors import ExplorerError

_HINT = "Choose another place with --out."


def whole_file(file: Path) -> AbstractContextManager[Path]:
    """Write beside the name, then rename; raises ExplorerError where that fails."""
    return files.whole_file(file, _HINT)


def cannot_write(file: Path, error: OSError) -> ExplorerError:
    """Why a file could not be written, in words."""
    return files.cannot_write(file, error, _HINT)

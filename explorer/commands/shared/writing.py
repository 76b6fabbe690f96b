"""What commands write: whole or not at all, and where `--out` says."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from ... import whole_file as files
from ...errors import ExplorerError

_HINT = "Choose another place with --out."


def refuse_output(out: Path, overwrite: bool) -> None:
    """Raise ExplorerError where a file cannot, or should not, be written: before all the work."""
    if not os.access(out.parent, os.W_OK):
        raise ExplorerError(
            f"{out} cannot be written: its folder is not there, or is read only.",
            hint="Create the folder, or choose another.",
        )
    if os.path.exists(out) and not os.path.isfile(out):
        raise ExplorerError(f"{out} is not an ordinary file.", hint="Choose another name.")
    if os.path.exists(out) and not overwrite:
        raise ExplorerError(f"{out} is there already.", hint="Replace it with --overwrite.")


def whole_file(file: Path) -> AbstractContextManager[Path]:
    """Write beside the name, then rename; raises ExplorerError where that fails."""
    return files.whole_file(file, _HINT)


def cannot_write(file: Path, error: OSError) -> ExplorerError:
    """Why a file could not be written, in words."""
    return files.cannot_write(file, error, _HINT)

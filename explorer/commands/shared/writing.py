"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import ExplorerError


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


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """Write beside the name, then rename: nobody ever reads half a file.

    Yields where to write. Raises ExplorerError where that fails.
    """
    unfinished = file.with_name(f".{os.getpid()}.part")
    try:
        yield unfinished
        unfinished.replace(file)
    except OSError as error:
        raise cannot_write(file, error) from error
    finally:
        unfinished.unlink(missing_ok=True)


def cannot_write(file: Path, error: OSError) -> ExplorerError:
    """Why a file could not be written, in words."""
    return ExplorerError(
        f"{file} cannot be written: {error.strerror or error}.",
        hint="Choose another place with --out.",
    )

"""How a checkpoint is refused: always by its name, and never with a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import ExplorerError

ODD = (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, RuntimeError)
# what tensors of somebody else's raise, which are odd in more ways than anybody thought of


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """What stands in the way of recognising a file is said with the file's name."""
    try:
        yield
    except ExplorerError as error:
        if error.message.startswith(file.name):
            raise
        reason = error.message[0].lower() + error.message[1:]
        raise ExplorerError(f"{file.name} cannot be opened: {reason}", error.hint) from error


def unlike(file: Path, library: str) -> ExplorerError:
    """What is said of tensors that have the names of a library's, and are not."""
    return ExplorerError(
        f"{file.name} looks like {library}, but its tensors have shapes that {library}'s never "
        "have.",
        hint="Choose another checkpoint.",
    )

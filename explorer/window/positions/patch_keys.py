"""Keys that every view of patches understands: walk, pin, free."""

from __future__ import annotations

from PySide6.QtCore import Qt

from ...records import Patch
from ..picture.canvas import ARROWS

PIN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_FAR = 10_000  # more than any grid has rows or columns
_WALKS: dict[int, tuple[int, int]] = {  # rows down, columns to the right
    **ARROWS,
    Qt.Key.Key_Home: (0, -_FAR),
    Qt.Key.Key_End: (0, _FAR),
    Qt.Key.Key_PageUp: (-_FAR, 0),
    Qt.Key.Key_PageDown: (_FAR, 0),
}


def walked(key: int, patch: Patch, rows: int, columns: int) -> Patch | None:
    """The patch that a key leads to, at most to the edge; None for a key that leads nowhere."""
    step = _WALKS.get(key)
    if step is None:
        return None
    row, column = patch[0] + step[0], patch[1] + step[1]
    return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

"""Keys that every grid understands, of patches or of maps: walk, choose."""

from __future__ import annotations

from PySide6.QtCore import Qt

ARROWS: dict[int, tuple[int, int]] = {  # rows down, columns to the right
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_FAR = 10_000  # more than any grid has rows or columns
_WALKS: dict[int, tuple[int, int]] = {
    **ARROWS,
    Qt.Key.Key_Home: (0, -_FAR),
    Qt.Key.Key_End: (0, _FAR),
    Qt.Key.Key_PageUp: (-_FAR, 0),
    Qt.Key.Key_PageDown: (_FAR, 0),
}


def walked(key: int, start: tuple[int, int], rows: int, columns: int) -> tuple[int, int] | None:
    """The row and column that a key leads to; None for a key that leads nowhere."""
    step = _WALKS.get(key)
    return None if step is None else moved(start, step, rows, columns)


def moved(
    start: tuple[int, int], step: tuple[int, int], rows: int, columns: int
) -> tuple[int, int]:
    """A row and column, some rows down and columns to the right; at most at the edge."""
    row, column = start[0] + step[0], start[1] + step[1]
    return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

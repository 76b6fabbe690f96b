"""Where parts of different widths lie: side by side, in as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt

_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_LINES: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True)
class Lines:
    """The places of parts, in logical pixels."""

    rects: tuple[QRect, ...]
    lines: tuple[range, ...]  # of parts
    room: QRect  # left, top and width of all lines; its height is that of one of them
    spacing: int  # between parts, and between lines

    @classmethod
    def filled(cls, widths: Sequence[int], gaps: Sequence[int], room: QRect, spacing: int) -> Lines:
        """Lay parts of these widths out in lines, each `gaps` away from the one before it."""
        rects: list[QRect] = []
        begins: list[int] = []
        x, y = room.left(), room.top() - room.height() - spacing
        for place, (wanted, gap) in enumerate(zip(widths, gaps, strict=True)):
            width = min(wanted, room.width())
            x += gap
            if place == 0 or x + width > room.left() + room.width():
                x, y = room.left(), y + room.height() + spacing
                begins.append(place)
            rects.append(QRect(x, y, width, room.height()))
            x += width
        ends = zip(begins, [*begins[1:], len(rects)], strict=False)  # of no parts, no lines
        lines = tuple(range(first, end) for first, end in ends)
        return cls(tuple(rects), lines, room, spacing)

    @property
    def bottom(self) -> int:
        """Below the last line."""
        return self.rects[-1].y() + self.rects[-1].height() if self.rects else self.room.top()

    def after(self, size: QSize) -> QRect:
        """A place of some size behind the last part, in its line or in one more."""
        if not self.rects:
            return QRect(self.room.topLeft(), size)
        left = self.rects[-1].x() + self.rects[-1].width() + self.spacing
        if left + size.width() > self.room.left() + self.room.width():
            return QRect(QPoint(self.room.left(), self.bottom + self.spacing), size)
        top = self.rects[-1].y() + (self.room.height() - size.height()) // 2
        return QRect(QPoint(left, top), size)

    def at(self, point: QPoint) -> int | None:
        """The part at a point, half of the gaps around it included."""
        half = self.spacing // 2
        for reach in (0, half):
            for place, rect in enumerate(self.rects):
                if rect.adjusted(-reach, -reach, reach, reach).contains(point):
                    return place
        return None

    def walked(self, key: int, place: int) -> int | None:
        """The part that a key leads to from another; None for a key that leads nowhere."""
        last = len(self.rects) - 1
        if last < 0:
            return None
        ends: dict[int, int] = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        if key in ends:
            return ends[key]
        if key in _STEPS:
            return min(max(place + _STEPS[key], 0), last)
        return self._nearest(place, _LINES[key]) if key in _LINES else None

    def _nearest(self, place: int, step: int) -> int:
        """The part some lines further whose middle is the nearest; at most at the edge."""
        own = next(number for number, line in enumerate(self.lines) if place in line)
        line = self.lines[min(max(own + step, 0), len(self.lines) - 1)]
        if place in line:
            return place
        x = self.rects[place].center().x()
        return min(line, key=lambda other: abs(self.rects[other].center().x() - x))

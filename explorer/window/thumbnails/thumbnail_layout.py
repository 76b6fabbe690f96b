"""Where thumbnails lie: any number of them is placed by arithmetic, never one by one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

MARGIN = 12
GAP = 8
NARROWEST = 88  # px; columns are added while each keeps this width
PROPORTIONS = 1.4  # width to height


@dataclass(frozen=True)
class ThumbnailLayout:
    """Cells in columns; a cell is a tile with a name below it. All in logical pixels."""

    columns: int
    width: int  # of a tile
    height: int  # of a tile
    name_height: int

    @classmethod
    def fitted(cls, width: int, name_height: int) -> ThumbnailLayout:
        """As many columns as fit between the margins."""
        room = max(width - 2 * MARGIN, NARROWEST)
        columns = (room + GAP) // (NARROWEST + GAP)
        tile = (room - (columns - 1) * GAP) // columns
        return cls(columns, tile, round(tile / PROPORTIONS), name_height)

    @property
    def line(self) -> int:
        """From the top of one line of cells to the next."""
        return self.height + self.name_height + GAP

    def total_height(self, count: int) -> int:
        return -(-count // self.columns) * self.line + GAP

    def tile(self, place: int) -> QRect:
        """The tile in a place, counted from 0, in a plane that starts at its first line."""
        line, column = divmod(place, self.columns)
        left = MARGIN + column * (self.width + GAP)
        return QRect(left, GAP // 2 + line * self.line, self.width, self.height)

    def cell(self, place: int) -> QRect:
        """The tile, its name, and half of the gaps around them: cells touch."""
        half = GAP // 2
        return self.tile(place).adjusted(-half, -half, half, self.name_height + half)

    def place_at(self, x: int, y: int) -> int | None:
        """The place whose cell holds a point; beyond the last picture, too."""
        column = (x - MARGIN + GAP // 2) // (self.width + GAP)
        line = y // self.line
        return line * self.columns + column if 0 <= column < self.columns and line >= 0 else None

    def between(self, top: int, bottom: int, count: int) -> range:
        """The places whose cells reach between two heights."""
        first = max(0, top // self.line) * self.columns
        return range(min(first, count), min((bottom // self.line + 1) * self.columns, count))

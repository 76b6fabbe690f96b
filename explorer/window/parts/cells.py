"""Where the cells of a grid of maps lie, in whole device pixels."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 3  # the side of a cell, however little room there is


@dataclass(frozen=True)
class Cells:
    """A grid whose last column, the summary of its row, stands a little apart."""

    rows: int
    columns: int  # the summary included
    left: int
    top: int
    width: int  # of a cell
    height: int
    gap: int  # between cells
    apart: int  # between the summary and the cell before it, on top of the gap

    @classmethod
    def fitted(
        cls, shape: tuple[int, int, int, int], area: tuple[int, int, int, int], unit: float
    ) -> Cells:
        """The largest cells with the proportions of their maps, in the middle of the area's top.

        `shape` rows, columns, map rows, map columns; `area` left, top, width, height;
        `unit` the device pixels of a logical one.
        """
        rows, columns, map_rows, map_columns = shape
        left, top, wide, high = area
        pitch = min(wide / columns, high / rows * map_columns / map_rows)
        gap = round((3 if pitch > 22 * unit else 2 if pitch > 11 * unit else 1) * unit)
        apart = 2 * gap
        room_wide = (wide - gap * (columns - 1) - apart) / columns
        room_high = (high - gap * (rows - 1)) / rows
        patch = min(room_wide / map_columns, room_high / map_rows)
        width = max(SMALLEST, int(patch * map_columns))
        height = max(SMALLEST, int(patch * map_rows))
        spare = wide - columns * (width + gap) + gap - apart
        return cls(rows, columns, left + max(0, spare // 2), top, width, height, gap, apart)

    def rect(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Left, top, width, height of a cell."""
        apart = self.apart if column == self.columns - 1 else 0
        left = self.left + column * (self.width + self.gap) + apart
        return left, self.top + row * (self.height + self.gap), self.width, self.height

    def at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the cell at a place, the gap after it included."""
        summary = self.rect(0, self.columns - 1)[0]
        across = x - self.left if x < summary else x - self.left - self.apart
        column = int(across // (self.width + self.gap))
        if x < summary:
            column = min(column, self.columns - 2)
        row = int((y - self.top) // (self.height + self.gap))
        return (row, column) if 0 <= row < self.rows and 0 <= column < self.columns else None

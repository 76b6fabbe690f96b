"""The part of a confusion matrix that is looked at, and where its cells lie. No widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

Cell = tuple[int, int]  # row: true class, column: the class it is taken for
FEWEST = 4  # classes that are ever shown alone
WHOLE = 5  # device pixels of a cell from which on all cells are of the same size


@dataclass(frozen=True)
class MatrixPart:
    """`shown` × `shown` cells of a matrix of `classes`, in a square of `side` device pixels.

    Where there are more classes than pixels, several cells share a pixel.
    """

    classes: int
    side: int
    shown: int
    row: int = 0  # the first one that is seen
    column: int = 0

    @classmethod
    def whole(cls, classes: int, side: int) -> MatrixPart:
        return cls(classes, max(1, side), classes)

    @property
    def pitch(self) -> float:
        """Device pixels from one cell to the next: whole ones, where nobody misses the rest."""
        exact = self.side / self.shown
        return exact if exact < WHOLE else int(exact)

    @property
    def extent(self) -> int:
        """Device pixels that the cells take, in each direction."""
        return round(self.pitch * self.shown)

    @property
    def seen(self) -> tuple[slice, slice]:
        """Rows and columns that are seen."""
        return (
            slice(self.row, self.row + self.shown),
            slice(self.column, self.column + self.shown),
        )

    def fitted(self, classes: int, side: int) -> MatrixPart:
        """The same part in a square of another size; all of another matrix."""
        if classes != self.classes:
            return MatrixPart.whole(classes, side)
        return replace(self, side=max(1, side))

    def share(self, cell: Cell) -> tuple[float, float]:
        """How far down and across the middle of a cell lies: 0..1 where it is seen."""
        row, column = cell
        return (row + 0.5 - self.row) / self.shown, (column + 0.5 - self.column) / self.shown

    def zoomed(self, factor: float, cell: Cell, share: tuple[float, float]) -> MatrixPart:
        """Fewer classes (a factor above 1) or more; the cell lies at a `share` of the whole."""
        shown = round(min(max(self.shown / factor, min(FEWEST, self.classes)), self.classes))
        row, column = (
            round(place + 0.5 - part * shown) for place, part in zip(cell, share, strict=True)
        )
        return replace(self, shown=shown).at(row, column)

    def at(self, row: int, column: int) -> MatrixPart:
        """The part that begins there, as far as the matrix reaches."""
        last = self.classes - self.shown
        return replace(self, row=min(max(row, 0), last), column=min(max(column, 0), last))

    def revealing(self, cell: Cell) -> MatrixPart:
        """Moved as little as is needed to show a cell."""
        row, column = (
            min(max(first, place - self.shown + 1), place)
            for place, first in zip(cell, (self.row, self.column), strict=True)
        )
        return self.at(row, column)

    def cells_at(self, x: float, y: float) -> tuple[slice, slice] | None:
        """Rows and columns of the cells at a place in device pixels; None beside them."""
        if not (0 <= x < self.extent and 0 <= y < self.extent):
            return None
        return self._span(y, self.row), self._span(x, self.column)

    def _span(self, place: float, first: int) -> slice:
        if self.pitch >= 1:
            cell = first + int(int(place) / self.pitch)
            return slice(cell, cell + 1)
        begins, ends = (ceil(edge / self.pitch) for edge in (int(place), int(place) + 1))
        return slice(first + begins, first + min(ends, self.shown))

    def rect(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Left, top, width, height of a cell, in device pixels; it may lie outside."""
        left, top = (column - self.column) * self.pitch, (row - self.row) * self.pitch
        return left, top, max(1.0, self.pitch), max(1.0, self.pitch)

    def pixels(self, values: np.ndarray) -> np.ndarray:
        """Values (classes, classes), from 0 on, as they are seen: (extent, extent).

        Of those in one pixel the largest.
        """
        seen = values[self.seen]
        if self.pitch >= 1:
            cells = (np.arange(self.extent) / self.pitch).astype(int)
            return seen[cells[:, None], cells]
        rows, columns = seen.nonzero()  # few, where there are many classes
        order = np.argsort(seen[rows, columns], kind="stable")  # of one pixel, the last one stays
        rows, columns = rows[order], columns[order]
        largest = np.zeros((self.extent, self.extent), values.dtype)
        places = (rows * self.pitch).astype(int), (columns * self.pitch).astype(int)
        largest[places] = seen[rows, columns]
        return largest

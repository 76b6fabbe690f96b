"""The colours of a confusion matrix: how strong each cell's is, and their pixels. No widget."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from .matrix_part import Cell, MatrixPart

FAINTEST = 0.12  # of the colour, in a cell with any picture: none is overlooked
GAMMA = 0.6  # small shares are seen better


class MatrixShades:
    """Each row's colours are its shares: of a class's pictures, those that a cell has."""

    def __init__(self, counts: np.ndarray) -> None:
        """`counts`: int64 (classes, classes)."""
        sums = np.maximum(1, counts.sum(axis=1, keepdims=True))
        self.shares = (counts / sums).astype(np.float32)  # 0..1 (classes, classes)
        strength = FAINTEST + (1 - FAINTEST) * self.shares**GAMMA
        self._strength = np.where(self.shares > 0, strength, 0).astype(np.float32)

    def strongest(self, rows: slice, columns: slice) -> Cell:
        """The cell that is coloured most, of some."""
        shares = self.shares[rows, columns]
        row, column = np.unravel_index(int(shares.argmax()), shares.shape)
        return rows.start + int(row), columns.start + int(column)

    def levels(self, part: MatrixPart, ground: QColor, right: QColor, wrong: QColor) -> np.ndarray:
        """The cells that are seen, what is recognised `right`: uint32 (extent, extent, 3)."""
        mistakes, hits = self._strength.copy(), np.zeros_like(self._strength)
        np.fill_diagonal(hits, self._strength.diagonal())
        np.fill_diagonal(mistakes, 0)
        mistakes, hits = part.pixels(mistakes), part.pixels(hits)
        strength, is_hit = np.maximum(mistakes, hits)[..., None], (hits > mistakes)[..., None]
        inks = np.where(is_hit, rgb(right), rgb(wrong))
        levels: np.ndarray = (rgb(ground) + (inks - rgb(ground)) * strength).round()
        return levels.astype(np.uint32)


def rgb(color: QColor) -> np.ndarray:
    """Red, green and blue, 0 to 255: float32 (3,)."""
    return np.array([color.red(), color.green(), color.blue()], np.float32)

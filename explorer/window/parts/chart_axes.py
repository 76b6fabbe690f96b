"""Where numbers lie in a chart: the ranges, the ticks, the area. No widget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from .numbers import ticks

PER_TICK = 46  # pixels, at least, from left to right
PER_LINE = 30  # and from top to bottom
SPARE = 0.04  # of a range, above and below what there is to see

Range = tuple[float, float]


@dataclass(frozen=True)
class Axes:
    """What both directions mean; the range of y where the numbers do not give it."""

    x: str  # written below; "" where there is no room for it
    y: str
    y_range: Range | None = None
    x_range: Range | None = None  # likewise of x
    counts_x: bool = False  # x counts something: only whole numbers are written below
    read_x: str = ""  # what x is called where it is read, though not written below


@dataclass(frozen=True)
class ChartArea:
    """A rectangle of the widget over which two ranges are spread."""

    rect: QRectF
    x: Range
    y: Range
    counts_x: bool = False

    def places(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The places of points (points,), (points,): float64 (points, 2)."""
        across = self.rect.left() + (x - self.x[0]) * self.rect.width() / _length(self.x)
        up = self.rect.bottom() - (y - self.y[0]) * self.rect.height() / _length(self.y)
        return np.stack([across, up], axis=-1)

    def place(self, x: float, y: float) -> QPointF:
        across, up = self.places(np.array([x]), np.array([y]))[0].tolist()
        return QPointF(across, up)

    def x_at(self, place: float) -> float:
        """The number over which a place lies."""
        return self.x[0] + (place - self.rect.left()) * _length(self.x) / max(self.rect.width(), 1)

    def x_ticks(self) -> list[float]:
        found = _ticks(self.x, self.rect.width() / PER_TICK)
        return [x for x in found if _is_whole(x)] if self.counts_x else found

    def y_ticks(self) -> list[float]:
        return _ticks(self.y, self.rect.height() / PER_LINE)


def range_of(numbers: Iterable[np.ndarray]) -> Range:
    """From the least to the most of what are numbers; 0 to 1 where none is."""
    every = np.concatenate([np.ravel(some) for some in numbers] or [np.empty(0)])
    every = every[np.isfinite(every)]
    return (float(every.min()), float(every.max())) if every.size else (0.0, 1.0)


def with_room(range_: Range) -> Range:
    """A little more on both sides; something where there is no range."""
    spare = SPARE * (range_[1] - range_[0]) or max(abs(range_[0]), 1.0) / 2
    return range_[0] - spare, range_[1] + spare


def _length(range_: Range) -> float:
    return (range_[1] - range_[0]) or 1.0


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def _ticks(range_: Range, at_most: float) -> list[float]:
    """Round numbers within a range, both ends included, each with room of its own."""
    edge = 1e-6 * _length(range_)
    return ticks(range_[0] - edge, range_[1] + edge, max(2, int(at_most)))

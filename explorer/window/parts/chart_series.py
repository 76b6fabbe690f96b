"""What a chart paints: series of numbers, and how each is told from the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF

from .chart_axes import ChartArea

Kind = Literal["line", "dashes", "dots", "points"]
Role = QPalette.ColorRole

LINE = 1.6
POINT = 3.0
PENS = {
    "line": Qt.PenStyle.SolidLine,
    "dashes": Qt.PenStyle.DashLine,
    "dots": Qt.PenStyle.DotLine,
}


@dataclass(frozen=True, eq=False)
class Series:
    """Numbers over numbers under a name; NaN where there is none.

    Kinds differ in form, not in colour alone.
    """

    name: str
    x: np.ndarray  # (points,), rising but for points
    y: np.ndarray  # (points,)
    kind: Kind = "line"
    color: QPalette.ColorRole | str = Role.Highlight  # of the palette, or “#rrggbb”
    opacity: float = 1.0
    is_read: bool = True  # whether its numbers are told where somebody reads the chart
    is_read_between: bool = False  # also between its own x, on the straight line
    digits: int = 2  # of its numbers, where they are told

    def value_at(self, x: float) -> float | None:
        """What it says at an x of its own, or between two; None where that is no number."""
        place = np.flatnonzero(self.x == x)
        if place.size:
            value = float(self.y[place[0]])
        elif self.is_read_between and self.x.size:
            value = float(np.interp(x, self.x, self.y, left=np.nan, right=np.nan))
        else:
            value = np.nan
        return value if np.isfinite(value) else None

    def paint(self, painter: QPainter, area: ChartArea, palette: QPalette) -> None:
        """Paint it over the area."""
        places = area.places(self.x, self.y)
        painter.setOpacity(self.opacity)
        if self.kind == "points":
            painter.setPen(self._pen(palette, POINT))
            painter.drawPoints(_polygon(places))
        else:
            painter.setPen(self._pen(palette, LINE))
            for stretch in _stretches(places):
                painter.drawPolyline(_polygon(stretch))
        painter.setOpacity(1)

    def paint_sample(self, painter: QPainter, rect: QRectF, palette: QPalette) -> None:
        """Show beside its name how it is painted."""
        painter.setOpacity(self.opacity)
        paint_sample(painter, rect, self._color(palette), self.kind)
        painter.setOpacity(1)

    def paint_dot(self, painter: QPainter, place: QPointF, palette: QPalette) -> None:
        """Mark a place on it."""
        painter.setPen(QPen(palette.color(Role.Window), 1))
        painter.setBrush(self._color(palette))
        painter.drawEllipse(place, 3.5, 3.5)

    def _color(self, palette: QPalette) -> QColor:
        return QColor(self.color) if isinstance(self.color, str) else palette.color(self.color)

    def _pen(self, palette: QPalette, width: float) -> QPen:
        return pen_of(self._color(palette), self.kind, width)


def pen_of(color: QColor, kind: Kind, width: float) -> QPen:
    """What paints a series of a kind."""
    pen = QPen(color, width, PENS.get(kind, Qt.PenStyle.SolidLine))
    if kind == "points":
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen


def paint_sample(painter: QPainter, rect: QRectF, color: QColor | str, kind: Kind) -> None:
    """Show in a small place how a series is painted."""
    y = rect.center().y()
    if kind == "points":
        painter.setPen(pen_of(QColor(color), kind, 2 * POINT))
        painter.drawPoint(rect.center())
    else:
        painter.setPen(pen_of(QColor(color), kind, LINE))
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))


def _stretches(places: np.ndarray) -> list[np.ndarray]:
    """The pieces of a curve (points, 2) between places that are no numbers."""
    known = np.isfinite(places).all(axis=1)
    pieces = np.split(places, np.flatnonzero(np.diff(known)) + 1)
    return [piece for piece in pieces if len(piece) > 1 and np.isfinite(piece).all()]


def _polygon(places: np.ndarray) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in places[np.isfinite(places).all(axis=1)].tolist()])

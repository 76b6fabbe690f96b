"""Curves and points over numbers, with axes: small, sharp, and in the window's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from .chart_axes import PER_TICK, Axes, ChartArea, range_of, tick_texts, with_room
from .numbers import significant

Kind = Literal["line", "dashes", "dots", "points", "band"]
Role = QPalette.ColorRole

TEXT_PIXELS = 11
GAP = 6
SAMPLE = 16  # of a series, before its name
BAND_OPACITY = 0.18
POINT = 2.4
PENS = {
    "line": Qt.PenStyle.SolidLine,
    "dashes": Qt.PenStyle.DashLine,
    "dots": Qt.PenStyle.DotLine,
}
_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


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
    upper: np.ndarray | None = None  # a band reaches from y to here
    opacity: float = 1.0
    is_read: bool = True  # whether its numbers are told where somebody reads the chart

    @property
    def heights(self) -> np.ndarray:
        """All of y that is to be seen."""
        return self.y if self.upper is None else np.concatenate([self.y, self.upper])


class Chart(QWidget):
    """Paints series; the mouse or the arrow keys read them at one x."""

    read = Signal(str)  # what they say there, in words; "" where nobody reads

    def __init__(self) -> None:
        super().__init__()
        self._axes = Axes("", "")
        self._series: Sequence[Series] = ()
        self._at: float | None = None  # where it is read
        self._focus_seen = False
        font = QFont(self.font())
        font.setPixelSize(TEXT_PIXELS)
        self.setFont(font)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(60, 40)

    def sizeHint(self) -> QSize:
        return QSize(220, 160)

    def show_series(self, series: Sequence[Series], axes: Axes) -> None:
        """Show these, the first one undermost."""
        self._series, self._axes = series, axes
        self.update()

    def area(self) -> ChartArea:
        """Where numbers lie in the widget."""
        y = self._axes.y_range or with_room(range_of(one.heights for one in self._series))
        x = range_of(one.x for one in self._series)
        line = self.fontMetrics().height()
        top, bottom = self._legend_height() + GAP, self.height() - 2 * line - GAP
        guess = ChartArea(QRectF(0, top, self.width(), max(1.0, bottom - top)), x, y)
        numbers = [self._advance(text) for text in tick_texts(guess.y_ticks())]
        left = max(numbers, default=0) + 2 * GAP
        guess.rect.setLeft(min(left, self.width() - 2 * GAP - 1))
        guess.rect.setRight(self.width() - 2 * GAP)
        return guess

    # Reading

    def read_at(self, x: float | None) -> None:
        """Read the series at the x of theirs that is next to a number; None = nowhere."""
        known = self._read_places()
        if x is not None and known.size:
            x = float(known[np.abs(known - x).argmin()])
        if x != self._at:
            self._at = x
            self.read.emit(self._reading())
            self.update()

    def _read_places(self) -> np.ndarray:
        """Every x at which a series can be read, rising."""
        places = [one.x for one in self._series if one.is_read]
        return np.unique(np.concatenate(places)) if places else np.empty(0)

    def _reading(self) -> str:
        """“offset −3 · down 0.42 · across 0.37”."""
        if self._at is None:
            return ""
        said = [f"{self._axes.x} {significant(self._at)}"]
        for one in self._series:
            value = _value(one, self._at)
            if one.is_read and value is not None:
                said.append(f"{one.name} {significant(value, 2)}")
        return " · ".join(said)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._series:
            area = self.area()
            self._paint_axes(painter, area)
            self._paint_legend(painter)
            painter.save()
            painter.setClipRect(area.rect.adjusted(-2, -2, 2, 2))
            for one in self._series:
                self._paint_series(painter, area, one)
            painter.restore()
            self._paint_reading(painter, area)
        if self._focus_seen:
            painter.setPen(self._color(Role.Highlight))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_axes(self, painter: QPainter, area: ChartArea) -> None:
        line, rect = self.fontMetrics().height(), area.rect
        for value, text in zip(area.y_ticks(), tick_texts(area.y_ticks()), strict=True):
            y = area.place(0, value).y()
            painter.setPen(self._color(Role.Mid))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
            painter.setPen(self._color(Role.PlaceholderText))
            beside = QRectF(0, y - line / 2, rect.left() - GAP, line)
            aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(beside, aligned, text)
        for value, text in zip(area.x_ticks(), tick_texts(area.x_ticks()), strict=True):
            x = area.place(value, 0).x()
            left = min(x - PER_TICK / 2, self.width() - PER_TICK)
            below = QRectF(left, rect.bottom() + GAP / 2, PER_TICK, line)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        below = QRectF(0, self.height() - line, rect.right(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._elided(self._axes.x, below))

    def _paint_series(self, painter: QPainter, area: ChartArea, one: Series) -> None:
        painter.setOpacity(one.opacity)
        places = area.places(one.x, one.y)
        if one.upper is not None:
            self._paint_band(painter, places, area.places(one.x, one.upper), one)
        elif one.kind == "points":
            painter.setPen(self._pen(one, POINT, round_=True))
            painter.drawPoints(_polygon(places))
        else:
            painter.setPen(self._pen(one))
            for stretch in _stretches(places):
                painter.drawPolyline(_polygon(stretch))
        painter.setOpacity(1)

    def _paint_band(
        self, painter: QPainter, lower: np.ndarray, upper: np.ndarray, one: Series
    ) -> None:
        ground = self._color(one.color)
        ground.setAlphaF(BAND_OPACITY)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawPolygon(_polygon(np.concatenate([lower, upper[::-1]])))

    def _paint_reading(self, painter: QPainter, area: ChartArea) -> None:
        """A line at the x that is read, and a dot on each curve."""
        if self._at is None:
            return
        x = area.place(self._at, 0).x()
        painter.setPen(self._color(Role.PlaceholderText))
        painter.drawLine(QPointF(x, area.rect.top()), QPointF(x, area.rect.bottom()))
        for one in self._series:
            value = _value(one, self._at)
            if one.is_read and value is not None:
                y = area.place(0, value).y()
                painter.setPen(QPen(self._color(Role.Window), 1))
                painter.setBrush(self._color(one.color))
                painter.drawEllipse(QPointF(x, y), 3.5, 3.5)

    # The legend: what y means, then each series with a sample of how it is painted

    def _entries(self) -> list[tuple[Series | None, QRectF]]:
        """What stands where, in as many lines as it takes; None is the name of y."""
        line, x, y = self.fontMetrics().height(), 0.0, 0.0
        placed: list[tuple[Series | None, QRectF]] = []
        for one in (None, *self._series):
            name = self._axes.y if one is None else one.name
            if not name:
                continue
            width = self._advance(name) + (0 if one is None else SAMPLE + GAP)
            if x and x + width > self.width():
                x, y = 0.0, y + line
            placed.append((one, QRectF(x, y, min(width, self.width()), line)))
            x += width + 2 * GAP
        return placed

    def _legend_height(self) -> float:
        return max((rect.bottom() for _, rect in self._entries()), default=0.0)

    def _paint_legend(self, painter: QPainter) -> None:
        for one, rect in self._entries():
            name = self._axes.y if one is None else one.name
            if one is not None:
                self._paint_sample(
                    painter, one, QRectF(rect.left(), rect.top(), SAMPLE, rect.height())
                )
                rect = rect.adjusted(SAMPLE + GAP, 0, 0, 0)
            painter.setPen(self._color(Role.PlaceholderText if one is None else Role.Text))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._elided(name, rect))

    def _paint_sample(self, painter: QPainter, one: Series, rect: QRectF) -> None:
        middle = rect.center()
        painter.setOpacity(one.opacity)
        if one.upper is not None:
            ground = self._color(one.color)
            ground.setAlphaF(2 * BAND_OPACITY)
            painter.fillRect(rect.adjusted(0, 3, 0, -3), ground)
        elif one.kind == "points":
            painter.setPen(self._pen(one, 2 * POINT, round_=True))
            painter.drawPoint(middle)
        else:
            painter.setPen(self._pen(one))
            painter.drawLine(QPointF(rect.left(), middle.y()), QPointF(rect.right(), middle.y()))
        painter.setOpacity(1)

    # Colours and words

    def _color(self, color: QPalette.ColorRole | str) -> QColor:
        return QColor(color) if isinstance(color, str) else QColor(self.palette().color(color))

    def _pen(self, one: Series, width: float = 1.6, round_: bool = False) -> QPen:
        pen = QPen(self._color(one.color), width, PENS.get(one.kind, Qt.PenStyle.SolidLine))
        if round_:
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        return pen

    def _advance(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)

    def _elided(self, text: str, rect: QRectF) -> str:
        return self.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, int(rect.width()) + 1
        )

    # Mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area = self.area()
        inside = area.rect.adjusted(-GAP, -GAP, GAP, GAP).contains(event.position())
        self.read_at(area.x_at(event.position().x()) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        self.read_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(event.key())
        if event.key() == Qt.Key.Key_Escape and self._at is not None:
            self.read_at(None)
        elif step is None or not self._read_places().size:
            super().keyPressEvent(event)
        else:
            self._read_next(step)

    def _read_next(self, step: int) -> None:
        known = self._read_places()
        middle = len(known) // 2 - step
        place = middle if self._at is None else int(np.searchsorted(known, self._at))
        self.read_at(float(known[min(max(place + step, 0), len(known) - 1)]))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._focus_seen = event.reason() in _BY_KEY
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focus_seen = False
        self.update()


def _value(one: Series, x: float) -> float | None:
    """What a series says at an x of its own; None where that is no number."""
    place = np.flatnonzero(one.x == x)
    value = float(one.y[place[0]]) if place.size else np.nan
    return value if np.isfinite(value) else None


def _stretches(places: np.ndarray) -> list[np.ndarray]:
    """The pieces of a curve (points, 2) between places that are no numbers."""
    known = np.isfinite(places).all(axis=1)
    pieces = np.split(places, np.flatnonzero(np.diff(known)) + 1)
    return [piece for piece in pieces if len(piece) > 1 and np.isfinite(piece).all()]


def _polygon(places: np.ndarray) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in places[np.isfinite(places).all(axis=1)].tolist()])

"""Curves and points over numbers, with axes: small, sharp, and in the window's colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent

from .chart_axes import Axes, ChartArea, range_of, with_room
from .chart_series import Role, Series
from .key_focus import KeyFocus
from .numbers import MINUS, significant, tick_texts
from .small_text import shrink_text

GAP = 6
SAMPLE = 16  # of a series, before its name
LEGEND_SHARE = 0.4  # of the height, which names of series may take; who reads is told all of them
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Chart(KeyFocus):
    """Paints series; the mouse or the arrow keys read them at one x."""

    read = Signal(str)  # what they say there, in words; "" where nobody reads

    def __init__(self) -> None:
        super().__init__()
        self._axes = Axes("", "")
        self._series: Sequence[Series] = ()
        self._absence = ""  # said where there is no series
        self._at: float | None = None  # where it is read
        shrink_text(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(60, 40)

    def sizeHint(self) -> QSize:
        return QSize(220, 160)

    def show_series(self, series: Sequence[Series], axes: Axes, absence: str = "") -> None:
        """Show these, the first one undermost; where there are none, say why."""
        self._series, self._axes, self._absence = series, axes, absence
        self.setAccessibleDescription("" if series else absence)
        if self._at is not None:
            self.read.emit(self._reading())
        self.update()

    def area(self) -> ChartArea:
        """Where numbers lie in the widget."""
        y = self._axes.y_range or with_room(range_of(one.y for one in self._series))
        x = self._axes.x_range or range_of(one.x for one in self._series)
        line = self.fontMetrics().height()
        below = 2 * line if self._axes.x else line  # its ticks, and what they count
        top, bottom = self._legend_height() + GAP, self.height() - below - GAP
        guess = ChartArea(
            QRectF(0, top, self.width(), max(1.0, bottom - top)), x, y, self._axes.counts_x
        )
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
        said = [f"{self._axes.x or self._axes.read_x} {_plain(self._at)}"]
        for one in self._series:
            value = one.value_at(self._at)
            if one.is_read and value is not None:
                said.append(f"{one.name} {significant(value, one.digits)}")
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
                one.paint(painter, area, self.palette())
            painter.restore()
            self._paint_reading(painter, area)
        else:
            painter.setPen(self.palette().color(Role.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, self._absence)
        if self.shows_focus:
            painter.setPen(self.palette().color(Role.Highlight))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_axes(self, painter: QPainter, area: ChartArea) -> None:
        line, rect = self.fontMetrics().height(), area.rect
        for value, text in zip(area.y_ticks(), tick_texts(area.y_ticks()), strict=True):
            y = area.place(0, value).y()
            painter.setPen(self.palette().color(Role.Mid))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
            painter.setPen(self.palette().color(Role.PlaceholderText))
            beside = QRectF(0, y - line / 2, rect.left() - GAP, line)
            aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(beside, aligned, text)
        for value, text in zip(area.x_ticks(), tick_texts(area.x_ticks()), strict=True):
            x, wide = area.place(value, 0).x(), self._advance(text)
            left = min(x - wide / 2, self.width() - wide)
            below = QRectF(left, rect.bottom() + GAP / 2, wide, line)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        if self._axes.x:
            below = QRectF(0, self.height() - line, rect.right(), line)
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._elided(self._axes.x, below))

    def _paint_reading(self, painter: QPainter, area: ChartArea) -> None:
        """A line at the x that is read, and a dot on each curve."""
        if self._at is None:
            return
        x = area.place(self._at, 0).x()
        painter.setPen(self.palette().color(Role.PlaceholderText))
        painter.drawLine(QPointF(x, area.rect.top()), QPointF(x, area.rect.bottom()))
        for one in self._series:
            value = one.value_at(self._at)
            if one.is_read and value is not None:
                one.paint_dot(painter, area.place(self._at, value), self.palette())

    # The legend: what y means, then each series with a sample of how it is painted

    def _entries(self) -> list[tuple[Series | None, QRectF]]:
        """What stands where, in lines that leave the curves most of the room; None names y."""
        line, x, y = self.fontMetrics().height(), 0.0, 0.0
        placed: list[tuple[Series | None, QRectF]] = []
        lowest = max(0.0, LEGEND_SHARE * self.height() - line)  # where the last line begins
        for one in (None, *self._series):
            name = self._axes.y if one is None else one.name
            if not name:
                continue
            width = self._advance(name) + (0 if one is None else SAMPLE + GAP)
            if x and x + width > self.width():
                x, y = 0.0, y + line
            if y > lowest:
                break
            placed.append((one, QRectF(x, y, min(width, self.width()), line)))
            x += width + 2 * GAP
        return placed

    def _legend_height(self) -> float:
        return max((rect.bottom() for _, rect in self._entries()), default=0.0)

    def _paint_legend(self, painter: QPainter) -> None:
        for one, rect in self._entries():
            name = self._axes.y if one is None else one.name
            if one is not None:
                sample = QRectF(rect.left(), rect.top(), SAMPLE, rect.height())
                one.paint_sample(painter, sample, self.palette())
                rect = rect.adjusted(SAMPLE + GAP, 0, 0, 0)
            painter.setPen(self.palette().color(Role.PlaceholderText if one is None else Role.Text))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._elided(name, rect))

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


def _plain(number: float) -> str:
    """“12,300”, “−2.5”."""
    whole = float(number).is_integer()
    return (f"{number:,.0f}" if whole else f"{number:.3g}").replace("-", MINUS)

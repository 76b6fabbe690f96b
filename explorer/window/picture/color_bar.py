"""The colours of the map as a scale with absolute numbers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QPolygonF
from PySide6.QtWidgets import QWidget

from ...records import Heatmap
from ..parts.color_strip import color_strip, share_of
from ..parts.numbers import signed, significant, tick_texts, ticks
from ..parts.small_text import shrink_text

BAR = 10  # width of the colours
RIGHT = 22  # free beside them
GAP = 6  # between numbers and colours
ABOVE = 44  # with the title
BELOW = 10
SPACING = 80  # between numbers, at least


class ColorBar(QWidget):
    """Low end below, high end above; a marker tells where the hovered patch stands."""

    def __init__(self) -> None:
        super().__init__()
        self._heatmap: Heatmap | None = None
        self._colors = QImage()
        self._colormap = ""
        self._marked: float | None = None
        self._ends = ("", "")
        shrink_text(self)
        self.setAccessibleName(self.tr("Colour scale"))
        advance = self.fontMetrics().horizontalAdvance
        text = max(advance("+0.000000"), advance("attention"))
        self.setFixedWidth(GAP + text + GAP + BAR + RIGHT)

    def sizeHint(self) -> QSize:
        return QSize(self.width(), 320)

    def show_scale(
        self, heatmap: Heatmap | None, colormap: str, ends: tuple[str, str] = ("", "")
    ) -> None:
        """Show a map's scale in its colours; nothing where there is no map.

        `ends` are words for the low and the high end: which of two models a sign means.
        """
        if (heatmap, colormap, ends) == (self._heatmap, self._colormap, self._ends):
            return
        if colormap != self._colormap:
            self._colors = color_strip(colormap, upright=True)
        self._heatmap, self._colormap, self._ends = heatmap, colormap, ends
        self.setAccessibleDescription(self._describe())
        self.update()

    def show_marker(self, value: float | None) -> None:
        """Mark the hovered patch's value."""
        if value != self._marked:
            self._marked = value
            self.update()

    def _describe(self) -> str:
        if self._heatmap is None:
            return ""
        ends = zip((self._heatmap.low, self._heatmap.high), self._ends, strict=True)
        low, high = (f"{self._write(value)} ({end})".replace(" ()", "") for value, end in ends)
        return self.tr("{0} from {1} to {2}").format(self._heatmap.quantity, low, high)

    def _write(self, value: float) -> str:
        """A number of this scale; with its sign where the scale has both."""
        is_signed = self._heatmap is not None and self._heatmap.diverging
        return signed(value) if is_signed else significant(value)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._heatmap is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = self._bar()
        self._paint_title(painter, bar, self._heatmap.quantity)
        self._paint_colors(painter, bar)
        taken = self._paint_marker(painter, bar, self._heatmap)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        line = self.fontMetrics().height()
        low, high = self._ends
        words = [(bar.bottom() - line, low), (bar.top() + line, high)]
        for y, text in [*words, *self._numbers(self._heatmap, bar)]:
            if taken is None or abs(y - taken) > line:
                self._paint_number(painter, bar, y, text)

    def _bar(self) -> QRectF:
        x = self.width() - RIGHT - BAR
        return QRectF(x, ABOVE, BAR, max(1, self.height() - ABOVE - BELOW))

    def _paint_title(self, painter: QPainter, bar: QRectF, quantity: str) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        height = self.fontMetrics().height()
        above = QRectF(0, bar.top() - height - 10, bar.right(), height)
        painter.drawText(above, Qt.AlignmentFlag.AlignRight, quantity)

    def _paint_colors(self, painter: QPainter, bar: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, self._colors)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5), 2, 2)

    def _paint_marker(self, painter: QPainter, bar: QRectF, heatmap: Heatmap) -> float | None:
        """A line across the colours and its number; returns its place."""
        if self._marked is None:
            return None
        y = _place(self._marked, heatmap, bar)
        text = self.palette().color(QPalette.ColorRole.Text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(text)
        tip = bar.right() + 2
        painter.drawPolygon(
            QPolygonF([QPointF(tip, y), QPointF(tip + 6, y - 4), QPointF(tip + 6, y + 4)])
        )
        painter.setPen(text)
        self._paint_number(painter, bar, y, self._write(self._marked))
        return y

    def _numbers(self, heatmap: Heatmap, bar: QRectF) -> list[tuple[float, str]]:
        """Both ends, and round numbers that keep clear of them, each with its place."""
        low, high = heatmap.low, heatmap.high
        if not high > low:
            return [(_place(low, heatmap, bar), significant(low))]
        lines = 2.4 if any(self._ends) else 1.4
        near = (high - low) * self.fontMetrics().height() * lines / bar.height()
        round_ones = ticks(low, high, int(bar.height() / SPACING))
        between = [value for value in round_ones if low + near < value < high - near]
        texts = tick_texts(between, plus="+" if heatmap.diverging else "")
        named = [(low, self._write(low)), *zip(between, texts, strict=True)]
        named.append((high, self._write(high)))
        return [(_place(value, heatmap, bar), text) for value, text in named]

    def _paint_number(self, painter: QPainter, bar: QRectF, y: float, text: str) -> None:
        height = self.fontMetrics().height()
        beside = QRectF(0, y - height / 2, bar.left() - GAP, height)
        painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def _place(value: float, heatmap: Heatmap, bar: QRectF) -> float:
    """The height at which a value stands."""
    return bar.bottom() - share_of(value, heatmap) * bar.height()

"""The colours of a map as a line below it, with its numbers at both ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...records import Heatmap
from .color_strip import color_strip, share_of
from .numbers import signed, significant
from .small_text import shrink_text

BAR = 6  # height of the colours
WIDEST = 220  # of the colours
GAP = 6  # between numbers and colours
MARK = 4  # half the width of the marker
DIGITS = 2


class ScaleLine(QWidget):
    """Low end left, high end right; a marker tells where the hovered patch stands."""

    def __init__(self) -> None:
        super().__init__()
        self._heatmap: Heatmap | None = None
        self._colormap = ""
        self._colors = QImage()
        self._marked: float | None = None
        shrink_text(self)
        self.setAccessibleName(self.tr("Colour scale"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 2)

    def show_scale(self, heatmap: Heatmap | None, colormap: str) -> None:
        """Show a map's scale in its colours; nothing where there is no map."""
        if colormap != self._colormap:
            self._colormap, self._colors = colormap, color_strip(colormap)
            self.update()
        before, self._heatmap = self._heatmap, heatmap
        if before is None or heatmap is None or _ends(before) != _ends(heatmap):
            self.setAccessibleDescription(self._describe())
            self.update()

    def show_marker(self, value: float | None) -> None:
        """Mark the hovered patch's value."""
        value = value if value is None else round(value, 4)  # closer, no pixel moves
        if value != self._marked:
            self._marked = value
            self.update()

    def _describe(self) -> str:
        if self._heatmap is None:
            return ""
        low, high = self._numbers(self._heatmap)
        return self.tr("{0} from {1} to {2}").format(self._heatmap.quantity, low, high)

    def _numbers(self, heatmap: Heatmap) -> tuple[str, str]:
        write = signed if heatmap.diverging else significant
        low, high = (write(value, DIGITS) for value in (heatmap.low, heatmap.high))
        return _bare(low), _bare(high)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._heatmap is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = self._paint_numbers(painter, self._heatmap)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, self._colors)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5), 2, 2)
        if self._marked is not None:
            self._paint_marker(painter, bar, self._heatmap, self._marked)

    def _paint_numbers(self, painter: QPainter, heatmap: Heatmap) -> QRectF:
        """Both ends; returns the place of the colours between them."""
        low, high = self._numbers(heatmap)
        advance = self.fontMetrics().horizontalAdvance
        taken = [advance(text) + GAP for text in (low, high)]
        width = min(WIDEST, max(8, self.width() - sum(taken)))
        left = (self.width() - sum(taken) - width) / 2
        bar = QRectF(left + taken[0], (self.height() - BAR) / 2, width, BAR)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        middle = Qt.AlignmentFlag.AlignVCenter
        beside = QRectF(left, 0, taken[0], self.height())
        painter.drawText(beside, middle | Qt.AlignmentFlag.AlignLeft, low)
        beside = QRectF(bar.right(), 0, taken[1], self.height())
        painter.drawText(beside, middle | Qt.AlignmentFlag.AlignRight, high)
        return bar

    def _paint_marker(self, painter: QPainter, bar: QRectF, heatmap: Heatmap, value: float) -> None:
        x = bar.left() + share_of(value, heatmap) * bar.width()
        painter.setPen(self.palette().color(QPalette.ColorRole.Window))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Text))
        top = bar.top() - 2
        corners = [
            QPointF(x - MARK, top - MARK),
            QPointF(x + MARK, top - MARK),
            QPointF(x, bar.top() + 3),
        ]
        painter.drawPolygon(QPolygonF(corners))


def _ends(heatmap: Heatmap) -> tuple[float, float, str, bool]:
    return heatmap.low, heatmap.high, heatmap.quantity, heatmap.diverging


def _bare(number: str) -> str:
    """“1” for “1.0”: the ends of a scale are often whole numbers."""
    return number.rstrip("0").rstrip(".") if "." in number and "e" not in number else number

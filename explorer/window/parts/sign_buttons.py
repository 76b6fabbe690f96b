"""Flat buttons with a painted sign."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QMenu

from .flat_button import FlatButton

SIGN = 9  # pixels that a painted sign is wide and high


class SignButton(FlatButton):
    """Bears a sign that is painted, so that it looks alike in every font."""

    def __init__(self) -> None:
        super().__init__("")

    def sizeHint(self) -> QSize:
        return QSize(28, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().buttonText())
        self.paint_sign(painter, QRectF(self.rect()).center())

    def paint_sign(self, painter: QPainter, middle: QPointF) -> None:
        """Paint it around a point, by the painter's brush."""
        raise NotImplementedError


def paint_triangle(painter: QPainter, middle: QPointF) -> None:
    """Play, or go on."""
    half = SIGN / 2
    corners = [(-half, -half), (-half, half), (half + 1, 0.0)]
    painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))


def paint_square(painter: QPainter, middle: QPointF) -> None:
    """Stop."""
    half = SIGN / 2
    painter.drawRect(QRectF(middle - QPointF(half, half), middle + QPointF(half, half)))


def paint_bars(painter: QPainter, middle: QPointF) -> None:
    """Pause."""
    for x in (-SIGN / 2, SIGN / 2 - 3):
        painter.drawRect(QRectF(middle.x() + x, middle.y() - SIGN / 2, 3, SIGN))


class PlayButton(SignButton):
    """Starts and stops."""

    def __init__(self, explanation: str) -> None:
        super().__init__()
        self._explanation = explanation  # what is played
        self.show_playing(False)

    def show_playing(self, playing: bool) -> None:
        self._playing = playing
        self.setAccessibleName(self.tr("Stop") if playing else self.tr("Play"))
        self.setToolTip(self.tr("Stop (Space)") if playing else self._explanation)
        self.update()

    def paint_sign(self, painter: QPainter, middle: QPointF) -> None:
        if self._playing:
            paint_square(painter, middle)
        else:
            paint_triangle(painter, middle)


class MoreButton(SignButton):
    """Opens the menu of all that has no place of its own."""

    def __init__(self, menu: QMenu) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("More"))
        self.setToolTip(self.tr("More"))
        self.clicked.connect(lambda: menu.popup(self.mapToGlobal(self.rect().bottomLeft())))

    def paint_sign(self, painter: QPainter, middle: QPointF) -> None:
        for x in (-SIGN / 2, 0.0, SIGN / 2):
            painter.drawEllipse(middle + QPointF(x, 0), 1.3, 1.3)

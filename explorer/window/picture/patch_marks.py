"""Marks on patches that are seen on any colour, and the label beside the hovered one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
)

DARK = QColor(10, 11, 13, 215)
LIGHT = QColor(255, 255, 255)
LABEL_GROUND = QColor(12, 13, 15, 235)
LABEL_PIXELS = 12
BADGE_PIXELS = 10


def _ring(painter: QPainter, inner: QRect, thickness: int, color: QColor) -> QRect:
    """A crisp frame around a rectangle; returns the rectangle with its frame."""
    outer = inner.adjusted(-thickness, -thickness, thickness, thickness)
    width, height = outer.width(), inner.height()
    painter.fillRect(outer.left(), outer.top(), width, thickness, color)
    painter.fillRect(outer.left(), inner.top() + height, width, thickness, color)
    painter.fillRect(outer.left(), inner.top(), thickness, height, color)
    painter.fillRect(inner.left() + inner.width(), inner.top(), thickness, height, color)
    return outer


def paint_outline(painter: QPainter, patch: QRect, unit: int) -> None:
    """Around the patch, so that its own colour stays free: dark, light, dark."""
    inner = _ring(painter, patch, unit, DARK)
    middle = _ring(painter, inner, 2 * unit, LIGHT)
    _ring(painter, middle, unit, DARK)


def paint_query(painter: QPainter, patch: QRect, unit: int, accent: QColor) -> None:
    """The patch that looks: an accent frame and a dot, told from the hovered one by its shape."""
    inner = _ring(painter, patch, 2 * unit, accent)
    _ring(painter, inner, unit, DARK)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    middle = QRectF(patch).center()
    for radius, color in ((4.5, DARK), (3.5, LIGHT), (2.5, accent)):
        painter.setBrush(QBrush(color))
        painter.drawEllipse(middle, radius * unit, radius * unit)
    painter.restore()


def paint_pin(
    painter: QPainter, patch: QRect, number: int, unit: float, palette: QPalette, view: QRect
) -> None:
    """A patch that was pinned: an accent frame, and a badge with its number inside the view."""
    line = max(1, round(unit))
    accent = palette.color(QPalette.ColorRole.Highlight)
    _ring(painter, _ring(painter, patch, 2 * line, accent), line, DARK)
    badge = _badge(patch, unit, view)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(DARK, line))
    painter.setBrush(accent)
    painter.drawRoundedRect(badge, 3 * unit, 3 * unit)
    font = QFont(painter.font())
    font.setPixelSize(round(BADGE_PIXELS * unit))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(palette.color(QPalette.ColorRole.HighlightedText))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(number))
    painter.restore()


def _badge(patch: QRect, unit: float, view: QRect) -> QRectF:
    """At the patch's upper right corner, or at another one where the view ends there."""
    side, away = (BADGE_PIXELS + 3) * unit, 2 * unit
    right, top = patch.left() + patch.width() + away, patch.top() - away - side
    x = right if right + side <= view.right() else patch.left() - away - side
    y = top if top >= view.top() else patch.top() + patch.height() + away
    return QRectF(x, y, side, side)


def paint_focus(painter: QPainter, view: QSize, unit: int, palette: QPalette) -> None:
    """Just inside the view's edge: keys go here."""
    inner = QRect(QPoint(), view).adjusted(unit, unit, -unit, -unit)
    _ring(painter, inner, unit, palette.color(QPalette.ColorRole.Highlight))


def corners(rect: QRect, radius: float) -> QPainterPath:
    """What is cut off a rectangle to round it."""
    path = QPainterPath()
    circle = QRectF(0, 0, 2 * radius, 2 * radius)
    for x, dx in ((rect.left(), 0.0), (rect.left() + rect.width() - radius, radius)):
        for y, dy in ((rect.top(), 0.0), (rect.top() + rect.height() - radius, radius)):
            corner, round_part = QPainterPath(), QPainterPath()
            corner.addRect(x, y, radius, radius)
            round_part.addEllipse(circle.translated(x - dx, y - dy))
            path.addPath(corner.subtracted(round_part))
    return path


def marked(patch: QRect, unit: int) -> QRect:
    """All that marks on a patch may cover."""
    reach = max(4 * unit, 5 * unit - min(patch.width(), patch.height()) // 2 + 1)
    return patch.adjusted(-reach, -reach, reach, reach)


@dataclass(frozen=True)
class Label:
    """A line of text in the view, beside what it is about."""

    text: str
    rect: QRect

    @classmethod
    def beside(cls, text: str, patch: QRect, view: QSize, font: QFont, unit: float) -> Label:
        """Above the patch, below where there is no room, and always inside the view."""
        metrics = QFontMetrics(font)
        width = metrics.horizontalAdvance(text) + round(18 * unit)
        height = metrics.height() + round(9 * unit)
        gap = round(9 * unit)
        y = patch.top() - gap - height
        if y < 0:
            y = min(patch.bottom() + gap, view.height() - height)
        x = min(max(patch.center().x() - width // 2, 0), max(0, view.width() - width))
        return cls(text, QRect(QPoint(x, max(0, y)), QSize(width, height)))

    def paint(self, painter: QPainter, font: QFont, unit: float) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LABEL_GROUND)
        painter.drawRoundedRect(self.rect, 5 * unit, 5 * unit)
        painter.setFont(font)
        painter.setPen(LIGHT)
        painter.drawText(self.rect, Qt.AlignmentFlag.AlignCenter, self.text)
        painter.restore()

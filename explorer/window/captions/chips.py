"""Words as chips: shaded by their probability, which also stands beside each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPalette, QPen

from .items import Item
from .part_painter import Marks, PartPainter, mixed, small
from .sentences import short_probability

BEFORE, BESIDE, BEHIND = 10, 6, 17  # pixels before the word, between it and its number, behind
AROUND = 5  # above and below the text
JOINED = 2  # between the pieces of one word
ARROW = 3.0  # half the width of the arrow that opens a chip's menu
LEAST, MOST = 0.08, 0.38  # share of the accent in the ground of a word of probability 0, and 1
QUIETER = 0.82  # share of the text's colour in a number: 4.5 : 1 on every ground
MIDDLE = Qt.AlignmentFlag.AlignVCenter


class Chips(PartPainter):
    """One line of text each, on a ground that is the stronger the more probable the word was."""

    spacing: ClassVar[int] = 6

    def height(self, font: QFont, room: int) -> int:
        return QFontMetrics(font).height() + 2 * AROUND

    def widths(self, items: Sequence[Item], font: QFont, height: int) -> list[int]:
        upright, italic = QFontMetrics(font), QFontMetrics(slanted(font))
        number = QFontMetrics(small(font))
        return [
            BEFORE
            + (italic if item.part.is_end else upright).horizontalAdvance(item.part.text)
            + (BESIDE + number.horizontalAdvance(_number(item)) if _number(item) else 0)
            + BEHIND
            for item in items
        ]

    def gap(self, item: Item) -> int:
        return JOINED if item.joins else self.spacing

    def menu_place(self, rect: QRect) -> QRect:
        return QRect(rect.right() - BEHIND, rect.top(), BEHIND + 1, rect.height())

    def paint(
        self, painter: QPainter, place: int, item: Item, rect: QRect, marks: Marks, colors: QPalette
    ) -> None:
        ground = ground_of(item, colors)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(ground)
        painter.setPen(_outline(item, marks, colors))
        inset = painter.pen().widthF() / 2
        shape = QRectF(rect).adjusted(inset, inset, -inset, -inset)
        painter.drawPath(_shape(shape, item))
        if marks.current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color(QPalette.ColorRole.Text), 1))
            around = QRectF(rect).adjusted(-2, -2, 2, 2)
            painter.drawRoundedRect(around, around.height() / 2, around.height() / 2)
        _paint_text(painter, item, rect, ground, colors)
        if marks.chosen or marks.hovered:
            middle = QRectF(self.menu_place(rect)).center() - QPointF(1.5, 0)
            paint_arrow(painter, middle, colors.color(QPalette.ColorRole.Text))


def ground_of(item: Item, colors: QPalette) -> QColor:
    """What a chip's text stands on."""
    window = colors.color(QPalette.ColorRole.Window)
    if item.part.is_end or item.part.probability is None:
        return window
    accent = colors.color(QPalette.ColorRole.Highlight)
    return mixed(window, accent, LEAST + (MOST - LEAST) * item.part.probability)


def number_color(ground: QColor, colors: QPalette) -> QColor:
    """A probability is quieter than its word."""
    return mixed(ground, colors.color(QPalette.ColorRole.Text), QUIETER)


def _number(item: Item) -> str:
    value = item.part.probability
    return "" if value is None else short_probability(value)


def slanted(font: QFont) -> QFont:
    """Of begin and end, which are no words."""
    made = QFont(font)
    made.setItalic(True)
    return made


def _outline(item: Item, marks: Marks, colors: QPalette) -> QPen:
    if marks.chosen:
        return QPen(colors.color(QPalette.ColorRole.Highlight), 2)
    if marks.hovered:
        return QPen(colors.color(QPalette.ColorRole.PlaceholderText), 1)
    if item.part.is_end:
        return QPen(colors.color(QPalette.ColorRole.PlaceholderText), 1, Qt.PenStyle.DashLine)
    return QPen(Qt.PenStyle.NoPen)


def _shape(rect: QRectF, item: Item) -> QPainterPath:
    """Round at both ends; straight where another piece of the word is."""
    radius = rect.height() / 2
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addRoundedRect(rect, radius, radius)
    if item.joins:
        path.addRect(QRectF(rect.topLeft(), QPointF(rect.center().x(), rect.bottom())))
    if item.goes_on:
        path.addRect(QRectF(QPointF(rect.center().x(), rect.top()), rect.bottomRight()))
    return path.simplified()


def _paint_text(
    painter: QPainter, item: Item, rect: QRect, ground: QColor, colors: QPalette
) -> None:
    font = painter.font()
    room = QRectF(rect).adjusted(BEFORE, 0, -BEHIND, 0)
    number = _number(item)
    painter.setFont(small(font))
    painter.setPen(number_color(ground, colors))
    painter.drawText(room, MIDDLE | Qt.AlignmentFlag.AlignRight, number)
    if number:
        room.setRight(room.right() - painter.fontMetrics().horizontalAdvance(number) - BESIDE)
    painter.setFont(slanted(font) if item.part.is_end else font)
    painter.setPen(colors.color(QPalette.ColorRole.Text))
    _paint_word(painter, item, room.adjusted(0, 0, 1, 0))  # 1: rounding cuts no word
    painter.setFont(font)


def _paint_word(painter: QPainter, item: Item, room: QRectF) -> None:
    metrics = painter.fontMetrics()
    elide = Qt.TextElideMode.ElideRight
    text = metrics.elidedText(item.part.text, elide, int(room.width()))
    painter.drawText(room, MIDDLE | Qt.AlignmentFlag.AlignLeft, text)
    if item.is_given:  # a dotted line, as under what somebody wrote into a form
        y = room.center().y() + metrics.ascent() / 2 + 2.5
        painter.setPen(QPen(painter.pen().color(), 1, Qt.PenStyle.DotLine))
        end = QPointF(room.left() + metrics.horizontalAdvance(text), y)
        painter.drawLine(QPointF(room.left(), y), end)


def paint_arrow(painter: QPainter, middle: QPointF, color: QColor) -> None:
    """What says that a click here opens a menu."""
    painter.setPen(QPen(color, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    steps = ((-ARROW, -ARROW / 2), (0.0, ARROW / 2), (ARROW, -ARROW / 2))
    painter.drawPolyline([middle + QPointF(x, y) for x, y in steps])

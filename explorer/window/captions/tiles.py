"""Each part as a small picture with its map on it: the figures of Xu et al. 2015."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPalette, QPen

from ...explain.words import heatmap
from ...records import Caption, Picture, WordQuery
from ..picture.backdrop import pyramid_of
from ..picture.heat_layer import HeatLayer
from ..picture.viewport import Viewport
from ..state import Overlay
from .chips import paint_arrow, slanted
from .items import Item
from .part_painter import Marks, PartPainter, mixed, small
from .sentences import short_number

LOWEST, HIGHEST = 48, 132  # pixels of a small picture
NARROWEST, WIDEST = 48, 240
BELOW = 3  # between picture and word
BESIDE = 5  # between word and number
CORNER = 18  # pixels of the corner that opens a tile's menu
QUIETER = 0.7  # share of the text's colour in a number


class Tiles(PartPainter):
    """A picture each, as high as one line of them fits; made when it is first seen."""

    spacing: ClassVar[int] = 8

    def __init__(self) -> None:
        self._caption: Caption | None = None
        self._picture: Picture | None = None
        self._words, self._overlay = WordQuery(), Overlay()
        self._wide = NARROWEST  # of each picture
        self._images: dict[int, QImage] = {}
        self._small = QImage()  # the picture alone, in the size of the images

    def show(
        self, caption: Caption | None, picture: Picture | None, words: WordQuery, overlay: Overlay
    ) -> None:
        """Paint the maps of this caption, on this picture, in this look from now on."""
        words, overlay = replace(words, places=()), replace(overlay, visible=True)
        same = caption is self._caption and picture is self._picture
        if same and (words, overlay) == (self._words, self._overlay):
            return
        self._caption, self._picture = caption, picture
        self._words, self._overlay = words, overlay
        self._images.clear()
        self._small = QImage()

    # Sizes

    def height(self, font: QFont, room: QSize) -> int:
        text = QFontMetrics(font).height() + BELOW
        high = min(max(room.height() - text, LOWEST), HIGHEST)
        if high == HIGHEST:  # there is room for more lines: let them be full
            high = max(LOWEST, self._filling(room.width()))
        return high + text

    def _filling(self, room: int) -> int:
        """The height, at most the greatest, at which pictures fill their lines."""
        wide = self._across(HIGHEST)
        columns = math.ceil((room + self.spacing) / (wide + self.spacing))
        return int(HIGHEST * ((room + self.spacing) / columns - self.spacing) / wide)

    def widths(self, items: Sequence[Item], font: QFont, height: int) -> list[int]:
        self._wide = self._across(height - QFontMetrics(font).height() - BELOW)
        return [max(self._wide, sum(_text_widths(item, font))) for item in items]

    def _across(self, high: int) -> int:
        """How wide a picture is that is so high; a very long or tall one gets less or more."""
        width, height = (1, 1) if self._picture is None else self._picture.size
        return int(min(max(high * width / height, NARROWEST), WIDEST))

    def menu_place(self, rect: QRect) -> QRect:
        beside = (rect.width() - self._wide) // 2  # a word may be wider than its picture
        return QRect(rect.right() - beside - CORNER, rect.top(), CORNER + 1, CORNER)

    # Painting

    def paint(
        self, painter: QPainter, place: int, item: Item, rect: QRect, marks: Marks, colors: QPalette
    ) -> None:
        text = painter.fontMetrics().height()
        room = rect.adjusted(0, 0, 0, -text - BELOW)
        image = self._image(place, item, room.size(), painter.device().devicePixelRatio())
        shown = _centred(painter, image, room)
        painter.drawImage(shown.topLeft(), image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _paint_frame(painter, shown, marks, colors)
        _paint_words(painter, item, rect.adjusted(0, room.height() + BELOW, 0, 0), colors)
        if marks.hovered or marks.chosen:
            _paint_corner(painter, self.menu_place(rect))

    def _image(self, place: int, item: Item, room: QSize, ratio: float) -> QImage:
        """The picture with a part's map, `ratio` device pixels to one of the room's."""
        size = self._fitted(room * ratio)
        if self._small.size() != size:
            self._images.clear()
            self._small = self._shrunk(size)
        if place not in self._images:
            image = self._small.copy()
            self._paint_map(image, item)
            image.setDevicePixelRatio(ratio)
            self._images[place] = image
        return self._images[place]

    def _fitted(self, room: QSize) -> QSize:
        """The picture's proportions in so much room."""
        if self._picture is None:
            return room
        whole = QSize(*self._picture.size)
        return whole.scaled(room, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))

    def _shrunk(self, size: QSize) -> QImage:
        if self._picture is None:
            blank = QImage(size, QImage.Format.Format_RGB32)
            blank.fill(Qt.GlobalColor.black)
            return blank
        level = pyramid_of(self._picture).level(size.width() / self._picture.size[0])
        ignore = Qt.AspectRatioMode.IgnoreAspectRatio
        image = level.scaled(size, ignore, Qt.TransformationMode.SmoothTransformation)
        return image.convertToFormat(QImage.Format.Format_RGB32)

    def _paint_map(self, image: QImage, item: Item) -> None:
        """The map where the captioner looked: what reaches out of the picture is cut."""
        if self._caption is None:
            return
        frame = self._caption.frame
        width, height = frame.picture_size
        scale = image.width() / width
        whole = (0.0, 0.0, float(width), float(height))
        view = image.width(), image.height()
        viewport = Viewport(view, whole, 0, scale, (width / 2, height / 2))
        layer = HeatLayer()
        shown = heatmap(self._caption, self._words, (item.part,), self._overlay.shared_scale)
        layer.show(shown, self._overlay)
        painter = QPainter(image)
        layer.paint(painter, viewport, frame)
        painter.end()


def _on_pixels(painter: QPainter, point: QPointF) -> QPointF:
    """The nearest place that begins a device pixel: else a screen of scale 1.5 blurs the image."""
    device = painter.deviceTransform()
    begins = device.map(point)
    return device.inverted()[0].map(QPointF(round(begins.x()), round(begins.y())))


def _centred(painter: QPainter, image: QImage, room: QRect) -> QRectF:
    """Where an image lies in its room: in the middle, as one line of text."""
    size = image.deviceIndependentSize()
    left = room.left() + (room.width() - size.width()) / 2
    top = room.top() + (room.height() - size.height()) / 2
    return QRectF(_on_pixels(painter, QPointF(left, top)), size)


def _paint_frame(painter: QPainter, shown: QRectF, marks: Marks, colors: QPalette) -> None:
    """Around the picture, a hair's breadth away: chosen, or under the mouse."""
    if marks.chosen:
        pen = QPen(colors.color(QPalette.ColorRole.Highlight), 2)
    elif marks.hovered:
        pen = QPen(colors.color(QPalette.ColorRole.PlaceholderText), 1)
    else:
        pen = QPen(Qt.PenStyle.NoPen)
    painter.setPen(pen)
    out = 1 + pen.widthF() / 2
    painter.drawRoundedRect(shown.adjusted(-out, -out, out, out), 3, 3)
    if marks.current:
        painter.setPen(QPen(colors.color(QPalette.ColorRole.Text), 1))
        painter.drawRoundedRect(shown.adjusted(-3.5, -3.5, 3.5, 3.5), 4, 4)


def _paint_corner(painter: QPainter, place: QRect) -> None:
    """Where a click opens the menu: an arrow on a ground that any picture leaves readable."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawRoundedRect(QRectF(place).adjusted(2, 2, -2, -2), 3, 3)
    paint_arrow(painter, QRectF(place).center(), QColor(255, 255, 255))


def _text_widths(item: Item, font: QFont) -> tuple[int, int]:
    """Of a word, and of its number with the gap before it."""
    number = short_number(item.part)
    word = QFontMetrics(_word_font(item, font)).horizontalAdvance(item.part.text) + 1
    return word, QFontMetrics(small(font)).horizontalAdvance(number) + BESIDE if number else 0


def _word_font(item: Item, font: QFont) -> QFont:
    return slanted(font) if item.part.is_end else font


def _paint_words(painter: QPainter, item: Item, room: QRect, colors: QPalette) -> None:
    """The word in the middle below its picture, its probability beside it."""
    font = painter.font()
    word, number = _text_widths(item, font)
    word = min(word, room.width() - number)  # a word may be wider than all of the row
    left = room.left() + (room.width() - word - number) // 2
    middle, ink = Qt.AlignmentFlag.AlignVCenter, colors.color(QPalette.ColorRole.Text)
    painter.setFont(_word_font(item, font))
    painter.setPen(ink)
    text = painter.fontMetrics().elidedText(item.part.text, Qt.TextElideMode.ElideRight, word)
    painter.drawText(QRect(left, room.top(), word, room.height()), middle, text)
    painter.setFont(small(font))
    painter.setPen(mixed(colors.color(QPalette.ColorRole.Window), ink, QUIETER))
    beside = QRect(left + word + BESIDE, room.top(), number, room.height())
    painter.drawText(beside, middle, short_number(item.part))
    painter.setFont(font)

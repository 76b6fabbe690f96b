"""Each part as a small picture with its map on it: the figures of Xu et al. 2015."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPalette, QPen

from ...explain.words import heatmap, parts_of
from ...records import Caption, Heatmap, Picture, WordQuery
from ..picture.backdrop import pyramid_of
from ..picture.heat_layer import HeatLayer
from ..picture.viewport import Viewport
from ..state import Overlay
from .chips import paint_arrow, slanted
from .items import Item
from .part_painter import Marks, PartPainter, mixed, small
from .sentences import short_probability

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
        self._high: float | None = None  # of the scale that all parts share, once it is known
        self._images: dict[int, QImage] = {}
        self._small = QImage()  # the picture alone, in the size of the images

    def show(
        self, caption: Caption | None, picture: Picture | None, words: WordQuery, overlay: Overlay
    ) -> None:
        """Paint the maps of this caption, on this picture, in this look from now on."""
        words, overlay = replace(words, places=()), replace(overlay, visible=True)
        if caption is not self._caption or words != self._words:
            self._high = None
        elif picture is self._picture and overlay == self._overlay:
            return
        self._caption, self._picture = caption, picture
        self._words, self._overlay = words, overlay
        self._images.clear()
        self._small = QImage()

    # Sizes

    def height(self, font: QFont, room: int) -> int:
        text = QFontMetrics(font).height() + BELOW
        return min(max(room - text, LOWEST), HIGHEST) + text

    def widths(self, items: Sequence[Item], font: QFont, height: int) -> list[int]:
        high = height - QFontMetrics(font).height() - BELOW
        wide = high if self._picture is None else high * self._aspect()
        return [round(min(max(wide, NARROWEST), WIDEST))] * len(items)

    def _aspect(self) -> float:
        assert self._picture is not None
        width, height = self._picture.size
        return width / height

    def menu_place(self, rect: QRect) -> QRect:
        return QRect(rect.right() - CORNER, rect.top(), CORNER + 1, CORNER)

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
        layer.show(self._map(item), self._overlay)
        painter = QPainter(image)
        layer.paint(painter, viewport, frame)
        painter.end()

    def _map(self, item: Item) -> Heatmap:
        """On its own scale, or on that of all parts."""
        assert self._caption is not None
        made = heatmap(self._caption, self._words, (item.part,))
        return replace(made, high=self._highest()) if self._overlay.shared_scale else made

    def _highest(self) -> float:
        """Of all parts' maps; found once, as it takes all of them."""
        if self._high is None:
            assert self._caption is not None
            parts = parts_of(self._caption, self._words)
            self._high = max(heatmap(self._caption, self._words, (each,)).high for each in parts)
        return self._high


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


def _paint_words(painter: QPainter, item: Item, room: QRect, colors: QPalette) -> None:
    """The word in the middle below its picture; its probability beside it, where that fits."""
    font = painter.font()
    word_font = slanted(font) if item.part.is_end else font
    value = item.part.probability
    number = "" if value is None else short_probability(value)
    word_width = QFontMetrics(word_font).horizontalAdvance(item.part.text)
    number_width = QFontMetrics(small(font)).horizontalAdvance(number) + BESIDE
    if word_width + number_width > room.width():
        number, number_width = "", 0
    text = QFontMetrics(word_font).elidedText(
        item.part.text, Qt.TextElideMode.ElideRight, room.width()
    )
    word_width = min(word_width, room.width())
    left = room.left() + max(0, (room.width() - word_width - number_width) // 2)
    middle = Qt.AlignmentFlag.AlignVCenter
    ink = colors.color(QPalette.ColorRole.Text)
    painter.setFont(word_font)
    painter.setPen(ink)
    painter.drawText(QRect(left, room.top(), word_width + 1, room.height()), middle, text)
    painter.setFont(small(font))
    painter.setPen(mixed(colors.color(QPalette.ColorRole.Window), ink, QUIETER))
    beside = QRect(left + word_width + BESIDE, room.top(), number_width, room.height())
    painter.drawText(beside, middle, number)
    painter.setFont(font)

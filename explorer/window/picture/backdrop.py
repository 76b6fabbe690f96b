"""The picture without its map, as one view-sized image that is only made when the view moves."""

from __future__ import annotations

import math
from weakref import WeakValueDictionary

import numpy as np
import PIL.Image
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPalette, QPixmap

from ...records import Frame, Picture
from .viewport import Rect, Viewport

PIXELS_SHOW_FROM = 4.0  # scale from which a picture's pixels are shown as squares, not blurred
UNSEEN = 0.66  # how far what the model did not see fades into the ground


class Pyramid:
    """A picture at its size, half of it, a quarter …: each made when it is first needed."""

    def __init__(self, picture: Picture) -> None:
        # Kept: the largest image stands on its memory.
        self._pixels = np.ascontiguousarray(picture.pixels)
        self._levels = {1: _image(self._pixels)}
        self._grey: dict[int, QImage] = {}

    def level(self, scale: float, grey: bool = False) -> QImage:
        """The smallest image that need not be enlarged to be shown at `scale`."""
        factor = self._factor(scale)
        if not grey:
            return self._levels[factor]
        if factor not in self._grey:
            form = QImage.Format.Format_Grayscale8
            self._grey[factor] = self._levels[factor].convertToFormat(form)
        return self._grey[factor]

    def _factor(self, scale: float) -> int:
        """How much smaller a level is; it is made where it is not there yet."""
        smallest = min(1 / scale, *self._pixels.shape[:2])
        factor = 2 ** max(0, math.floor(math.log2(smallest)))
        if factor not in self._levels:
            # Pillow averages 12 million pixels in 10 ms; QImage.scaled takes 100.
            reduced = np.asarray(PIL.Image.fromarray(self._pixels).reduce(factor))
            image = _image(reduced).convertToFormat(QImage.Format.Format_RGB32)
            self._levels[factor] = image  # on memory of its own
        return factor


_pyramids: WeakValueDictionary[Picture, Pyramid] = WeakValueDictionary()


def pyramid_of(picture: Picture) -> Pyramid:
    """The one that all who show a picture share, as long as anybody shows it."""
    pyramid = _pyramids.get(picture)
    if pyramid is None:
        pyramid = _pyramids[picture] = Pyramid(picture)
    return pyramid


def _image(pixels: np.ndarray) -> QImage:
    """An image on the memory of RGB pixels, which must outlive it."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)


def _rect(viewport: Viewport, rect: Rect) -> QRect:
    left, top, right, bottom = viewport.rect_to_view(rect)
    return QRect(left, top, right - left, bottom - top)


def render(
    pyramid: Pyramid,
    size: tuple[int, int],
    frame: Frame | None,
    viewport: Viewport,
    palette: QPalette,
    grey: bool = False,
) -> QPixmap:
    """The picture in its view; with a frame, what the model did not see is faded."""
    ground = palette.color(QPalette.ColorRole.Window)
    pixmap = QPixmap(*viewport.view)
    pixmap.fill(ground)
    painter = QPainter(pixmap)
    if frame is not None:
        _paint_padding(painter, _rect(viewport, frame.seen), palette)
    _paint_picture(painter, pyramid.level(viewport.scale, grey), size, viewport)
    if frame is not None:
        _fade_unseen(painter, size, frame, viewport, ground)
    painter.end()
    return pixmap


def _paint_padding(painter: QPainter, seen: QRect, palette: QPalette) -> None:
    """Where the model saw only padding: a quiet hatch, which the picture then covers."""
    painter.fillRect(seen, palette.color(QPalette.ColorRole.Base))
    lines = palette.color(QPalette.ColorRole.Mid)
    painter.fillRect(seen, QBrush(lines, Qt.BrushStyle.BDiagPattern))


def _paint_picture(
    painter: QPainter, image: QImage, size: tuple[int, int], viewport: Viewport
) -> None:
    part = viewport.visible_part((0, 0, *size), image.size().toTuple())
    if part is not None:
        smooth = viewport.scale < PIXELS_SHOW_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(QRectF(*part[0]), image, QRectF(*part[1]))


def _fade_unseen(
    painter: QPainter, size: tuple[int, int], frame: Frame, viewport: Viewport, ground: QColor
) -> None:
    ground = QColor(ground)
    ground.setAlphaF(UNSEEN)
    picture, seen = _rect(viewport, (0, 0, *size)), _rect(viewport, frame.seen)
    for strip in _around(picture, seen):
        painter.fillRect(strip, ground)


def _around(outer: QRect, inner: QRect) -> list[QRect]:
    """What of a rectangle lies outside another, in up to four strips."""
    inner = inner.intersected(outer)
    left, top, width = outer.left(), outer.top(), outer.width()
    strips = [
        QRect(left, top, width, inner.top() - top),
        QRect(left, inner.top() + inner.height(), width, outer.bottom() - inner.bottom()),
        QRect(left, inner.top(), inner.left() - left, inner.height()),
        QRect(inner.right() + 1, inner.top(), outer.right() - inner.right(), inner.height()),
    ]
    return [strip for strip in strips if not strip.isEmpty()]

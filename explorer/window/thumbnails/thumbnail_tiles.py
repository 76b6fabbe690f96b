"""How one thumbnail looks: the picture, a place kept for it, or that it cannot be read."""

from __future__ import annotations

import time
from collections import OrderedDict

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPalette, QPen, QPixmap

from ...images.thumbnails import Thumbnail

RADIUS = 4.0
LEAST_SHOWN = 0.45  # a picture is cut to fill its tile unless less than this would be left
CUT_ABOVE = 4  # of what is cut from a tall picture, one such part: faces are rarely at the bottom
KEPT = 256  # finished tiles; a few screens
OUTLINE = 2.0
MOST_FINISHING = 0.008  # s in one painting, so that keys and mouse are never kept waiting


class Tiles:
    """Paints tiles; finished pictures are kept, so that scrolling only copies them."""

    def __init__(self) -> None:
        self.left_for_later = False  # whether the last `begin` had too little time for all
        self._deadline = 0.0
        self._size = QSize()  # device pixels
        self._finished: OrderedDict[str, tuple[Thumbnail, QPixmap]] = OrderedDict()

    def begin(self) -> None:
        """Start painting a view: pictures are finished for a moment, further ones later."""
        self.left_for_later = False
        self._deadline = time.perf_counter() + MOST_FINISHING

    def paint(
        self,
        painter: QPainter,
        tile: QRect,
        palette: QPalette,
        path: str,
        thumbnail: Thumbnail | None,
    ) -> None:
        """Paint what is known of a picture into its tile."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.base())
        painter.drawRoundedRect(tile, RADIUS, RADIUS)
        if thumbnail is None:
            return
        if thumbnail.pixels is None:
            _paint_problem(painter, tile, palette)
        else:
            self._paint_picture(painter, tile, path, thumbnail)

    def _paint_picture(
        self, painter: QPainter, tile: QRect, path: str, thumbnail: Thumbnail
    ) -> None:
        ratio = painter.device().devicePixelRatio()
        pixmap = self._pixmap(path, thumbnail, tile.size(), ratio)
        if pixmap is None:
            self.left_for_later = True
            return
        # On whole device pixels, or a scale of 1.5 would blur every second tile.
        left, top = round(tile.left() * ratio) / ratio, round(tile.top() * ratio) / ratio
        painter.drawPixmap(QPointF(left, top), pixmap)

    def _pixmap(self, path: str, thumbnail: Thumbnail, tile: QSize, ratio: float) -> QPixmap | None:
        """The finished picture; None where there is no time left to finish it."""
        size = QSize(round(tile.width() * ratio), round(tile.height() * ratio))
        if size != self._size:
            self._size = size
            self._finished.clear()
        kept = self._finished.get(path)
        if kept is None or kept[0] is not thumbnail:
            if time.perf_counter() > self._deadline:
                return None
            pixmap = _finished(_image(thumbnail), size, RADIUS * ratio)
            pixmap.setDevicePixelRatio(ratio)
            kept = self._finished[path] = thumbnail, pixmap
        self._finished.move_to_end(path)
        while len(self._finished) > KEPT:
            self._finished.popitem(last=False)
        return kept[1]


def paint_outline(painter: QPainter, tile: QRect, brush: QBrush) -> None:
    """A frame around a tile, a hair's breadth away from it."""
    out = OUTLINE / 2 + 1
    painter.setPen(QPen(brush, OUTLINE))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(tile).adjusted(-out, -out, out, out), RADIUS + 2, RADIUS + 2)


def _image(thumbnail: Thumbnail) -> QImage:
    assert thumbnail.pixels is not None
    height, width, _ = thumbnail.pixels.shape
    image = QImage(thumbnail.pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _finished(image: QImage, size: QSize, radius: float) -> QPixmap:
    """The picture in a tile of `size` device pixels with round corners."""
    shown = image.size().scaled(size, _fit(image.size(), size))
    image = image.scaled(
        shown, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    above = 2 if shown.height() <= size.height() else CUT_ABOVE
    left, top = (size.width() - shown.width()) // 2, (size.height() - shown.height()) // above
    corner = QPointF(left, top)
    brush = QBrush(image)
    brush.setTransform(brush.transform().translate(corner.x(), corner.y()))
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    visible = QRectF(corner, shown.toSizeF()).intersected(QRectF(QPointF(), size.toSizeF()))
    painter.drawRoundedRect(visible, radius, radius)
    painter.end()
    return pixmap


def _fit(picture: QSize, tile: QSize) -> Qt.AspectRatioMode:
    """Fill the tile; but show a long or tall picture whole rather than a slice of it."""
    across = picture.width() * tile.height()
    down = picture.height() * tile.width()
    if min(across, down) < LEAST_SHOWN * max(across, down):
        return Qt.AspectRatioMode.KeepAspectRatio
    return Qt.AspectRatioMode.KeepAspectRatioByExpanding


def _paint_problem(painter: QPainter, tile: QRect, palette: QPalette) -> None:
    """A torn picture and two words; the tooltip tells the reason."""
    quiet = palette.placeholderText()
    words = QCoreApplication.translate("Tiles", "cannot be read")
    line = painter.fontMetrics().height()
    icon = QRectF(0, 0, 20, 15)
    icon.moveCenter(QRectF(tile).center() - QPointF(0, line / 2 + 1))
    painter.setPen(QPen(quiet, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(icon, 2.5, 2.5)
    middle, step = icon.center().x(), icon.height() / 3
    tear = [QPointF(middle + (2.5, -2.5)[at % 2], icon.top() + at * step) for at in range(4)]
    painter.drawPolyline(tear)
    room = QRect(tile.left() + 4, round(icon.bottom()) + 3, tile.width() - 8, line)
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, shown)

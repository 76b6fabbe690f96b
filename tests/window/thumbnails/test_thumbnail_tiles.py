"""How a tile looks, at any scale of the screen."""

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter, QPalette

from explorer.errors import ExplorerError
from explorer.images.thumbnails import Thumbnail
from explorer.window.thumbnails.thumbnail_tiles import Tiles

TILE = QRect(10, 10, 102, 73)
GROUND = QColor(1, 2, 3)


def painted(qapp, thumbnail: Thumbnail | None, scale: float = 1.0) -> np.ndarray:
    """The tile's device pixels: uint8 (height, width, 3) RGB."""
    image = QImage(round(130 * scale), round(100 * scale), QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(scale)
    image.fill(QColor("white"))
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, GROUND)
    tiles, painter = Tiles(), QPainter(image)
    tiles.begin()
    tiles.paint(painter, TILE, palette, "a.png", thumbnail)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8)
    pixels = pixels.reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
    pixels = pixels.reshape(image.height(), image.width(), 3)
    lengths = (TILE.top(), TILE.left(), TILE.height(), TILE.width())
    top, left, height, width = (round(length * scale) for length in lengths)
    return pixels[top : top + height, left : left + width].astype(int)


def stripes(height: int, width: int) -> Thumbnail:
    """Black and white lines, two pixels each."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, np.arange(width) % 4 < 2] = 255
    return Thumbnail((1, 1), pixels, (width, height))


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_a_tile_is_sharp_at_every_scale(qapp, scale):
    """A thumbnail of exactly the tile's device pixels is shown pixel for pixel."""
    thumbnail = stripes(round(73 * scale), round(102 * scale))
    seen = painted(qapp, thumbnail, scale)
    inside = slice(8, -8)
    assert np.abs(seen - thumbnail.pixels)[inside, inside].max() <= 2


def test_a_picture_fills_its_tile(qapp):
    """A square one is cut above and below, less above, where faces are."""
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[:, :, 0] = np.arange(200)[:, None]
    seen = painted(qapp, Thumbnail((1, 1), pixels, (200, 200)))[:, 51, 0]
    cut_above, cut_below = seen[0], 199 - seen[-1]
    assert 0 < cut_above < cut_below


def test_a_very_long_picture_is_shown_whole(qapp):
    """Rather than a slice of it; the ground shows above and below."""
    seen = painted(qapp, Thumbnail((1, 1), np.full((40, 300, 3), 200, np.uint8), (300, 40)))
    assert (seen[36, 5:-5] == 200).all()
    assert (seen[4, 5:-5] == GROUND.getRgb()[:3]).all()


def test_before_it_is_read_a_tile_keeps_its_place(qapp):
    """Plain ground, nothing that looks like a picture."""
    assert (painted(qapp, None)[5:-5, 5:-5] == GROUND.getRgb()[:3]).all()


def test_a_file_that_cannot_be_read_looks_different(qapp):
    """A sign on the ground."""
    broken = Thumbnail((1, 1), problem=ExplorerError("a.png is empty."))
    assert (painted(qapp, broken) != painted(qapp, None)).any(axis=-1).sum() > 50

"""The strip's small pictures: each map where it belongs, made only when it is seen."""

import numpy as np
import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter

from explorer.explain import words as explained
from explorer.images.colormaps import table
from explorer.records import Frame, WordQuery
from explorer.window.captions import tiles as tiles_module
from explorer.window.captions.items import items_of
from explorer.window.captions.part_painter import Marks
from explorer.window.captions.tiles import BELOW, HIGHEST, LOWEST, Tiles
from explorer.window.state import Overlay
from explorer.window.theme import DARK, palette

SOLID = Overlay(opacity=1.0, smooth=False)


@pytest.fixture
def strip(make_picture):
    """Tiles of a caption on a picture of 240 × 160."""

    def build(caption, overlay=SOLID, picture=None) -> Tiles:
        tiles = Tiles()
        tiles.show(caption, picture or make_picture(240, 160), WordQuery(), overlay)
        return tiles

    return build


def painted(tiles: Tiles, caption, number: int) -> np.ndarray:
    """One tile's picture, without its word: int (height, width, 3)."""
    font, items = QFont(), items_of(caption, WordQuery())
    height = tiles.height(font, QSize(784, 150))
    width = tiles.widths(items, font, height)[number]
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(0)
    painter = QPainter(image)
    painter.setFont(font)
    rect = QRect(0, 0, width, height)
    tiles.paint(painter, number, items[number], rect, Marks(), palette(DARK))
    text = painter.fontMetrics().height() + BELOW
    painter.end()
    lines = np.array(image.constBits(), np.uint8).reshape(height, -1)
    return lines[: height - text, : 3 * width].reshape(height - text, width, 3).astype(int)


def brightest(pixels: np.ndarray) -> tuple[float, float]:
    """The middle of all pixels in the highest colour, as shares of the height and width."""
    is_high = (pixels == table("inferno")[-1]).all(axis=-1)
    down, across = np.argwhere(is_high).mean(axis=0) + 0.5
    return down / pixels.shape[0], across / pixels.shape[1]


@pytest.mark.parametrize("cell", [(0, 0), (4, 6), (2, 3), (0, 6)])
def test_peak_lies_in_its_cell(qapp, make_caption, strip, cell):
    """The cell that the row looked at is the brightest place of the small picture, exactly."""
    caption = make_caption("a man", peaks={1: cell})
    down, across = brightest(painted(strip(caption), caption, 1))
    assert down == pytest.approx((cell[0] + 0.5) / 5, abs=0.02)
    assert across == pytest.approx((cell[1] + 0.5) / 7, abs=0.02)


def test_what_reaches_out_of_the_picture_is_cut(qapp, make_caption, strip):
    """A map that is larger than the picture lies where its frame says; the tile stays as it is."""
    frame = Frame("pad", (240, 160), (80, 112), (-60.0, 0.0, 300.0, 160.0), 5, 6)
    caption = make_caption("a man", 5, 6, frame=frame, peaks={0: (2, 1)})
    pixels = painted(strip(caption), caption, 0)
    down, across = brightest(pixels)  # columns are 60 wide: the second is the picture's first
    assert across == pytest.approx(30 / 240, abs=0.02)
    assert down == pytest.approx(0.5, abs=0.02)


def test_one_scale_for_all(qapp, make_caption, strip):
    """On the shared scale only the greatest of all maps reaches the highest colour."""
    caption = make_caption("a man", peaks={0: (0, 0)})
    shared = strip(caption, overlay=Overlay(opacity=1.0, smooth=False, shared_scale=True))
    high = table("inferno")[-1]
    assert (painted(shared, caption, 0) == high).all(axis=-1).any()
    assert not (painted(shared, caption, 1) == high).all(axis=-1).any()
    assert (painted(strip(caption), caption, 1) == high).all(axis=-1).any()


def test_hidden_overlay_is_seen_here(qapp, make_caption, strip):
    """The strip is there for its maps: they stay where the large picture shows none."""
    caption = make_caption("a man")
    hidden = Overlay(visible=False, opacity=1.0, smooth=False)
    shown, expected = (painted(strip(caption, overlay=o), caption, 0) for o in (hidden, SOLID))
    assert (shown == expected).all()


def test_maps_are_made_once(qapp, make_caption, strip, monkeypatch):
    """Choosing words paints what is there; another layer makes the maps anew."""
    made = []

    def heatmap(caption, query, parts, *rest):
        made.append(parts[0].text)
        return explained.heatmap(caption, query, parts, *rest)

    monkeypatch.setattr(tiles_module, "heatmap", heatmap)
    caption = make_caption("a man")
    tiles = strip(caption)
    picture = tiles._picture
    painted(tiles, caption, 0)
    tiles.show(caption, picture, WordQuery(places=(1,)), SOLID)
    painted(tiles, caption, 0)
    assert made == ["a"]
    tiles.show(caption, picture, WordQuery(layer=0), SOLID)
    painted(tiles, caption, 0)
    assert made == ["a", "a"]


@pytest.mark.parametrize("size", [(3000, 10), (10, 3000), (1, 1), (5000, 2)])
def test_pictures_of_any_shape(qapp, make_caption, make_picture, strip, size):
    """They are shown whole, in tiles that are neither too narrow nor too wide."""
    frame = Frame("squash", size, (80, 112), (0.0, 0.0, *map(float, size)), 5, 7)
    caption = make_caption("a man", frame=frame)
    pixels = painted(strip(caption, picture=make_picture(*size)), caption, 0)
    assert pixels.any()
    assert pixels.shape[1] <= 240


@pytest.mark.parametrize("room", [QSize(784, 0), QSize(784, 80), QSize(300, 900), QSize(40, 900)])
def test_heights(qapp, make_caption, strip, room):
    """Never lower or higher than makes sense, and filling a line where there are several."""
    tiles, font = strip(make_caption()), QFont()
    picture = tiles.height(font, room) - QFontMetrics(font).height() - BELOW
    assert LOWEST <= picture <= HIGHEST
    if room == QSize(784, 0):
        assert picture == LOWEST

"""Tiles and what stands beside them share the room so that all can be read."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QWidget

from explorer.records import Heatmap
from explorer.window.positions.body import BESIDE, READABLE, Body
from explorer.window.positions.tile import TileContent
from explorer.window.state import Overlay

RIGHT = Qt.TextElideMode.ElideRight


def contents(count: int, rows: int = 24, columns: int = 24) -> list[TileContent]:
    heatmap = Heatmap(np.zeros((rows, columns), np.float32), -1.0, 1.0, "cosine", "")
    name = "" if count == 1 else "a name"
    return [TileContent(name, "n", heatmap) for _ in range(count)]


@pytest.fixture
def body(qtbot) -> Body:
    shown = Body()
    qtbot.addWidget(shown)
    shown.mosaic.show_maps(np.zeros((24,) * 4, np.uint8), (24, 24))
    shown.show()
    return shown


def show(body: Body, count: int, size: tuple[int, int]) -> None:
    body.resize(*size)
    body.tiles.show_contents(contents(count), Overlay(), None)
    body.place()


def painted(body: Body, widget: QWidget) -> QRect:
    """Where a widget's own colours lie in the body: what is not the window's ground."""
    image = widget.grab().toImage()
    ground = image.pixelColor(1, 1)
    every = itertools.product(range(image.width()), range(image.height()))
    inked = [place for place in every if image.pixelColor(*place) != ground]
    xs, ys = zip(*inked, strict=True)
    corners = QPoint(min(xs), min(ys)), QPoint(max(xs), max(ys))
    return QRect(*(widget.mapTo(body, corner) for corner in corners))


@pytest.mark.parametrize("size", [(420, 250), (420, 230), (300, 130)])
def test_side_by_side_where_it_is_wide(body, size):
    """Map and mosaic are equally large to the eye, and stand at one height."""
    show(body, 1, size)
    (tile,) = body.tiles.shown
    first, second = painted(body, tile.map), painted(body, body.mosaic)
    assert second.left() > first.right()
    assert first.width() == pytest.approx(second.width(), abs=1)
    assert first.height() == pytest.approx(second.height(), abs=1)
    assert first.top() == pytest.approx(second.top(), abs=1)


def test_maps_begin_where_the_words_do(body):
    """At the window's usual width there is no more free beside them than beside all else."""
    show(body, 1, (420, 280))
    (tile,) = body.tiles.shown
    assert painted(body, tile.map).left() == pytest.approx(BESIDE, abs=1)
    assert 420 - painted(body, body.mosaic).right() == pytest.approx(BESIDE, abs=2)


@pytest.mark.parametrize("size", [(300, 600), (240, 500)])
def test_stacked_where_it_is_tall(body, size):
    """One above the other, as wide as there is room."""
    show(body, 1, size)
    (tile,) = body.tiles.shown
    assert body.mosaic.mapTo(body, body.mosaic.rect().topLeft()).y() > tile.height()
    assert tile.map.width() > 0.75 * size[0]


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("size", [(420, 230), (300, 600), (1200, 700)])
def test_no_tile_is_cut_or_covered(body, count, size):
    """All lie in their room, none on another, all equally large."""
    show(body, count, size)
    places = [tile.geometry() for tile in body.tiles.shown]
    assert len({place.size().toTuple() for place in places}) == 1
    assert all(body.tiles.rect().contains(place) for place in places)
    assert not any(one.intersects(other) for n, one in enumerate(places) for other in places[:n])


def test_many_tiles_need_the_room_first(body):
    """Where maps would be too small to be read, the mosaic makes room."""
    show(body, 3, (420, 230))
    assert body.mosaic.isVisible()
    show(body, 3, (300, 130))
    assert not body.mosaic.isVisible()
    assert all(tile.width() >= READABLE for tile in body.tiles.shown)


@pytest.mark.parametrize(("size", "least"), [((420, 240), 100), ((1200, 700), 300)])
def test_compared_maps_use_the_room(body, size, least):
    """Three maps that are compared are larger than a row of all four would leave them."""
    show(body, 3, size)
    assert all(tile.width() >= least for tile in body.tiles.shown)
    assert body.mosaic.side_in(body.mosaic.size()) >= 48


def test_a_name_that_would_be_cut_gives_way_to_its_short_form(body):
    """To the pixel: no width leaves a name that ends in “…”."""
    show(body, 3, (420, 240))
    name = "1 · B_16_imagenet1k.pth"
    tile = body.tiles.shown[0]
    tile.show_content(replace(contents(3)[0], name=name), Overlay(), None)
    seen = set()
    for width in range(60, 240):
        tile.resize(width, 120)
        shown = tile.name.text()
        assert tile.name.fontMetrics().elidedText(shown, RIGHT, tile.name.width()) == shown
        seen.add(shown)
    assert seen == {name, "n"}


def test_names_and_scales_stay_beside_their_maps(body):
    """In a high room tiles are no higher than a map needs."""
    for size in ((420, 1200), (420, 700), (300, 1200)):
        show(body, 3, size)
        assert all(tile.map.height() <= tile.map.width() + 1 for tile in body.tiles.shown)


def test_long_grids(body):
    """The proportions of the grid are those of its map and of its mosaic."""
    body.resize(420, 300)
    body.tiles.show_contents(contents(1, 5, 20), Overlay(), None)
    body.mosaic.show_maps(np.zeros((5, 20, 5, 20), np.uint8), (5, 20))
    body.place()
    (tile,) = body.tiles.shown
    assert tile.map.height() < 0.5 * tile.map.width()
    assert body.tiles.width_in(QSize(400, 300)) == 400

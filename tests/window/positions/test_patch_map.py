"""A map over the patches: its colours, its marks, and hands on it."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication

from explorer.images.colormaps import colorize, table
from explorer.records import Heatmap
from explorer.window.positions.patch_map import PatchMap
from explorer.window.positions.tile import Tile, TileContent
from explorer.window.state import Overlay

ROWS, COLUMNS = 4, 6


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (ROWS, COLUMNS)).astype(np.float32)


@pytest.fixture
def tile(qtbot, values) -> Tile:
    shown = Tile()
    qtbot.addWidget(shown)
    shown.resize(300, 240)
    content = TileContent("", "", Heatmap(values, -1.0, 1.0, "cosine", "a map"))
    shown.show_content(content, Overlay(), None)
    with qtbot.waitExposed(shown):
        shown.show()
    return shown


@pytest.fixture
def said(tile) -> dict[str, list]:
    heard: dict[str, list] = {"hovered": [], "pinned": [], "freed": []}
    tile.map.patch_hovered.connect(heard["hovered"].append)
    tile.map.patch_pinned.connect(lambda *patch: heard["pinned"].append(patch))
    tile.map.pins_freed.connect(lambda: heard["freed"].append(True))
    return heard


def center(shown: PatchMap, patch: tuple[int, int]) -> QPoint:
    return shown.patch_center(*patch).toPoint()


def color(shown: PatchMap, patch: tuple[int, int]) -> tuple[int, ...]:
    return shown.grab().toImage().pixelColor(center(shown, patch)).getRgb()[:3]


def test_plain_maps_have_the_colors_of_their_scale(tile, values):
    """Each patch exactly, whatever the overlay's opacity: nothing shines through."""
    expected = colorize(values, -1.0, 1.0, "inferno")
    for patch in np.ndindex(ROWS, COLUMNS):
        assert color(tile.map, patch) == tuple(expected[patch].tolist())


def test_signed_maps_show_their_middle(tile):
    """Also where a signed value is 0, the colour is that of the scale."""
    signed = Heatmap(np.zeros((ROWS, COLUMNS), np.float32), -1.0, 1.0, "bias", "", diverging=True)
    tile.show_content(TileContent("", "", signed), Overlay(), None)
    assert color(tile.map, (1, 1)) == tuple(table(Overlay().diverging)[128].tolist())


def test_colors_instead_of_a_map(tile, values):
    """Three components as red, green and blue, a square for each patch; no scale."""
    colors = np.random.default_rng(1).integers(0, 256, (ROWS, COLUMNS, 3), dtype=np.uint8)
    heatmap = Heatmap(values, -1.0, 1.0, "component", "")
    tile.show_content(TileContent("all", "all", heatmap, colors), Overlay(), None)
    for patch in ((0, 0), (3, 5), (2, 1)):
        assert color(tile.map, patch) == tuple(colors[patch].tolist())
    assert not tile.scale.isVisible()


def test_over_a_picture_it_shines_through(tile, values, make_picture, make_trace):
    """The picture is seen under the map, where the model looked."""
    picture, frame = make_picture(), make_trace(ROWS, COLUMNS).frame
    plain = color(tile.map, (2, 2))
    content = TileContent("", "", Heatmap(values, -1.0, 1.0, "cosine", ""))
    tile.show_content(content, Overlay(opacity=0.5), (picture, frame))
    assert color(tile.map, (2, 2)) != plain


def test_name_gives_way(tile, values):
    """A name that has no room becomes a short one; both stand above the map."""
    content = TileContent("1 · row 24, column 24", "1", Heatmap(values, -1.0, 1.0, "cosine", ""))
    tile.show_content(content, Overlay(), None)
    assert tile.name.text() == "1 · row 24, column 24"
    tile.resize(60, 200)
    assert tile.name.text() == "1"


def test_scale_marks_the_value(tile, values):
    """The marker stands over the place in the colours that the outlined patch has."""
    tile.show_marks((1, 2), ())
    image = tile.scale.grab().toImage()
    text = tile.palette().text().color()
    found = [x for x in range(image.width()) if image.pixelColor(x, 2) == text]
    left, right = image.width() / 2 - 110, image.width() / 2 + 110
    share = (sum(found) / len(found) - left) / (right - left)
    assert share == pytest.approx((values[1, 2] + 1) / 2, abs=0.03)
    assert tile.scale.accessibleDescription() == "cosine from −1 to 1"


def test_hover_says_each_patch_once(tile, said, qtbot):
    """And nothing when the mouse leaves."""
    for patch in ((1, 2), (1, 3)):
        qtbot.mouseMove(tile.map, center(tile.map, patch))
        qtbot.mouseMove(tile.map, center(tile.map, patch) + QPoint(1, 1))
    QApplication.sendEvent(tile.map, QEvent(QEvent.Type.Leave))
    assert said["hovered"] == [(1, 2), (1, 3), None]


def test_two_quick_clicks_are_two_clicks(tile, said, qtbot):
    """The second frees what the first one pinned."""
    place = center(tile.map, (3, 1))
    qtbot.mouseClick(tile.map, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(tile.map, Qt.MouseButton.LeftButton, pos=place)
    assert said["pinned"] == [(3, 1), (3, 1)]


def test_keys_walk_pin_and_free(tile, said, qtbot):
    """From the outlined patch; from the middle where none is."""
    qtbot.keyClick(tile.map, Qt.Key.Key_Left)
    tile.show_marks((0, 5), ())
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
        qtbot.keyClick(tile.map, key)
    assert said["hovered"] == [(2, 2), (0, 5), (1, 5)]
    assert said["pinned"] == [(0, 5)]
    assert said["freed"] == [True]


def test_keys_outlast_a_resting_mouse(tile, said, qtbot):
    """While keys walk, the mouse that rests on the map does not take the mark back."""
    qtbot.mouseMove(tile.map, center(tile.map, (1, 1)))
    tile.show_marks((1, 1), ())
    qtbot.keyClick(tile.map, Qt.Key.Key_Right)
    tile.show_marks((1, 2), ())
    tile.map.grab()
    QApplication.processEvents()
    assert said["hovered"][-1] == (1, 2)


def test_focus_is_shown_to_who_comes_by_key(tile, qtbot):
    """An accent line around the map; not for who clicked it."""
    accent = tile.palette().highlight().color()
    tile.activateWindow()
    qtbot.waitUntil(tile.isActiveWindow)
    for reason, shown in (
        (Qt.FocusReason.TabFocusReason, True),
        (Qt.FocusReason.MouseFocusReason, False),
    ):
        tile.map.clearFocus()
        tile.map.setFocus(reason)
        image = tile.map.grab().toImage()
        assert (image.pixelColor(image.width() // 2, 0) == accent) == shown

"""The mosaic on screen: exact pixels, and hands on it."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.images.colormaps import table
from explorer.window.positions.mosaic_view import MosaicView

ROWS, COLUMNS = 4, 6


@pytest.fixture
def shades() -> np.ndarray:
    """Every map has shades of its own."""
    return np.random.default_rng(0).integers(0, 256, (ROWS, COLUMNS) * 2, dtype=np.uint8)


@pytest.fixture
def mosaic(qtbot, shades) -> MosaicView:
    shown = MosaicView()
    qtbot.addWidget(shown)
    shown.resize(320, 240)
    shown.show_maps(shades, (ROWS, COLUMNS))
    with qtbot.waitExposed(shown):
        shown.show()
    shown.hovers, shown.pins, shown.undone, shown.freed = [], [], [], []
    shown.patch_hovered.connect(shown.hovers.append)
    shown.patch_pinned.connect(lambda *patch: shown.pins.append(patch))
    shown.pinning_undone.connect(lambda: shown.undone.append(True))
    shown.pins_freed.connect(lambda: shown.freed.append(True))
    return shown


def middle(mosaic: MosaicView, row: int, column: int) -> QPoint:
    return mosaic.map_rect(row, column).center().toPoint()


def turn(mosaic: MosaicView, place: QPoint, notches: float) -> None:
    where, angle = QPointF(place), QPoint(0, round(120 * notches))
    none, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        mosaic,
        QWheelEvent(
            where, mosaic.mapToGlobal(where), QPoint(), angle, none, no_key,
            Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def test_every_patch_has_its_place_and_color(mosaic, shades):
    """Each patch of each map is a block of its own shade: nothing is transposed or blurred."""
    image, colors = mosaic.grab().toImage(), table("inferno")
    for row, column in np.ndindex(ROWS, COLUMNS):
        rect = mosaic.map_rect(row, column)
        for patch in np.ndindex(ROWS, COLUMNS):
            x = rect.left() + (patch[1] + 0.5) * rect.width() / COLUMNS
            y = rect.top() + (patch[0] + 0.5) * rect.height() / ROWS
            color = image.pixelColor(int(x), int(y)).getRgb()[:3]
            assert color == tuple(colors[shades[row, column][patch]])


def test_other_colors(mosaic, shades):
    """Another colour map is shown at once."""
    mosaic.show_colors("viridis")
    rect = mosaic.map_rect(2, 3)
    corner = mosaic.grab().toImage().pixelColor(rect.topLeft().toPoint()).getRgb()[:3]
    assert corner == tuple(table("viridis")[shades[2, 3, 0, 0]])


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_sharp_on_fine_screens(mosaic, monkeypatch, ratio):
    """Every map has as many whole pixels as every other."""
    monkeypatch.setattr(MosaicView, "devicePixelRatioF", lambda self: ratio)
    mosaic.resize(321, 240)
    sizes = {mosaic.map_rect(*patch).size().toTuple() for patch in np.ndindex(ROWS, COLUMNS)}
    ((width, height),) = sizes
    assert (width * ratio).is_integer()
    assert (height * ratio).is_integer()


def test_hover_says_whose_map(mosaic, qtbot):
    """Each map once as the mouse goes over it, and nothing when it leaves."""
    for patch in ((1, 2), (1, 3)):
        qtbot.mouseMove(mosaic, middle(mosaic, *patch))
        qtbot.mouseMove(mosaic, middle(mosaic, *patch) + QPoint(2, 2))
    QApplication.sendEvent(mosaic, QEvent(QEvent.Type.Leave))
    assert mosaic.hovers == [(1, 2), (1, 3), None]


def test_hovered_map_is_outlined(mosaic):
    """In white around the map, and the one before is as it was."""
    plain = mosaic.grab().toImage()
    mosaic.show_marks((1, 2), ())
    outlined = mosaic.grab().toImage()
    corner = mosaic.map_rect(1, 2).topLeft().toPoint()
    assert outlined.pixelColor(corner - QPoint(2, 2)).lightness() == 255
    assert outlined.pixelColor(corner) == plain.pixelColor(corner)
    mosaic.show_marks(None, ())
    assert mosaic.grab().toImage() == plain


def test_pins_have_numbers(mosaic):
    """A frame in the accent and a badge; two pins do not look alike."""
    mosaic.show_marks(None, ((1, (1, 1)), (2, (1, 4))))
    image, accent = mosaic.grab().toImage(), mosaic.palette().highlight().color()
    badges = []
    for patch in ((1, 1), (1, 4)):
        corner = mosaic.map_rect(*patch).topRight().toPoint()
        assert image.pixelColor(corner + QPoint(1, 3)) == accent
        badges.append(image.copy(corner.x() + 1, corner.y() - 18, 18, 18))
    assert badges[0] != badges[1]


def test_click_pins(mosaic, qtbot):
    """On release, where the mouse did not move on the way."""
    qtbot.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=middle(mosaic, 3, 5))
    assert mosaic.pins == [(3, 5)]


def test_wheel_zooms_at_the_mouse(mosaic):
    """The map under the mouse grows and stays there."""
    place = middle(mosaic, 1, 4)
    before = mosaic.map_rect(1, 4).width()
    for _ in range(4):
        turn(mosaic, place, 1)
    assert mosaic.map_rect(1, 4).width() > 2 * before
    assert mosaic.map_rect(1, 4).contains(QPointF(place))


def test_fine_turns_add_up(mosaic):
    """A touchpad's small turns are steps only together."""
    before = mosaic.map_rect(0, 0).width()
    for _ in range(3):
        turn(mosaic, middle(mosaic, 1, 4), 0.25)
    assert mosaic.map_rect(0, 0).width() == before
    turn(mosaic, middle(mosaic, 1, 4), 0.25)
    assert mosaic.map_rect(0, 0).width() > before


def test_drag_moves_and_does_not_pin(mosaic, qtbot):
    """Where it is zoomed, the maps go with the mouse."""
    mosaic.zoom_by(6)
    before = mosaic.map_rect(1, 2).topLeft()
    start = QPoint(160, 120)
    qtbot.mousePress(mosaic, Qt.MouseButton.LeftButton, pos=start)
    for step in (20, 40):
        QTest.mouseMove(mosaic, start + QPoint(step, step // 2))
    qtbot.mouseRelease(mosaic, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 20))
    assert mosaic.map_rect(1, 2).topLeft() - before == QPointF(40, 20)
    assert mosaic.pins == []


def test_double_click_fits_and_takes_its_first_click_back(mosaic, qtbot):
    """All maps are seen again, and nothing is pinned."""
    whole = mosaic.map_rect(0, 0)
    mosaic.zoom_by(5)
    place = QPoint(160, 120)
    qtbot.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(mosaic, Qt.MouseButton.LeftButton, pos=place)
    assert mosaic.map_rect(0, 0) == whole
    assert len(mosaic.pins) == len(mosaic.undone) == 1


def test_keys(mosaic, qtbot):
    """Arrows walk, to the edge at most; Enter and Space pin; Esc frees; +, − and 0 zoom."""
    mosaic.show_marks((0, 4), ())
    walk = (
        (Qt.Key.Key_Right, (0, 5)),
        (Qt.Key.Key_Up, (0, 4)),
        (Qt.Key.Key_Down, (1, 4)),
        (Qt.Key.Key_Home, (0, 0)),
        (Qt.Key.Key_PageDown, (3, 4)),
    )
    for key, patch in walk:
        qtbot.keyClick(mosaic, key)
        assert mosaic.hovers[-1] == patch
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape):
        qtbot.keyClick(mosaic, key)
    assert mosaic.pins == [(0, 4), (0, 4)]
    assert mosaic.freed == [True]
    whole = mosaic.map_rect(0, 4)
    qtbot.keyClick(mosaic, Qt.Key.Key_Plus)
    qtbot.keyClick(mosaic, Qt.Key.Key_Plus)
    qtbot.keyClick(mosaic, Qt.Key.Key_Minus)
    assert mosaic.map_rect(0, 4).width() > whole.width()
    qtbot.keyClick(mosaic, Qt.Key.Key_0)
    assert mosaic.map_rect(0, 4) == whole


def test_zoom_keys_are_not_left_to_the_picture(mosaic):
    """The window's shortcuts for the picture wait while the mosaic has the focus."""
    for key, claimed in ((Qt.Key.Key_0, True), (Qt.Key.Key_Plus, True), (Qt.Key.Key_O, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(mosaic, event)
        assert event.isAccepted() == claimed


def test_shift_and_arrows_pan(mosaic, qtbot):
    """Where it is zoomed; and a walk brings its map into the view."""
    mosaic.zoom_by(7)
    before = mosaic.map_rect(1, 2).left()
    qtbot.keyClick(mosaic, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert mosaic.map_rect(1, 2).left() < before
    mosaic.show_marks((0, 0), ())
    qtbot.keyClick(mosaic, Qt.Key.Key_End)
    assert mosaic.rect().contains(middle(mosaic, 0, COLUMNS - 1))


@pytest.mark.parametrize("side", [37, 64])
def test_large_grids_are_one_bounded_image(qtbot, side):
    """More maps than there is room for patches: the image has the view's size, no more."""
    shown = MosaicView()
    qtbot.addWidget(shown)
    shown.resize(300, 300)
    shown.show_maps(np.full((side,) * 4, 90, np.uint8), (side, side))
    for _ in range(12):
        image = shown.grab().toImage()
        assert image.pixelColor(150, 150).getRgb()[:3] in (
            tuple(table("inferno")[90]),
            shown.palette().window().color().getRgb()[:3],
        )
        assert shown._pixels.size <= 4 * 300 * 300 + 4 * 300 * side
        shown.zoom_by(2)


def test_nothing_to_show(qtbot):
    """Without maps it is empty, and neither mouse nor keys say anything."""
    shown = MosaicView()
    qtbot.addWidget(shown)
    shown.show()
    shown.patch_hovered.connect(lambda patch: pytest.fail("there is no map"))
    qtbot.mouseMove(shown, QPoint(20, 20))
    qtbot.keyClick(shown, Qt.Key.Key_Right)
    shown.grab()

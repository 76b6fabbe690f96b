"""The picture and its map, explored as a person does: real mouse and key events, then pixels."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.errors import ExplorerError, WeightsMissing
from explorer.images.colormaps import table
from explorer.records import Frame, Patch, Picture, Query, Weights
from explorer.window.parts.choice_box import ChoiceBox
from explorer.window.picture.canvas import Canvas
from explorer.window.picture_view import PictureView
from explorer.window.state import Activity, Overlay, Second, State, Store, View, Wishes

PATH = Path("cat.png")
SIZE = (240, 160)  # of the picture
FULL = Overlay(opacity=1.0)
PATCHES = Overlay(opacity=1.0, smooth=False)
GREY = (90, 90, 90)  # of a plain picture


def move_mouse(widget: QWidget, place: QPoint) -> None:
    """Move the mouse, and let the X server's own news of it arrive before anything else happens."""
    QTest.mouseMove(widget, place)
    QGuiApplication.sync()


class Shown:
    """A picture view on screen, whose wishes are granted and noted."""

    def __init__(self) -> None:
        self.store, self.wishes = Store(), Wishes()
        self.view = PictureView(self.store, self.wishes)
        self.canvas: Canvas = self.view.canvas
        self.store.changed.connect(self.view.display)
        self.queries: list[Query] = []
        self.overlays: list[Overlay] = []
        self.hovered: list[Patch | None] = []
        for wished, noted, name in (
            (self.wishes.query_chosen, self.queries, "query"),
            (self.wishes.overlay_chosen, self.overlays, "overlay"),
            (self.wishes.patch_hovered, self.hovered, "hovered"),
        ):
            wished.connect(noted.append)
            wished.connect(lambda value, name=name: self.store.update(**{name: value}))
        self.view.display(State(), self.store.state)

    def pixels(self, widget: QWidget | None = None) -> np.ndarray:
        """What is on the screen: int (height, width, 3)."""
        image = (
            (widget or self.canvas).grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        )
        lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)

    def color_at(self, place: QPointF) -> np.ndarray:
        return self.pixels()[int(place.y()), int(place.x())]

    def place(self, row: int, column: int) -> QPoint:
        """The middle of a patch."""
        return self.canvas.patch_center(row, column).toPoint()

    def hover(self, row: int, column: int) -> None:
        move_mouse(self.canvas, self.place(row, column))
        QApplication.processEvents()

    def click(self, row: int, column: int) -> None:
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, pos=self.place(row, column))

    def key(self, key: Qt.Key | str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.canvas, key, modifier)

    def find(self, kind: type, name: str) -> QWidget:
        """The one widget of a kind with an accessible name or text."""
        (found,) = [
            widget
            for widget in self.view.findChildren(kind)
            if name in (widget.accessibleName(), getattr(widget, "text", str)())
        ]
        return found

    def words(self) -> str:
        """All that labels and buttons say."""
        return " ".join(
            widget.text()
            for kind in (QLabel, QPushButton)
            for widget in self.view.findChildren(kind)
            if widget.isVisible()
        )


def show_active(qtbot, window: QWidget) -> None:
    """Show a window and wait for its keyboard focus, which a bare X server gives to who asks."""
    with qtbot.waitExposed(window):
        window.show()
    with qtbot.waitActive(window):
        window.activateWindow()


@pytest.fixture
def show(qtbot) -> Callable[..., Shown]:
    """Puts a picture view on screen: `show(trace=…)`, with any field of the state."""

    def show_view(size: tuple[int, int] = (760, 560), **state: object) -> Shown:
        shown = Shown()
        qtbot.addWidget(shown.view)
        shown.view.resize(*size)
        show_active(qtbot, shown.view)
        shown.store.update(**state)
        shown.canvas.setFocus()
        QApplication.processEvents()
        return shown

    return show_view


@pytest.fixture
def plain() -> Picture:
    """A picture of one colour."""
    return Picture(PATH, np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8), SIZE)


def framed(framing: str, rows: int, columns: int) -> Frame:
    """A frame whose box is all of the picture, less, or more."""
    box = {
        "squash": (0.0, 0.0, 240.0, 160.0),
        "crop": (40.0, 10.0, 200.0, 150.0),
        "pad": (0.0, -40.0, 240.0, 200.0),
    }[framing]
    return Frame(framing, SIZE, (rows * 16, columns * 16), box, rows, columns)


def picture_on_screen(shown: Shown) -> QRect:
    """Where the plain picture lies in the canvas, seen by its colour."""
    is_grey = (shown.pixels() == GREY).all(axis=-1)
    rows, columns = np.flatnonzero(is_grey.any(axis=1)), np.flatnonzero(is_grey.any(axis=0))
    top_left, bottom_right = QPoint(columns[0], rows[0]), QPoint(columns[-1], rows[-1])
    return QRect(top_left, bottom_right)


# The map lies where the model looked


@pytest.mark.parametrize("overlay", [FULL, PATCHES], ids=["smooth", "patches"])
@pytest.mark.parametrize("framing", ["squash", "crop", "pad"])
@pytest.mark.parametrize(("grid", "hot"), [((6, 9), (1, 7)), ((9, 6), (7, 1)), ((5, 5), (4, 0))])
def test_hot_patch_is_painted_in_its_place(show, make_trace, plain, overlay, framing, grid, hot):
    """The one patch that is looked at has the map's highest colour; all others the lowest."""
    frame = framed(framing, *grid)
    shown = show(path=PATH, picture=plain, trace=make_trace(*grid, frame=frame, hot=hot))
    shown.store.update(overlay=replace(overlay, visible=False))
    seen = picture_on_screen(shown)
    scale = seen.width() / SIZE[0]
    shown.store.update(overlay=overlay)
    pixels = shown.pixels()
    for row in range(grid[0]):
        for column in range(grid[1]):
            left, top, width, height = frame.patch_rect(row, column)
            x = seen.left() + (left + width / 2) * scale
            y = seen.top() + (top + height / 2) * scale
            expected = table("inferno")[-1 if (row, column) == hot else 0].astype(int)
            assert np.abs(pixels[int(y), int(x)] - expected).max() <= 30, (row, column)


def test_exact_patches_have_exact_edges(show, make_trace, plain):
    """Without smoothing, each patch is one colour up to its very edge."""
    trace = make_trace(4, 6, frame=framed("squash", 4, 6), hot=(2, 3))
    shown = show(path=PATH, picture=plain, trace=trace, overlay=PATCHES)
    high, low = table("inferno")[-1], table("inferno")[0]
    is_hot = (shown.pixels() == high).all(axis=-1)
    rows, columns = np.flatnonzero(is_hot.any(axis=1)), np.flatnonzero(is_hot.any(axis=0))
    assert is_hot[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    beside = shown.pixels()[rows[0] : rows[-1] + 1, [columns[0] - 1, columns[-1] + 1]]
    assert (beside == low).all()
    width = shown.canvas.patch_center(0, 1).x() - shown.canvas.patch_center(0, 0).x()
    assert abs(len(columns) - width) <= 1


def test_smooth_map_peaks_in_the_middle(show, make_trace, plain):
    """Smoothed, the colour of the peak is met in the middle of its patch and fades around it."""
    trace = make_trace(4, 6, frame=framed("squash", 4, 6), hot=(2, 3))
    shown = show(path=PATH, picture=plain, trace=trace, overlay=FULL)
    distance = np.abs(shown.pixels() - table("inferno")[-1]).sum(axis=-1)
    row, column = np.unravel_index(distance.argmin(), distance.shape)
    middle = shown.canvas.patch_center(2, 3)
    assert abs(row - middle.y()) < 12
    assert abs(column - middle.x()) < 12
    assert len(np.unique(distance)) > 50


def test_unseen_part_is_dimmed(show, make_trace, plain):
    """What was cropped away is dimmed; without the overlay the picture is whole."""
    trace = make_trace(6, 9, frame=framed("crop", 6, 9))
    shown = show(path=PATH, picture=plain, trace=trace, overlay=Overlay(visible=False))
    seen = picture_on_screen(shown)
    outside = QPointF(seen.left() + 10, seen.center().y())
    assert (shown.color_at(outside) == GREY).all()
    shown.store.update(overlay=FULL)
    ground = shown.view.palette().window().color().getRgb()[:3]
    dimmed = shown.color_at(outside)
    assert np.abs(dimmed - ground).sum() < np.abs(np.array(GREY) - ground).sum() / 2


def test_padding_is_shown(show, make_trace, plain):
    """Where the model saw padding, the map goes on beyond the picture."""
    trace = make_trace(6, 6, frame=framed("pad", 6, 6), hot=(0, 2))
    shown = show(path=PATH, picture=plain, trace=trace, overlay=PATCHES)
    assert (shown.color_at(shown.canvas.patch_center(0, 2)) == table("inferno")[-1]).all()


@pytest.mark.parametrize("framing", ["squash", "pad"])
def test_nothing_jumps_when_the_map_comes(show, make_trace, make_model, plain, framing):
    """The picture stays in place from the moment it is shown, with or without its trace."""
    input_size = (96, 96) if framing == "pad" else (96, 144)
    model = make_model(framing=framing, input_size=input_size)
    overlay = Overlay(opacity=0.0)
    shown = show(path=PATH, picture=plain, model=model, overlay=overlay)
    before, geometry = picture_on_screen(shown), shown.canvas.geometry()
    shown.store.update(trace=make_trace(6, 9, frame=framed(framing, 6, 9)))
    QApplication.processEvents()
    assert picture_on_screen(shown) == before
    assert shown.canvas.geometry() == geometry


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_sharp_on_dense_screens(scale):
    """At 1.5 and 2 device pixels each, patches still have exact edges, where the marks say."""
    result = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("dense_screen.py"))],
        env={**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr


# Hovering


def test_hovering_shows_outline_and_weight(show, make_trace, plain):
    """The hovered patch gets an outline of light and dark that is seen on any colour."""
    trace = make_trace(6, 9, frame=framed("squash", 6, 9), hot=(2, 4))
    shown = show(path=PATH, picture=plain, trace=trace, overlay=PATCHES)
    for patch in ((2, 4), (4, 1)):  # the brightest, and a dark one
        shown.hover(*patch)
        assert shown.store.state.hovered == patch
        middle = shown.place(*patch)
        half = int(shown.canvas.patch_center(0, 1).x() - shown.canvas.patch_center(0, 0).x()) // 2
        line = shown.pixels()[middle.y(), middle.x() + half - 1 : middle.x() + half + 6].sum(
            axis=-1
        )
        assert line.max() > 700
        assert line.min() < 120


def test_hovering_is_told_once_per_patch(show, make_trace, plain):
    """Moves within a patch say nothing; leaving the picture says so."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    place = shown.place(3, 3)
    for offset in range(4):
        move_mouse(shown.canvas, place + QPoint(offset, offset))
    shown.hover(3, 4)
    move_mouse(shown.canvas, QPoint(2, 2))
    assert shown.hovered == [(3, 3), (3, 4), None]


@pytest.mark.parametrize("zoomed", [False, True])
@pytest.mark.parametrize("patch", [(0, 0), (0, 8), (5, 0), (5, 8)])
def test_label_stays_in_the_view(show, make_trace, plain, patch, zoomed):
    """Beside every corner patch, all of the label can be read."""
    trace = make_trace(6, 9, hot=(3, 4))
    shown = show((480, 400), path=PATH, picture=plain, trace=trace, overlay=FULL)
    if zoomed:
        wheel(shown.canvas, shown.place(*patch), 3)
    without = shown.pixels()
    shown.store.update(hovered=patch)
    is_dark = (shown.pixels().max(axis=-1) < 45) & (shown.pixels() != without).any(axis=-1)
    long_rows = is_dark[is_dark.sum(axis=1) > 100]  # of the label, not of the outline
    columns = np.flatnonzero(long_rows.any(axis=0))
    text = shown.canvas.fontMetrics().horizontalAdvance(shown.canvas.describe(patch))
    assert len(long_rows) >= 12
    assert columns[-1] - columns[0] > 0.85 * text


def test_label_and_bar_tell_the_weight(show, make_trace, plain):
    """The label names place, weight and multiple of the mean; the colour bar has both ends."""
    trace = make_trace(6, 9, hot=(2, 4))
    shown = show(path=PATH, picture=plain, trace=trace)
    text = shown.canvas.describe((2, 4))
    value = trace.attention()[2, 4]
    times = round(float(value / trace.attention().mean()))
    assert text == f"row 3, column 5 · {value:.3f} · {times}× mean"
    bar = shown.find(QWidget, "Colour scale")
    assert bar.accessibleDescription() == f"attention from 0 to {value:.3f}"


def test_colour_bar_reaches_from_low_to_high(show, make_trace, plain):
    """The highest colour is above, the lowest below, whatever the map."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    for name in ("viridis", "magma"):
        shown.store.update(overlay=Overlay(colormap=name))
        pixels = shown.pixels(shown.view.stage.color_bar)
        column = pixels[:, -27]
        for color in (table(name)[1], table(name)[-2]):
            assert (np.abs(column - color).max(axis=-1) <= 6).any()
        high = np.abs(column - table(name)[-2]).sum(axis=-1).argmin()
        low = np.abs(column - table(name)[1]).sum(axis=-1).argmin()
        assert high < low


# The query


def test_click_makes_the_patch_the_query(show, make_trace, plain):
    """A click asks from that patch; Esc asks from the class token again."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9), query=Query(1, 2))
    shown.click(4, 6)
    assert shown.queries == [Query(1, 2, (4, 6))]
    assert shown.find(ChoiceBox, "From").currentText() == "row 5, column 7"
    shown.key(Qt.Key.Key_Escape)
    assert shown.queries[-1] == Query(1, 2, None)
    assert shown.find(ChoiceBox, "From").currentText() == "class token"


def test_dragging_asks_from_each_patch_once(show, make_trace, plain):
    """While the mouse is pressed, the query follows it, and with it the map on the screen."""
    trace = make_trace(6, 9)
    shown = show(path=PATH, picture=plain, trace=trace, overlay=PATCHES)
    QTest.mousePress(shown.canvas, Qt.MouseButton.LeftButton, pos=shown.place(2, 2))
    for column in (3, 4):
        for offset in (-2, 2):
            move_mouse(shown.canvas, shown.place(2, column) + QPoint(offset, 0))
        peak = np.unravel_index(trace.attention(query=(2, column)).argmax(), (6, 9))
        color = shown.color_at(shown.canvas.patch_center(*peak) + QPointF(8, 8))
        assert (color == table("inferno")[-1]).all()
    QTest.mouseRelease(shown.canvas, Qt.MouseButton.LeftButton, pos=shown.place(2, 4))
    assert [query.token for query in shown.queries] == [(2, 2), (2, 3), (2, 4)]
    shown.hover(0, 0)
    assert shown.queries[-1].token == (2, 4)
    assert shown.hovered[-1] == (0, 0)


def test_arrows_walk_the_query(show, make_trace, plain):
    """Arrows begin in the middle, move patch by patch, and stop at the border."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, *[Qt.Key.Key_Down] * 9):
        shown.key(key)
    tokens = [query.token for query in shown.queries]
    assert tokens == [(3, 4), (2, 4), (2, 3), (3, 3), (4, 3), (5, 3)]


def test_unknown_keys_are_left_alone(show, make_trace, plain):
    """A key that Qt has no name for does nothing."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    event = QKeyEvent(QEvent.Type.KeyPress, 0x01FFFF0A, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(shown.canvas, event)
    assert not event.isAccepted()
    assert not shown.queries


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ("]", Query(-1, 1)),
        ("[[", Query(1, 1)),
        ("[[[[[]", Query(1, 1)),
        (".", Query(-1, 2)),
        (",,,", Query(-1, 0)),
        ("M", Query(-1, "mean")),
        ("M,", Query(-1, 2)),
    ],
)
def test_keys_step_through_layers_and_heads(show, make_trace, plain, keys, asked):
    """[ and ] change the layer, comma and full stop the head, M takes the mean."""
    trace = make_trace(6, 9, layers=4, heads=3)
    shown = show(path=PATH, picture=plain, trace=trace, query=Query(-1, 1))
    for key in keys:
        shown.key(key)
    assert shown.store.state.query == asked


def test_keys_change_the_overlay(show, make_trace, plain):
    """O switches the overlay off and on, S smoothness."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    for key in "OOS":
        shown.key(key)
    assert [(o.visible, o.smooth) for o in shown.overlays] == [
        (False, True),
        (True, True),
        (True, False),
    ]


def test_text_fields_keep_their_letters(qtbot, make_trace, plain):
    """Letters typed into a filter are typed, though they are keys of the picture elsewhere."""
    shown = Shown()
    window, field = QWidget(), QLineEdit()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(field)
    column.addWidget(shown.view)
    show_active(qtbot, window)
    shown.store.update(path=PATH, picture=plain, trace=make_trace(6, 9))
    field.setFocus()
    QTest.keyClicks(field, "moss,.[01]")
    assert field.text() == "moss,.[01]"
    assert not shown.queries
    assert not shown.overlays


def test_queries_of_another_model_are_fitted(show, make_trace, plain):
    """Layers, heads and patches that this model has not become its defaults."""
    shown = show(
        path=PATH,
        picture=plain,
        trace=make_trace(6, 9, layers=4, heads=3),
        query=Query(20, 9, (30, 30)),
        overlay=PATCHES,
    )
    assert shown.find(ChoiceBox, "Layer").currentText() == "4"
    assert shown.find(ChoiceBox, "Head").currentText() == "mean"
    assert shown.find(ChoiceBox, "From").currentText() == "class token"


# Zoom


def wheel(canvas: Canvas, place: QPoint, notches: int) -> None:
    angle = QPoint(0, 120 * notches)
    event = QWheelEvent(
        QPointF(place),
        QPointF(canvas.mapToGlobal(place)),
        QPoint(),
        angle,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_wheel_zooms_at_the_mouse(show, make_trace, plain):
    """The patch under the mouse stays under it, larger, and is told as hovered."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    place = shown.place(3, 6)
    wide = shown.place(0, 1).x() - shown.place(0, 0).x()
    wheel(shown.canvas, place, 6)
    QApplication.processEvents()
    assert shown.canvas.patch_at(QPointF(place)) == (3, 6)
    assert shown.hovered[-1] == (3, 6)
    assert shown.place(0, 1).x() - shown.place(0, 0).x() > 3 * wide
    wheel(shown.canvas, place, -9)
    assert shown.canvas.viewport.fits


@pytest.mark.parametrize("hold", ["middle button", "space"])
def test_dragging_pans(show, make_trace, plain, hold):
    """The middle button or the space bar takes hold of the picture; the query stays."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    wheel(shown.canvas, shown.place(3, 4), 6)
    button = Qt.MouseButton.LeftButton
    if hold == "space":
        QTest.keyPress(shown.canvas, Qt.Key.Key_Space)
    else:
        button = Qt.MouseButton.MiddleButton
    start, before = QPoint(200, 200), shown.canvas.patch_center(3, 4)
    QTest.mousePress(shown.canvas, button, pos=start)
    move_mouse(shown.canvas, start + QPoint(40, 25))
    QTest.mouseRelease(shown.canvas, button, pos=start + QPoint(40, 25))
    moved = shown.canvas.patch_center(3, 4) - before
    assert (moved.x(), moved.y()) == pytest.approx((40, 25), abs=1)
    assert not shown.queries


def test_zoom_keys(show, make_trace, plain):
    """Ctrl and plus zoom in, 1 shows pixel for pixel, 0 all of the picture; Shift+arrows pan."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    fit = shown.canvas.viewport.scale
    shown.key("+", Qt.KeyboardModifier.ControlModifier)
    assert shown.canvas.viewport.scale == pytest.approx(fit * 1.25)
    for _ in range(6):
        shown.key("+", Qt.KeyboardModifier.ControlModifier)
    before = shown.canvas.patch_center(3, 4)
    shown.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert shown.canvas.patch_center(3, 4).x() < before.x()
    shown.key("1")
    assert shown.canvas.viewport.scale == 1
    shown.key("0")
    assert shown.canvas.viewport.fits
    assert not shown.queries


def test_double_click_fits_and_keeps_the_query(show, make_trace, plain):
    """A double click shows all of the picture again; it is no wish for another query."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9), query=Query(1, 0, (1, 1)))
    wheel(shown.canvas, shown.place(3, 4), 4)
    place = shown.place(4, 5)
    QTest.mouseClick(shown.canvas, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(shown.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert shown.canvas.viewport.fits
    assert shown.store.state.query == Query(1, 0, (1, 1))


def test_next_picture_of_one_size_keeps_the_zoom(show, make_trace, make_picture):
    """Who compares pictures of one size looks at the same place; another size is shown whole."""
    shown = show(path=PATH, picture=make_picture(*SIZE), trace=make_trace(6, 9))
    wheel(shown.canvas, shown.place(3, 4), 4)
    scale = shown.canvas.viewport.scale
    shown.store.update(picture=make_picture(*SIZE, seed=1), trace=make_trace(6, 9, seed=1))
    assert shown.canvas.viewport.scale == scale
    shown.store.update(picture=make_picture(300, 300), trace=None)
    assert shown.canvas.viewport.fits


# The toolbar


def test_showing_a_state_wishes_nothing(show, make_trace, plain):
    """Whatever the state becomes, the toolbar follows and does not answer."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    shown.store.update(query=Query(1, 2, (3, 3)), overlay=Overlay(False, 0.2, "magma", False, True))
    shown.store.update(trace=make_trace(5, 5, layers=2, heads=2), query=Query(0, "minimum"))
    shown.store.update(trace=None)
    assert not shown.queries
    assert not shown.overlays
    assert shown.find(ChoiceBox, "Colours").currentText() == "magma"
    assert shown.find(ChoiceBox, "Head").currentText() == "minimum"


def test_toolbar_chooses(show, make_trace, plain):
    """Each box asks for what is chosen in it, and only for that."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9, prefix=("class", "register 1")))
    QTest.keyClick(shown.find(ChoiceBox, "Layer"), Qt.Key.Key_Home)
    QTest.keyClick(shown.find(ChoiceBox, "Head"), Qt.Key.Key_End)
    QTest.keyClick(shown.find(ChoiceBox, "From"), Qt.Key.Key_Down)
    assert shown.queries == [Query(0), Query(0, 2), Query(0, 2, "register 1")]
    QTest.keyClick(shown.find(ChoiceBox, "Colours"), Qt.Key.Key_Down)
    QTest.keyClick(shown.find(ChoiceBox, "Smooth or patches"), Qt.Key.Key_Down)
    QTest.keyClick(shown.find(QSlider, "Opacity"), Qt.Key.Key_Home)
    QTest.mouseClick(shown.find(QToolButton, "Scale of the colours"), Qt.MouseButton.LeftButton)
    assert shown.overlays[-1] == Overlay(True, 0.0, "magma", False, True)


def test_last_layer_stays_the_last(show, make_trace, plain):
    """Who looks at the last layer looks at the last one of the next model, too."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9, layers=4), query=Query(0))
    QTest.keyClick(shown.find(ChoiceBox, "Layer"), Qt.Key.Key_End)
    shown.store.update(trace=make_trace(6, 9, layers=7))
    assert shown.find(ChoiceBox, "Layer").currentText() == "7"


@pytest.mark.parametrize("width", [480, 560, 760, 1200])
def test_toolbar_cuts_no_text(show, make_trace, plain, width):
    """However narrow, every box has room for its widest name."""
    trace = make_trace(24, 24, layers=24, heads=16)
    shown = show((width, 500), path=PATH, picture=plain, trace=trace, query=Query(token=(23, 23)))
    assert shown.view.width() == width
    for box in shown.view.findChildren(ChoiceBox):
        assert box.width() >= box.sizeHint().width()
        assert shown.view.rect().contains(QRect(box.mapTo(shown.view, QPoint()), box.size()))
    assert shown.canvas.width() > 300


def test_models_that_pool_say_so(show, make_trace, plain):
    """The window says why the class token is not asked where it does not decide."""
    trace = make_trace(6, 9, decision="mean of patches")
    shown = show(path=PATH, picture=plain, trace=trace)
    assert "decides by the mean of its patches" in shown.words()
    assert "class token does not decide" in shown.words()
    assert shown.find(ChoiceBox, "From").currentText() == "mean of patches"
    shown.store.update(trace=make_trace(6, 9, decision="pooling head", prefix=()))
    assert "pooling head" in shown.words()
    assert "class token" not in shown.words()
    assert not shown.find(ChoiceBox, "Layer").isEnabled()
    shown.store.update(trace=make_trace(6, 9))
    assert "decides" not in shown.words()


# Two models


@pytest.fixture
def show_two(show, make_trace, make_model, plain) -> Callable[..., Shown]:
    """The difference of two models, which look at the patches (1, 2) and (4, 6)."""

    def show_them(**state: object) -> Shown:
        second = Second(
            Weights("vit_second"),
            make_model(name="vit_second"),
            trace=make_trace(6, 9, frame=framed("squash", 6, 9), hot=(4, 6)),
        )
        given = {
            "path": PATH,
            "picture": plain,
            "model": make_model(name="vit_first"),
            "trace": make_trace(6, 9, frame=framed("squash", 6, 9), hot=(1, 2)),
            "second": second,
            "shows_difference": True,
            "overlay": PATCHES,
        }
        shown = show(**given | state)
        shown.wishes.difference_chosen.connect(lambda on: shown.store.update(shows_difference=on))
        return shown

    return show_them


@pytest.mark.parametrize("smooth", [True, False])
def test_difference_has_a_colour_for_each_model(show_two, smooth):
    """Where the first attends more, one end; where the second does, the other; else nothing."""
    shown = show_two(overlay=Overlay(opacity=1.0, smooth=smooth))
    ends = table("managua").astype(int)
    assert np.abs(shown.color_at(shown.canvas.patch_center(1, 2)) - ends[-1]).max() <= 12
    assert np.abs(shown.color_at(shown.canvas.patch_center(4, 6)) - ends[0]).max() <= 12
    assert np.abs(shown.color_at(shown.canvas.patch_center(3, 0)) - GREY).max() <= 1


def test_difference_lies_on_a_grey_picture(show_two):
    """A picture's own colours would pass for the map's; without the overlay they are back."""
    red = Picture(PATH, np.full((SIZE[1], SIZE[0], 3), (200, 40, 40), np.uint8), SIZE)
    shown = show_two(picture=red)
    free = shown.canvas.patch_center(3, 0)
    assert np.ptp(shown.color_at(free)) == 0
    for change in ({"overlay": Overlay(visible=False)}, {"shows_difference": False}):
        shown.store.update(**change)
        assert np.ptp(shown.color_at(free)) > 50


def test_difference_is_told_in_words(show_two):
    """Label, colour bar and a line below the toolbar say which sign is which model's."""
    shown = show_two()
    weight = shown.store.state.trace.attention()
    low, high = weight.min(), weight.max()
    terms = f"{high:.3f} − {low:.3f} = +{high - low:.3f}"
    assert shown.canvas.describe((1, 2)) == f"row 2, column 3 · {terms}"
    bar = shown.find(QWidget, "Colour scale").accessibleDescription()
    most = f"{high - low:.3f}"
    assert bar == f"difference from −{most} (second) to +{most} (first)"
    assert "+  the first more: vit_first" in shown.words()
    assert "−  the second more: vit_second" in shown.words()
    assert shown.canvas.accessibleDescription().endswith("· first − second")


def test_colour_bar_names_both_ends(show_two):
    """The highest colour is the first model's, the lowest the second’s; 0 is between."""
    shown = show_two()
    column = shown.pixels(shown.view.stage.color_bar)[:, -27]
    ends = table("managua").astype(int)
    places = [np.abs(column - ends[shade]).sum(axis=-1).argmin() for shade in (254, 128, 1)]
    assert places == sorted(places)
    assert places[1] == pytest.approx((places[0] + places[2]) / 2, abs=3)


def test_first_map_is_shown_until_the_second_model_has_looked(show_two, qtbot):
    """As it is, with a word and a line that work goes on; then nothing moves."""
    shown = show_two()
    second = shown.store.state.second
    for still in (Second(Weights("vit_second")), replace(second, trace=None)):
        shown.store.update(second=still)
        assert (shown.color_at(shown.canvas.patch_center(1, 2)) == table("inferno")[-1]).all()
        assert "The first model’s map, until the second" in shown.words()
    qtbot.waitUntil(shown.find(QWidget, "Working").isVisible)
    geometry = shown.canvas.geometry()
    shown.store.update(second=second)
    QApplication.processEvents()
    assert shown.canvas.geometry() == geometry
    assert not shown.find(QWidget, "Working").isVisible()
    assert "until" not in shown.words()
    problem = ExplorerError("It is too large.")
    shown.store.update(second=replace(second, trace=None, trace_problem=problem))
    assert "No difference: the second model could not trace this picture." in shown.words()
    assert shown.canvas.geometry() == geometry


def test_toolbar_switches_the_difference(show_two):
    """Its button is there with a second model, says what is shown, and switches it."""
    shown = show_two()
    button = shown.find(QToolButton, "Difference")
    assert button.isChecked()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not shown.store.state.shows_difference
    assert (shown.color_at(shown.canvas.patch_center(1, 2)) == table("inferno")[-1]).all()
    assert "the second more" not in shown.words()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert shown.store.state.shows_difference
    shown.store.update(second=None, shows_difference=False)
    assert not button.isVisible()


def test_colours_of_a_difference_are_chosen_apart(show_two):
    """While it is shown, colour maps with two hues are offered; the others are not forgotten."""
    shown = show_two(overlay=replace(PATCHES, colormap="viridis"))
    box = shown.find(ChoiceBox, "Colours")
    width = box.width()
    assert [box.itemText(place) for place in range(box.count())] == ["managua", "vik", "berlin"]
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert shown.overlays[-1] == replace(PATCHES, colormap="viridis", diverging="vik")
    end = shown.color_at(shown.canvas.patch_center(1, 2))
    assert np.abs(end - table("vik")[-1].astype(int)).max() <= 3
    shown.store.update(shows_difference=False)
    assert box.currentText() == "viridis"
    assert box.width() == width


def test_zoom_is_told_and_followed(show, make_trace, make_picture, plain):
    """Other canvases learn what is looked at, and this one looks where they look."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    shown.wishes.view_chosen.connect(lambda view: shown.store.update(view=view))
    wheel(shown.canvas, shown.place(3, 4), 5)
    assert shown.store.state.view == View(SIZE, shown.canvas.viewport.region)
    shown.store.update(view=View(SIZE, (0.0, 0.0, 60.0, 40.0)))
    assert shown.canvas.patch_at(QPointF(shown.canvas.rect().center())) == (0, 1)
    shown.store.update(view=None)
    assert shown.canvas.viewport.fits
    wheel(shown.canvas, shown.place(3, 4), 5)
    shown.store.update(picture=make_picture(300, 300), trace=None)
    assert shown.store.state.view is None


# Where there is no picture, or no map


def test_empty_window_offers_a_folder(show, qtbot):
    """At first there is a friendly word and a button; the button wishes the dialog."""
    shown = show()
    assert "Open a folder of pictures, or drop one here." in shown.words()
    with qtbot.waitSignal(shown.wishes.folder_dialog_wished):
        QTest.mouseClick(shown.find(QPushButton, "Open folder…"), Qt.MouseButton.LeftButton)


def test_broken_picture_tells_its_reason(show, make_trace, plain):
    """A picture that cannot be read is named, with reason and next step; then the next is shown."""
    shown = show(folder=PATH.parent, path=PATH)
    assert "Reading cat.png…" in shown.words()
    problem = ExplorerError("This file is cut off.", hint="Copy it again.")
    shown.store.update(picture_problem=problem)
    assert "cat.png This file is cut off. Copy it again." in shown.words()
    assert "Open folder…" not in shown.words()
    shown.store.update(picture=plain, picture_problem=None, trace=make_trace(6, 9))
    assert "cut off" not in shown.words()
    assert shown.canvas.isVisible()


def test_picture_waits_at_full_clarity(show, make_model, plain, qtbot):
    """Until its trace is there a picture is shown as it is, and a line says that work goes on."""
    shown = show(path=PATH, picture=plain, model=make_model())
    line = shown.find(QWidget, "Working")
    qtbot.waitUntil(line.isVisible)
    assert (shown.color_at(QPointF(shown.canvas.rect().center())) == GREY).all()
    middle = shown.canvas.rect().center()
    QTest.mouseClick(shown.canvas, Qt.MouseButton.LeftButton, pos=middle)
    assert not shown.queries


def test_trace_ends_the_wait(show, make_model, make_trace, plain, qtbot):
    """The line goes as soon as the map is there; a quick map shows none at all."""
    shown = show(path=PATH, picture=plain, model=make_model())
    line = shown.find(QWidget, "Working")
    shown.store.update(trace=make_trace(6, 9))
    qtbot.wait(200)
    assert not line.isVisible()


def test_model_that_loads_can_be_cancelled(show, plain, qtbot):
    """While there is no model yet, a card says how far it is."""
    activity = Activity("Loading vit_base", 0.4, cancellable=True)
    shown = show(path=PATH, picture=plain, activity=activity)
    assert "Loading vit_base" in shown.words()
    with qtbot.waitSignal(shown.wishes.cancel_wished):
        QTest.mouseClick(shown.find(QPushButton, "Cancel"), Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("missing", [True, False])
def test_model_problem_offers_next_steps(show, make_model, plain, qtbot, missing):
    """Why there is no model, and buttons for each way on; a download where that helps."""
    kind = WeightsMissing if missing else ExplorerError
    shown = show(path=PATH, picture=plain, model_problem=kind("No weights.", hint="Get some."))
    assert "No weights. Get some." in shown.words()
    assert ("Download" in shown.words()) == missing
    wanted = {
        "Choose a model…": shown.wishes.model_dialog_wished,
        "Open checkpoint…": shown.wishes.checkpoint_dialog_wished,
    } | ({"Download": shown.wishes.download_wished} if missing else {})
    for name, wish in wanted.items():
        with qtbot.waitSignal(wish):
            QTest.mouseClick(shown.find(QPushButton, name), Qt.MouseButton.LeftButton)
    shown.store.update(model=make_model(), model_problem=None)
    assert "No weights." not in shown.words()


@pytest.mark.parametrize("size", [(330, 500), (410, 360), (1000, 700)])
def test_welcome_and_model_problem_share_the_room(show, size):
    """No button is cut, and the card lies on no word of the welcome."""
    shown = show(model_problem=WeightsMissing("The weights are not on this machine.", hint="Get."))
    shown.view.resize(*size)
    card, placard = shown.view.stage.model_card, shown.view.stage.placard
    buttons = [b for b in shown.view.stage.findChildren(QPushButton) if b.isVisible()]
    assert {b.text() for b in buttons} >= {"Download", "Choose a model…", "Open checkpoint…"}
    for button in buttons:
        words = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() > words + 8
        assert button.parentWidget().rect().contains(button.geometry())
    told = [w for w in placard.findChildren(QWidget) if w.isVisible()]
    assert all(w.geometry().bottom() < card.y() for w in told)


def test_theme_changes_at_once(show, make_trace, plain):
    """Another palette reaches the ground around the picture without a restart."""
    shown = show(path=PATH, picture=plain, trace=make_trace(6, 9))
    palette = shown.view.palette()
    palette.setColor(palette.ColorRole.Window, Qt.GlobalColor.magenta)
    shown.view.setPalette(palette)
    assert (shown.color_at(QPointF(3, 3)) == (255, 0, 255)).all()


def test_keyboard_list_is_complete(show):
    """Every action has a text and a key; the rest is told in words."""
    shown = show()
    actions = [action for action in shown.view.actions() if not action.isSeparator()]
    assert all(action.text() and action.shortcuts() for action in actions)
    assert len({action.shortcut().toString() for action in actions}) == len(actions)
    told = shown.view.keys()
    assert all(keys and does for keys, does in told)

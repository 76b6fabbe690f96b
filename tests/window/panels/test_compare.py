"""The compare panel: both models' maps and predictions, linked by real mouse and keys."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QListView,
    QPushButton,
    QToolButton,
    QWidget,
)

from explorer.errors import ExplorerError
from explorer.images.colormaps import table
from explorer.records import Frame, Picture, Query, Trace, Weights
from explorer.window.panels.compare import ComparePanel
from explorer.window.picture.canvas import Canvas
from explorer.window.state import Overlay, Second, View

SIZE = (240, 160)  # of the picture
PATH = Path("cat.png")
PATCHES = Overlay(opacity=1.0, smooth=False)
GREY = (90, 90, 90)  # of the picture
NAMES = ("cat", "dog", "bird", "fish")


def frame(rows: int, columns: int, box=(0.0, 0.0, 240.0, 160.0)) -> Frame:
    return Frame("crop", SIZE, (rows * 16, columns * 16), box, rows, columns)


def sure_of(trace: Trace, *probability: float) -> Trace:
    return replace(trace, probability=np.array(probability, np.float32))


class Hand:
    """Acts on the panel and looks at it."""

    def __init__(self, shown) -> None:
        self.panel, self.store, self.wishes = shown.panel, shown.store, shown.wishes
        self.queries: list[Query] = []
        self.wishes.query_chosen.connect(self.queries.append)
        self.wishes.patch_hovered.connect(lambda patch: self.store.update(hovered=patch))
        self.wishes.view_chosen.connect(lambda view: self.store.update(view=view))

    def canvas(self, name: str) -> Canvas:
        """One of “first”, “second”, “both”."""
        (found,) = (c for c in self.panel.findChildren(Canvas) if name in c.accessibleName())
        return found

    @property
    def canvases(self) -> list[Canvas]:
        return [self.canvas(name) for name in ("first", "second", "both")]

    def place(self, name: str, row: int, column: int) -> QPoint:
        return self.canvas(name).patch_center(row, column).toPoint()

    def hover(self, name: str, row: int, column: int) -> None:
        QTest.mouseMove(self.canvas(name), self.place(name, row, column))
        QGuiApplication.sync()
        QApplication.processEvents()

    def click(self, name: str, row: int, column: int) -> None:
        place = self.place(name, row, column)
        QTest.mouseClick(self.canvas(name), Qt.MouseButton.LeftButton, pos=place)

    def wheel(self, name: str, row: int, column: int, notches: int) -> None:
        canvas, place = self.canvas(name), self.place(name, row, column)
        event = QWheelEvent(
            QPointF(place),
            QPointF(canvas.mapToGlobal(place)),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, event)

    def color(self, name: str, row: int, column: int) -> np.ndarray:
        """What is painted in a patch, beside the mark in its middle: int RGB."""
        image = self.canvas(name).grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        place = self.canvas(name).patch_center(row, column) + QPointF(-4, -3)
        return np.array(image.pixelColor(place.toPoint()).getRgb()[:3])

    def button(self, text: str) -> QAbstractButton:
        (found,) = (b for b in self.panel.findChildren(QAbstractButton) if b.text() == text)
        assert found.isVisible()
        return found

    def words(self) -> str:
        """All that labels say."""
        labels = (label for label in self.panel.findChildren(QLabel) if label.isVisible())
        return " ".join(label.text() for label in labels).replace("\N{NO-BREAK SPACE}", " ")

    def rows(self) -> list[list[str]]:
        """What a screen reader says of each row, list by list."""
        role = Qt.ItemDataRole.AccessibleTextRole
        models = [x.model() for x in self.panel.findChildren(QListView) if x.isVisible()]
        return [[m.index(row).data(role) for row in range(m.rowCount())] for m in models]


@pytest.fixture
def plain() -> Picture:
    """A picture of one colour."""
    return Picture(PATH, np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8), SIZE)


@pytest.fixture
def compare(show, make_trace, make_model, plain, qtbot) -> Callable[..., Hand]:
    """Puts the panel on screen with two models: `compare(first trace, second trace, …)`."""

    def compare_them(
        first: Trace | None = None,
        second: Trace | None = None,
        *,
        labels=(NAMES, NAMES),
        classes=(None, None),
        **state: object,
    ) -> Hand:
        first = first or make_trace(6, 9, hot=(1, 2), classes=4)
        second = second or make_trace(6, 9, hot=(4, 6), classes=4)
        models = [
            replace(make_model(*told), name=name)
            for *told, name in zip(
                (first, second), labels, classes, ("vit_first", "vit_second"), strict=True
            )
        ]
        given = {
            "size": (400, 480),
            "path": PATH,
            "picture": plain,
            "trace": first,
            "model": models[0],
            "second": Second(Weights("vit_second"), models[1], trace=second),
            "overlay": PATCHES,
        }
        hand = Hand(show(ComparePanel, **given | state))
        hand.panel.activateWindow()
        QApplication.processEvents()
        return hand

    return compare_them


# Without a second model


def test_invites_to_open_a_second_model(show, qtbot):
    """A sentence says what the panel is for, and buttons open one, from the list or a file."""
    hand = Hand(show(ComparePanel))
    assert "Open a second model to see what both make of the same picture." in hand.words()
    for text, wish in (
        ("Choose a second model…", hand.wishes.second_dialog_wished),
        ("Open a second checkpoint…", hand.wishes.second_checkpoint_dialog_wished),
    ):
        with qtbot.waitSignal(wish):
            QTest.mouseClick(hand.button(text), Qt.MouseButton.LeftButton)
    assert {b.text() for b in hand.panel.findChildren(QPushButton) if b.isVisible()} == {
        "Choose a second model…",
        "Open a second checkpoint…",
    }


def test_closing_the_second_model_invites_again(compare):
    """What was compared is gone with one of the two."""
    hand = compare()
    hand.store.update(second=None)
    assert "Open a second model" in hand.words()
    assert not any(canvas.isVisible() for canvas in hand.canvases)
    assert not hand.panel.findChild(QToolButton).isVisible()


# The maps


def test_each_map_is_its_models_own(compare):
    """The first looks here, the second there; the difference has one colour for each."""
    hand = compare()
    high, low = table("inferno")[[-1, 0]].astype(int)
    assert (hand.color("first", 1, 2) == high).all()
    assert (hand.color("first", 4, 6) == low).all()
    assert (hand.color("second", 1, 2) == low).all()
    assert (hand.color("second", 4, 6) == high).all()
    signs = table("managua").astype(int)
    assert np.abs(hand.color("both", 1, 2) - signs[-1]).max() <= 3
    assert np.abs(hand.color("both", 4, 6) - signs[0]).max() <= 3
    assert (hand.color("both", 3, 4) == GREY).all()  # where both agree, the picture
    assert "vit_first" in hand.words()
    assert "vit_second" in hand.words()


def test_grids_may_differ(compare, make_trace):
    """The difference is on the first's grid, and the panel says that and how."""
    coarse = make_trace(2, 3, layers=2, heads=2, hot=(1, 2), frame=frame(2, 3), classes=4)
    hand = compare(make_trace(6, 9, hot=(1, 2), classes=4), coarse, query=Query(3, 2))
    assert "The second (2 layers × 2 heads) shows layer 2 · mean of heads" in hand.words()
    assert "The second’s 2 × 3 map was resampled to 6 × 9." in hand.words()
    spread = [hand.color("both", row, column) for row in (3, 5) for column in (6, 8)]
    assert all((color == spread[0]).all() for color in spread)  # all of the large patch alike
    assert spread[0][2] > spread[0][0]  # and blue, as far as it is opaque
    assert (hand.color("both", 0, 0) == GREY).all()
    assert hand.canvas("second").patch_center(1, 2) != hand.canvas("first").patch_center(1, 2)


def test_query_of_one_place_is_asked_of_both(compare, make_trace):
    """A patch of the first becomes the second's patch at that place, not the one of its number."""
    fine, coarse = make_trace(6, 9, classes=4), make_trace(2, 3, frame=frame(2, 3), classes=4)
    hand = compare(fine, coarse, query=Query(0, 1, (4, 7)))
    expected = table("inferno")[-1].astype(int)
    values = coarse.attention(0, 1, (1, 2))
    assert (hand.color("second", *np.unravel_index(values.argmax(), (2, 3))) == expected).all()
    assert "shows layer 1 · head 2 · from row 2, column 3" in hand.words()


def test_what_the_second_did_not_see_is_said(compare, make_trace):
    """A crop leaves part of the picture out: its query there is the default, and that is said."""
    middle = make_trace(6, 6, frame=frame(6, 6, (60.0, 0.0, 180.0, 160.0)), classes=4)
    hand = compare(make_trace(6, 9, classes=4), middle, query=Query(0, 1, (0, 0)))
    assert "from class token" in hand.words()
    assert "The second did not see 50 % of what the first saw: 0 there." in hand.words()


def test_agreement_is_told_in_two_numbers(compare, make_trace):
    """Alike maps are at 1 and 0 bits; maps of other places are apart. The tooltip explains."""
    trace = make_trace(6, 9, classes=4)
    hand = compare(trace, replace(trace))
    assert "1.00 correlation (Pearson) 0.000 bits divergence (Jensen–Shannon)" in hand.words()
    second = hand.store.state.second
    hand.store.update(second=replace(second, trace=make_trace(6, 9, seed=5, classes=4)))
    assert "1.00" not in hand.words()
    measures = [
        w for w in hand.panel.findChildren(QWidget) if "rise and fall together" in w.toolTip()
    ]
    assert len(measures) == 1
    assert measures[0].accessibleName().startswith("correlation (Pearson): ")


def test_overlay_changes_reach_every_map(compare):
    """Colours and opacity are those of the large picture."""
    hand = compare()
    hand.store.update(overlay=replace(PATCHES, colormap="viridis", diverging="vik"))
    assert (hand.color("first", 1, 2) == table("viridis")[-1]).all()
    assert np.abs(hand.color("both", 1, 2) - table("vik")[-1].astype(int)).max() <= 3
    hand.store.update(overlay=replace(PATCHES, visible=False))
    assert all((hand.color(name, 1, 2) == GREY).all() for name in ("first", "second", "both"))


def test_shared_scale_is_one_for_both(compare, make_trace):
    """On it, equal attention has equal colours in both maps; on their own, each reaches its end."""
    sharp = make_trace(6, 9, layers=1, heads=1, hot=(1, 2), classes=4)
    flat = make_trace(6, 9, layers=1, heads=1, seed=3, classes=4)
    hand = compare(sharp, flat)
    peak = np.unravel_index(flat.attention().argmax(), (6, 9))
    high = table("inferno")[-1].astype(int)
    assert (hand.color("second", *peak) == high).all()
    hand.store.update(overlay=replace(PATCHES, shared_scale=True))
    assert (hand.color("first", 1, 2) == high).all()
    share = flat.attention().max() / sharp.attention().max()
    assert np.abs(hand.color("second", *peak) - table("inferno")[round(share * 255)]).max() <= 6


# Linked


def test_hovering_one_marks_all(compare):
    """Each map outlines the place and tells its own number; leaving it says so."""
    hand = compare()
    hand.hover("first", 1, 2)
    assert hand.store.state.hovered == (1, 2)
    value = hand.store.state.trace.attention()[1, 2]
    assert f"{value:.2f}" in hand.words()
    assert f"+{value:.2f}" in hand.words()
    for canvas in hand.canvases:
        middle = canvas.patch_center(1, 2).toPoint()
        image = canvas.grab().toImage()
        line = [image.pixelColor(middle.x(), y).lightness() for y in range(middle.y(), 0, -1)]
        assert max(line[:20]) > 250  # of the light outline, above the patch's middle
    QTest.mouseMove(hand.canvas("first"), QPoint(1, 1))
    hand.store.update(hovered=None)
    assert f"+{value:.2f}" not in hand.words()


def test_hovering_the_second_finds_the_firsts_patch(compare, make_trace):
    """The place counts: a large patch of the second is a small one of the first, in its middle."""
    coarse = make_trace(2, 3, frame=frame(2, 3), classes=4)
    hand = compare(make_trace(6, 9, classes=4), coarse)
    hand.hover("second", 1, 2)
    assert hand.store.state.hovered == (4, 7)
    hand.click("second", 0, 1)
    assert hand.queries[-1].token == (1, 4)


def test_fine_patches_stay_marked_under_the_mouse(compare, make_trace):
    """Where the second's patches are smaller, the one under the mouse is marked."""
    coarse = make_trace(2, 3, frame=frame(2, 3), classes=4)
    hand = compare(coarse, make_trace(6, 9, classes=4))
    canvas = hand.canvas("second")
    before = canvas.grab().toImage()
    hand.hover("second", 3, 6)  # not in the middle of the first's patch (1, 2)
    assert hand.store.state.hovered == (1, 2)
    after, step = canvas.grab().toImage(), hand.place("second", 0, 1) - hand.place("second", 0, 0)

    def is_outlined(row: int, column: int) -> bool:
        """Whether something changed left of the patch's middle, up to its edge."""
        place = hand.place("second", row, column)
        line = range(place.x() - step.x() // 2 - 3, place.x() - 3)
        return any(after.pixelColor(x, place.y()) != before.pixelColor(x, place.y()) for x in line)

    assert is_outlined(3, 6)
    assert not is_outlined(4, 7)


@pytest.mark.parametrize("name", ["first", "both"])
def test_clicks_and_keys_choose_the_query(compare, name, qtbot):
    """A click asks both models from that patch, arrows walk on, Esc goes back."""
    hand = compare(query=Query(1, 2))
    hand.click(name, 3, 4)
    assert hand.store.state.query == Query(1, 2, (3, 4))
    canvas = hand.canvas(name)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert hand.store.state.query == Query(1, 2, (3, 5))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert hand.store.state.query == Query(1, 2, None)


@pytest.mark.parametrize("name", ["first", "second", "both"])
def test_zooming_one_zooms_all(compare, name):
    """The same patch stays under the mouse in all maps; a double click shows all again."""
    hand = compare()
    wide = [c.patch_center(0, 1).x() - c.patch_center(0, 0).x() for c in hand.canvases]
    hand.wheel(name, 2, 5, 5)
    seen = [c.patch_at(QPointF(c.rect().center())) for c in hand.canvases]
    assert len(set(seen)) == 1
    for canvas, before in zip(hand.canvases, wide, strict=True):
        zoomed = canvas.patch_center(0, 1).x() - canvas.patch_center(0, 0).x()
        assert zoomed == pytest.approx(before * 1.25**5, rel=0.02)
    query, place = hand.store.state.query, hand.canvas(name).rect().center()
    QTest.mouseClick(hand.canvas(name), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(hand.canvas(name), Qt.MouseButton.LeftButton, pos=place)
    assert all(canvas.viewport.fits for canvas in hand.canvases)
    assert hand.store.state.query == query
    assert hand.store.state.view is None


def test_the_large_pictures_view_is_followed(compare, make_picture):
    """What is zoomed to elsewhere is seen here; a view of another picture is not."""
    hand = compare()
    hand.store.update(view=View(SIZE, (60.0, 40.0, 180.0, 120.0)))
    for canvas in hand.canvases:
        left, top, right, bottom = canvas.viewport.region
        assert (left + right) / 2 == pytest.approx(120, abs=2)
        assert right - left == pytest.approx(120, rel=0.05)
        assert bottom - top == pytest.approx(80, rel=0.05)
    hand.store.update(view=View((100, 100), (10.0, 10.0, 20.0, 20.0)))
    assert all(canvas.viewport.fits for canvas in hand.canvases)


# Waiting


def test_shows_what_there_is_while_the_second_looks(compare, make_trace):
    """The first's map is there at once; nothing moves when the second's comes."""
    hand = compare()
    second = hand.store.state.second
    hand.store.update(second=replace(second, trace=None))
    assert (hand.color("first", 1, 2) == table("inferno")[-1]).all()
    second_canvas = hand.canvas("second")
    middle = second_canvas.grab().toImage().pixelColor(second_canvas.rect().center())
    assert middle.getRgb()[:3] == GREY
    assert "looking…" in hand.words()
    assert "– correlation (Pearson)" in hand.words()
    places = [canvas.geometry() for canvas in hand.canvases]
    hand.store.update(second=second)
    QApplication.processEvents()
    assert [canvas.geometry() for canvas in hand.canvases] == places
    assert "looking…" not in hand.words()


def test_says_what_the_second_is_doing(compare):
    """It is loaded, it looks, or it cannot: each in words."""
    hand = compare()
    second = hand.store.state.second
    hand.store.update(second=Second(Weights("vit_second")))
    assert "loading…" in hand.words()
    assert not hand.button("Swap").isEnabled()
    problem = ExplorerError("There is too little memory.", hint="Choose a smaller model.")
    hand.store.update(second=replace(second, trace=None, trace_problem=problem))
    assert "no map" in hand.words()
    assert "There is too little memory. Choose a smaller model." in hand.words()
    hand.store.update(picture=None, trace=None, path=None)
    assert "Choose a picture to look at." in hand.words()
    assert hand.button("Close").isEnabled()


# Predictions


def test_predictions_stand_side_by_side(compare, make_trace):
    """Each class with both numbers; what both say first is said in a sentence."""
    trace = make_trace(classes=4)
    hand = compare(sure_of(trace, 0.6, 0.3, 0.06, 0.04), sure_of(trace, 0.2, 0.1, 0.65, 0.05))
    assert hand.rows() == [
        ["bird, 0.060, 0.650", "cat, 0.600, 0.200", "dog, 0.300, 0.100", "fish, 0.040, 0.050"]
    ]
    assert "They disagree: “cat” says the first, “bird” the second." in hand.words()
    second = replace(hand.store.state.second, trace=sure_of(trace, 0.9, 0.1, 0, 0))
    hand.store.update(second=second)
    assert "Both say “cat”." in hand.words()
    assert hand.rows()[0][0] == "cat, 0.600, 0.900"


def test_both_bars_are_as_long_as_their_probabilities(compare, make_trace):
    """The first's bar is above, the second's below; they do not look alike."""
    trace = make_trace(classes=4)
    hand = compare(sure_of(trace, 1, 0, 0, 0), sure_of(trace, 0.5, 0.5, 0, 0), size=(400, 900))
    (shown,) = (x for x in hand.panel.findChildren(QListView) if x.isVisible())
    row = shown.visualRect(shown.model().index(0))
    image = shown.viewport().grab().toImage()
    lengths = []
    for y in (row.top() + 4, row.bottom() - 4):
        ground = image.pixelColor(row.right() - 2, y)
        across = range(60, row.right() - 4)  # right of the name
        lengths.append(60 + sum(image.pixelColor(x, y) != ground for x in across))
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=0.1)
    colors = [image.pixelColor(100, y) for y in (row.top() + 4, row.bottom() - 4)]
    assert colors[0] != colors[1]


def test_other_classes_are_not_lined_up(compare, make_trace):
    """Models that choose from different classes have a list each, and that is said."""
    hand = compare(
        sure_of(make_trace(classes=2), 0.7, 0.3),
        sure_of(make_trace(classes=3), 0.2, 0.2, 0.6),
        labels=(("cat", "dog"), None),
    )
    assert "They choose from different classes: left the first, right the second." in hand.words()
    assert hand.rows() == [
        ["cat, 0.700", "dog, 0.300"],
        ["class 2, 0.600", "class 0, 0.200", "class 1, 0.200"],
    ]


def test_models_without_classes_say_so(compare, make_trace):
    """Features are no probabilities; the other model's classes stay."""
    hand = compare(
        sure_of(make_trace(classes=2), 0.7, 0.3),
        make_trace(classes=384),
        labels=(("cat", "dog"), None),
        classes=(2, 0),
    )
    assert "Second: This model has no classes: it gives 384 features." in hand.words()
    assert hand.rows() == [["cat, 0.700", "dog, 0.300"]]


def test_predictions_stay_while_the_next_picture_is_looked_at(compare, make_trace):
    """They fade until newer ones come; those of another model go at once."""
    hand = compare()
    before = hand.rows()
    second = hand.store.state.second
    hand.store.update(trace=None, second=replace(second, trace=None))
    assert hand.rows() == before
    trace = make_trace(classes=4)
    newer = replace(second, trace=sure_of(trace, 0, 0, 0, 1))
    hand.store.update(trace=sure_of(trace, 1, 0, 0, 0), second=newer)
    assert hand.rows()[0][0] == "cat, 1.000, 0.000"
    hand.store.update(second=Second(Weights("another")))
    assert hand.rows() == []


# Buttons and room


def test_buttons_wish(compare, qtbot):
    """Swap and close wish so; the difference is switched, and shown as switched."""
    hand = compare()
    with qtbot.waitSignal(hand.wishes.models_swapped):
        QTest.mouseClick(hand.button("Swap"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(hand.wishes.second_closed):
        QTest.mouseClick(hand.button("Close"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(hand.wishes.difference_chosen) as wish:
        QTest.keyClick(hand.button("Difference"), Qt.Key.Key_Space)
    assert wish.args == [True]
    with qtbot.assertNotEmitted(hand.wishes.difference_chosen):
        hand.store.update(shows_difference=True)
        hand.store.update(shows_difference=False)
    assert not hand.button("Difference").isChecked()


@pytest.mark.parametrize(("size", "columns"), [((200, 900), 1), ((300, 500), 2), ((1200, 800), 3)])
def test_maps_use_the_room(compare, size, columns):
    """As many columns as there is room for; nothing is wider than the panel."""
    hand = compare(size=size)
    corners = [canvas.mapTo(hand.panel, QPoint()) for canvas in hand.canvases]
    assert len({corner.x() for corner in corners}) == columns
    assert len({corner.y() for corner in corners}) == {1: 3, 2: 2, 3: 1}[columns]
    for canvas in hand.canvases:
        left = canvas.mapTo(hand.panel, QPoint()).x()
        assert left >= 0
        assert left + canvas.width() <= hand.panel.width()
        assert canvas.width() / canvas.height() == pytest.approx(1.5, rel=0.05)
    widths = {canvas.width() for canvas in hand.canvases}
    assert max(widths) - min(widths) <= 1

"""Words over the picture, as a person sees them: the captioner's look, and the way back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QSlider, QWidget

from explorer.errors import ExplorerError
from explorer.images.colormaps import DIVERGING, table
from explorer.records import CaptionerWeights, Frame, Picture, Query, WordQuery
from explorer.window.asking import Asking
from explorer.window.parts.choice_box import ChoiceBox
from explorer.window.parts.flat_button import FlatButton
from explorer.window.picture_view import PictureView
from explorer.window.state import Captioning, Overlay, Second, State, Store, Wishes

PATH = Path("umbrella.png")
SIZE = (240, 160)  # of the picture
PATCHES = Overlay(opacity=1.0, smooth=False)
UMBRELLA = 6, 7, 8  # places of its pieces
GREY = (90, 90, 90)


class Shown:
    """A picture view on screen, with a caption; the wishes that it voices are granted."""

    def __init__(self) -> None:
        self.store, self.wishes = Store(), Wishes()
        self.asking = Asking(self.store, self.wishes, self.store)
        self.view = PictureView(self.store, self.wishes)
        self.canvas = self.view.canvas
        self.store.changed.connect(self.view.display)
        self.view.display(State(), self.store.state)

    @property
    def state(self) -> State:
        return self.store.state

    def choose(self, *places: int, **words: object) -> None:
        self.wishes.words_chosen.emit(replace(self.state.words, places=places, **words))
        QApplication.processEvents()

    def pixels(self, widget: QWidget | None = None) -> np.ndarray:
        """What is on the screen: int (height, width, 3)."""
        image = (widget or self.canvas).grab().toImage()
        image = image.convertToFormat(QImage.Format.Format_RGB888)
        lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)

    def point(self, x: float, y: float) -> QPoint:
        """Where a place of the picture, in its pixels, lies in the canvas."""
        left, top, right, bottom = self.canvas.viewport.rect_to_view((0, 0, *SIZE))
        across, down = (right - left) / SIZE[0], (bottom - top) / SIZE[1]
        return QPoint(round(left + x * across), round(top + y * down))

    def color_at(self, x: float, y: float) -> tuple[int, ...]:
        at = self.point(x, y)
        return tuple(self.pixels()[at.y(), at.x()].tolist())

    def hover(self, x: float, y: float) -> None:
        QTest.mouseMove(self.canvas, self.point(x, y))
        QGuiApplication.sync()
        QApplication.processEvents()

    def legend(self) -> str:
        """What the line between toolbar and picture says; nothing where there is none."""
        legend = self.view._legend
        labels = legend.currentWidget().findChildren(QLabel)
        return " ".join(label.text() for label in labels) if legend.isVisible() else ""

    def buttons(self) -> list[str]:
        found = self.view._legend.findChildren(FlatButton)
        return [button.text() for button in found if button.isVisible()]


@pytest.fixture
def plain() -> Picture:
    return Picture(PATH, np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8), SIZE)


@pytest.fixture
def show(qtbot, plain, make_captioner) -> Callable[..., Shown]:
    """Puts a picture view on screen: `show(caption, trace=…)`, with any field of the state."""

    def show_view(caption, size: tuple[int, int] = (760, 560), **state: object) -> Shown:
        shown = Shown()
        qtbot.addWidget(shown.view)
        shown.view.resize(*size)
        with qtbot.waitActive(shown.view):
            shown.view.show()
            shown.view.activateWindow()
        captioning = Captioning(CaptionerWeights(), make_captioner(), caption=caption)
        fields = {"path": PATH, "picture": plain, "captioning": captioning, "overlay": PATCHES}
        shown.store.update(**fields | state)
        shown.canvas.setFocus()
        QApplication.processEvents()
        return shown

    return show_view


@pytest.fixture
def caption(make_caption):
    """Its umbrella is seen in row 1, column 5 of 5 × 7 cells; the man in row 3, column 0."""
    return make_caption(peaks={1: (3, 0), 5: (1, 5), 6: (1, 5), 7: (1, 5)})


def middle(caption, row: int, column: int) -> tuple[float, float]:
    """Of a cell, in picture pixels."""
    left, top, width, height = caption.frame.patch_rect(row, column)
    return left + width / 2, top + height / 2


def peaks_at(shown: Shown, caption, row: int, column: int) -> bool:
    """Whether a cell has the highest colour, and the one across the picture has not."""
    high = tuple(table("inferno")[-1].tolist())
    across = middle(caption, 4 - row, 6 - column)
    return shown.color_at(*middle(caption, row, column)) == high != shown.color_at(*across)


def test_chosen_word_shows_where_the_captioner_looked(show, caption, make_trace):
    """At once, over the model's attention; several words show their mean."""
    shown = show(caption, trace=make_trace(hot=(5, 0)))
    assert not peaks_at(shown, caption, 1, 5)
    shown.choose(7)  # any of a word's pieces
    assert peaks_at(shown, caption, 1, 5)
    shown.choose(2)
    assert peaks_at(shown, caption, 3, 0)
    shown.choose(2, 7)
    bar = shown.view.stage.color_bar
    assert bar.accessibleDescription().startswith("attention from 0 to 0.4")


def test_hovered_word_is_a_preview(show, caption, make_trace):
    """While the mouse is on a chip, its map is shown instead; then what was before."""
    shown = show(caption, trace=make_trace())
    before = shown.pixels()
    shown.wishes.word_hovered.emit(6)
    assert peaks_at(shown, caption, 1, 5)
    shown.wishes.word_hovered.emit(None)
    assert (shown.pixels() == before).all()
    shown.choose(2)
    shown.wishes.word_hovered.emit(6)
    assert peaks_at(shown, caption, 1, 5)
    shown.wishes.word_hovered.emit(None)
    assert peaks_at(shown, caption, 3, 0)


def test_map_lies_on_the_captioners_cells(show, make_caption, make_trace):
    """Cells that reach beyond the picture end where it ends; those of the model do not matter."""
    box = (-4.0, -4.0, 260.0, 172.0)
    frame = Frame("squash", SIZE, (160, 240), box, 5, 7, sees_all=True)
    caption = make_caption(frame=frame, peaks={5: (4, 6), 6: (4, 6), 7: (4, 6)})
    shown = show(caption, trace=make_trace())
    shown.choose(*UMBRELLA)
    high = tuple(table("inferno")[-1].tolist())
    left, top, _, _ = frame.patch_rect(4, 6)
    assert shown.color_at(left + 3, top + 3) == high
    assert shown.color_at(SIZE[0] - 6, SIZE[1] - 6) == high
    assert shown.color_at(left - 3, top - 3) != high


def test_nothing_moves_when_words_are_shown(show, caption, make_trace):
    """Neither the picture nor the toolbar: a preview comes and goes with every move."""
    shown = show(caption, trace=make_trace())
    before = shown.canvas.geometry(), shown.canvas.viewport
    shown.wishes.word_hovered.emit(6)
    QApplication.processEvents()
    assert (shown.canvas.geometry(), shown.canvas.viewport) == before
    shown.choose(6)
    assert (shown.canvas.geometry(), shown.canvas.viewport) == before


def test_line_says_whose_look_is_shown(show, caption, make_trace):
    """Word, row, layer and head of the captioner; or those of the model."""
    shown = show(caption, trace=make_trace())
    assert shown.legend() == ("Where the model looked: layer 4 · mean of heads · from class token")
    assert shown.buttons() == []
    shown.choose(*UMBRELLA, head=2)
    assert shown.legend() == (
        "Where the captioner looked: “umbrella” · row that chose it · layer 3 · head 3"
    )
    assert shown.buttons() == ["Esc: back to the model’s attention"]
    assert "umbrella" in shown.canvas.accessibleDescription()


def test_narrow_line_begins_with_the_word(show, caption, make_trace):
    """Where not all has room, what matters comes first, and the way back stays."""
    shown = show(caption, (330, 420), trace=make_trace())
    assert shown.legend() == "Model: layer 4 · mean of heads · from class token"
    shown.choose(*UMBRELLA)
    assert shown.legend().startswith("“umbrella”")
    assert shown.buttons() == ["Esc"]
    assert shown.view.width() == shown.view.toolbar.minimumSizeHint().width()


def test_no_line_without_a_captioner(show, caption, make_trace):
    """Whoever has none loses no room to it."""
    shown = show(caption, trace=make_trace(), captioning=None)
    assert shown.legend() == ""


def test_escape_goes_back_step_by_step(show, caption, make_trace):
    """First from the words to the model's query, then from that to the default one."""
    shown = show(caption, trace=make_trace(), query=Query(token=(2, 3)))
    shown.choose(*UMBRELLA)
    QTest.keyClick(shown.canvas, Qt.Key.Key_Escape)
    assert shown.state.words.places == ()
    assert shown.state.query.token == (2, 3)
    QTest.keyClick(shown.canvas, Qt.Key.Key_Escape)
    assert shown.state.query.token is None


def test_button_goes_back(show, caption, make_trace):
    """For who has the hand on the mouse."""
    shown = show(caption, trace=make_trace())
    shown.choose(*UMBRELLA)
    (button,) = shown.view._legend.findChildren(FlatButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert shown.state.words.places == ()
    assert shown.legend().startswith("Where the model looked")


def test_toolbar_leaves_the_words(show, caption, make_trace):
    """Another layer of the model is what one wants to see then."""
    shown = show(caption, trace=make_trace())
    shown.choose(*UMBRELLA)
    (layer,) = (
        box for box in shown.view.findChildren(ChoiceBox) if box.accessibleName() == "Layer"
    )
    layer.chosen.emit(1)
    assert shown.state.words.places == ()
    assert shown.state.query.layer == 1


def test_cells_are_marked_under_the_mouse(show, caption, make_trace):
    """With their weight, here and in the colour bar; the model's patches are not hovered."""
    shown = show(caption, trace=make_trace())
    shown.choose(*UMBRELLA)
    without = shown.pixels()
    shown.hover(*middle(caption, 1, 5))
    assert shown.state.hovered is None
    assert shown.canvas.describe((1, 5)).startswith("row 2, column 6 · ")
    left, top, width, height = caption.frame.patch_rect(1, 5)
    changed = (shown.pixels() != without).any(axis=-1)
    edge = shown.point(left, top + height / 2)
    assert changed[edge.y(), edge.x() - 3 : edge.x()].all()
    outside = shown.point(left + width / 2, top + 2 * height)
    assert not changed[outside.y(), outside.x()]
    marked = shown.pixels(shown.view.stage.color_bar)
    shown.hover(*middle(caption, 3, 3))
    assert (shown.pixels(shown.view.stage.color_bar) != marked).any()


def test_mouse_that_rests_sees_what_is_shown(show, caption, make_trace, qtbot):
    """Under a mouse that does not move lies a patch, then a cell, then the patch again."""
    shown = show(caption, trace=make_trace(6, 9))
    shown.hover(*middle(caption, 4, 6))
    assert shown.state.hovered == (5, 8)
    before = shown.pixels()
    shown.choose(*UMBRELLA)
    assert shown.state.hovered is None
    qtbot.waitUntil(lambda: shown.view._cell == (4, 6))
    shown.choose()
    qtbot.waitUntil(lambda: shown.state.hovered == (5, 8))
    assert (shown.pixels() == before).all()


def test_click_asks_from_the_models_patch(show, caption, make_trace):
    """The one at that very place; the words are left, and dragging goes on among patches."""
    shown = show(caption, trace=make_trace(6, 9))
    shown.choose(*UMBRELLA)
    QTest.mousePress(shown.canvas, Qt.MouseButton.LeftButton, pos=shown.point(239, 1))
    assert shown.state.query.token == (0, 8)
    assert shown.state.words.places == ()
    QTest.mouseMove(shown.canvas, shown.point(1, 159))
    QTest.mouseRelease(shown.canvas, Qt.MouseButton.LeftButton, pos=shown.point(1, 159))
    assert shown.state.query.token == (5, 0)


def test_double_click_keeps_the_words(show, caption, make_trace):
    """It fits the picture; its first click was no wish for another map."""
    shown = show(caption, trace=make_trace(6, 9), query=Query(2))
    shown.choose(*UMBRELLA)
    for click in (QTest.mouseClick, QTest.mouseDClick):
        click(shown.canvas, Qt.MouseButton.LeftButton, pos=shown.point(60, 60))
    assert shown.state.query == Query(2)
    assert shown.state.words.places == UMBRELLA


def test_scale_can_be_that_of_all_words(show, caption, make_trace):
    """The button below the colour bar means the caption's words then."""
    shown = show(caption, trace=make_trace())
    shown.choose(3)
    bar, button = shown.view.stage.color_bar, shown.view.stage.scale_button
    own = bar.accessibleDescription()
    assert "words" in button.toolTip()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bar.accessibleDescription() != own
    assert "words" in button.toolTip()


def test_words_win_over_the_difference(show, caption, make_trace, make_model):
    """They are painted and chosen in colours without a sign; then the difference is back."""
    second = Second(CaptionerWeights(), make_model(), trace=make_trace(seed=1))
    shown = show(
        caption, model=make_model(), trace=make_trace(), second=second, shows_difference=True
    )
    (colors,) = (
        box for box in shown.view.findChildren(ChoiceBox) if box.accessibleName() == "Colours"
    )
    assert colors.value() in DIVERGING
    shown.choose(*UMBRELLA)
    assert colors.value() == "inferno"
    assert peaks_at(shown, caption, 1, 5)
    assert shown.legend().startswith("Where the captioner looked")
    QTest.keyClick(shown.canvas, Qt.Key.Key_Escape)
    assert colors.value() in DIVERGING
    assert "the first more" in shown.legend()


def test_captioner_alone(show, caption):
    """Without a model words are shown, marked and painted as anybody wishes."""
    shown = show(caption, model_problem=ExplorerError("There is no model."))
    card = shown.view.stage.model_card
    assert card.isVisible()
    assert "Choose a word" in shown.legend()
    shown.choose(*UMBRELLA)
    assert peaks_at(shown, caption, 1, 5)
    assert not card.isVisible()
    assert shown.buttons() == ["Esc: back to the picture"]
    (opacity,) = shown.view.findChildren(QSlider)
    assert opacity.isEnabled()
    opacity.setValue(0)
    assert shown.color_at(*middle(caption, 1, 5)) == GREY
    QTest.mouseClick(shown.canvas, Qt.MouseButton.LeftButton, pos=shown.point(60, 60))
    QTest.keyClick(shown.canvas, Qt.Key.Key_Right)
    assert shown.state.words.places == UMBRELLA  # there is no patch to ask from
    QTest.keyClick(shown.canvas, Qt.Key.Key_Escape)
    assert shown.state.words.places == ()
    assert card.isVisible()


def test_next_caption_takes_its_marks(show, caption, make_caption, make_trace, qtbot):
    """Another grid under a mouse that rests on a far cell harms nobody."""
    shown = show(caption, trace=make_trace())
    shown.choose(1)
    shown.hover(*middle(caption, 4, 5))
    assert shown.view._cell == (4, 5)
    other = make_caption("two cats", rows=2, columns=2)
    shown.store.update(captioning=replace(shown.state.captioning, caption=other))
    qtbot.waitUntil(lambda: shown.view._cell == (1, 1))
    shown.store.update(captioning=replace(shown.state.captioning, caption=None))
    assert shown.legend().startswith("Where the model looked")


def test_writing_is_told(show, caption, make_trace, qtbot):
    """A line moves while a caption is written."""
    shown = show(caption, trace=make_trace())
    busy = shown.view.stage.busy_line
    assert not busy.isVisible()
    shown.store.update(captioning=replace(shown.state.captioning, is_writing=True))
    qtbot.waitUntil(busy.isVisible)
    shown.store.update(captioning=replace(shown.state.captioning, is_writing=False))
    assert not busy.isVisible()


def test_words_of_a_query_that_is_gone(show, caption, make_trace):
    """Ends that are not shown any more show no map."""
    shown = show(caption, trace=make_trace())
    shown.choose(0, with_ends=True, row="stands")
    assert "“begin”" in shown.legend()
    shown.wishes.words_chosen.emit(WordQuery(places=(0,)))
    assert shown.legend().startswith("Where the model looked")

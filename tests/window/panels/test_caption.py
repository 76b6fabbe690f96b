"""The caption panel: words that are walked, chosen, played, replaced, and shown as a strip."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from explorer.errors import ExplorerError, WeightsMissing
from explorer.records import CaptionerInfo, CaptionerWeights, WordQuery, Writing
from explorer.window.captions.chips import Chips
from explorer.window.captions.part_row import PartRow
from explorer.window.captions.type_field import TypeField
from explorer.window.panels.caption import CaptionPanel
from explorer.window.parts import player
from explorer.window.state import Captioning, Overlay

# Said by Qt's offscreen platform of every menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")

INFO = CaptionerInfo("catr-v3", "CATR", "Made for a test.", 3, 4, 20, 19, 1000, "CPU")
ENTER, LEFT_BUTTON = Qt.Key.Key_Return, Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Shown:
    """The panel with a caption, its header beside it, and what it wished for."""

    def __init__(self, shown, qtbot) -> None:
        self.panel, self.store, self.wishes = shown.panel, shown.store, shown.wishes
        self.qtbot = qtbot
        self.row: PartRow = shown.find(PartRow)
        self.header: QWidget = self.panel.corner()
        self.begun: list = []
        self.wishes.beginning_chosen.connect(self.begun.append)

    @property
    def places(self) -> tuple[int, ...]:
        return self.store.state.words.places

    def middle(self, number: int) -> QPoint:
        return self.row.rect_of(number).center()

    def click(self, number: int, held=Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.mouseClick(self.row, LEFT_BUTTON, held, self.middle(number))

    def key(self, key, held=Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.row, key, held)

    def menu(self) -> QMenu:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    def field(self) -> QLineEdit:
        return self.panel.findChild(TypeField).findChild(QLineEdit)

    def texts(self, kind: type) -> list[str]:
        found = [*self.panel.findChildren(kind), *self.header.findChildren(kind)]
        return [widget.text() for widget in found if widget.isVisible() and widget.text()]


@pytest.fixture(autouse=True)
def _close_menus():
    yield
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()


@pytest.fixture
def describing(show, qtbot, make_caption, make_picture):
    """Shows a caption: `describing(caption, size=…, words=…)`."""

    def build(caption=None, *, size=(784, 90), captioning=None, **state) -> Shown:
        caption = caption or make_caption()
        told = captioning or Captioning(CaptionerWeights(), INFO, caption=caption)
        state = {"path": Path("beach.png"), "picture": make_picture(), **state}
        shown = Shown(show(CaptionPanel, size=size, captioning=told, **state), qtbot)
        qtbot.addWidget(shown.header)
        shown.header.setGeometry(0, 500, 700, 30)
        shown.header.show()
        with qtbot.waitActive(shown.panel):  # else nothing has the focus, and keys are no shortcuts
            shown.panel.activateWindow()
        return shown

    return build


# Choosing


def test_a_click_chooses_a_word(describing):
    """All pieces of the word are asked for; a click elsewhere asks for that alone."""
    shown = describing()
    shown.click(5)  # umbrella
    assert shown.places == (6, 7, 8)
    shown.click(1)
    assert shown.places == (2,)


def test_several_words(describing):
    """Ctrl adds and takes away, Shift and a pulled mouse choose all between."""
    shown = describing()
    shown.click(0)
    shown.click(2, CONTROL)
    assert shown.places == (1, 3)
    shown.click(0, CONTROL)
    assert shown.places == (3,)
    shown.click(4, SHIFT)
    assert shown.places == (1, 2, 3, 4, 5)
    shown.qtbot.mousePress(shown.row, LEFT_BUTTON, pos=shown.middle(1))
    shown.qtbot.mouseMove(shown.row, shown.middle(2))
    shown.qtbot.mouseRelease(shown.row, LEFT_BUTTON, pos=shown.middle(2))
    assert shown.places in {(2,), (2, 3)}  # a platform may move without a button held


def test_keys_walk(describing):
    """Right begins with the first word; the arrows, Home and End lead on; Esc shows none."""
    shown = describing()
    shown.row.setFocus()
    for key, places in (
        (Qt.Key.Key_Right, (1,)),
        (Qt.Key.Key_Right, (2,)),
        (Qt.Key.Key_End, (11,)),
        (Qt.Key.Key_Left, (10,)),
        (Qt.Key.Key_Home, (1,)),
        (Qt.Key.Key_Escape, ()),
    ):
        shown.key(key)
        assert shown.places == places


def test_keys_walk_by_line(describing):
    """Down leads to the word below, Up back to the line above."""
    shown = describing(size=(260, 200))
    shown.click(1)
    shown.key(Qt.Key.Key_Down)
    below = min(shown.row.chosen)
    above, here = shown.row.rect_of(1), shown.row.rect_of(below)
    assert here.top() > above.bottom()
    assert abs(here.center().x() - above.center().x()) < 100
    shown.key(Qt.Key.Key_Up)
    assert shown.row.rect_of(min(shown.row.chosen)).top() == above.top()


def test_keys_choose_several(describing):
    """Shift+arrows, Ctrl+A, and Ctrl with arrows and Space, as the mouse does with both."""
    shown = describing()
    shown.click(1)
    shown.key(Qt.Key.Key_Right, SHIFT)
    assert shown.places == (2, 3)
    shown.key(Qt.Key.Key_Left)
    shown.key(Qt.Key.Key_Right, CONTROL)
    shown.key(Qt.Key.Key_Right, CONTROL)
    assert shown.places == (2,)
    shown.key(Qt.Key.Key_Space, CONTROL)
    assert shown.places == (2, 4)
    shown.key(Qt.Key.Key_A, CONTROL)
    assert shown.places == tuple(range(1, 12))


def test_hover_previews(describing):
    """The word under the mouse is told once, and that the mouse has left."""
    shown = describing()
    told = []
    shown.wishes.word_hovered.connect(told.append)
    for offset in (0, 1, 2):
        shown.qtbot.mouseMove(shown.row, shown.middle(5) + QPoint(offset, 0))
    assert told == [6]
    shown.qtbot.mouseMove(shown.row, QPoint(400, 85))
    shown.qtbot.waitUntil(lambda: told == [6, None])


def test_keys_win_over_a_resting_mouse(describing):
    """Where the mouse rests on a word, a key shows the word that it leads to."""
    shown = describing()
    shown.qtbot.mouseMove(shown.row, shown.middle(5))
    assert shown.store.state.hovered_word == 6
    shown.click(1)
    shown.key(Qt.Key.Key_Right)
    assert shown.store.state.hovered_word is None
    assert shown.places == (3,)


def test_chosen_words_are_marked(describing):
    """What the state asks for is outlined, whoever asked: any of a word's places marks it."""
    shown = describing()
    before = shown.row.grab().toImage()
    shown.store.update(words=WordQuery(places=(7,)))
    assert shown.row.chosen == {5}
    after = shown.row.grab().toImage()
    rect = shown.row.rect_of(5)
    accent = shown.row.palette().highlight().color()
    assert after.pixelColor(rect.center().x(), rect.top()) == accent
    assert before.pixelColor(rect.center().x(), rect.top()) != accent


def test_pieces_and_ends(describing, make_caption):
    """Each piece by itself, begin and end beside the words, each of which can be chosen."""
    shown = describing(words=WordQuery(by_piece=True, with_ends=True, row="stands"))
    shown.click(0)
    assert shown.places == (0,)
    shown.click(7)
    assert shown.places == (7,)
    shown.key(Qt.Key.Key_End)
    assert shown.places == (12,)


# Playing


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(player, "EACH", 20)


def test_play(quick, describing, qtbot):
    """Space walks through all words and stops at the last."""
    shown = describing()
    seen = []
    shown.wishes.words_chosen.connect(lambda words: seen.append(words.places[0]))
    shown.row.setFocus()
    shown.key(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: shown.header.play.accessibleName() == "Play" and len(seen) > 3)
    assert seen == [1, 2, 3, 4, 5, 6, 9, 10, 11]


@pytest.mark.parametrize("action", ["click", "key", "other word", "other caption", "space"])
def test_any_action_stops_playing(quick, describing, make_caption, action):
    """Whoever does something himself is not driven on."""
    shown = describing()
    shown.qtbot.mouseClick(shown.header.play, LEFT_BUTTON)
    assert shown.header.play.accessibleName() == "Stop"
    if action == "click":
        shown.click(6)
    elif action == "other word":
        shown.store.update(words=WordQuery(places=()))
    elif action == "other caption":
        told = replace(shown.store.state.captioning, caption=make_caption("a red lawn"))
        shown.store.update(captioning=told)
    else:
        shown.key(Qt.Key.Key_Right if action == "key" else Qt.Key.Key_Space)
    assert shown.header.play.accessibleName() == "Play"


# Other words


def entries(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def test_alternatives(describing, make_caption):
    """Enter opens the ten likeliest with their probabilities; the word that stands is checked."""
    caption = make_caption()
    shown = describing(caption)
    shown.click(1)
    shown.key(ENTER)
    menu = shown.menu()
    texts = [f"{one.text}\t{one.probability:.3f}" for one in caption.alternatives(1)]
    assert [text.replace("<", "") for text in entries(menu)[:10]] == texts
    checked = [action.text() for action in menu.actions() if action.isChecked()]
    assert [text.partition("\t")[0] for text in checked] == ["man"]


def test_choosing_an_alternative_goes_on_from_there(describing, make_caption):
    """The tokens before the word, then the chosen one; the word that stands changes nothing."""
    caption = make_caption()
    shown = describing(caption)
    shown.click(2)
    shown.key(ENTER)
    standing, other = caption.alternatives(2)[:2]
    shown.qtbot.keyClick(shown.menu(), Qt.Key.Key_Down)
    shown.qtbot.keyClick(shown.menu(), ENTER)
    assert caption.tokens[3] == standing.token
    assert shown.begun == [(*caption.tokens[1:3], other.token)]
    shown.key(ENTER)
    shown.qtbot.keyClick(shown.menu(), ENTER)
    assert len(shown.begun) == 1


def test_further_pieces_have_alternatives(describing, make_caption):
    """A word of three pieces offers two more steps, each in a menu of its own."""
    caption = make_caption()
    shown = describing(caption)
    shown.click(5)
    shown.key(ENTER)
    menus = [action.menu() for action in shown.menu().actions() if action.menu() is not None]
    assert [menu.title() for menu in menus] == ["Instead of “##brel”", "Instead of “##la”"]
    menus[1].actions()[1].trigger()
    other = caption.alternatives(5, piece=2)[1].token
    assert shown.begun == [(*caption.tokens[1:8], other)]


@pytest.mark.parametrize("way", ["right click", "menu key", "double click", "arrow"])
def test_ways_to_the_menu(describing, way):
    """Mouse and keys both lead there; the word is chosen, so that one sees of which it is."""
    shown = describing()
    if way == "right click" or way == "menu key":
        reason = QContextMenuEvent.Reason
        by = reason.Mouse if way == "right click" else reason.Keyboard
        if way == "menu key":
            shown.click(3)
        place = shown.middle(3)
        QApplication.sendEvent(
            shown.row, QContextMenuEvent(by, place, shown.row.mapToGlobal(place))
        )
    elif way == "double click":
        shown.qtbot.mouseDClick(shown.row, LEFT_BUTTON, pos=shown.middle(3))
    else:
        rect = shown.row.rect_of(3)
        place = QPoint(rect.right() - 8, rect.center().y())
        shown.qtbot.mouseClick(shown.row, LEFT_BUTTON, pos=place)
    assert entries(shown.menu())[-2:] == ["Type a &word instead…", "Type the whole &sentence…"]
    assert shown.places == (4,)


def trigger(menu: QMenu, text: str) -> None:
    (action,) = (action for action in menu.actions() if action.text() == text)
    menu.close()
    action.trigger()


def test_typing_a_word(describing):
    """What stands before the word, and what was typed, is how the caption is to begin."""
    shown = describing()
    shown.click(3)
    shown.key(ENTER)
    trigger(shown.menu(), "Type a &word instead…")
    assert shown.field().hasFocus()
    assert "a man holding" in shown.texts(QLabel)
    shown.qtbot.keyClicks(shown.field(), "blue")
    shown.qtbot.keyClick(shown.field(), ENTER)
    assert shown.begun == ["a man holding blue"]


def test_typing_a_letter_begins_a_sentence(describing, make_caption):
    """The field has the letter; it closes when the new caption is there, Esc leaves it before."""
    shown = describing()
    shown.row.setFocus()
    shown.key("t")
    assert shown.field().text() == "t"
    shown.qtbot.keyClicks(shown.field(), "he lawn")
    shown.qtbot.keyClick(shown.field(), ENTER)
    assert shown.begun == ["the lawn"]
    assert shown.field().isVisible()  # where a word cannot be spelt, it can be mended
    told = replace(shown.store.state.captioning, caption=make_caption("the lawn", given=2))
    shown.store.update(captioning=told)
    assert not shown.field().isVisible()
    assert shown.row.hasFocus()
    shown.key("x")
    shown.qtbot.keyClick(shown.field(), Qt.Key.Key_Escape)
    assert not shown.field().isVisible()
    assert len(shown.begun) == 1


def test_back_to_its_own_words(describing, make_caption):
    """A caption that somebody began says so, marks the words, and offers the way back."""
    shown = describing(make_caption("a man holding a lawn", given=2))
    assert any("begun by you: “a man”" in text for text in _tips(shown))
    shown.qtbot.mouseClick(shown.header.own, LEFT_BUTTON)
    assert shown.begun == [()]
    own = replace(shown.store.state.captioning, caption=make_caption("a man holding a lawn"))
    shown.store.update(captioning=own)
    assert not shown.header.own.isVisible()


def _tips(shown) -> list[str]:
    return [button.toolTip() for button in shown.header.findChildren(QToolButton)]


# How it is written


@pytest.mark.parametrize(
    ("writing", "said"),
    [
        (Writing(), "catr-v3 · greedy"),
        (Writing(beams=4), "catr-v3 · beams 4"),
        (Writing(temperature=0.8, seed=3), "catr-v3 · by chance 0.8, seed 3"),
    ],
)
def test_says_how_it_was_written(describing, writing, said):
    """The captioner's name and the way its words were chosen."""
    assert describing(writing=writing).header.name.text() == said


def form(shown) -> QWidget:
    return shown.panel._form


def test_choosing_how_to_write(describing, qtbot):
    """Each way has its own fields; what goes with another is disabled and says nothing."""
    shown = describing()
    fields = {field.accessibleName(): field for field in form(shown).findChildren(QWidget)}
    greedy, beams, chance = form(shown).findChildren(QRadioButton)
    assert greedy.isChecked()
    assert not fields["Beams"].isEnabled()
    assert not fields["Seed"].isEnabled()
    with qtbot.waitSignal(shown.wishes.writing_chosen) as chosen:
        chance.click()
        fields["Seed"].setValue(7)
    assert chosen.args == [Writing(temperature=1.0, seed=7)]
    assert not fields["Beams"].isEnabled()
    with qtbot.waitSignal(shown.wishes.writing_chosen) as chosen:
        beams.click()
        fields["Beams"].setValue(5)
    assert chosen.args == [Writing(beams=5)]
    with qtbot.waitSignal(shown.wishes.writing_chosen) as chosen:
        form(shown).findChildren(QSpinBox)[-1].setValue(9)
    assert chosen.args == [Writing(beams=5, max_tokens=9)]
    assert shown.header.name.text() == "catr-v3 · beams 5, at most 9"


def look_action(shown, *path: str):
    menu = shown.header.look.menu()
    for step in path[:-1]:
        (menu,) = (a.menu() for a in menu.actions() if a.text().replace("&", "") == step)
    (action,) = (a for a in menu.actions() if a.text().replace("&", "") == path[-1])
    return action


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("The row that stands on the word",), WordQuery((2,), row="stands")),
        (("Layer", "layer 2"), WordQuery((2,), layer=1)),
        (("Layer", "layer 3 (last)"), WordQuery((2,), layer=-1)),
        (("Layer", "maximum of layers"), WordQuery((2,), layer="maximum")),
        (("Head", "head 4"), WordQuery((2,), head=3)),
        (("Each piece of a word",), WordQuery((2,), by_piece=True)),
        (("Begin and end tokens",), WordQuery((2,), with_ends=True)),
    ],
)
def test_choosing_what_maps_show(describing, path, expected):
    """Row, layer, head, pieces and ends; the chosen words stay, and the choice is checked."""
    shown = describing(words=WordQuery((2,)))
    look_action(shown, *path).trigger()
    assert shown.store.state.words == expected
    assert look_action(shown, *path).isChecked()


def test_layers_of_another_captioner(describing, make_caption):
    """The menus offer what the captioner has."""
    shown = describing()
    told = Captioning(
        CaptionerWeights(),
        replace(INFO, layers=6, heads=8),
        caption=make_caption(layers=6, heads=8),
    )
    shown.store.update(captioning=told)
    assert look_action(shown, "Layer", "layer 6 (last)").isChecked()
    assert look_action(shown, "Head", "head 8")


# What there is to say


def test_invitation(show, qtbot):
    """Without a captioner one button asks for one, and the header is empty."""
    shown = show(CaptionPanel, size=(400, 90))
    (button,) = (b for b in shown.panel.findChildren(QPushButton) if b.isVisible())
    with qtbot.waitSignal(shown.wishes.captioner_dialog_wished):
        qtbot.mouseClick(button, LEFT_BUTTON)


def test_missing_weights_can_be_fetched(describing, tmp_path, monkeypatch, qtbot):
    """The problem is told with the size of the download, which a button begins."""
    monkeypatch.setenv("EXPLORER_WEIGHTS", str(tmp_path))
    problem = WeightsMissing("The weights of catr-v3 are not on this machine.", hint="Fetch them.")
    shown = describing(captioning=Captioning(CaptionerWeights(), problem=problem))
    assert "The weights of catr-v3 are not on this machine. Fetch them." in shown.texts(QLabel)
    (button,) = (b for b in shown.panel.findChildren(QPushButton) if "337 MB" in b.text())
    with qtbot.waitSignal(shown.wishes.captioner_download_wished):
        qtbot.mouseClick(button, LEFT_BUTTON)
    assert not shown.header.play.isVisible()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"captioner": None}, "Loading catr-v3…"),
        ({"is_writing": True}, "Writing…"),
        ({"caption_problem": ExplorerError("It is too thin.", hint="Crop it.")}, "It is too thin."),
    ],
)
def test_says_why_there_is_no_caption(describing, state, said):
    """One sentence, whatever is missing."""
    told = replace(Captioning(CaptionerWeights(), INFO), **state)
    shown = describing(captioning=told)
    assert any(text.startswith(said) for text in shown.texts(QLabel))


def test_no_picture(describing):
    """A captioner waits for a picture."""
    told = Captioning(CaptionerWeights(), INFO)
    shown = describing(captioning=told, path=None, picture=None)
    assert "Choose a picture to have it described." in shown.texts(QLabel)


def test_old_words_stay_while_the_next_picture_is_described(describing, make_caption):
    """They are faded, answer to nothing, and nothing moves; the new ones then answer."""
    shown = describing()
    bright = shown.row.grab().toImage()
    told = shown.store.state.captioning
    shown.store.update(captioning=replace(told, caption=None, is_writing=True), path=Path("b.png"))
    assert shown.row.isVisible()
    assert shown.row.grab().toImage() != bright
    shown.click(2)
    shown.key(ENTER)
    assert shown.places == ()
    assert QApplication.activePopupWidget() is None
    assert "writing…" in shown.header.name.text()
    shown.store.update(captioning=replace(told, caption=make_caption("a red lawn")))
    shown.click(2)
    assert shown.places == (3,)


def test_a_caption_that_did_not_end(describing, make_caption):
    """It says so behind its last word."""
    whole = describing(make_caption("a man")).row.grab().toImage()
    stopped = describing(make_caption("a man", ended=False)).row.grab().toImage()
    behind = slice(200, 500)
    assert _differ(whole, stopped)[:, behind].any()
    assert not _differ(whole, stopped)[:, :100].any()


def test_end_among_the_alternatives(describing, make_caption):
    """Where a caption could have ended, that is said in words, also in one that did not end."""
    caption = make_caption("a man", ended=False)
    scores = caption.scores.copy()
    scores[:, caption.end] = 9
    shown = describing(replace(caption, scores=scores))
    shown.click(1)
    shown.key(ENTER)
    assert entries(shown.menu())[0].startswith("(end of the caption)")


def test_far_words_repaint_alone(describing, monkeypatch, qtbot):
    """The mouse that jumps over words has none painted between those that it left and came to."""
    shown = describing()
    shown.qtbot.mouseMove(shown.row, shown.middle(0))
    qtbot.waitUntil(lambda: shown.store.state.hovered_word == 1)
    shown.row.repaint()
    painted: list[int] = []
    monkeypatch.setattr(Chips, "paint", lambda _self, _painter, number, *_: painted.append(number))
    shown.qtbot.mouseMove(shown.row, shown.middle(6))
    qtbot.waitUntil(lambda: bool(painted))
    assert painted == [0, 1, 5, 6, 7]  # marks reach to the next word


def _differ(one, other) -> np.ndarray:
    """Where two images differ: bool (height, width)."""
    arrays = [
        np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
        for image in (one, other)
    ]
    return arrays[0] != arrays[1]


def test_an_empty_caption(describing, make_caption):
    """A captioner that ended at once is quoted as that; a letter begins for it."""
    shown = describing(make_caption(""))
    assert "ended at once" in shown.row.accessibleDescription()
    shown.row.setFocus()
    shown.key("a")
    assert shown.field().text() == "a"


def test_screen_readers_hear_the_word(describing):
    """The word, its probability, and which of how many it is."""
    shown = describing()
    shown.click(1)
    assert shown.row.accessibleDescription() == "man · probability 0.620 · 2 of 9"


# The strip


def test_strip(describing, make_caption):
    """Every word under its own map: the brightest place is where the row that chose it looked."""
    caption = make_caption("a man", peaks={0: (0, 0), 1: (4, 6)})
    overlay = Overlay(opacity=1.0, smooth=False)
    shown = describing(caption, overlay=overlay, size=(784, 200))
    shown.header.findChild(QTabBar).setCurrentIndex(1)
    image = shown.row.grab().toImage()
    first, second = shown.row.rect_of(0), shown.row.rect_of(1)
    near = [first.topLeft() + QPoint(4, 4), second.topLeft() + QPoint(4, 4)]
    high, low = (image.pixelColor(place).lightness() for place in near)
    assert high > 150 > 60 > low
    shown.click(1)
    assert shown.places == (2,)
    shown.key(Qt.Key.Key_Left)
    assert shown.places == (1,)


def test_strip_is_as_high_as_its_panel(describing):
    """A low panel shows one whole line of pictures; a higher one shows larger pictures."""
    shown = describing(size=(784, 110))
    shown.header.findChild(QTabBar).setCurrentIndex(1)
    assert shown.row.rect_of(0).bottom() < 110
    low = shown.row.rect_of(0).height()
    shown.panel.resize(784, 300)
    assert low < shown.row.rect_of(0).height() < 200


def test_copy(describing):
    """Ctrl+C in the panel copies the sentence, and says so."""
    shown = describing()
    shown.row.setFocus()
    shown.key(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "a man holding a red umbrella on the lawn"
    assert shown.header.name.text() == "The caption is copied."


def test_saving_the_strip(describing, tmp_path, monkeypatch, make_picture):
    """Asks where, wishes for a PNG there; not where the dialog is left, or while words are old."""
    shown = describing()
    wished: list[Path] = []
    shown.wishes.strip_wished.connect(wished.append)
    answers = iter([str(tmp_path / "strip"), "", str(tmp_path / "other.png")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (next(answers), ""))
    save = next(a for a in shown.panel._more.actions() if a.text().startswith("&Save"))
    for _ in range(3):
        save.trigger()
    assert wished == [tmp_path / "strip.png", tmp_path / "other.png"]
    told = shown.store.state.captioning
    shown.store.update(captioning=replace(told, caption=None), path=Path("next.png"), picture=None)
    assert shown.row.isVisible()
    assert not save.isEnabled()


@pytest.mark.parametrize("width", [150, 260, 330, 420, 560, 700, 900])
def test_header_fits(describing, make_caption, width):
    """However narrow: play and the menu of all things stay, nothing overlaps, no text is cut."""
    shown = describing(make_caption(given=2))
    shown.header.resize(width, 30)
    kids = [w for w in shown.header.findChildren(QWidget) if w.parent() is shown.header]
    seen = sorted((w for w in kids if w.isVisible()), key=lambda w: w.x())
    assert shown.header.play in seen
    assert shown.header.more in seen
    assert seen[-1].geometry().right() < width
    for one, other in pairwise(seen):
        assert one.geometry().right() < other.x()


def test_name_is_cut_last(describing):
    """With less room the header says how the caption was written no more, but by whom."""
    shown = describing(captioning=Captioning(CaptionerWeights(), INFO, caption=None))
    said = []
    for width in range(300, 80, -2):
        shown.header.resize(width, 30)
        said.append(shown.header.name.text())
    texts = list(dict.fromkeys(said))
    assert texts[:2] == ["catr-v3 · greedy", "catr-v3"]
    assert all(text.endswith("…") for text in texts[2:])

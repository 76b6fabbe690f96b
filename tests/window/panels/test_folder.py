"""The folder panel, used as a person uses it: real files, keys and mouse, then the screen."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QToolTip

from explorer.images import thumbnails
from explorer.window.panels.folder import FolderPanel
from explorer.window.state import Selection, State, Wishes
from explorer.window.thumbnails import folder_source, thumbnail_loader
from explorer.window.thumbnails.filter_field import FilterField
from explorer.window.thumbnails.thumbnail_grid import ThumbnailGrid

COLORS = {"red": (200, 30, 30), "green": (30, 160, 30), "blue": (30, 30, 200)}
DOCK = (237, 500)


def paint(path: Path, color: str = "red", size: tuple[int, int] = (70, 50)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLORS[color]).save(path)
    return path


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Waits that are kind to disks would only make tests slow."""
    monkeypatch.setattr(folder_source, "SOON", 0.02)
    monkeypatch.setattr(folder_source, "POLL", 0.1)
    monkeypatch.setattr(thumbnail_loader, "LOOK_AGAIN", 0.1)


class Hand:
    """Acts on the panel and looks at it."""

    def __init__(self, shown, qtbot) -> None:
        self.store, self.wishes, self.panel = shown.store, shown.wishes, shown.panel
        self.qtbot = qtbot
        self.grid = shown.find(ThumbnailGrid)
        self.filter = shown.find(FilterField)
        self.wished: list[tuple[Path, tuple[Path, ...]]] = []
        self.wishes.picture_chosen.connect(self._choose)
        self.wishes.subfolders_chosen.connect(lambda on: self.store.update(include_subfolders=on))

    def _choose(self, path: Path, neighbours: tuple[Path, ...]) -> None:
        self.wished.append((path, neighbours))
        self.store.update(path=path, neighbours=neighbours)

    def open(self, folder: Path, **state: object) -> None:
        """Open a folder and wait until it is listed and the visible thumbnails are there."""
        self.store.update(folder=folder, **state)
        self.settle()

    def settle(self) -> None:
        self.until(lambda: self.panel._shown is not None and self.panel._shown.complete)
        self.until(self.visible_is_shown)

    def until(self, so, timeout: int = 10_000) -> None:
        self.qtbot.waitUntil(so, timeout=timeout)

    def visible_is_shown(self) -> bool:
        known = self.panel._loader.store.get
        return all(known(self.grid.pictures.path(p)) is not None for p in self.grid._visible())

    @property
    def names(self) -> list[str]:
        model = self.grid.model()
        return [model.index(row, 0).data() for row in range(model.rowCount())]

    @property
    def current(self) -> str | None:
        return self.grid.currentIndex().data()

    @property
    def count(self) -> str:
        return self.panel.corner().text()

    @property
    def sentence(self) -> str:
        """What stands where there are no thumbnails; "" where there are some."""
        labels = [label for label in self.panel.findChildren(QLabel) if label.isVisible()]
        return " ".join(label.text() for label in labels if label.parent() is not None)

    def button(self, text: str) -> QPushButton:
        (found,) = (b for b in self.panel.findChildren(QPushButton) if b.text() == text)
        assert found.isVisible()
        return found

    def cell(self, name: str):
        return self.grid.visualRect(self.grid.model().index(self.names.index(name), 0))

    def click(self, name: str) -> None:
        point = self.cell(name).center()
        self.qtbot.mouseClick(self.grid.viewport(), Qt.MouseButton.LeftButton, pos=point)

    def key(self, key: Qt.Key, times: int = 1) -> None:
        for _ in range(times):
            self.qtbot.keyClick(QApplication.focusWidget() or self.grid, key)

    def type(self, text: str) -> None:
        self.filter.setFocus()
        self.filter.selectAll()
        self.qtbot.keyClicks(self.filter, text)

    def menu(self, text: str) -> None:
        """Choose from the menu of the sort button."""
        button = self.panel.findChild(QToolButton)
        (action,) = (a for a in button.menu().actions() if a.text() == text)
        action.trigger()

    def color(self, name: str) -> str:
        """Which of COLORS is in the middle of a tile."""
        point = self.cell(name).center() - QPoint(0, 10)
        seen = self.grid.viewport().grab().toImage().pixelColor(point).getRgb()[:3]
        far = {
            known: sum(abs(a - b) for a, b in zip(rgb, seen, strict=True))
            for known, rgb in COLORS.items()
        }
        nearest = min(far, key=far.__getitem__)
        return nearest if far[nearest] < 20 else str(seen)

    def outlined(self) -> set[str]:
        """The visible names whose tile has the accent beside it."""
        seen = self.grid.viewport().grab().toImage()
        accent = QApplication.palette().accent().color()
        names, found = self.names, set()
        for place in self.grid._visible():
            tile = self.grid._arrangement.tile(place).translated(0, -self.grid.verticalOffset())
            middle = tile.intersected(seen.rect()).center().y()
            if _near(seen.pixelColor(tile.left() - 2, middle), accent):
                found.add(names[place])
        return found

    def tooltip(self, name: str) -> str:
        point = self.cell(name).center()
        globally = self.grid.viewport().mapToGlobal(point)
        event = QHelpEvent(QEvent.Type.ToolTip, point, globally)
        QApplication.sendEvent(self.grid.viewport(), event)
        return QToolTip.text()

    def is_in_view(self, name: str) -> bool:
        return self.grid.viewport().rect().contains(self.cell(name).adjusted(4, 4, -4, -4))


def _near(one: QColor, other: QColor) -> bool:
    pairs = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)
    return sum(abs(a - b) for a, b in pairs) < 40


@pytest.fixture
def hand(show, qtbot) -> Hand:
    hand = Hand(show(FolderPanel, size=DOCK), qtbot)
    hand.panel.activateWindow()
    qtbot.waitUntil(hand.panel.isActiveWindow)
    return hand


@pytest.fixture
def forty(tmp_path) -> Path:
    """Forty pictures, 1.png to 40.png; each third is of another colour."""
    colors = list(COLORS)
    for number in range(1, 41):
        paint(tmp_path / "forty" / f"{number}.png", colors[number % 3])
    return tmp_path / "forty"


# Opening


def test_pictures_appear_in_two_columns_in_natural_order(hand, forty):
    """At the dock's width: two columns; each tile shows its own picture; the title counts them."""
    hand.open(forty)
    assert hand.names == [f"{number}.png" for number in range(1, 41)]
    assert hand.cell("1.png").top() == hand.cell("2.png").top() < hand.cell("3.png").top()
    for name, color in {"1.png": "green", "2.png": "blue", "3.png": "red"}.items():
        hand.until(lambda name=name, color=color: hand.color(name) == color)
    assert hand.count == "40"
    assert hand.sentence == ""


def test_the_first_picture_is_chosen_when_a_folder_opens(hand, forty):
    """With its next two neighbours, so that they can be traced ahead."""
    hand.open(forty)
    assert hand.wished == [(forty / "1.png", (forty / "2.png", forty / "3.png"))]
    assert hand.outlined() == {"1.png"}


def test_opening_one_picture_opens_its_folder_around_it(hand, forty):
    """It is selected and in view; the picture wished for stays, now with neighbours."""
    hand.store.update(folder=forty, path=forty / "30.png")
    hand.settle()
    assert hand.is_in_view("30.png")
    assert hand.outlined() == {"30.png"}
    assert hand.wished == [
        (forty / "30.png", (forty / "31.png", forty / "32.png", forty / "29.png"))
    ]


def test_the_controllers_choice_is_shown_without_another_wish(hand, forty):
    """Where something else moves on, the panel follows and says nothing."""
    hand.open(forty)
    hand.wished.clear()
    beside = (forty / "36.png", forty / "37.png", forty / "34.png")
    hand.store.update(path=forty / "35.png", neighbours=beside)
    assert hand.current == "35.png"
    assert hand.is_in_view("35.png")
    assert hand.wished == []


def test_another_folder_takes_its_place(hand, forty, tmp_path):
    """Filter and selection of the last folder do not follow."""
    paint(tmp_path / "other" / "only.png")
    hand.open(forty)
    hand.type("7")
    hand.until(lambda: len(hand.names) == 4)
    hand.store.update(path=None)
    hand.open(tmp_path / "other")
    hand.until(lambda: hand.names == ["only.png"])
    assert hand.filter.text() == ""
    assert hand.store.state.path == tmp_path / "other" / "only.png"


def test_before_a_folder_is_open_the_panel_invites_to_open_one(hand, qtbot):
    """One sentence, and the button that opens the dialog."""
    assert hand.sentence == "Open a folder of pictures, or drop one here."
    with qtbot.waitSignal(hand.wishes.folder_dialog_wished):
        qtbot.mouseClick(hand.button("Open folder…"), Qt.MouseButton.LeftButton)


def test_a_folder_without_pictures_says_so_and_offers_its_subfolders(hand, tmp_path, qtbot):
    """A click looks into the sub-folders; where these hold none either, that is said."""
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    (tmp_path / "empty" / "notes.txt").write_text("no picture")
    hand.open(tmp_path / "empty")
    hand.until(lambda: hand.sentence == "There are no pictures in this folder.")
    qtbot.mouseClick(hand.button("Include sub-folders"), Qt.MouseButton.LeftButton)
    hand.until(lambda: hand.sentence == "There are no pictures in this folder and its sub-folders.")
    assert hand.store.state.include_subfolders
    paint(tmp_path / "empty" / "inner" / "late.png")
    hand.until(lambda: hand.names == ["late.png"])


# Keys and mouse


def test_a_click_chooses(hand, forty):
    """The tile gets the outline; one click between tiles chooses nothing."""
    hand.open(forty)
    hand.click("4.png")
    assert hand.store.state.path == forty / "4.png"
    assert hand.outlined() == {"4.png"}
    hand.qtbot.mouseClick(hand.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(2, 40))
    assert hand.outlined() == {"4.png"}


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ([Qt.Key.Key_Right], 2),
        ([Qt.Key.Key_Down], 3),
        ([Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up], 2),
        ([Qt.Key.Key_Left], 1),
        ([Qt.Key.Key_Up], 1),
        ([Qt.Key.Key_End], 40),
        ([Qt.Key.Key_End, Qt.Key.Key_Home], 1),
        ([Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Down], 39),
        ([Qt.Key.Key_End, Qt.Key.Key_Down], 40),
        ([Qt.Key.Key_PageDown], 9),
        ([Qt.Key.Key_PageDown, Qt.Key.Key_PageUp], 1),
        ([Qt.Key.Key_Right, *[Qt.Key.Key_PageDown] * 9], 40),
        ([Qt.Key.Key_Right, *[Qt.Key.Key_PageDown] * 9, *[Qt.Key.Key_PageUp] * 9], 2),
    ],
)
def test_keys_walk_through_the_pictures(hand, forty, keys, chosen):
    """Arrows, Home, End and pages choose, and what they choose is in view."""
    hand.open(forty)
    hand.grid.setFocus()
    for key in keys:
        hand.key(key)
    assert hand.store.state.path == forty / f"{chosen}.png"
    assert hand.is_in_view(f"{chosen}.png")
    assert hand.outlined() == {f"{chosen}.png"}


def test_neighbours_lie_where_the_reader_is_heading(hand, forty):
    """The next first, on the way that the last key went: on, back, or down a column."""
    hand.open(forty)
    hand.click("20.png")
    hand.grid.setFocus()
    for key, chosen, neighbours in (
        (Qt.Key.Key_Right, 21, (22, 23, 20)),
        (Qt.Key.Key_Left, 20, (19, 18, 21)),
        (Qt.Key.Key_Down, 22, (24, 26, 20)),
        (Qt.Key.Key_Up, 20, (18, 16, 22)),
        (Qt.Key.Key_Home, 1, (2, 3)),
        (Qt.Key.Key_End, 40, (39, 38)),
    ):
        hand.key(key)
        paths = tuple(forty / f"{number}.png" for number in neighbours)
        assert hand.wished[-1] == (forty / f"{chosen}.png", paths)


def test_a_held_key_stays_fluent(hand, forty):
    """Of a key held down each repetition counts, and the last one is on the screen."""
    hand.open(forty)
    hand.grid.setFocus()
    for _ in range(25):
        press = QKeyEvent(
            QEvent.Type.KeyPress, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, "", True
        )
        QApplication.postEvent(hand.grid, press)
    hand.until(lambda: hand.store.state.path == forty / "26.png")
    assert [path.name for path, _ in hand.wished] == [f"{n}.png" for n in range(1, 27)]
    assert hand.outlined() == {"26.png"}


def test_enter_wishes_for_the_same_picture_again(hand, forty):
    """As after it was repaired."""
    hand.open(forty)
    hand.grid.setFocus()
    hand.wished.clear()
    hand.key(Qt.Key.Key_Return)
    assert [path for path, _ in hand.wished] == [forty / "1.png"]


def test_typing_letters_goes_to_the_name_that_begins_so(hand, tmp_path):
    """As in other lists of files; the next letters narrow it, the search goes around."""
    for name in ("apple", "banana", "blue", "cherry"):
        paint(tmp_path / f"{name}.png")
    hand.open(tmp_path)
    hand.grid.setFocus()
    hand.qtbot.keyClicks(hand.grid, "bl")
    assert hand.current == "blue.png"


def test_the_wheel_scrolls_by_lines(hand, forty):
    """One notch moves about one line of pictures."""
    hand.open(forty)
    before = hand.cell("11.png").top()
    middle = hand.grid.viewport().rect().center()
    event = QWheelEvent(
        middle.toPointF(),
        hand.grid.viewport().mapToGlobal(middle).toPointF(),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(hand.grid.viewport(), event)
    assert 60 <= before - hand.cell("11.png").top() <= 120


# Filter and order


def test_the_filter_narrows_as_one_types(hand, forty):
    """What is typed must be in the name; the title counts; the hidden choice comes back."""
    hand.open(forty)
    hand.type("3")
    hand.until(lambda: len(hand.names) == 13)
    assert hand.count == "13 of 40"
    assert hand.store.state.path == forty / "1.png"
    assert hand.outlined() == set()
    hand.key(Qt.Key.Key_Escape)
    hand.until(lambda: len(hand.names) == 40)
    assert hand.count == "40"
    assert hand.outlined() == {"1.png"}


def test_down_leads_from_the_filter_into_the_pictures(hand, forty):
    """Without waiting for the pause of typing; the first one is chosen."""
    hand.open(forty)
    hand.type("38")
    hand.until(lambda: hand.names == ["38.png"])
    hand.key(Qt.Key.Key_Down)
    assert hand.grid.hasFocus()
    assert hand.store.state.path == forty / "38.png"


def test_ctrl_f_leads_into_the_filter(hand, forty):
    """From the pictures, by the system's own key."""
    hand.open(forty)
    hand.grid.setFocus()
    hand.qtbot.keyClick(hand.grid, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    hand.until(hand.filter.hasFocus)


def test_a_filter_that_nothing_meets_says_so(hand, forty):
    """One sentence with what was typed, and the way back; the chosen picture stays."""
    hand.open(forty)
    hand.type("zebra")
    hand.until(lambda: hand.sentence == "No picture here has “zebra” in its name.")
    assert hand.count == "0 of 40"
    hand.qtbot.mouseClick(hand.button("Clear filter"), Qt.MouseButton.LeftButton)
    hand.until(lambda: len(hand.names) == 40)
    assert hand.outlined() == {"1.png"}
    assert len(hand.wished) == 1


def test_by_date_the_newest_is_first_and_the_choice_stays(hand, forty):
    """Its selection and its neighbours follow the new order, and it is in view."""
    for number in range(1, 41):
        os.utime(forty / f"{number}.png", (1e9 + number, 1e9 + number))
    hand.open(forty)
    hand.menu("Date")
    hand.until(lambda: hand.names[:2] == ["40.png", "39.png"])
    assert hand.store.state.path == forty / "1.png"
    assert hand.is_in_view("1.png")
    assert hand.store.state.neighbours == (forty / "2.png",)
    hand.menu("Name")
    hand.until(lambda: hand.names[:2] == ["1.png", "2.png"])
    assert hand.is_in_view("1.png")


def test_subfolders_join_when_wished(hand, tmp_path):
    """Their names tell the folder in the tooltip; without them they leave again."""
    paint(tmp_path / "top.png")
    paint(tmp_path / "inner" / "deep.png", "blue")
    hand.open(tmp_path)
    hand.menu("Include sub-folders")
    hand.until(lambda: hand.names == ["deep.png", "top.png"])
    hand.settle()
    assert hand.current == "top.png"
    assert os.path.join("inner", "deep.png") in hand.tooltip("deep.png")
    hand.click("deep.png")
    hand.menu("Include sub-folders")
    hand.until(lambda: hand.names == ["top.png"])
    assert hand.store.state.path == tmp_path / "inner" / "deep.png"


# Changes


def test_files_come_and_go_while_the_folder_is_open(hand, forty):
    """A new file appears in its place, a removed one disappears; the choice stays in view."""
    hand.open(forty)
    hand.click("4.png")
    paint(forty / "3a.png")
    hand.until(lambda: hand.names[2:5] == ["3.png", "3a.png", "4.png"])
    assert hand.outlined() == {"4.png"}
    (forty / "2.png").unlink()
    hand.until(lambda: "2.png" not in hand.names)
    assert hand.outlined() == {"4.png"}
    assert hand.count == "40"
    assert hand.store.state.path == forty / "4.png"


def test_what_is_in_view_stays_there_when_files_come(hand, forty):
    """Somebody who scrolled away from the choice is not thrown back."""
    hand.open(forty)
    hand.grid.verticalScrollBar().setValue(700)
    before = hand.cell("21.png").top()
    for name in ("0a.png", "0b.png"):
        paint(forty / name)
    hand.until(lambda: len(hand.names) == 42)
    assert hand.cell("21.png").top() == before
    assert hand.current == "1.png"


def test_when_the_chosen_file_vanishes_the_next_takes_its_place(hand, forty):
    """And at the end the one before; no box, no jump to the top."""
    hand.open(forty)
    hand.click("5.png")
    (forty / "5.png").unlink()
    hand.until(lambda: hand.store.state.path == forty / "6.png")
    hand.grid.setFocus()
    hand.key(Qt.Key.Key_End)
    (forty / "40.png").unlink()
    hand.until(lambda: hand.store.state.path == forty / "39.png")
    assert hand.is_in_view("39.png")


def test_when_all_files_vanish_the_panel_says_so(hand, tmp_path):
    """And they are chosen from again when new ones come."""
    paint(tmp_path / "only.png")
    hand.open(tmp_path)
    (tmp_path / "only.png").unlink()
    hand.until(lambda: hand.sentence == "There are no pictures in this folder.")
    paint(tmp_path / "next.png")
    hand.until(lambda: hand.store.state.path == tmp_path / "next.png")


def test_a_vanished_folder_is_one_sentence_until_it_is_back(hand, forty):
    """Then everything is as it was."""
    hand.open(forty)
    hand.click("4.png")
    away = forty.rename(forty.with_name("away"))
    hand.until(lambda: "The folder “forty” is not there." in hand.sentence)
    assert hand.count == ""
    assert hand.store.state.path == forty / "4.png"
    away.rename(forty)
    hand.until(lambda: hand.sentence == "" and len(hand.names) == 40)
    assert hand.outlined() == {"4.png"}


def test_a_change_in_a_subfolder_is_seen(hand, tmp_path):
    """Also where the folder's own time of change tells nothing."""
    paint(tmp_path / "a" / "b" / "1.png")
    hand.open(tmp_path, include_subfolders=True)
    paint(tmp_path / "a" / "b" / "2.png")
    hand.until(lambda: hand.names == ["1.png", "2.png"])


def test_a_change_without_a_word_is_seen_by_looking(hand, forty, monkeypatch):
    """Network folders announce nothing."""
    monkeypatch.setattr(folder_source, "MOST_WATCHED", 0)
    hand.open(forty)
    paint(forty / "41.png")
    hand.until(lambda: len(hand.names) == 41)


def test_a_picture_that_changes_gets_a_new_thumbnail(hand, forty):
    """As when somebody edits it: the folder itself does not change then."""
    hand.open(forty)
    hand.until(lambda: hand.color("2.png") == "blue")
    os.utime(paint(forty / "2.png", "green"), (2e9, 2e9))
    hand.until(lambda: hand.color("2.png") == "green")


# Files that cannot be read


def test_a_broken_file_is_shown_as_such_in_its_place(hand, forty, shared):
    """Its tooltip tells why, and the others are as they were."""
    odd = shared("data/odd_images/files")
    shutil.copy(odd / "made_zero_byte.jpg", forty / "2a.jpg")
    shutil.copy(odd / "avif__hopper.heif", forty / "2b.heif")
    hand.open(forty)
    hand.until(hand.visible_is_shown)
    assert hand.names[1:4] == ["2.png", "2a.jpg", "2b.heif"]
    assert "empty" in hand.tooltip("2a.jpg")
    assert "HEI" in hand.tooltip("2b.heif")
    assert hand.color("2.png") == "blue"
    assert "70 × 50" in hand.tooltip("2.png")
    described = Qt.ItemDataRole.AccessibleDescriptionRole
    assert "empty" in hand.grid.model().index(2, 0).data(described)


def test_every_odd_file_has_its_tile(hand, shared):
    """Scrolling through all of them shows each, and the panel lives on."""
    folder = shared("data/odd_images/files")
    hand.open(folder)
    bar = hand.grid.verticalScrollBar()
    while bar.value() < bar.maximum():
        bar.setValue(bar.value() + bar.pageStep())
        hand.until(hand.visible_is_shown)
        hand.grid.viewport().grab()
    hand.grid.setFocus()
    hand.key(Qt.Key.Key_End)
    assert hand.store.state.path == folder / hand.names[-1]


def test_names_that_look_like_markup_or_are_no_text_are_shown(hand, tmp_path):
    """A name is text, whatever is in it."""
    paint(tmp_path / "<b>bold<>.png")
    try:
        shutil.copy(tmp_path / "<b>bold<>.png", os.fsencode(tmp_path) + b"/caf\xe9.png")
    except OSError:
        pytest.skip("this file system takes text only")
    hand.open(tmp_path)
    assert hand.names == ["<b>bold<>.png", "caf\N{REPLACEMENT CHARACTER}.png"]
    hand.grid.viewport().grab()
    assert "&lt;b&gt;" in hand.tooltip("<b>bold<>.png")
    hand.click("caf\N{REPLACEMENT CHARACTER}.png")
    assert hand.store.state.path.is_file()


# Size and speed


def test_columns_follow_the_width(hand, forty):
    """Narrow: one; wide: five; what was chosen and in view stays so."""
    hand.open(forty)
    hand.click("7.png")
    for width, columns in ((150, 1), (520, 5), (237, 2)):
        hand.panel.resize(width, 500)
        hand.until(lambda columns=columns: hand.grid._arrangement.columns == columns)
        top = {hand.cell(f"{n}.png").top() for n in range(1, columns + 1)}
        assert len(top) == 1
        assert hand.is_in_view("7.png")
        last = hand.grid._arrangement.tile(columns - 1)
        assert last.right() < hand.grid.viewport().width()


def test_only_what_is_looked_at_is_decoded(hand, forty, monkeypatch):
    """The screen and one ahead; what was scrolled past is never begun."""
    begun: list[str] = []
    gate = threading.Event()
    real = thumbnails.read_picture

    def read(path, longest_side):
        begun.append(path.name)
        gate.wait(10)
        return real(path, longest_side)

    monkeypatch.setattr(thumbnails, "read_picture", read)
    for number in range(41, 201):
        shutil.copy(forty / "1.png", forty / f"{number}.png")
    hand.store.update(folder=forty)
    hand.until(lambda: len(begun) == thumbnail_loader.THREADS)
    bar = hand.grid.verticalScrollBar()
    for value in range(0, bar.maximum(), 200):
        bar.setValue(value)
        QApplication.processEvents()
    bar.setValue(bar.maximum())
    QApplication.processEvents()
    gate.set()
    hand.until(hand.visible_is_shown)
    screen = len(hand.grid._visible())
    assert len(begun) <= thumbnail_loader.THREADS + 2 * screen + 2
    assert "100.png" not in begun


def test_a_hundred_thousand_pictures_open_scroll_and_filter(hand, hundred_thousand):
    """The event loop goes on while they are listed; `benchmarks/folder.py` measures its halts."""
    folder = hundred_thousand
    beats: list[str] = []
    timer = QTimer(hand.panel, interval=2, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(hand.count))
    timer.start()
    hand.store.update(folder=folder)
    hand.until(lambda: hand.count == "100,000")
    hand.until(lambda: hand.store.state.path == folder / "0.jpg")
    bar = hand.grid.verticalScrollBar()
    for part in range(1, 20):
        bar.setValue(bar.maximum() * part // 20)
        hand.qtbot.wait(5)
    hand.type("9999")
    hand.until(lambda: hand.count == "19 of 100,000")
    hand.key(Qt.Key.Key_Escape)
    hand.grid.setFocus()
    hand.key(Qt.Key.Key_End)
    hand.until(lambda: hand.store.state.path == folder / "99999.jpg")
    timer.stop()
    assert sum(count != "100,000" for count in beats) > 10


def test_a_closed_panel_leaves_nothing_behind(qtbot, forty):
    """Threads and timers end with it, also in the middle of the work."""
    before = set(threading.enumerate())
    panel = FolderPanel(Wishes())
    panel.resize(*DOCK)
    panel.show()
    panel.display(State(), State(folder=forty))
    assert set(threading.enumerate()) - before
    gone: list[bool] = []
    panel.destroyed.connect(lambda: gone.append(True))
    panel.deleteLater()
    qtbot.waitUntil(lambda: bool(gone))
    assert set(threading.enumerate()) - before == set()


def test_a_hidden_panel_asks_for_no_thumbnails(hand, forty):
    """Where nobody looks nothing is decoded; shown again, it is complete."""
    hand.panel.hide()
    hand.store.update(folder=forty)
    hand.until(lambda: hand.store.state.path == forty / "1.png")
    hand.qtbot.wait(100)
    assert hand.panel._loader.store.nbytes == 0
    hand.panel.show()
    hand.until(hand.visible_is_shown)
    assert hand.outlined() == {"1.png"}


def test_screen_readers_are_told(hand):
    """Everything has a name."""
    for widget in (hand.filter, hand.grid, hand.panel.findChild(QToolButton), hand.panel):
        assert widget.accessibleName()


# Selected pictures


def select(hand: Hand, title: str, *paths: Path) -> None:
    hand.wishes.selection_chosen.connect(lambda chosen: hand.store.update(selection=chosen))
    hand.store.update(selection=Selection(title, paths))


def test_selected_pictures_stand_in_the_folders_place(hand, forty, tmp_path):
    """In their own order, wherever they lie; the first is chosen; what they share is said."""
    hand.open(forty)
    elsewhere = paint(tmp_path / "other" / "9.png", "blue")
    select(hand, "Bengal taken for Abyssinian", forty / "30.png", elsewhere, forty / "4.png")
    assert hand.names == ["30.png", "9.png", "4.png"]
    assert hand.wished[-1] == (forty / "30.png", (elsewhere, forty / "4.png"))
    assert hand.outlined() == {"30.png"}
    assert hand.count == "3"
    assert "3 pictures: Bengal taken for Abyssinian" in hand.sentence
    hand.until(lambda: hand.color("9.png") == "blue")


def test_keys_walk_through_selected_pictures(hand, forty):
    """As through a folder; the filter narrows them."""
    hand.open(forty)
    select(hand, "some", *(forty / f"{number}.png" for number in (31, 7, 13)))
    hand.grid.setFocus()
    hand.key(Qt.Key.Key_Right)
    assert hand.wished[-1][0] == forty / "7.png"
    hand.type("13")
    hand.until(lambda: hand.names == ["13.png"])
    assert hand.count == "1 of 3"


@pytest.mark.parametrize("how", ["mouse", "keys"])
def test_the_way_back_leads_to_the_folder(hand, forty, qtbot, how):
    """All its pictures again, and the chosen one is found among them."""
    hand.open(forty)
    select(hand, "some", forty / "31.png", forty / "7.png")
    if how == "mouse":
        (back,) = (b for b in hand.panel.findChildren(QToolButton) if b.text() == "✕")
        qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    else:
        hand.grid.setFocus()
        hand.key(Qt.Key.Key_Backspace)
    assert hand.store.state.selection is None
    assert len(hand.names) == 40
    assert hand.outlined() == {"31.png"}
    assert hand.is_in_view("31.png")
    assert hand.sentence == ""


def test_the_folder_may_change_while_others_are_selected(hand, forty):
    """What is selected stays; on the way back, the new picture is there."""
    hand.open(forty)
    select(hand, "some", forty / "31.png")
    paint(forty / "41.png")
    hand.until(lambda: len(hand.panel._listing.rows) == 41)
    assert hand.names == ["31.png"]
    hand.store.update(selection=None)
    assert len(hand.names) == 41


def test_a_selection_shown_after_another(hand, forty):
    """Only the newer one's pictures are there."""
    select(hand, "first", forty / "1.png", forty / "2.png")
    select(hand, "second", forty / "3.png")
    assert hand.names == ["3.png"]
    assert "1 picture: second" in hand.sentence


def test_a_selected_picture_that_is_gone_says_so(hand, forty):
    """Its place stays, with the reason."""
    select(hand, "some", forty / "1.png", forty / "gone.png")
    hand.until(hand.visible_is_shown)
    assert hand.names == ["1.png", "gone.png"]
    assert "gone.png" in hand.tooltip("gone.png")

"""The evaluation panel, used as a person uses it."""

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QTabBar, QToolButton

from explorer.errors import ExplorerError
from explorer.window.evaluation.class_table import ClassTable
from explorer.window.evaluation.figures import Figures
from explorer.window.evaluation.matrix_view import MatrixView
from explorer.window.evaluation.mistake_list import MistakeList
from explorer.window.panels.evaluation import EvaluationPanel
from explorer.window.parts.chart import Chart
from explorer.window.state import Evaluating, Selection

PETS = ("Abyssinian", "Bengal", "beagle", "pug", "samoyed", "sphynx")
COUNTS = [
    [8, 2, 0, 0, 0, 0],
    [5, 4, 1, 0, 0, 0],
    [0, 0, 10, 0, 0, 0],
    [0, 0, 3, 7, 0, 0],
    [0, 0, 0, 0, 10, 0],
    [0, 0, 0, 0, 0, 0],
]


class Hand:
    """Acts on the panel and hears what it wishes."""

    def __init__(self, shown, qtbot) -> None:
        self.shown, self.panel, self.qtbot = shown, shown.panel, qtbot
        self.selections: list[Selection] = []
        self.chosen: list[tuple[Path, tuple[Path, ...]]] = []
        shown.wishes.selection_chosen.connect(self.selections.append)
        shown.wishes.picture_chosen.connect(lambda *wish: self.chosen.append(wish))

    def turn_to(self, name: str) -> None:
        tabs = self.shown.find(QTabBar)
        place = [tabs.tabText(each) for each in range(tabs.count())].index(name)
        self.click(tabs, tabs.tabRect(place).center())

    def click(self, widget, place: QPoint) -> None:
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)

    @property
    def texts(self) -> str:
        labels = [label for label in self.panel.findChildren(QLabel) if label.isVisible()]
        return "\n".join(label.text() for label in labels)

    @property
    def selected(self) -> tuple[str, list[str]]:
        """What was selected last: its title, and the names of the files."""
        return self.selections[-1].title, [path.name for path in self.selections[-1].paths]


@pytest.fixture
def evaluation(make_evaluation):
    return make_evaluation(COUNTS, PETS, unreadable={"broken.jpg": "broken.jpg is empty."})


@pytest.fixture
def hand(show, qtbot, evaluation) -> Hand:
    evaluating = Evaluating(Path("run"), "fake on pets/val", evaluation=evaluation)
    return Hand(show(EvaluationPanel, size=(420, 480), evaluating=evaluating), qtbot)


def test_the_figures_stand_above(hand):
    """39 of 50 right, all of them among five; and what it is about."""
    said = [label.text() for label in hand.shown.find(Figures).findChildren(QLabel)]
    assert said[:2] == ["78.0 %", "top-1"]
    assert "fake on pets/val" in hand.texts
    assert "50 pictures, 11 mistakes" in hand.texts
    assert "matched by their names" in hand.texts


def test_few_classes_have_no_top_5(show, qtbot, make_evaluation):
    """It would always be 100 %."""
    evaluating = Evaluating(Path("run"), "", evaluation=make_evaluation([[3, 1], [0, 4]]))
    hand = Hand(show(EvaluationPanel, evaluating=evaluating), qtbot)
    assert "top-5" not in hand.texts
    assert "top-1" in hand.texts


def column(table: ClassTable, place: int) -> list[str]:
    model = table.model()
    return [model.index(row, place).data() for row in range(model.rowCount())]


def test_the_hardest_class_stands_first(hand):
    """Each with what it is taken for; one without any picture is left out."""
    table = hand.shown.find(ClassTable)
    assert column(table, 0) == ["Bengal", "pug", "Abyssinian", "beagle", "samoyed"]
    assert column(table, 1) == ["40 %", "70 %", "80 %", "100 %", "100 %"]
    assert column(table, 2)[:2] == ["5 · Abyssinian", "3 · beagle"]


@pytest.mark.parametrize("width", [300, 420])
def test_what_a_class_is_taken_for_is_whole(hand, width):
    """Also in a narrow panel: numbers of pictures are a scroll away, this says more."""
    hand.panel.resize(width, 480)
    table = hand.shown.find(ClassTable)
    wanted = table.fontMetrics().horizontalAdvance("5 · Abyssinian")
    hand.qtbot.waitUntil(lambda: table.columnWidth(2) > wanted + 10)


@pytest.mark.parametrize(
    ("by", "first"), [(0, "Abyssinian"), (2, "beagle"), (3, "Abyssinian"), (5, "Abyssinian")]
)
def test_a_click_on_a_title_sorts(hand, by, first):
    """Names as names, numbers as numbers."""
    table = hand.shown.find(ClassTable)
    header = table.header()
    table.horizontalScrollBar().setValue(table.horizontalScrollBar().maximum() if by == 5 else 0)
    hand.click(header.viewport(), QPoint(header.sectionViewportPosition(by) + 12, 10))
    found = column(table, 0)
    ordered = column(table, by)
    assert found[0] == first or ordered[0] == ordered[found.index(first)]
    assert table.header().sortIndicatorSection() == by


def test_a_click_opens_the_pictures_of_a_class(hand):
    """All of them, what the model finds least like it first."""
    table = hand.shown.find(ClassTable)
    hand.click(table.viewport(), table.visualRect(table.model().index(1, 0)).center())
    title, names = hand.selected
    assert title == "pug, the least recognised first"
    assert len(names) == 10
    assert all(name.startswith("3_") for name in names)


def test_enter_opens_the_pictures_of_a_class(hand):
    """From the keyboard."""
    table = hand.shown.find(ClassTable)
    table.setFocus()
    hand.qtbot.keyClick(table, Qt.Key.Key_Down)
    hand.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert hand.selected[0].startswith("pug")


def test_a_cell_of_the_matrix_opens_its_pictures(hand):
    """Those of Bengal that are taken for Abyssinian, the surest first; recognised ones, too."""
    hand.turn_to("Matrix")
    matrix = hand.shown.find(MatrixView)
    hand.click(matrix, matrix.cell_rect(1, 0).center().toPoint())
    title, names = hand.selected
    assert title == "Bengal taken for Abyssinian"
    assert names == ["1_14.png", "1_13.png", "1_12.png", "1_11.png", "1_10.png"]
    hand.click(matrix, matrix.cell_rect(4, 4).center().toPoint())
    assert hand.selected[0] == "samoyed, recognised"
    assert "10 of 10 samoyed recognised" in hand.texts


def test_calibration_is_said_and_can_be_read(hand):
    """A verdict in words; the arrow keys read the curve."""
    hand.turn_to("Calibration")
    assert "79.5 % sure on average, and 78.0 % right: as sure as it should be" in hand.texts
    hand.qtbot.keyClick(hand.shown.find(Chart), Qt.Key.Key_Right)
    assert "sure 0" in hand.texts


def test_mistakes_are_shown_with_their_pictures(hand):
    """The surest first; a click opens it, with those that follow as neighbours."""
    hand.turn_to("Mistakes")
    mistakes = hand.shown.find(MistakeList)
    assert mistakes.model().rowCount() == 11
    assert mistakes.model().index(0).data() == "beagle  0.855, is pug  0.029"
    first = mistakes.visualRect(mistakes.model().index(0))
    inside = QPoint(first.left() + 40, first.center().y())

    def is_seen() -> bool:
        seen = mistakes.viewport().grab().toImage().pixelColor(inside)
        return seen.red() > 150 and seen.green() > 150 and seen.blue() < 90  # a pug is yellow

    hand.qtbot.waitUntil(is_seen)
    hand.click(mistakes.viewport(), first.center())
    path, neighbours = hand.chosen[-1]
    assert path.name == "3_32.png"
    assert [each.name for each in neighbours] == ["3_31.png", "3_30.png"]
    mistakes.setFocus()
    hand.qtbot.keyClick(mistakes, Qt.Key.Key_Down)
    hand.qtbot.keyClick(mistakes, Qt.Key.Key_Return)
    assert hand.chosen[-1][0].name == "3_31.png"


def button(hand: Hand, text: str) -> QPushButton | QToolButton:
    kinds = (*hand.panel.findChildren(QPushButton), *hand.panel.findChildren(QToolButton))
    (found,) = (each for each in kinds if each.text() == text and each.isVisible())
    return found


def test_what_was_left_out_can_be_seen(hand):
    """The broken pictures, in the folder panel, which says why."""
    hand.click(button(hand, "1 left out"), QPoint(5, 5))
    assert hand.selected == ("left out, for they cannot be read", ["broken.jpg"])


def test_where_there_is_room_the_matrix_stands_beside_the_pages(hand):
    """And becomes a page again in a narrow panel."""
    tabs, matrix = hand.shown.find(QTabBar), hand.shown.find(MatrixView)
    hand.panel.resize(1000, 600)
    hand.qtbot.waitUntil(lambda: matrix.isVisible() and hand.shown.find(ClassTable).isVisible())
    assert not tabs.isTabVisible(1)
    hand.panel.resize(420, 480)
    hand.qtbot.waitUntil(lambda: not matrix.isVisible())
    assert tabs.isTabVisible(1)
    hand.turn_to("Matrix")
    assert matrix.isVisible()


def test_while_it_is_made_it_can_be_cancelled(show, qtbot):
    """It says which model looks at which pictures."""
    hand = Hand(show(EvaluationPanel, evaluating=Evaluating(Path("x"), "m on pets", 0.4)), qtbot)
    wished = []
    hand.shown.wishes.evaluation_wished.connect(wished.append)
    assert "m on pets" in hand.texts
    hand.click(button(hand, "Cancel"), QPoint(5, 5))
    assert wished == [None]


def test_a_problem_is_a_sentence_and_a_way_on(show, qtbot):
    """Why there is no evaluation, and a button for another one."""
    problem = ExplorerError("The classes do not fit.", hint="Fine-tune it first.")
    evaluating = Evaluating(Path("x"), "m on pets", problem=problem)
    hand = Hand(show(EvaluationPanel, evaluating=evaluating), qtbot)
    assert "The classes do not fit. Fine-tune it first." in hand.texts
    with qtbot.waitSignal(hand.shown.wishes.evaluation_dialog_wished):
        hand.click(button(hand, "Evaluate…"), QPoint(5, 5))


@pytest.mark.parametrize("width", [292, 420])
def test_figures_never_touch(show, qtbot, evaluation, width):
    """Also in a window that is 900 pixels wide: they are written smaller, and whole."""
    evaluating = Evaluating(Path("run"), "", evaluation=evaluation)
    hand = Hand(show(EvaluationPanel, size=(width, 480), evaluating=evaluating), qtbot)
    labels = [one for one in hand.shown.find(Figures).findChildren(QLabel) if one.isVisible()]
    values = [label for label in labels if label.accessibleName()]
    assert len(values) == 5
    for value in values:
        assert value.width() >= value.fontMetrics().horizontalAdvance(value.text())
    for one, following in pairwise(values):
        assert one.geometry().right() + 8 < following.geometry().left()

"""The confusion matrix on screen: what is seen, what it says, where mouse and keys lead."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.window.evaluation.matrix_view import MatrixView

PETS = ("Abyssinian", "Bengal", "beagle")
COUNTS = [[8, 2, 0], [5, 4, 1], [0, 0, 10]]


@pytest.fixture
def view(qtbot, make_evaluation) -> MatrixView:
    made = MatrixView()
    qtbot.addWidget(made)
    made.resize(360, 340)
    made.said = []
    made.opened = []
    made.read.connect(made.said.append)
    made.cell_chosen.connect(lambda *cell: made.opened.append(cell))
    made.show_evaluation(make_evaluation(COUNTS, PETS, draws=False))
    with qtbot.waitExposed(made):
        made.show()
    return made


def middle(view: MatrixView, row: int, column: int) -> QPoint:
    return view.cell_rect(row, column).center().toPoint()


def hue(view: MatrixView, row: int, column: int) -> tuple[int, int, int]:
    """The colour of a cell, beside what is written in it."""
    place = view.cell_rect(row, column).topLeft().toPoint() + QPoint(6, 6)
    return view.grab().toImage().pixelColor(place).getRgb()[:3]


def test_right_and_wrong_have_their_colours(view):
    """The diagonal is green, mistakes are orange, and more of them is stronger."""
    red, green, blue = hue(view, 2, 2)
    assert green > red
    red, green, blue = hue(view, 1, 0)
    assert red > green > blue
    ground, few, many = hue(view, 0, 2), hue(view, 0, 1), hue(view, 1, 0)
    away = [np.abs(np.subtract(each, ground)).sum() for each in (few, many)]
    assert 30 < away[0] < away[1]


def test_it_begins_with_the_most_frequent_mistake(view):
    """In words, before anybody points at anything."""
    assert view.said == ["5 of 10 Bengal taken for Abyssinian"]
    assert view.accessibleDescription() == view.said[0]


def test_the_mouse_reads_cells(view, qtbot):
    """Each in words; the current one again when it leaves."""
    qtbot.mouseMove(view, middle(view, 0, 0))
    qtbot.waitUntil(lambda: view.said[-1] == "8 of 10 Abyssinian recognised")
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert view.said[-1] == "5 of 10 Bengal taken for Abyssinian"
    place = middle(view, 1, 2)
    event = QHelpEvent(QEvent.Type.ToolTip, place, view.mapToGlobal(place))
    QApplication.sendEvent(view, event)
    assert QToolTip.text() == "1 of 10 Bengal taken for beagle"


def test_a_click_opens_a_cell_that_has_pictures(view, qtbot):
    """And none that is empty."""
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(view, 0, 1))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(view, 0, 2))
    assert view.opened == [(0, 1)]


def test_keys_do_what_the_mouse_does(view, qtbot):
    """Arrows walk from the most frequent mistake, Enter opens, edges hold."""
    view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(view, key)
    assert view.opened == [(1, 1)]
    assert view.said[-1] == "2 of 10 Abyssinian taken for Bengal"
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.opened[-1] == (0, 1)


def test_names_are_written_where_they_fit(view):
    """Three classes have room for their names beside the cells; forty in a small panel have not."""
    left, _ = view._beside()
    assert left > 60
    image = view.grab().toImage()
    row = view.cell_rect(0, 0)
    inked = [
        image.pixelColor(x, int(row.center().y()) + y) != image.pixelColor(1, 1)
        for x in range(24, int(row.left()) - 6)
        for y in range(-5, 6)
    ]
    assert any(inked)


def large(view: MatrixView, make_evaluation, classes: int) -> None:
    """Show a matrix of many classes, with one mistake that is frequent."""
    counts = np.eye(classes, dtype=int)
    counts[classes - 3, 2] = 4
    view.show_evaluation(make_evaluation(counts, draws=False))


def wheel(view: MatrixView, place: QPoint, notches: int) -> None:
    at, none = QPointF(place), Qt.MouseButton.NoButton
    no_key, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    globally = QPointF(view.mapToGlobal(place))
    turn = QPoint(0, 120 * notches)
    event = QWheelEvent(at, globally, QPoint(), turn, none, no_key, phase, False)
    QApplication.sendEvent(view, event)


def test_a_thousand_classes_can_be_read_and_zoomed(view, make_evaluation, qtbot):
    """The one mistake is found at its pixel; by wheel it becomes a cell that can be clicked."""
    large(view, make_evaluation, 1000)
    assert view.said[-1] == "4 of 5 class 997 taken for class 2"
    begins = view.cell_rect(997, 2).topLeft()
    place = QPoint(int(begins.x()), int(begins.y()))  # a pixel that it shares with others
    qtbot.mouseMove(view, place)
    for _ in range(20):
        wheel(view, place, 1)
    rect = view.cell_rect(997, 2)
    assert rect.width() > 15
    assert (rect.center().toPoint() - place).manhattanLength() < 100  # names came and took room
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=rect.center().toPoint())
    assert view.opened == [(997, 2)]


def test_dragging_moves_and_opens_nothing(view, make_evaluation, qtbot):
    """What was grasped stays under the mouse."""
    large(view, make_evaluation, 100)
    view.setFocus()
    for _ in range(5):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    row, column = view._part.row + 2, view._part.column + 1
    start = middle(view, row, column)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    moved = start + QPoint(0, 2 * round(view.cell_rect(row, column).height()))
    qtbot.mouseMove(view, moved)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=moved)
    assert (middle(view, row, column) - moved).manhattanLength() < 4
    assert view.opened == []


def test_keys_zoom_and_bring_cells_into_sight(view, make_evaluation, qtbot):
    """Plus and minus, then Home to a cell that was out of sight."""
    large(view, make_evaluation, 100)
    view.setFocus()
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view._part.shown < 30
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.rect().contains(middle(view, 97, 99))
    for _ in range(8):
        qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view._part.shown == 100


def test_a_matrix_of_a_thousand_classes_is_one_picture(view, make_evaluation, monkeypatch):
    """Cells too small for texts have none, and a repaint paints no cell anew."""
    large(view, make_evaluation, 1000)
    done: list[str] = []

    def watch(name: str) -> None:
        usual = getattr(view, name)
        monkeypatch.setattr(view, name, lambda *given: done.append(name) or usual(*given))

    watch("_elided")
    watch("_painted")
    view._refresh()
    view.repaint()
    view.repaint()
    assert done.count("_painted") == 1
    assert done.count("_elided") == 0

"""A box tells what a person chose, and only that."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer.window.parts.choice_box import ChoiceBox


@pytest.fixture
def box(qtbot) -> ChoiceBox[str]:
    made = ChoiceBox[str]("Fruit")
    qtbot.addWidget(made)
    made.offer([("a", "apple"), ("b", "banana"), ("c", "cherry")])
    made.show()
    return made


def test_showing_never_announces(box: ChoiceBox[str], qtbot):
    """Setting a value, other choices or other names says nothing."""
    with qtbot.assertNotEmitted(box.chosen):
        box.show_value("b")
        box.offer([("b", "blueberry"), ("d", "date")])
        box.show_value("d")
        box.show_value("none of them")
    assert box.currentIndex() == -1


def test_a_key_chooses(box: ChoiceBox[str], qtbot):
    """A person's choice is told with its value, not its place."""
    box.show_value("a")
    with qtbot.waitSignal(box.chosen) as chosen:
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert chosen.args == ["b"]


def test_value_survives_other_choices(box: ChoiceBox[str]):
    """What is chosen stays chosen where it moves to another place."""
    box.show_value("c")
    box.offer([("c", "cherry"), ("x", "xigua")])
    assert box.value() == "c"
    assert box.currentText() == "cherry"


def test_room_for_what_is_to_come(box: ChoiceBox[str]):
    """The width holds the widest text that is expected, and stays when that comes."""
    names = [("a", "apple"), ("p", "row 1, column 1")]
    box.offer(names, "row 24, column 24")
    wide = box.sizeHint().width()
    box.offer([names[0], ("p", "row 24, column 24")], "row 24, column 24")
    assert box.sizeHint().width() == wide
    assert wide > box.fontMetrics().horizontalAdvance("row 24, column 24")

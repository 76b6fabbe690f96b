"""Widgets in lines: none is cut, none overlaps another."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from explorer.window.parts.flow_layout import FlowLayout


class Block(QWidget):
    def __init__(self, width: int, height: int = 20) -> None:
        super().__init__()
        self._size = QSize(width, height)

    def sizeHint(self) -> QSize:
        return self._size


@pytest.fixture
def bar(qtbot):
    def build(width: int, *blocks: Block) -> QWidget:
        shown = QWidget()
        qtbot.addWidget(shown)
        row = FlowLayout(shown, spacing=5)
        row.setContentsMargins(10, 4, 10, 6)
        for block in blocks:
            row.addWidget(block)
        shown.resize(width, row.heightForWidth(width))
        shown.show()
        return shown

    return build


def test_one_line_where_there_is_room(bar):
    """Side by side, in the middle of the line, with margins around."""
    blocks = Block(50), Block(60, 30)
    shown = bar(200, *blocks)
    assert blocks[0].geometry().getRect() == (10, 9, 50, 20)
    assert blocks[1].geometry().getRect() == (65, 4, 60, 30)
    assert shown.height() == 4 + 30 + 6


def test_another_line_where_there_is_none(bar):
    """What does not fit goes below, from the left."""
    blocks = Block(50), Block(50), Block(40)
    shown = bar(130, *blocks)
    assert blocks[2].geometry().getRect() == (10, 4 + 20 + 5, 40, 20)
    assert shown.height() == 4 + 20 + 5 + 20 + 6


def test_the_hidden_take_no_room(bar):
    """The next one takes the place."""
    blocks = Block(50), Block(60), Block(40)
    blocks[1].hide()
    shown = bar(130, *blocks)
    assert blocks[2].x() == 10 + 50 + 5
    assert shown.height() == 4 + 20 + 6


def test_too_narrow_for_any(bar):
    """A widget is no wider than the room, and has a line of its own."""
    blocks = Block(50), Block(300)
    shown = bar(120, *blocks)
    assert blocks[1].width() == shown.width() - 20
    assert blocks[1].y() > blocks[0].y()

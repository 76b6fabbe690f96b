"""The bar that tells what went wrong, in much room and in little."""

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from explorer.errors import WeightsMissing
from explorer.window.parts.notice import Notice
from explorer.window.state import Wishes


@pytest.mark.parametrize(("width", "beside"), [(1000, True), (360, False)])
def test_the_sentence_has_the_room_that_it_needs(qtbot, width, beside):
    """Where it is narrow, the button stands below the sentence and takes none of its width."""
    notice = Notice(Wishes())
    qtbot.addWidget(notice)
    notice.resize(640, 40)
    notice.show_problem(WeightsMissing("The weights of vit are not on this machine.", "Get them."))
    notice.resize(width, 120)
    text = next(label for label in notice.findChildren(QLabel) if "weights" in label.text())
    (button,) = (b for b in notice.findChildren(QPushButton) if b.text() == "Download")
    qtbot.waitUntil(lambda: (button.x() > text.geometry().right()) == beside)
    assert (button.y() > text.geometry().bottom()) == (not beside)
    assert notice.rect().contains(button.geometry())

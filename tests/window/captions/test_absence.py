"""What stands where there is no caption: whatever the room, it can be read and answered."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea

from explorer.window.captions.absence import Absence

SENTENCE = (
    "The weights of catr-v3 are not on this machine. Download them (at least 337 MB), or open a "
    "local checkpoint."
)


@pytest.fixture
def absence(qtbot):
    made = Absence()
    qtbot.addWidget(made)
    made.say(SENTENCE, ("Download (337 MB)", lambda: None), ("Choose another…", lambda: None))
    made.show()
    return made


@pytest.mark.parametrize(("width", "height"), [(180, 260), (460, 90), (760, 70)])
def test_all_is_seen(absence, qtbot, width, height):
    """In a side dock, below a small window's picture, below a large one's: nothing is cut."""
    absence.resize(900, 300)
    absence.resize(width, height)
    assert absence.width() == width
    sentence, area = absence.findChild(QLabel), absence.findChild(QScrollArea)
    qtbot.waitUntil(lambda: sentence.size() == area.viewport().size())  # it is not scrolled
    assert sentence.heightForWidth(sentence.width()) <= sentence.height()
    buttons = absence.findChildren(QPushButton)
    places = [QRect(each.mapTo(absence, QPoint()), each.size()) for each in (area, *buttons)]
    assert all(absence.rect().contains(place) for place in places)
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    assert all(each.width() >= each.sizeHint().width() for each in buttons)


def test_keys_scroll_what_has_no_room(absence, qtbot):
    """A sentence that is longer than its place takes keys; a short one does not."""
    area = absence.findChild(QScrollArea)
    absence.resize(460, 90)
    absence.say(5 * SENTENCE)
    qtbot.waitUntil(lambda: bool(area.focusPolicy()))
    absence.say("Choose a picture to have it described.")
    qtbot.waitUntil(lambda: not area.focusPolicy())

"""What stands where there is nothing to show, with the next steps as buttons."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from .empty_state import EmptyState
from .offers import Offer, Offers


class Invitation(QWidget):
    """A quiet sentence, and buttons where one click helps."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence = EmptyState()
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        down = QBoxLayout.Direction.TopToBottom
        self._offers = Offers(down, 6, Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._sentence, 2)
        column.addLayout(self._offers)
        column.addStretch(3)

    def say(self, sentence: str, *offers: Offer) -> None:
        """Show a sentence, and a button for each offer."""
        self._sentence.setText(sentence)
        self._offers.offer(offers)

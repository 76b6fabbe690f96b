"""What stands where there is nothing to show, with the next step as a button."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from .empty_state import EmptyState


class Invitation(QWidget):
    """A quiet sentence, and a button where one click helps."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence = EmptyState()
        self._button = QPushButton()
        self._act: Callable[[], None] | None = None
        self._button.clicked.connect(self._clicked)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._sentence, 2)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, sentence: str, button: str = "", act: Callable[[], None] | None = None) -> None:
        """Show a sentence; with `act`, offer it under the words of `button`."""
        self._sentence.setText(sentence)
        self._button.setText(button)
        self._button.setVisible(act is not None)
        self._act = act

    def _clicked(self) -> None:
        if self._act is not None:
            self._act()

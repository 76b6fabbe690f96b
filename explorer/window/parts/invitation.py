"""What stands where there is nothing to show, with the next steps as buttons."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from .empty_state import EmptyState


class Invitation(QWidget):
    """A quiet sentence, and buttons where one click helps."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence = EmptyState()
        self._buttons: list[QPushButton] = []
        self._acts: list[Callable[[], None]] = []  # what each button that is shown does
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self._offered = QVBoxLayout()
        self._offered.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._sentence, 2)
        column.addLayout(self._offered)
        column.addStretch(3)

    def say(self, sentence: str, *offers: tuple[str, Callable[[], None]]) -> None:
        """Show a sentence, and a button for each offer: its words, and what it does."""
        self._sentence.setText(sentence)
        self._acts = [act for _, act in offers]
        while len(self._buttons) < len(offers):
            self._add_button(len(self._buttons))
        for place, button in enumerate(self._buttons):
            is_offered = place < len(offers)
            button.setText(offers[place][0] if is_offered else "")
            button.setVisible(is_offered)

    def _add_button(self, place: int) -> None:
        button = QPushButton(autoDefault=False)
        button.clicked.connect(lambda _checked=False: self._acts[place]())
        self._offered.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._buttons.append(button)

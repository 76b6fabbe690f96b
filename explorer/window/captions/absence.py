"""What stands in the panel where there is no caption: why, and the next steps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

BESIDE = 360  # pixels: from here on the buttons stand beside the sentence, else below it
Offer = tuple[str, Callable[[], None]]  # a button's words, and what it does


class Absence(QWidget):
    """A quiet sentence with buttons, for a place that may be low or narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._acts: list[Callable[[], None]] = []
        self._sentence = QLabel()
        self._sentence.setProperty("quiet", True)
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._buttons: list[QPushButton] = []
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(12, 6, 12, 6)
        self._box.setSpacing(8)
        self._box.addWidget(self._sentence, 1)

    def say(self, sentence: str, *offers: Offer) -> None:
        """Show a sentence, and a button for each offer."""
        self._sentence.setText(sentence)
        self._acts = [act for _, act in offers]
        while len(self._buttons) < len(offers):
            self._add_button(len(self._buttons))
        for place, button in enumerate(self._buttons):
            is_offered = place < len(offers)
            button.setText(offers[place][0] if is_offered else "")
            button.setVisible(is_offered)

    def _add_button(self, place: int) -> None:
        button = QPushButton()
        button.clicked.connect(lambda _checked=False: self._acts[place]())
        self._box.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._buttons.append(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        beside = self.width() >= BESIDE
        direction = QBoxLayout.Direction
        self._box.setDirection(direction.LeftToRight if beside else direction.TopToBottom)

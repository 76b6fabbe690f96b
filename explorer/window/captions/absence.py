"""What stands in the panel where there is no caption: why, and the next steps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

BESIDE = 360  # pixels: from here on the buttons stand beside the sentence, else below it
IN_LINE = 560  # from here on beside each other, else one below the other: sentences need room
Offer = tuple[str, Callable[[], None]]  # a button's words, and what it does
_ACROSS, _DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


class Absence(QWidget):
    """A quiet sentence with buttons, for a place that may be low or narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._acts: list[Callable[[], None]] = []
        self._buttons: list[QPushButton] = []
        self._sentence = QLabel()
        self._sentence.setProperty("quiet", True)
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._offers = QBoxLayout(_ACROSS)
        self._offers.setSpacing(8)
        self._box = QBoxLayout(_ACROSS, self)
        self._box.setContentsMargins(12, 6, 12, 6)
        self._box.setSpacing(8)
        self._box.addWidget(_scrolled(self._sentence), 1)
        self._box.addLayout(self._offers)

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
        self._offers.addWidget(button)
        self._buttons.append(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._box.setDirection(_ACROSS if self.width() >= BESIDE else _DOWN)
        self._offers.setDirection(_ACROSS if self.width() >= IN_LINE else _DOWN)


def _scrolled(text: QLabel) -> QScrollArea:
    """A text that scrolls, also by keys, where all of it has no room."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumHeight(text.fontMetrics().height())
    area.setWidget(text)
    policy = Qt.FocusPolicy
    area.setFocusPolicy(policy.NoFocus)
    area.verticalScrollBar().rangeChanged.connect(
        lambda _low, high: area.setFocusPolicy(policy.TabFocus if high else policy.NoFocus)
    )
    return area

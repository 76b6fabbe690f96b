"""What stands in the panel where there is no caption: why, and the next steps."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from ..parts.offers import Offer, Offers

BESIDE = 360  # pixels: from here on the buttons stand beside the sentence, else below it
IN_LINE = 560  # from here on beside each other, else one below the other: sentences need room
ASIDE, ABOVE, GAP = 12, 6, 8
_ACROSS, _DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


class Absence(QWidget):
    """A quiet sentence with buttons, for a place that may be low or narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence = QLabel()
        self._sentence.setProperty("quiet", True)
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._seen = _scrolled(self._sentence)
        self._offers = Offers(_ACROSS, GAP)
        self._arrange()

    def _arrange(self) -> None:
        self._box = QBoxLayout(_ACROSS, self)
        self._box.setContentsMargins(ASIDE, ABOVE, ASIDE, ABOVE)
        self._box.setSpacing(0)
        self._box.addStretch()
        self._box.addWidget(self._seen, 1)
        self._box.addSpacing(GAP)
        self._box.addLayout(self._offers)
        self._box.addStretch()
        self._box.setAlignment(self._offers, Qt.AlignmentFlag.AlignVCenter)
        self._box.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)

    def say(self, sentence: str, *offers: Offer) -> None:
        """Show a sentence, and a button for each offer."""
        self._sentence.setText(sentence)
        self._offers.offer(offers)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Of the narrowest arrangement, so that each can become it."""
        return QSize(150, 2 * self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        is_beside = self.width() >= BESIDE
        self._box.setDirection(_ACROSS if is_beside else _DOWN)
        self._offers.setDirection(_DOWN)
        room = self.height() - 2 * ABOVE - self._offers.sizeHint().height()
        if self.width() >= IN_LINE or (is_beside and room < 0):
            self._offers.setDirection(_ACROSS)
        line = self.fontMetrics().height()
        wanted = self._sentence.heightForWidth(self.width() - 2 * ASIDE)
        below = max(line, min(wanted, room - GAP))
        self._seen.setMinimumHeight(line if is_beside else below)
        self._seen.setMaximumHeight(self.height() if is_beside else below)
        for end in (0, self._box.count() - 1):  # below each other, both stand in the middle
            self._box.setStretch(end, 0 if is_beside else 1)


def _scrolled(text: QLabel) -> QScrollArea:
    """A text that scrolls, also by keys, where all of it has no room."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(text)
    policy = Qt.FocusPolicy
    area.setFocusPolicy(policy.NoFocus)
    area.verticalScrollBar().rangeChanged.connect(
        lambda _low, high: area.setFocusPolicy(policy.TabFocus if high else policy.NoFocus)
    )
    return area

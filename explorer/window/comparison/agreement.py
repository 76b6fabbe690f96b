"""How far two maps agree, in two numbers."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...explain.difference import Difference
from ..parts.numbers import MINUS, format_probability

NUMBER_PIXELS = 19
NOTHING = "–"


class Measure(QWidget):
    """A number, and below it what it measures."""

    def __init__(self, words: str, explanation: str) -> None:
        super().__init__()
        self._words = words
        self._number = QLabel(NOTHING)
        font = QFont(self._number.font())
        font.setPixelSize(NUMBER_PIXELS)
        self._number.setFont(font)
        below = QLabel(words)
        below.setProperty("quiet", True)
        below.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._number)
        column.addWidget(below)
        self.setToolTip(explanation)

    def show_number(self, text: str) -> None:
        self._number.setText(text)
        self.setAccessibleName(f"{self._words}: {text}")


class Agreement(QWidget):
    """Correlation and divergence of two maps, where both models saw."""

    def __init__(self) -> None:
        super().__init__()
        self._correlation = Measure(
            self.tr("correlation (Pearson)"),
            self.tr(
                "How alike both maps are over the patches that both models saw: "
                "1 where they rise and fall together, 0 where they have nothing to do with each "
                "other, −1 where one falls as the other rises"
            ),
        )
        self._divergence = Measure(
            self.tr("divergence (Jensen–Shannon)"),
            self.tr(
                "How well one look at a patch tells which map it was drawn from: "
                "0 bits where both maps are alike, 1 bit where they have no patch in common"
            ),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self._correlation)
        column.addWidget(self._divergence)
        column.addStretch(1)

    def show_difference(self, made: Difference | None) -> None:
        """Show how far two maps agree; dashes where that is not known yet, or means nothing."""
        correlation = made.correlation if made is not None else None
        divergence = made.divergence if made is not None else None
        self._correlation.show_number(
            NOTHING if correlation is None else f"{correlation:.2f}".replace("-", MINUS)
        )
        bits = self.tr("{0} bits")
        self._divergence.show_number(
            NOTHING if divergence is None else bits.format(format_probability(divergence))
        )

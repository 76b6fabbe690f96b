"""The one button of a place that is the next step."""

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QPushButton, QWidget


class AccentButton(QPushButton):
    """Filled with the accent."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setDefault(True)
        # The style sheet makes default buttons bolder, but Qt makes no room for that.
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)

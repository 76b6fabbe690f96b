"""A button whose menu offers choices, for places where a box would be too loud."""

from __future__ import annotations

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton


class ChoiceButton(QToolButton):
    """Flat; each choice explains itself. `choices.triggered` tells what a person chose."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.choices = QActionGroup(self)
        self.setProperty("flat", True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(name)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.setMenu(menu)

    def add_choice(self, text: str, explanation: str) -> QAction:
        """Offer one more, of which one at a time is checked."""
        action = self.choices.addAction(text)
        action.setCheckable(True)
        action.setToolTip(explanation)
        self.menu().addAction(action)
        return action

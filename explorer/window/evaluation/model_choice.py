"""Which model is evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from ...records import Weights
from ..parts.elided_label import ElidedLabel
from ..state import Which

Chosen = Which | Weights


class ModelChoice(QWidget):
    """The model's name, and a menu: those that are open, the best of runs, ways to all others."""

    changed = Signal()
    list_wished = Signal()
    file_wished = Signal()

    def __init__(self, offered: Sequence[tuple[Chosen, str]]) -> None:
        """`offered`: models and what they are called; the first of them is chosen."""
        super().__init__()
        self.model: Chosen | None = None
        self._name = ElidedLabel(self.tr("none yet"))
        self._name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        change = QToolButton()
        change.setText(self.tr("Change"))
        change.setAccessibleName(self.tr("Change the model"))
        change.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(change)
        for model, name in offered:
            menu.addAction(name.replace("&", "&&"), partial(self.take, model, name))
        menu.addSeparator()
        menu.addAction(self.tr("&Choose from the list…"), self.list_wished.emit)
        menu.addAction(self.tr("Checkpoint &file…"), self.file_wished.emit)
        change.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._name, 1)
        row.addWidget(change)
        if offered:
            self.take(*offered[0])

    def take(self, model: Chosen, name: str) -> None:
        """Have another model measured."""
        self.model = model
        self._name.setText(name)
        self._name.setAccessibleName(self.tr("Model: {0}").format(name))
        self.changed.emit()

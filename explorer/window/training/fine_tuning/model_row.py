"""Which model is fine-tuned, and whether its weights are at hand."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...parts.elided_label import ElidedLabel
from .draft import RecipeDraft
from .model_facts import ModelFacts
from .titles import title


class ModelRow(QWidget):
    """The model's name, ways to choose another one, and a line about its weights."""

    list_wished = Signal()
    file_wished = Signal()
    open_one_wished = Signal()  # the model that is open in the window
    recipes_own_wished = Signal()

    def __init__(self, draft: RecipeDraft) -> None:
        super().__init__()
        self._draft = draft
        self.facts: ModelFacts | None = None  # None while nobody knows
        self._build()
        self._arrange()
        draft.changed.connect(self.display)

    def _build(self) -> None:
        self._name = ElidedLabel()
        self._name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._change = QToolButton()
        self._change.setText(self.tr("Change"))
        self._change.setAccessibleName(self.tr("Change the model"))
        self._change.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._change)
        menu.addAction(self.tr("&Choose from the list…"), self.list_wished.emit)
        menu.addAction(self.tr("Checkpoint &file…"), self.file_wished.emit)
        self._open_one = menu.addAction("", self.open_one_wished.emit)
        self._own = menu.addAction("", self.recipes_own_wished.emit)
        menu.addSeparator()
        self._random = menu.addAction(self.tr("Begin with &random values"))
        self._random.setCheckable(True)
        self._random.triggered.connect(self._choose_random)
        self._change.setMenu(menu)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(title(self.tr("Model")))
        row.addWidget(self._name, 1)
        row.addWidget(self._change)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self._note)

    def _choose_random(self, random: bool) -> None:
        self._draft.type(("pretrained",), "false" if random else "true")

    def offer_open_one(self, name: str) -> None:
        """Offer the model that is open; "" where none is that could be trained."""
        text = self.tr("The &open model: {0}").format(name.replace("&", "&&"))
        self._open_one.setText(text)
        self._open_one.setVisible(bool(name))

    def show_facts(self, facts: ModelFacts | None) -> None:
        """Tell whether the model can be had; None while that is not known."""
        self.facts = facts
        self.display()

    def display(self) -> None:
        model = self._draft.text(("model",))
        name = Path(model).name if Path(model).is_absolute() else model
        self._name.setText(name)
        self._name.setAccessibleName(self.tr("Model: {0}").format(name))
        self._random.setChecked(self._draft.text(("pretrained",)) == "false")
        own = self._draft.origin.model
        self._own.setText(self.tr("The recipe's &own: {0}").format(own.replace("&", "&&")))
        self._own.setVisible(own != model)
        self._note.setText(self.facts.told if self.facts else self.tr("Looking for its weights…"))
        is_problem = self.facts is not None and self.facts.problem is not None
        self._note.setProperty("quiet", not is_problem)
        self._note.setProperty("refused", is_problem)
        self._note.style().polish(self._note)

"""Yes or no, before something is done that cannot be undone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QWidget

from .base import Dialog


class Question(Dialog):
    """A question, what it is about, and what else to know; Enter and Esc do nothing harmful."""

    def __init__(
        self, title: str, text: str, things: list[str], note: str, yes: str, parent: QWidget | None
    ) -> None:
        super().__init__(title, parent)
        self.column.addWidget(self._label(text, "strong"))
        self.column.addWidget(self._label("\n".join(things), ""))
        self.column.addWidget(self._label(note, "quiet"))
        self.column.addStretch(1)
        self.buttons.addButton(yes, QDialogButtonBox.ButtonRole.AcceptRole)
        self.add_buttons(QDialogButtonBox.StandardButton.Cancel)
        cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setDefault(True)
        cancel.setFocus()
        self.resize(460, self.sizeHint().height())

    def _label(self, text: str, kind: str) -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if kind:
            label.setProperty(kind, True)
        return label

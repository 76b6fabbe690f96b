"""Asks for another name."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QWidget

from .base import Dialog


class RenameDialog(Dialog):
    """A field with the name; Enter takes it."""

    named = Signal(str)

    def __init__(self, name: str, parent: QWidget | None) -> None:
        super().__init__(self.tr("Rename {0}").format(name), parent)
        self._field = QLineEdit(name)
        self._field.setAccessibleName(self.tr("New name"))
        self._field.selectAll()
        self.column.addWidget(self._field)
        button = self.buttons.addButton(self.tr("Rename"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.add_buttons(QDialogButtonBox.StandardButton.Cancel)
        button.setDefault(True)
        self._field.textChanged.connect(
            lambda text: button.setEnabled(bool(text.strip()) and text.strip() != name)
        )
        button.setEnabled(False)
        self.accepted.connect(lambda: self.named.emit(self._field.text().strip()))
        self.resize(360, self.sizeHint().height())
        self._field.setFocus()

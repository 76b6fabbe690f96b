"""What every dialog is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget


class Dialog(QDialog):
    """A column of widgets with buttons below; it is deleted when it closes."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 14, 16, 14)
        self.column.setSpacing(10)
        self.buttons = QDialogButtonBox()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def add_buttons(self, *buttons: QDialogButtonBox.StandardButton) -> None:
        """End the column with these buttons."""
        for button in buttons:
            self.buttons.addButton(button)
        self.column.addWidget(self.buttons)

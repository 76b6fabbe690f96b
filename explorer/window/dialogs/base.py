"""What every dialog is."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

_FRAME = QSize(16, 48)  # of a window: its borders and its title, about


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

    def resize_within_screen(self, width: int, height: int) -> None:
        """Take this size, or less where the screen is smaller."""
        room = self.screen().availableGeometry().size() - _FRAME
        self.resize(QSize(width, height).boundedTo(room))

    def add_buttons(self, *buttons: QDialogButtonBox.StandardButton) -> None:
        """End the column with these buttons; “Open” is what Enter presses."""
        for button in buttons:
            self.buttons.addButton(button)
        self.column.addWidget(self.buttons)
        for pushed in self.buttons.buttons():
            if isinstance(pushed, QPushButton):
                pushed.setAutoDefault(False)
        opens = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        if opens is not None:
            opens.setDefault(True)

"""A button without a frame, for what is seldom needed."""

from PySide6.QtWidgets import QToolButton, QWidget


class FlatButton(QToolButton):
    """Shows its frame only under the mouse or with the keyboard's focus."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setProperty("flat", True)

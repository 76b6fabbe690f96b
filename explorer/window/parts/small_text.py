"""Text that accompanies a map: smaller than the window's."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from .elided_label import ElidedLabel

PIXELS = 11


def shrink_text(widget: QWidget) -> None:
    """Have a widget write small."""
    font = QFont(widget.font())
    font.setPixelSize(PIXELS)
    widget.setFont(font)


class Caption(ElidedLabel):
    """A quiet line in the middle above or below a map."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("quiet", True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        shrink_text(self)

"""What the pictures have in common that are shown instead of the folder's, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ..parts.flat_button import FlatButton
from ..state import Selection
from .thumbnail_layout import MARGIN


class SelectionBar(QWidget):
    """“23 pictures: Bengal taken for Abyssinian  ✕”; not there while nothing is selected."""

    left = Signal()  # somebody wants to go back to the folder

    def __init__(self) -> None:
        super().__init__()
        self._said = QLabel()
        self._said.setProperty("strong", True)
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        # Long names of classes take more lines, never a wider panel.
        self._said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._back = FlatButton("✕")
        self._back.setAccessibleName(self.tr("Back to the folder"))
        self._back.setToolTip(self.tr("Back to the folder (Backspace)"))
        self._back.clicked.connect(self.left)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 6, 4, 0)
        row.setSpacing(4)
        row.addWidget(self._said, 1)
        row.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_selection(self, selection: Selection | None) -> None:
        """Say what is selected, and how much."""
        self.setVisible(selection is not None)
        if selection is None:
            return
        count = len(selection.paths)
        pictures = (
            self.tr("1 picture") if count == 1 else self.tr("{0} pictures").format(f"{count:,}")
        )
        self._said.setText(f"{pictures}: {selection.title}")
        self._said.setAccessibleName(self._said.text())

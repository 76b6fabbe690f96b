"""Room for a row of parts: it scrolls where there are more lines than are seen."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from .part_row import PartRow


class PartArea(QScrollArea):
    """Scrolls lines up and down; keys go to the row."""

    def __init__(self, row: PartRow) -> None:
        super().__init__()
        self._row = row
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(row)
        row.reveal_wished.connect(self._reveal)

    def sizeHint(self) -> QSize:
        return QSize(420, 64)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 36)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._row.show_room(self.viewport().height())
        super().resizeEvent(event)

    def _reveal(self, rect: QRect) -> None:
        """Bring a part into view, with what marks it."""
        middle = rect.center()
        self.ensureVisible(middle.x(), middle.y(), 0, rect.height() // 2 + 5)

"""One line of words, or two where there is room: it never moves what stands above it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

WRAPPED = 0.92  # of two lines that words fill before they are cut: a line seldom ends in full


class WordsLine(QLabel):
    """Ends in “…” where even its lines have no room; the tooltip then has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = 1
        self.setTextFormat(Qt.TextFormat.PlainText)

    def show_lines(self, lines: int) -> None:
        """Have room for so many lines."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        height = self._lines * self.fontMetrics().lineSpacing()
        return QSize(120, height + margins.top() + margins.bottom())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        room = self.contentsRect()
        width = room.width() * (1 if self._lines == 1 else self._lines * WRAPPED)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(width))
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, shown)

"""A thin line that moves while something is awaited."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QWidget

PATIENCE_MS = 120  # what is there sooner shows no line
FRAME_MS = 33
ROUND_MS = 1400
SHARE = 0.28  # of the width


class BusyLine(QWidget):
    """Lies over the top edge of its neighbour: nothing moves when it comes and goes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Working"))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._running = QElapsedTimer()
        self._frames = QTimer(self, interval=FRAME_MS)
        self._frames.timeout.connect(self.update)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(100, 2)

    def show_busy(self, busy: bool) -> None:
        """Appear after a moment of patience; disappear at once."""
        if not busy:
            self._patience.stop()
            self.hide()
        elif not self.isVisible() and not self._patience.isActive():
            self._patience.start()

    def showEvent(self, event: QShowEvent) -> None:
        self._running.start()
        self._frames.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._frames.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        share = self._running.elapsed() % ROUND_MS / ROUND_MS
        length = self.width() * SHARE
        begin = share * (self.width() + length) - length
        painter = QPainter(self)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        painter.fillRect(QRectF(begin, 0, length, self.height()), accent)

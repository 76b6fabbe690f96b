"""The field that narrows a list to the names one types."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame

PAUSE_MS = 60  # while somebody types on, nothing is searched
BESIDE = 4  # pixels that Qt leaves left and right of a field's text, together
_ONWARDS = (Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FilterField(QLineEdit):
    """Tells what to look for when typing pauses. Down and Enter lead on to the list, Esc clears."""

    wanted = Signal(str)  # the words to look for
    list_wanted = Signal()

    def __init__(self, placeholder: str, short: str) -> None:
        """`short` stands in the empty field where `placeholder` has no room."""
        super().__init__()
        self._placeholders = placeholder, short
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        self.textChanged.connect(lambda: self._pause.start())
        self._pause.timeout.connect(self._tell)

    def _tell(self) -> None:
        self._pause.stop()
        self.wanted.emit(self.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        contents = QStyle.SubElement.SE_LineEditContents
        room = self.style().subElementRect(contents, option, self).width() - BESIDE
        long, short = self._placeholders
        fits = self.fontMetrics().horizontalAdvance(long) <= room
        self.setPlaceholderText(long if fits else short)

    def event(self, event: QEvent) -> bool:
        # Esc belongs to the window, except where there is something to clear.
        if event.type() == QEvent.Type.ShortcutOverride and self._clears(event):
            event.accept()
            return True
        return super().event(event)

    def _clears(self, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        return is_escape and bool(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._clears(event):
            self.clear()
        elif event.key() in _ONWARDS:
            self._tell()
            self.list_wanted.emit()
        else:
            super().keyPressEvent(event)

"""Where keys go is shown to who moves by keys, and to nobody else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class KeyFocus(QWidget):
    """A widget that paints its focus itself, where it `shows_focus`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reached_by_key = False

    @property
    def shows_focus(self) -> bool:
        """Whether keys go here and somebody came by key; who clicked knows where keys go."""
        return self._reached_by_key and self.hasFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Other reasons, such as a window that is active again, leave it as it was.
        if event.reason() in (*_BY_KEY, Qt.FocusReason.MouseFocusReason):
            self._reached_by_key = event.reason() in _BY_KEY
        super().focusInEvent(event)

"""A button that opens a menu, for a place that may be narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton

from .flat_button import FlatButton


class MenuButton(FlatButton):
    """Opens a menu; its text is cut where there is no room."""

    def __init__(self, menu: QMenu, name: str) -> None:
        super().__init__("")
        self._name = name
        self._texts: tuple[str, ...] = ("",)
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(name)

    def say(self, *texts: str) -> None:
        """Show one of these texts, as long as there is room for: the longest first."""
        self._texts = texts
        self.setAccessibleName(f"{self._name}: {texts[0]}")

    def widths(self) -> list[int]:
        """What each of the texts takes."""
        return [self._width(text) for text in self._texts]

    def _width(self, text: str) -> int:
        self.ensurePolished()
        return self.fontMetrics().horizontalAdvance(text) + self._around()

    def _around(self) -> int:
        """Frame, padding and the arrow."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())

    def fit(self, width: int) -> int:
        """Show as much as fits; returns the width that this takes."""
        fitting = [text for text in self._texts if self._width(text) <= width]
        room = max(0, width - self._around())
        cut = self.fontMetrics().elidedText(self._texts[-1], Qt.TextElideMode.ElideRight, room)
        self.setText(fitting[0] if fitting else cut)
        return self._width(fitting[0]) if fitting else width

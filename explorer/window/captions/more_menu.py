"""All that can be done with a caption, in one menu: in a narrow panel it is the only way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


class MoreMenu(QMenu):
    """Entries for the whole caption; who builds it connects them."""

    def __init__(self, writing: QMenu, look: QMenu, parent: QWidget) -> None:
        super().__init__(parent)
        self.copy_text = self.addAction(self.tr("&Copy caption"))
        self.copy_text.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy_text.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.save = self.addAction(self.tr("&Save strip as picture…"))
        self.addSeparator()
        self.type_sentence = self.addAction(self.tr("&Type the whole sentence…"))
        self.own = self.addAction(self.tr("&All its own words"))
        self.addSeparator()
        self.addMenu(writing)
        self._look = self.addMenu(look)
        self._views = QActionGroup(self)
        self.views = [self._add_view(self.tr("As &words")), self._add_view(self.tr("As s&trip"))]
        self.addSeparator()
        self.choose = self.addAction(self.tr("Choose ca&ptioner…"))
        self.close_captioner = self.addAction(self.tr("C&lose captioner"))

    def _add_view(self, text: str) -> QAction:
        action = self.addAction(text)
        action.setCheckable(True)
        self._views.addAction(action)
        return action

    def show_caption_there(self, there: bool, is_begun: bool) -> None:
        """What needs a caption, or one that a person began, cannot be chosen without."""
        for action in (self.copy_text, self.save, self.type_sentence, self._look, *self.views):
            action.setEnabled(there)
        self.own.setEnabled(there and is_begun)

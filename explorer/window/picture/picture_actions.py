"""Everything that keys do with picture and overlay, as actions for menus and the keyboard list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from ...records import Query, WordQuery
from ..query_range import QueryRange
from ..state import Overlay, Wishes
from .canvas import Canvas


class PictureActions(QObject):
    """Actions that step through queries, change the overlay, and zoom.

    Their keys are plain letters. Text fields take those first, so a filter can be typed.
    """

    def __init__(self, wishes: Wishes, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._wishes = wishes
        self._query = Query()
        self._words = WordQuery()
        self._overlay = Overlay()
        self._range: QueryRange | None = None
        self.all: list[QAction] = []
        self._asking = self._build_queries()
        self._visible = self._add(self.tr("Show &overlay"), self._switch_overlay, "O")
        self._smooth = self._add(self.tr("S&mooth between patches"), self._switch_smooth, "S")
        for action in (self._visible, self._smooth):
            action.setCheckable(True)
        self._add_rule()
        self._add(self.tr("&Fit to window"), canvas.zoom_to_fit, "0", "Ctrl+0")
        self._add(self.tr("&100 %"), canvas.zoom_to_pixels, "1", "Ctrl+1")
        self._add(self.tr("Zoom &in"), lambda: canvas.zoom_by(1), "Ctrl++", "Ctrl+=")
        self._add(self.tr("Zoom o&ut"), lambda: canvas.zoom_by(-1), "Ctrl+-")

    def _build_queries(self) -> list[QAction]:
        asking = [
            self._add(self.tr("Previous layer"), lambda: self._step_layer(-1), "["),
            self._add(self.tr("Next layer"), lambda: self._step_layer(1), "]"),
            self._add(self.tr("Previous head"), lambda: self._step_head(-1), ","),
            self._add(self.tr("Next head"), lambda: self._step_head(1), "."),
            self._add(self.tr("Mean of heads"), self._take_mean, "M"),
            self._add(self.tr("Back from words, or to the default query"), self._go_back, "Esc"),
        ]
        # Elsewhere Esc closes and clears other things.
        asking[-1].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._add_rule()
        return asking

    def _add(self, text: str, does: Callable[[], object], *keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: does())
        self.all.append(action)
        return action

    def _add_rule(self) -> None:
        rule = QAction(self)
        rule.setSeparator(True)
        self.all.append(rule)

    def display(
        self, offered: QueryRange | None, query: Query, overlay: Overlay, words: WordQuery
    ) -> None:
        """Know what is shown, to step on from there."""
        self._range, self._query, self._overlay, self._words = offered, query, overlay, words
        for action in self._asking:
            action.setEnabled(offered is not None)
        self._asking[-1].setEnabled(offered is not None or bool(words.places))
        self._visible.setChecked(overlay.visible)
        self._smooth.setChecked(overlay.smooth)

    def _step_layer(self, step: int) -> None:
        if self._range is not None:
            layer = self._range.layer(self._query) + step
            self._wishes.query_chosen.emit(self._range.at_layer(self._query, layer))

    def _step_head(self, step: int) -> None:
        if self._range is not None:
            self._wishes.query_chosen.emit(self._range.at_next_head(self._query, step))

    def _take_mean(self) -> None:
        self._wishes.query_chosen.emit(replace(self._query, head="mean"))

    def _go_back(self) -> None:
        """From words of the caption to what the model was asked; from there to the default."""
        if self._words.places:
            self._wishes.words_chosen.emit(replace(self._words, places=()))
        else:
            self._wishes.query_chosen.emit(replace(self._query, token=None))

    def _switch_overlay(self) -> None:
        self._wishes.overlay_chosen.emit(replace(self._overlay, visible=not self._overlay.visible))

    def _switch_smooth(self) -> None:
        self._wishes.overlay_chosen.emit(replace(self._overlay, smooth=not self._overlay.smooth))

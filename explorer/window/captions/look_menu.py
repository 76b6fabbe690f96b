"""Which attention a word's map is read from: which row, layer and head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from ...records import WordQuery
from .sentences import name_head, name_layer, tr


class _Choices:
    """Entries of a menu, one of which is checked."""

    def __init__(self, menu: QMenu, wish: Callable[[Any], None]) -> None:
        self._menu = menu
        self._group = QActionGroup(menu)
        self._group.triggered.connect(lambda action: wish(action.data()))

    def offer(self, choices: Sequence[tuple[Any, str]]) -> None:
        """Offer these values under their names."""
        for action in self._group.actions():
            self._group.removeAction(action)
            self._menu.removeAction(action)
            action.deleteLater()
        for value, text in choices:
            self.add(value, text)

    def add(self, value: Any, text: str) -> QAction:
        action = self._group.addAction(text)
        action.setCheckable(True)
        action.setData(value)
        self._menu.addAction(action)
        return action

    def show(self, value: object) -> None:
        for action in self._group.actions():
            action.setChecked(action.data() == value)


class LookMenu(QMenu):
    """Offers what the captioner has, and tells what a person chose."""

    chosen = Signal(WordQuery)

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self._words = WordQuery()
        self._offered: tuple[int, int] = (0, 0)  # layers, heads
        self.setToolTipsVisible(True)
        self._add_rows()
        self.addSeparator()
        self._layers = _Choices(self.addMenu(self.tr("&Layer")), partial(self._wish, "layer"))
        self._heads = _Choices(self.addMenu(self.tr("&Head")), partial(self._wish, "head"))
        self.addSeparator()
        self._by_piece = self._add_switch(
            self.tr("Each &piece of a word"),
            self.tr("Words that the vocabulary has only in pieces, piece by piece"),
            "by_piece",
        )
        self._with_ends = self._add_switch(
            self.tr("&Begin and end tokens"),
            self.tr("The tokens before the first word and behind the last"),
            "with_ends",
        )

    def _add_rows(self) -> None:
        self._rows = _Choices(self, partial(self._wish, "row"))
        chose = self._rows.add("chose", self.tr("The row that &chose the word"))
        chose.setToolTip(
            self.tr("Where the captioner looked when it chose the word: one token earlier")
        )
        stands = self._rows.add("stands", self.tr("The row that &stands on the word"))
        stands.setToolTip(
            self.tr("Where it looked once it had read the word, to choose the one behind it")
        )

    def _add_switch(self, text: str, explanation: str, name: str) -> QAction:
        action = self.addAction(text)
        action.setCheckable(True)
        action.setToolTip(explanation)
        action.triggered.connect(lambda checked: self._wish(name, checked))
        return action

    def display(self, words: WordQuery, layers: int, heads: int) -> None:
        """Offer so many layers and heads, and mark what is shown."""
        if (layers, heads) != self._offered:
            self._offered = layers, heads
            numbers = [-1 if layer == layers - 1 else layer for layer in range(layers)]
            together = ["mean", "maximum"]
            self._layers.offer([(n, _menu_layer(n, layers)) for n in [*numbers, *together]])
            self._heads.offer([(head, name_head(head)) for head in [*range(heads), *together]])
        self._words = words
        layer = -1 if words.layer == layers - 1 else words.layer
        self._rows.show(words.row)
        self._layers.show(layer)
        self._heads.show(words.head)
        self._by_piece.setChecked(words.by_piece)
        self._with_ends.setChecked(words.with_ends)

    def _wish(self, name: str, value: Any) -> None:
        words: WordQuery = replace(self._words, **{name: value})
        self.chosen.emit(words)


def _menu_layer(layer: Any, layers: int) -> str:
    """“layer 6 (last)”: the last layer stays the last in a captioner that has more."""
    if layer == -1:
        return tr("{0} (last)").format(name_layer(layers - 1, layers + 1))
    return name_layer(layer, layers)

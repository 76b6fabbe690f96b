"""A box to choose from that is set without announcing it, and does not change its width."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

ICON_GAP = 4  # that Qt leaves between icon and name
ROOM = 2  # so that rounding cuts no letter
T = TypeVar("T", bound=Hashable)


class ChoiceBox(QComboBox, Generic[T]):
    """Offers values under names. `chosen` tells only what a person chose."""

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: list[tuple[T, str]] = []
        self._widest = ""  # the widest text that is to be expected
        self.setAccessibleName(name)
        self.setMaxVisibleItems(30)
        self.activated.connect(lambda place: self.chosen.emit(self._choices[place][0]))

    def offer(self, choices: Sequence[tuple[T, str]], widest: str = "") -> None:
        """Offer these, and have room for `widest` too."""
        if list(choices) == self._choices and widest == self._widest:
            return
        value = self.value()
        is_resized = widest != self._widest or len(choices) != len(self._choices)
        with QSignalBlocker(self):
            self._name_items([name for _, name in choices])
        self._choices, self._widest = list(choices), widest
        if value is not None:
            self.show_value(value)
        if is_resized or not widest:
            self.updateGeometry()

    def _name_items(self, names: Sequence[str]) -> None:
        if len(names) != self.count():
            self.clear()
            self.addItems(names)
        for place, name in enumerate(names):
            if name != self.itemText(place):
                self.setItemText(place, name)

    def value(self) -> T | None:
        place = self.currentIndex()
        return self._choices[place][0] if 0 <= place < len(self._choices) else None

    def show_value(self, value: T) -> None:
        """Show a value; nothing where it is not offered."""
        values = [offered for offered, _ in self._choices]
        with QSignalBlocker(self):
            self.setCurrentIndex(values.index(value) if value in values else -1)

    def sizeHint(self) -> QSize:
        """Room for every name and the widest to come; Qt's own would change as they do."""
        advance = self.fontMetrics().horizontalAdvance
        names = [self._widest, *(name for _, name in self._choices)]
        text = max(advance(name) for name in names)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        icon = 0 if option.currentIcon.isNull() else self.iconSize().width() + ICON_GAP
        content = QSize(text + icon + ROOM, self.fontMetrics().height())
        kind = QStyle.ContentsType.CT_ComboBox
        return self.style().sizeFromContents(kind, option, content, self)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

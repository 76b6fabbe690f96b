"""The models that can be chosen, as a table that can be searched and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtWidgets import QWidget

from ..words import name_size

if TYPE_CHECKING:
    from ...models.published.catalog import Entry

Index = QModelIndex | QPersistentModelIndex
_SORTED_BY = Qt.ItemDataRole.UserRole


class _Models(QAbstractTableModel):
    """Name, library, input, classes, and what of the weights is on this computer."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self._titles = (
            self.tr("Model"),
            self.tr("Library"),
            self.tr("Input"),
            self.tr("Classes"),
            self.tr("On this computer"),
        )
        self.entries = list(entries)
        self._rows = [self._texts(entry) for entry in entries]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 0:
            return self.entries[index.row()].name
        if role == _SORTED_BY:
            return _numbers(self.entries[index.row()])[index.column()]
        return None

    def _texts(self, entry: Entry) -> tuple[str, ...]:
        height, width = entry.input_size
        return (
            entry.name,
            entry.library,
            f"{width} × {height}",
            f"{entry.classes:,}" if entry.classes else self.tr("features"),
            self._here(entry),
        )

    def _here(self, entry: Entry) -> str:
        if entry.file is not None:
            return f"✓ {name_size(entry.size)}"
        if entry.belongings:
            return self.tr("{0} so far").format(name_size(entry.size))
        return "" if entry.address else self.tr("no weights")

    def widest(self, column: int) -> str:
        """The longest text of a column, its title among them."""
        return max((row[column] for row in (self._titles, *self._rows)), key=len)

    def replace_entry(self, entry: Entry) -> None:
        """Show what has changed about a model."""
        row = next(row for row, old in enumerate(self.entries) if old.name == entry.name)
        self.entries[row], self._rows[row] = entry, self._texts(entry)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._titles) - 1))


def _numbers(entry: Entry) -> tuple[Any, ...]:
    """What the columns are sorted by."""
    return entry.name.lower(), entry.library, max(entry.input_size), entry.classes, entry.size


class ModelList(QSortFilterProxyModel):
    """The models in whose name or library all the words are that were typed."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self._models = _Models(entries, parent)
        self._words: list[str] = []
        self._only_here = False
        self.setSortRole(_SORTED_BY)
        self.setSourceModel(self._models)

    def search(self, text: str, only_here: bool) -> None:
        self._words = text.lower().split()
        self._only_here = only_here
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        entry = self._models.entries[row]
        searched = f"{entry.name} {entry.library}".lower()
        here = bool(entry.belongings) or not self._only_here
        return here and all(word in searched for word in self._words)

    def widest(self, column: int) -> str:
        """The longest text that ever stands in a column."""
        return self._models.widest(column)

    def entry(self, index: Index) -> Entry:
        return self._models.entries[self.mapToSource(index).row()]

    def index_of(self, name: str) -> QModelIndex:
        """Where a model is; a name without a tag means its first entry."""
        rows = (self.index(row, 0) for row in range(self.rowCount()))
        names = ((index, self.entry(index).name) for index in rows)
        found = (i for i, shown in names if name in (shown, shown.partition(".")[0]))
        return next(found, QModelIndex())

    def forget_weights(self, entry: Entry) -> None:
        """Show that a model's weights are no longer on this computer."""
        self._models.replace_entry(replace(entry, file=None, belongings=(), size=0))
        self.invalidate()

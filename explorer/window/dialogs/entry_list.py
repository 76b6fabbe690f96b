"""What is published, as a table that can be searched and sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from ...models.published.entry import Entry

E = TypeVar("E", bound="Entry")
Index = QModelIndex | QPersistentModelIndex
_SORTED_BY = Qt.ItemDataRole.UserRole


class Column(NamedTuple, Generic[E]):
    """What one column of the table says."""

    title: str
    text: Callable[[E], str]
    rank: Callable[[E], Any]  # what the column is sorted by


class _Entries(QAbstractTableModel, Generic[E]):
    """A row for each entry; the first column has the names."""

    def __init__(self, entries: Sequence[E], columns: Sequence[Column[E]], parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = columns
        self.entries = list(entries)
        self._rows = [self._texts(entry) for entry in entries]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        return self._columns[section].title if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 0:
            return self.entries[index.row()].name
        if role == _SORTED_BY:
            return self._columns[index.column()].rank(self.entries[index.row()])
        return None

    def _texts(self, entry: E) -> tuple[str, ...]:
        return tuple(column.text(entry) for column in self._columns)

    def widest(self, column: int) -> str:
        """The longest text of a column, its title among them."""
        texts = [row[column] for row in self._rows]
        return max((self._columns[column].title, *texts), key=len)

    def replace_entry(self, entry: E) -> None:
        """Show what has changed about an entry."""
        row = next(row for row, old in enumerate(self.entries) if old.name == entry.name)
        self.entries[row], self._rows[row] = entry, self._texts(entry)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))


class EntryList(QSortFilterProxyModel, Generic[E]):
    """The entries in whose name or library all the words are that were typed."""

    def __init__(self, entries: Sequence[E], columns: Sequence[Column[E]], parent: QWidget) -> None:
        super().__init__(parent)
        self._source = _Entries(entries, columns, parent)
        self._words: list[str] = []
        self._only_here = False
        self.setSortRole(_SORTED_BY)
        self.setSourceModel(self._source)

    def search(self, text: str, only_here: bool) -> None:
        self._words = text.lower().split()
        self._only_here = only_here
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        entry = self._source.entries[row]
        searched = f"{entry.name} {entry.library}".lower()
        here = bool(entry.belongings) or not self._only_here
        return here and all(word in searched for word in self._words)

    def widest(self, column: int) -> str:
        """The longest text that ever stands in a column."""
        return self._source.widest(column)

    @property
    def entries(self) -> Sequence[E]:
        """All of them, whatever was searched for."""
        return self._source.entries

    def entry(self, index: Index) -> E:
        return self._source.entries[self.mapToSource(index).row()]

    def index_of(self, name: str) -> QModelIndex:
        """Where an entry is; a name without a tag means its first one."""
        rows = (self.index(row, 0) for row in range(self.rowCount()))
        names = ((index, self.entry(index).name) for index in rows)
        found = (i for i, shown in names if name in (shown, shown.partition(".")[0]))
        return next(found, QModelIndex())

    def forget_weights(self, entry: E) -> None:
        """Show that an entry's weights are no longer on this computer."""
        self._source.replace_entry(replace(entry, file=None, belongings=(), size=0))
        self.invalidate()

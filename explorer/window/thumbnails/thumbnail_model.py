"""The pictures of a folder for Qt's views and screen readers."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ...images.folder import Order, below, find, natural_key, readable, relative
from ...images.thumbnails import ThumbnailStore

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ThumbnailModel(QAbstractListModel):
    """Rows as `images.folder` lists them; replacing them takes no time, however many."""

    def __init__(self, store: ThumbnailStore, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._folder = ""
        self.rows: Sequence[str] = ()
        self.order: Order = "name"

    def replace(self, folder: Path, rows: Sequence[str], order: Order) -> None:
        self.beginResetModel()
        self._folder, self.rows, self.order = os.fspath(folder), rows, order
        self.endResetModel()

    def path(self, place: int) -> str:
        return os.path.join(self._folder, relative(self.rows[place]))

    def place(self, path: Path) -> int | None:
        """Where a picture stands; None where it is not shown."""
        name = below(Path(self._folder), path)
        return find(self.rows, name, self.order) if name is not None else None

    def name(self, place: int) -> str:
        return readable(os.path.basename(relative(self.rows[place])))

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not (index.isValid() and index.row() < len(self.rows)):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _as_rich_text(self._about(index.row()))
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return ", ".join(self._about(index.row())[1:])
        return None

    def match(
        self,
        start: _Index,
        role: int,
        value: Any,
        hits: int = 1,
        flags: Qt.MatchFlag = Qt.MatchFlag.MatchStartsWith,
    ) -> list[QModelIndex]:
        """Find a name by its first letters, from `start` on and around, as typing in a view does.

        Qt's own way would ask for the data of every row.
        """
        key = natural_key(str(value))
        count = len(self.rows)
        around = (place % count for place in range(start.row(), start.row() + count))
        found = (place for place in around if natural_key(self.name(place)).startswith(key))
        return [self.index(place) for place in [next(found, None)] if place is not None]

    def _about(self, place: int) -> list[str]:
        """Path below the folder, then size or problem where they are known."""
        about = [readable(relative(self.rows[place]))]
        thumbnail = self._store.get(self.path(place))
        if thumbnail is None:
            return about
        if thumbnail.problem is not None:
            return [*about, thumbnail.problem.message, thumbnail.problem.hint]
        return [*about, "{} × {}".format(*thumbnail.full_size)]


def _as_rich_text(lines: list[str]) -> str:
    # A name may look like markup; and only rich text is wrapped.
    return "<br>".join(html.escape(line) for line in lines if line)

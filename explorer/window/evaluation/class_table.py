"""What a model makes of each class, as a table that can be sorted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeView

from ...training.evaluation.evaluation import Evaluation
from .figures import per_cent

Index = QModelIndex | QPersistentModelIndex
_TAKEN, _NUMBERS = 2, (1, 3, 4, 5)  # columns
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WIDEST = 140  # pixels of the classes' names
_BESIDE_TEXT = 22  # of a column: its margins
_MEASURED = 200  # rows


class ClassModel(QAbstractTableModel):
    """A row for each class that has pictures, or that pictures were taken for."""

    def __init__(self, parent: QTreeView) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []
        self._ranks: list[tuple[Any, ...]] = []  # what the columns are sorted by
        self.classes: list[int] = []
        self._titles = (
            (self.tr("Class"), ""),
            (self.tr("Recall"), self.tr("Of its pictures, the share that is recognised")),
            (self.tr("Taken for"), self.tr("The class that it is mostly taken for, wrongly")),
            (
                self.tr("Precision"),
                self.tr("Of the pictures that are taken for it, the share that is of it"),
            ),
            ("F1", self.tr("The harmonic mean of recall and precision")),
            (self.tr("Pictures"), self.tr("How many pictures of the class there are")),
        )

    def replace(self, evaluation: Evaluation) -> None:
        self.beginResetModel()
        scores = evaluation.by_class
        self.classes = np.flatnonzero(scores.counts + scores.taken).tolist()
        self._ranks = [self._rank(evaluation, place) for place in self.classes]
        self._rows = [self._texts(ranks) for ranks in self._ranks]
        self.endResetModel()

    def _rank(self, evaluation: Evaluation, place: int) -> tuple[Any, ...]:
        scores, others = evaluation.by_class, evaluation.matrix[place].copy()
        others[place] = 0
        name = evaluation.answers.classes[place]
        recall, precision, f1 = (
            _known(shares[place]) for shares in (scores.recall, scores.precision, scores.f1)
        )
        most = int(others.argmax())
        taken = (int(others[most]), evaluation.answers.classes[most])
        return (name.casefold(), recall, taken, precision, f1, int(scores.counts[place]), name)

    def _texts(self, ranks: tuple[Any, ...]) -> tuple[str, ...]:
        _, recall, (times, most), precision, f1, count, name = ranks
        taken = f"{times:,} · {most}" if times else ""
        return (name, _written(recall), taken, _written(precision), _written(f1), f"{count:,}")

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section][0]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._titles[section][1]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() not in _NUMBERS:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in _NUMBERS:
            return _RIGHT
        return None

    def rank(self, index: Index) -> Any:
        """What a cell is sorted by."""
        return self._ranks[index.row()][index.column()]


class _Sorted(QSortFilterProxyModel):
    """Sorts by numbers, not by how they are written."""

    def lessThan(self, left: Index, right: Index) -> bool:
        source = self.sourceModel()
        assert isinstance(source, ClassModel)
        return bool(source.rank(left) < source.rank(right))


class ClassTable(QTreeView):
    """Classes, the hardest first; a click or Enter opens a class's pictures."""

    class_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._model = ClassModel(self)
        self._needed = 0  # pixels of what classes are taken for
        self._sorted = _Sorted(self)
        self._sorted.setSourceModel(self._model)
        self.setModel(self._sorted)
        self.setAccessibleName(self.tr("Classes"))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSortingEnabled(True)
        self.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        self.header().setStretchLastSection(False)
        self.clicked.connect(self._choose)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show its classes, in the order that was chosen last."""
        self._model.replace(evaluation)
        for column in range(self._model.columnCount()):
            self.header().resizeSection(column, self._width(column))
        self._needed = self.header().sectionSize(_TAKEN)
        self._share_room()
        self.setCurrentIndex(self._sorted.index(0, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """What a class is taken for gets what the others leave, and is never cut short for them."""
        header = self.header()
        taken = sum(header.sectionSize(column) for column in range(header.count()))
        left = self.viewport().width() - taken + header.sectionSize(_TAKEN)
        header.resizeSection(_TAKEN, max(self._needed, left))

    def _width(self, column: int) -> int:
        """The room for a column's title, and for what stands in it, up to a measure."""
        metrics = self.fontMetrics()
        texts = [self._model.index(row, column).data() for row in range(self._model.rowCount())]
        title = self._model.headerData(column, Qt.Orientation.Horizontal)
        widest = max(metrics.horizontalAdvance(text) for text in (title, *texts[:_MEASURED]))
        return min(widest, _WIDEST) + _BESIDE_TEXT

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.class_chosen.emit(self._model.classes[self._sorted.mapToSource(index).row()])


def _known(share: float) -> float:
    """Below all others where nothing can be said: NaN cannot be sorted."""
    return -1.0 if math.isnan(share) else float(share)


def _written(share: float) -> str:
    return per_cent(share if share >= 0 else math.nan, places=0)  # classes have few pictures

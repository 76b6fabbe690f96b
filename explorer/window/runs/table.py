"""All runs in a table; those that are selected are the ones whose curves are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSignalBlocker,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from ..parts.chart_series import paint_sample
from ..training.seen import RunSeen
from .styles import Style
from .table_model import SORTED_BY, STYLE, RunModel

SAMPLE = QSize(16, 12)  # of a curve, before the run's name
FINE = 3  # device pixels of a sample to a pixel: sharp on any screen
AROUND = 20  # pixels that a text has around it
WIDEST = 190  # pixels of a column at first
_Index = QModelIndex | QPersistentModelIndex


class _Sorted(QSortFilterProxyModel):
    """Numbers before texts, where a column has both."""

    def lessThan(self, left: _Index, right: _Index) -> bool:
        first, second = left.data(SORTED_BY), right.data(SORTED_BY)
        if isinstance(first, str) == isinstance(second, str):
            return bool(first < second)
        return isinstance(second, str)


@cache
def _sample(style: Style | None) -> QIcon:
    """How a run's curves are painted, as an icon; an empty one where they are not shown."""
    pixmap = QPixmap(SAMPLE * FINE)
    pixmap.setDevicePixelRatio(FINE)
    pixmap.fill(Qt.GlobalColor.transparent)
    if style is not None:
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_sample(painter, QRectF(QPointF(), SAMPLE.toSizeF()), style.color, style.kind)
        painter.end()
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(pixmap, mode)
    return icon


class _Names(QStyledItemDelegate):
    """Shows before a name how the run's curves are painted."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
        option.decorationSize = SAMPLE
        option.icon = _sample(index.data(STYLE))


class RunTable(QTreeView):
    """Sorted by a click on a column's head; Ctrl and Shift select several."""

    chosen = Signal(tuple)  # folders of the runs that a person selected, from top to bottom
    menu_wished = Signal(object)  # QPoint on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RunModel(self)
        self._needed: dict[int, int] = {}  # by column: pixels of its texts
        self._sorted = _Sorted(self)
        self._sorted.setSourceModel(self._model)
        self.setModel(self._sorted)
        self._model.modelReset.connect(self._needed.clear)  # there are other columns
        self._set_up()
        self.selectionModel().selectionChanged.connect(self._announce)

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("Runs"))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as they come: the newest first
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegateForColumn(0, _Names(self))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.header().setStretchLastSection(False)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 40)

    def titles(self) -> list[str]:
        """What the columns are called."""
        return self._model.titles()

    # Showing

    def show_runs(
        self, runs: Sequence[RunSeen], shown: Sequence[Path], styles: Mapping[Path, Style]
    ) -> None:
        """Show all runs, those that are `shown` selected."""
        with QSignalBlocker(self.selectionModel()):
            self._fit_columns(self._model.show_runs(runs, styles))
            self._select(shown)
        self.viewport().update()

    def _fit_columns(self, changed: Sequence[int]) -> None:
        """Give columns room for texts that became longer; else they are as a person left them."""
        if not changed:
            return
        for column, width in enumerate(self._widths(changed)):
            if column not in self._needed:
                self.setColumnWidth(column, width)
            elif width > self._needed[column]:
                self.setColumnWidth(column, max(width, self.columnWidth(column)))
            self._needed[column] = max(width, self._needed.get(column, 0))

    def _widths(self, rows: Sequence[int]) -> list[int]:
        """What texts take by column; Qt's own way takes a tenth of a second for fifty runs."""
        advance = self.fontMetrics().horizontalAdvance
        widths = [
            max(map(advance, self._model.texts(at, rows))) + AROUND
            for at in range(self._model.columnCount())
        ]
        widths[0] += SAMPLE.width() + AROUND // 2
        return [min(width, WIDEST) for width in widths]

    def _select(self, folders: Sequence[Path]) -> None:
        if set(folders) == set(self._selected()):
            return
        selection = QItemSelection()
        for row in range(self._sorted.rowCount()):
            index = self._sorted.index(row, 0)
            if self._folder(index) in folders:
                selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
        if selection.indexes():
            self.selectionModel().setCurrentIndex(selection.indexes()[0], flags.NoUpdate)

    def _folder(self, index: QModelIndex) -> Path:
        return self._model.folder(self._sorted.mapToSource(index).row())

    def _selected(self) -> list[Path]:
        # Qt's own `selectedRows` asks the model thousands of times where fifty are selected.
        found = self.selectionModel().selection()
        spans = [found.at(place) for place in range(found.count())]
        rows = sorted({row for span in spans for row in range(span.top(), span.bottom() + 1)})
        return [self._folder(self._sorted.index(row, 0)) for row in rows]

    # Mouse and keys

    def sort_by(self, column: int) -> None:
        """Sort by a column, as a click on its head does; once more, the other way round."""
        role, header = Qt.ItemDataRole.InitialSortOrderRole, self.header()
        order = Qt.SortOrder(self._model.headerData(column, Qt.Orientation.Horizontal, role))
        if header.sortIndicatorSection() == column and header.sortIndicatorOrder() == order:
            rises, falls = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
            order = rises if order == falls else falls
        self.sortByColumn(column, order)

    def _announce(self, *_: Any) -> None:
        """Tell what a person selected; of nothing, nothing is told."""
        if selected := self._selected():
            self.chosen.emit(tuple(selected))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wished.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated.emit(self.currentIndex())  # not every style says so by itself
        else:
            super().keyPressEvent(event)

"""The classes of labelled pictures, with some of each; or captioned pictures, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QTimer,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from ....images.thumbnails import ThumbnailStore
from ....training.data.examples import Dataset
from ...parts.small_text import PIXELS
from ...thumbnails.thumbnail_loader import ThumbnailLoader
from ...thumbnails.thumbnail_tiles import Tiles

Index = QModelIndex | QPersistentModelIndex
SAMPLES = 6  # pictures of a class that are kept ready; as many are shown as have room
TILE = QSize(46, 36)
GAP = 4
HEIGHT = 46  # of a row
LEAST_NAME = 170  # pixels that a name and its bar have at least
BAR = 5.0  # pixels high
PADDING = 8
VALIDATION_OPACITY = 0.35  # of the bar's part that validates
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class ClassRow:
    """One class."""

    name: str
    train: int  # pictures
    validation: int
    samples: tuple[Path, ...]


@dataclass(frozen=True)
class CaptionRow:
    """One captioned picture."""

    captions: tuple[str, ...]
    samples: tuple[Path, ...]  # itself

    @property
    def name(self) -> str:
        return self.captions[0]


class ClassModel(QAbstractListModel):
    """Classes for Qt's views and screen readers; a class's samples are found when it is seen."""

    def __init__(self) -> None:
        super().__init__()
        self._dataset: Dataset | None = None
        self._rows: dict[int, ClassRow | CaptionRow] = {}
        self._counts: tuple[np.ndarray, ...] = ()  # int64 (classes,), of each half
        self.most = 1  # pictures of the largest class

    def replace(self, dataset: Dataset) -> None:
        self.beginResetModel()
        self._dataset, self._rows = dataset, {}
        self._counts = tuple(half.counts(len(dataset.classes)) for half in dataset.halves)
        self.most = int(np.sum(self._counts, axis=0).max(initial=1))
        self.endResetModel()

    def row(self, place: int) -> ClassRow | CaptionRow:
        """What is known of a class, or of a captioned picture."""
        if place not in self._rows:
            assert self._dataset is not None
            is_captioned = self._dataset.task == "caption"
            self._rows[place] = self._captioned(place) if is_captioned else self._made(place)
        return self._rows[place]

    def _captioned(self, place: int) -> CaptionRow:
        assert self._dataset is not None
        train = self._dataset.train
        return CaptionRow(train.captions[place], (train.path(place),))

    def _made(self, label: int) -> ClassRow:
        assert self._dataset is not None
        train, validation = (int(counts[label]) for counts in self._counts)
        half = self._dataset.train if train else self._dataset.validation
        samples = tuple(half.of_class(label, SAMPLES))
        return ClassRow(self._dataset.classes[label], train, validation, samples)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        if parent.isValid() or self._dataset is None:
            return 0
        is_captioned = self._dataset.task == "caption"
        return len(self._dataset.train if is_captioned else self._dataset.classes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.UserRole:
            return row
        if isinstance(row, CaptionRow):
            is_told = role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
            return "\n".join(row.captions) if is_told else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {self._told(row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.name}: {self._told(row)}"
        return None

    def _told(self, row: ClassRow) -> str:
        text = self.tr("{0} pictures to learn from, {1} to validate")
        return text.format(f"{row.train:,}", f"{row.validation:,}")


class ClassDelegate(QStyledItemDelegate):
    """Paints a row: name and counts over a bar, samples at the right.

    The bar is as long as the class has pictures; its paler end is the part that validates.
    """

    def __init__(self, store: ThumbnailStore, classes: ClassModel) -> None:
        super().__init__()
        self.tiles = Tiles()
        self._store = store
        self._classes = classes

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(LEAST_NAME, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ClassRow | CaptionRow = index.data(Qt.ItemDataRole.UserRole)
        whole = QRect(option.rect)
        tiles = tile_places(whole, 1 if isinstance(row, CaptionRow) else SAMPLES)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, sample in zip(tiles, row.samples, strict=False):
            path = str(sample)
            thumbnail = self._store.get(path)
            self.tiles.paint(painter, place, option.palette, path, thumbnail)
        right = tiles[0].left() - PADDING if tiles else whole.right()
        told = QRectF(whole).adjusted(2, 5, 0, -6)
        told.setRight(right - PADDING)
        if isinstance(row, CaptionRow):
            _paint_caption(painter, told, option, row.name)
        else:
            self._paint_told(painter, told, option, row)
        painter.restore()

    def _paint_told(
        self, painter: QPainter, room: QRectF, option: QStyleOptionViewItem, row: ClassRow
    ) -> None:
        palette = option.palette
        counts = f"{row.train:,} + {row.validation:,}"
        line = QRectF(room.topLeft(), QSizeF(room.width(), option.fontMetrics.height()))
        painter.setFont(_small(option.font))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(line, _RIGHT, counts)
        beside = painter.fontMetrics().horizontalAdvance(counts) + PADDING
        painter.setFont(option.font)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        width = int(line.width()) - beside
        name = option.fontMetrics.elidedText(row.name, Qt.TextElideMode.ElideRight, width)
        painter.drawText(line, _LEFT, name)
        track = QRectF(room.left(), room.bottom() - BAR, room.width(), BAR)
        shares = (count / self._classes.most for count in (row.train, row.validation))
        _paint_bar(painter, track, palette, *shares)


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPixelSize(PIXELS)
    return small


def _paint_bar(
    painter: QPainter, track: QRectF, palette: QPalette, train: float, validation: float
) -> None:
    """Two shares of a track, one behind the other."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.Mid))
    painter.drawRoundedRect(track, BAR / 2, BAR / 2)
    # The list's own palette has the ground of chosen rows for it: the style sheet says so.
    accent = QColor(QGuiApplication.palette().color(QPalette.ColorRole.Highlight))
    shape = QPainterPath()
    shape.addRoundedRect(track, BAR / 2, BAR / 2)
    painter.setClipPath(shape)
    first = QRectF(track.topLeft(), QSizeF(track.width() * train, BAR))
    painter.fillRect(first, accent)
    accent.setAlphaF(VALIDATION_OPACITY)
    painter.fillRect(QRectF(first.topRight(), QSizeF(track.width() * validation, BAR)), accent)
    painter.setClipping(False)


def _paint_caption(
    painter: QPainter, room: QRectF, option: QStyleOptionViewItem, caption: str
) -> None:
    """In as many lines as there is room for."""
    painter.setFont(option.font)
    painter.setPen(option.palette.color(QPalette.ColorRole.Text))
    painter.setClipRect(room)
    painter.drawText(room, _LEFT | Qt.TextFlag.TextWordWrap, caption)
    painter.setClipping(False)


def tile_places(row: QRect, most: int = SAMPLES) -> list[QRect]:
    """Where samples lie in a row, from left to right; as many as leave room for the name."""
    count = min(most, max(0, (row.width() - LEAST_NAME) // (TILE.width() + GAP)))
    top = row.top() + (row.height() - TILE.height()) // 2
    left = row.right() + 1 - count * (TILE.width() + GAP) + GAP - PADDING
    return [
        QRect(QPoint(left + number * (TILE.width() + GAP), top), TILE) for number in range(count)
    ]


class ClassList(QListView):
    """All classes; samples are read for those that are seen."""

    def __init__(self) -> None:
        super().__init__()
        self._store = ThumbnailStore()
        self._loader = ThumbnailLoader(self._store, self)
        self._classes = ClassModel()
        self._delegate = ClassDelegate(self._store, self._classes)
        self.setModel(self._classes)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Classes"))
        self._wanting = QTimer(self, singleShot=True, interval=0)
        self._wanting.timeout.connect(self._want)
        self._loader.ready.connect(lambda _path: self.viewport().update())

    def show_dataset(self, dataset: Dataset) -> None:
        is_captioned = dataset.task == "caption"
        self.setAccessibleName(self.tr("Captions") if is_captioned else self.tr("Classes"))
        self._classes.replace(dataset)

    def close_threads(self) -> None:
        """Read no more samples."""
        self._loader.close(timeout=0.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._delegate.tiles.begin()
        super().paintEvent(event)
        self._wanting.start()
        if self._delegate.tiles.left_for_later:
            QTimer.singleShot(0, self.viewport(), self.viewport().update)

    def _want(self) -> None:
        """Have the samples read that are in sight."""
        first = self.indexAt(QPoint(1, 1)).row()
        if first < 0:
            return
        last = min(self._classes.rowCount(), first + self.viewport().height() // HEIGHT + 2)
        count = len(tile_places(QRect(0, 0, self.viewport().width(), HEIGHT)))
        rows = [self._classes.row(place).samples[:count] for place in range(first, last)]
        self._loader.want([str(path) for samples in rows for path in samples])

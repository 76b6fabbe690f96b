"""The surest mistakes: each a thumbnail, what it was taken for, and what it is."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from ...images.folder import readable
from ...images.thumbnails import ThumbnailStore
from ...training.evaluation.evaluation import Evaluation
from ..parts.numbers import format_probability
from ..thumbnails.thumbnail_loader import ThumbnailLoader
from ..thumbnails.thumbnail_tiles import Tiles, paint_outline

Index = QModelIndex | QPersistentModelIndex
MOST = 500  # rows
TILE = QSize(64, 46)
PADDING = 5
GAP = 10  # between thumbnail and words


class MistakeModel(QAbstractListModel):
    """Mistakes, the surest first."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self.evaluation: Evaluation | None = None
        self.places: list[int] = []  # of the pictures in the evaluation

    def replace(self, evaluation: Evaluation) -> None:
        self.beginResetModel()
        self.evaluation = evaluation
        self.places = evaluation.mistakes[:MOST].tolist()
        self.endResetModel()

    def path(self, row: int) -> str:
        assert self.evaluation is not None
        return str(self.evaluation.answers.path(self.places[row]))

    def words(self, row: int) -> tuple[str, str]:
        """What it was taken for, and what it is."""
        assert self.evaluation is not None
        found, place = self.evaluation, self.places[row]
        answers = found.answers
        taken = answers.classes[found.predicted[place]]
        true = answers.classes[answers.labels[place]]
        sure, right = (
            format_probability(float(values[place]))
            for values in (found.confidence, found.true_probability)
        )
        return f"{taken}  {sure}", self.tr("is {0}  {1}").format(true, right)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.places)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return ", ".join(self.words(index.row()))
        if role == Qt.ItemDataRole.ToolTipRole and self.evaluation is not None:
            return readable(self.evaluation.answers.names[self.places[index.row()]])
        return None


class MistakeDelegate(QStyledItemDelegate):
    """Paints a row: the thumbnail, and two lines of words."""

    def __init__(self, parent: QListView, store: ThumbnailStore) -> None:
        super().__init__(parent)
        self.tiles = Tiles()
        self._store = store

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, max(TILE.height(), 2 * option.fontMetrics.height()) + 2 * PADDING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, MistakeModel)
        palette = QGuiApplication.palette()  # style sheets overlay the list's own
        row: QRect = option.rect
        tile = QRect(row.left() + 12, row.center().y() - TILE.height() // 2, *TILE.toTuple())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = model.path(index.row())
        self.tiles.paint(painter, tile, palette, path, self._store.get(path))
        if option.state & QStyle.StateFlag.State_HasFocus:
            paint_outline(painter, tile, palette.accent())
        elif option.state & QStyle.StateFlag.State_MouseOver:
            paint_outline(painter, tile, palette.mid())
        taken, true = model.words(index.row())
        words = row.adjusted(tile.right() + GAP - row.left(), 0, -8, 0)
        half = row.height() // 2
        upper, lower = words.adjusted(0, 0, 0, -half), words.adjusted(0, half, 0, 0)
        bottom, top = Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignTop
        _write(painter, upper, bottom, taken, palette.color(QPalette.ColorRole.Text))
        _write(painter, lower, top, true, palette.color(QPalette.ColorRole.PlaceholderText))
        painter.restore()


def _write(
    painter: QPainter, room: QRect, side: Qt.AlignmentFlag, text: str, color: QColor
) -> None:
    painter.setPen(color)
    middle = Qt.TextElideMode.ElideMiddle
    shown = painter.fontMetrics().elidedText(text, middle, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | side, shown)


class MistakeList(QListView):
    """A click, or Enter, opens a picture; thumbnails are made for those in sight."""

    mistake_chosen = Signal(int)  # row: place among the mistakes

    def __init__(self) -> None:
        super().__init__()
        self._store = ThumbnailStore()
        self._loader: ThumbnailLoader | None = None  # its threads begin when somebody looks
        self._mistakes = MistakeModel(self)
        self._delegate = MistakeDelegate(self, self._store)
        self._wanting = QTimer(self, singleShot=True, interval=0)
        self._finishing = QTimer(self, singleShot=True, interval=0)
        self.setModel(self._mistakes)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(self.tr("Mistakes, the surest first"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.clicked.connect(self._choose)
        self.verticalScrollBar().valueChanged.connect(self._wanting.start)
        self._wanting.timeout.connect(self._want)
        self._finishing.timeout.connect(self.viewport().update)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show its mistakes."""
        self._mistakes.replace(evaluation)
        self.setCurrentIndex(self._mistakes.index(0))
        self._wanting.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.mistake_chosen.emit(index.row())

    # Thumbnails

    def paintEvent(self, event: QPaintEvent) -> None:
        self._delegate.tiles.begin()
        super().paintEvent(event)
        if self._delegate.tiles.left_for_later:
            self._finishing.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wanting.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._loader is not None:
            self._loader.want(())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._wanting.start()

    def _want(self) -> None:
        """Ask for the thumbnails in sight, then for those of the next screen."""
        if not self.isVisible() or not self._mistakes.places:
            return
        if self._loader is None:
            self._loader = self._begin()
        first = max(0, self.indexAt(QPoint(1, 1)).row())
        height = self.sizeHintForRow(0)
        seen = self.viewport().height() // height + 2
        rows = range(first, min(first + 2 * seen, len(self._mistakes.places)))
        paths = [self._mistakes.path(row) for row in rows]
        self._loader.want(paths[:seen], paths[seen:])

    def _begin(self) -> ThumbnailLoader:
        loader = ThumbnailLoader(self._store, self)
        loader.ready.connect(self.viewport().update)
        self.destroyed.connect(partial(loader.close, 2.0))
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(partial(loader.close, 2.0))
        return loader

"""A view of thumbnails that is as quick with a hundred thousand as with ten."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QRegion,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame

from ...images.folder import Order
from .thumbnail_layout import MARGIN, ThumbnailLayout
from .thumbnail_loader import ThumbnailLoader
from .thumbnail_model import ThumbnailModel
from .thumbnail_tiles import Tiles, paint_outline

_Index = QModelIndex | QPersistentModelIndex
_Action = QAbstractItemView.CursorAction
NAME_SCALE = 0.85  # of the window's text
NAME_GAP = 3
WHEEL_STEPS = 3  # Qt's, for one notch


class ThumbnailGrid(QAbstractItemView):
    """Thumbnails with their names, in as many columns as fit.

    The current one is the chosen picture. Nothing is computed for those out of sight.
    """

    chosen = Signal(int)  # place of the current picture, whoever made it current
    confirmed = Signal(int)  # place; Enter or a double click

    def __init__(self, loader: ThumbnailLoader) -> None:
        super().__init__()
        self.pictures = ThumbnailModel(loader.store, self)
        self.heading = 1  # places that the last key went: where the next pictures lie
        self._loader = loader
        self._tiles = Tiles()
        self._places: dict[str, int] = {}  # of what is visible
        self._hovered = -1
        self._scrolled_to = 0
        self._downwards = True
        self._wanting = QTimer(self, singleShot=True, interval=0)
        self._finishing = QTimer(self, singleShot=True, interval=0)
        self._name_font, self._arrangement = QFont(), ThumbnailLayout.fitted(0, 0)
        self._set_up()
        self._measure()
        self._connect()

    def _set_up(self) -> None:
        self.setModel(self.pictures)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.viewport().setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def _connect(self) -> None:
        self._loader.ready.connect(self._show_thumbnail)
        self._wanting.timeout.connect(self._want)
        self._finishing.timeout.connect(self.viewport().update)
        self.verticalScrollBar().valueChanged.connect(self._note_scrolling)
        self.activated.connect(lambda index: self.confirmed.emit(index.row()))

    def replace(self, folder: Path, rows: Sequence[str], order: Order, *, keep: bool) -> None:
        """Show other rows; nothing is current then. `keep` holds the view where it was."""
        anchor = self._anchor() if keep else None
        self.pictures.replace(folder, rows, order)
        self._hovered = -1
        self.updateGeometries()
        if anchor is None:
            self.verticalScrollBar().setValue(0)
        else:
            self._scroll_to_anchor(*anchor)
        self._refresh()

    def make_current(self, place: int, *, reveal: bool) -> None:
        """Choose a picture; `reveal` scrolls to it."""
        self.setAutoScroll(reveal)
        clear_and_select = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(self.pictures.index(place), clear_and_select)
        self.setAutoScroll(True)

    def neighbours(self, place: int) -> list[int]:
        """The next two places where the reader is heading, and the one before."""
        around = (place + self.heading, place + 2 * self.heading, place - self.heading)
        return [near for near in around if 0 <= near < len(self.pictures.rows)]

    # Where things are:

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def visualRect(self, index: _Index) -> QRect:
        if not index.isValid():
            return QRect()
        return self._arrangement.cell(index.row()).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        place = self._arrangement.place_at(point.x(), point.y() + self.verticalOffset())
        shown = place is not None and place < len(self.pictures.rows)
        return self.pictures.index(place) if place is not None and shown else QModelIndex()

    def isIndexHidden(self, index: _Index) -> bool:
        return False

    def scrollTo(
        self,
        index: _Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid():
            return
        cell, bar = self._arrangement.cell(index.row()), self.verticalScrollBar()
        if cell.top() < bar.value():
            bar.setValue(cell.top())
        elif cell.bottom() >= bar.value() + self.viewport().height():
            bar.setValue(min(cell.top(), cell.bottom() + 1 - self.viewport().height()))

    def updateGeometries(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep(self._arrangement.line // WHEEL_STEPS)
        total = self._arrangement.total_height(len(self.pictures.rows))
        bar.setRange(0, max(0, total - height))
        super().updateGeometries()

    def _visible(self) -> range:
        return self._screen(self.verticalOffset())

    def _screen(self, top: int) -> range:
        bottom = top + self.viewport().height() - 1
        return self._arrangement.between(top, bottom, len(self.pictures.rows))

    def _anchor(self) -> tuple[str, int] | None:
        """A row and how far below the view's top it lies: the current one, if that is visible."""
        current, visible = self.currentIndex().row(), self._visible()
        if not visible:
            return None
        place = current if current in visible else visible[0]
        return self.pictures.rows[place], self._arrangement.tile(
            place
        ).top() - self.verticalOffset()

    def _scroll_to_anchor(self, row: str, below: int) -> None:
        place = bisect_left(self.pictures.rows, row)  # or of what came after it
        self.verticalScrollBar().setValue(self._arrangement.tile(place).top() - below)

    def _measure(self) -> None:
        """Arrange for the present width and font."""
        self._name_font = QFont(self.font())
        self._name_font.setPixelSize(round(self.fontInfo().pixelSize() * NAME_SCALE))
        name_height = QFontMetrics(self._name_font).height() + NAME_GAP
        # A scroll bar lies in the right margin, so that its coming and going moves nothing.
        wider = max(0, self.verticalScrollBar().sizeHint().width() - MARGIN)
        self._arrangement = ThumbnailLayout.fitted(self.width() - wider, name_height)

    # Keys and mouse:

    def moveCursor(self, action: _Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count, place = len(self.pictures.rows), self.currentIndex().row()
        if not count:
            return QModelIndex()
        if action in (_Action.MoveHome, _Action.MoveEnd):
            self.heading = 1 if action == _Action.MoveHome else -1
            return self.pictures.index(0 if action == _Action.MoveHome else count - 1)
        if place < 0:
            return self.pictures.index(self._visible()[0])
        self.heading, jump = self._jump(action)
        return self.pictures.index(self._landing(place, jump, count))

    def _jump(self, action: _Action) -> tuple[int, int]:
        """Where a key heads to, and how far it goes, in places."""
        columns = self._arrangement.columns
        page = columns * max(1, self.viewport().height() // self._arrangement.line)
        return {
            _Action.MoveUp: (-columns, -columns),
            _Action.MoveDown: (columns, columns),
            _Action.MovePageUp: (-columns, -page),
            _Action.MovePageDown: (columns, page),
            _Action.MoveRight: (1, 1),
            _Action.MoveNext: (1, 1),
        }.get(action, (-1, -1))

    def _landing(self, place: int, jump: int, count: int) -> int:
        """The place after a jump; one that leads too far ends in the first or last line."""
        columns = self._arrangement.columns
        if 0 <= place + jump < count:
            return place + jump
        if jump < 0:
            return place % columns if jump <= -columns else place
        last_line, column = (count - 1) // columns, place % columns
        if place // columns == last_line:
            return place
        return min(last_line * columns + column, count - 1)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        index = self.indexAt(rect.center())
        self.selectionModel().select(QItemSelection(index, index), command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        self.update(previous)
        if current.isValid():
            self.chosen.emit(current.row())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.indexAt(event.position().toPoint()).isValid():  # elsewhere it would deselect
            self.heading = 1
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.indexAt(event.position().toPoint()).row())
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            before, self._hovered = self._hovered, place
            self.update(self.pictures.index(before))
            self.update(self.pictures.index(place))

    # What is seen:

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._name_font)
        top = self.verticalOffset()
        area = event.rect().translated(0, top)
        count = len(self.pictures.rows)
        self._tiles.begin()
        for place in self._arrangement.between(area.top(), area.bottom(), count):
            tile = self._arrangement.tile(place).translated(0, -top)
            self._paint_cell(painter, tile, place)
        if self._tiles.left_for_later:
            self._finishing.start()

    def _paint_cell(self, painter: QPainter, tile: QRect, place: int) -> None:
        palette = QApplication.palette()  # style sheets overlay our own
        path = self.pictures.path(place)
        self._tiles.paint(painter, tile, palette, path, self._loader.store.get(path))
        is_current = place == self.currentIndex().row()
        if is_current:
            paint_outline(painter, tile, palette.accent())
        elif place == self._hovered:
            paint_outline(painter, tile, palette.mid())
        bright = is_current or place == self._hovered
        painter.setPen((palette.text() if bright else palette.placeholderText()).color())
        room = QRect(tile.left(), tile.bottom() + 1 + NAME_GAP, tile.width(), tile.height())
        middle, metrics = Qt.TextElideMode.ElideMiddle, painter.fontMetrics()
        shown = metrics.elidedText(self.pictures.name(place), middle, tile.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        anchor, before = self._anchor(), self._arrangement
        self._measure()
        super().resizeEvent(event)
        if anchor is not None and self._arrangement != before:
            self._scroll_to_anchor(*anchor)
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._measure()
            self.updateGeometries()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.scrollTo(self.currentIndex())
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._loader.want(())

    def _note_scrolling(self, value: int) -> None:
        self._downwards = value >= self._scrolled_to
        self._scrolled_to = value
        self._refresh()

    def _refresh(self) -> None:
        self.viewport().update()
        self._wanting.start()

    def _want(self) -> None:
        """Ask for the thumbnails of this screen, then of the next one in the way of scrolling."""
        if not self.isVisible():
            return
        screen = self.viewport().height()
        ahead = self._screen(self.verticalOffset() + (screen if self._downwards else -screen))
        self._places = {self.pictures.path(place): place for place in self._visible()}
        self._loader.want(list(self._places), [self.pictures.path(place) for place in ahead])

    def _show_thumbnail(self, path: str) -> None:
        place = self._places.get(path)
        if place is not None:
            self.update(self.pictures.index(place))

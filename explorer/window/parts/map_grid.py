"""A grid of small maps, one of them chosen: painted as one image, walked by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QToolTip

from ...images.colormaps import table
from .argb import argb_image, packed
from .cell_labels import CellLabels
from .cells import Cells
from .grid_keys import walked
from .key_focus import KeyFocus
from .mosaic import color_indices, mosaic

Cell = tuple[int, int]  # row, column

MARGIN = 8
WAITING_OPACITY = 0.35


class MapGrid(KeyFocus):
    """Rows × columns of maps with names at the margin; the last column sums up its row.

    `describe(row, column)` says in words what a cell shows: for the tooltip and screen readers.
    """

    cell_chosen = Signal(int, int)  # row, column

    def __init__(self, describe: Callable[[int, int], str]) -> None:
        super().__init__()
        self._describe = describe
        self._maps = np.zeros((1, 2, 1, 1), np.float32)
        self._labels = CellLabels([""], ["", ""], self.font())
        self._scale = "inferno", False  # colour map, whether all maps share one scale
        self._waiting = False
        self._chosen: Cell | None = None
        self._hovered: Cell | None = None
        self._image: QImage | None = None  # of the maps; None once it is out of date
        self._image_cells: Cells | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(120, 80)

    def sizeHint(self) -> QSize:
        return QSize(360, 370)

    # What is shown. The image is made when it is painted, so a hidden grid costs nothing.

    def show_maps(self, maps: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
        """Show maps, float32 (rows, columns, map rows, map columns), under these names."""
        if maps.shape != self._maps.shape:
            self._hovered = None
        self._maps = maps
        if (rows, columns) != (self._labels.rows, self._labels.columns):
            self._labels = CellLabels(rows, columns, self.font())
        self._forget_image()

    def show_scale(self, colormap: str, shared_scale: bool) -> None:
        """Show in the colours of a map, on each map's own scale or on that of them all."""
        if (colormap, shared_scale) == self._scale:
            return
        self._scale = colormap, shared_scale
        self._forget_image()

    def show_chosen(self, cell: Cell | None) -> None:
        """Outline a cell."""
        self._chosen = cell
        self.setAccessibleDescription(self._describe(*cell) if cell else "")
        self.update()

    def show_waiting(self, waiting: bool) -> None:
        """Fade the maps while newer ones are computed."""
        if waiting != self._waiting:
            self._waiting = waiting
            self.update()

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell lies in the widget."""
        unit = self.devicePixelRatioF()
        left, top, width, height = self._cells().rect(row, column)
        return QRectF(left / unit, top / unit, width / unit, height / unit)

    def _forget_image(self) -> None:
        self._image = None
        self.update()

    def _cells(self) -> Cells:
        unit = self.devicePixelRatioF()
        beside, above = self._labels.margins
        left, top = round((MARGIN + beside) * unit), round((MARGIN / 2 + above) * unit)
        width = int((self.width() - MARGIN) * unit) - left
        height = int((self.height() - MARGIN) * unit) - top
        rows, columns, map_rows, map_columns = self._maps.shape
        shape = rows, columns, map_rows, map_columns
        return Cells.fitted(shape, (left, top, width, height), unit)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._labels = CellLabels(self._labels.rows, self._labels.columns, self.font())
        super().changeEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        cells, unit = self._cells(), self.devicePixelRatioF()
        painter = QPainter(self)
        self._labels.paint(painter, self, cells, self._chosen)
        # From here on in device pixels: a map is sharp only where its cells begin on whole ones.
        painter.scale(1 / unit, 1 / unit)
        painter.setOpacity(WAITING_OPACITY if self._waiting else 1)
        self._paint_maps(painter, cells)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_outlines(painter, cells, unit)

    def _paint_maps(self, painter: QPainter, cells: Cells) -> None:
        image = self._current_image(cells)
        heads = (cells.columns - 1) * (cells.width + cells.gap)
        summary, top, *_ = cells.rect(0, cells.columns - 1)
        painter.drawImage(cells.left, top, image, 0, 0, heads, -1)
        painter.drawImage(summary, top, image, heads, 0, -1, -1)

    def _current_image(self, cells: Cells) -> QImage:
        if self._image is None or self._image_cells != cells:
            colormap, shared_scale = self._scale
            indices = color_indices(self._maps, shared_scale)
            size = cells.height, cells.width
            pixels = mosaic(indices, packed(table(colormap)), size, cells.gap)
            self._image = argb_image(pixels).copy()
            self._image_cells = cells
        return self._image

    def _paint_outlines(self, painter: QPainter, cells: Cells, unit: float) -> None:
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        if self._hovered and self._hovered != self._chosen:
            quiet = self.palette().color(QPalette.ColorRole.PlaceholderText)
            _outline(painter, cells.rect(*self._hovered), quiet, unit, unit)
        if self._chosen:
            _outline(painter, cells.rect(*self._chosen), accent, unit, 2 * unit)
        if self.shows_focus:
            line = max(1, round(unit))
            whole = 0, 0, round(self.width() * unit), round(self.height() * unit)
            _outline(painter, whole, accent, -line, line)

    # Mouse and keys

    def _cell_at(self, place: QPointF) -> Cell | None:
        unit = self.devicePixelRatioF()
        return self._cells().at(place.x() * unit, place.y() * unit)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._wish(self._cell_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._wish(cell)
        if cell != self._hovered:
            self._hover(cell)
            if QToolTip.isVisible():
                self._tell(cell, event.globalPosition().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(self._cell_at(QPointF(event.pos())), event.globalPos())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        cell = walked(event.key(), self._chosen or (0, 0), *self._maps.shape[:2])
        if cell is None:
            super().keyPressEvent(event)
        else:
            self._wish(cell)

    def _wish(self, cell: Cell | None) -> None:
        if cell is not None and cell != self._chosen:
            self.cell_chosen.emit(*cell)

    def _hover(self, cell: Cell | None) -> None:
        self._hovered = cell
        self.update()

    def _tell(self, cell: Cell | None, place: QPoint) -> None:
        text = self._describe(*cell) if cell and not self._waiting else ""
        QToolTip.showText(place, text, self)


def _outline(
    painter: QPainter, cell: tuple[int, int, int, int], color: QColor, away: float, width: float
) -> None:
    """A rounded line around a cell, `away` from it, so that it covers no patch; device pixels."""
    painter.setPen(QPen(color, width))
    out = away + width / 2
    radius = 1.5 * abs(away + width)
    painter.drawRoundedRect(QRectF(*cell).adjusted(-out, -out, out, out), radius, radius)

"""The mosaic's pixels: every patch's map in the patch's place, as one image."""

from __future__ import annotations

from math import ceil

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent

from ...records import Patch
from ..parts.argb import argb_image
from ..parts.device_pixels import device_painter, in_widget, update_pixels
from ..parts.key_focus import KeyFocus
from ..parts.mosaic import mosaic
from ..picture.heat_layer import solid
from ..picture.patch_marks import marked, paint_outline, paint_pin
from .mosaic_layout import MosaicLayout, Range
from .mosaic_shades import averaged

MARGIN = 6  # around the maps, for the outlines of the outermost


class MosaicSurface(KeyFocus):
    """Shows all maps at once, and marks some. What moves, and who moves it, is not its business."""

    def __init__(self) -> None:
        super().__init__()
        self.shades: np.ndarray | None = None  # uint8 (rows, columns, map rows, map columns)
        self._colormap = "inferno"
        self._layout = MosaicLayout()
        self._pixels: np.ndarray | None = None  # of the maps that are seen; None once out of date
        self._pixels_of: tuple[Range, Range, tuple[int, int]] | None = None  # rows, columns, size
        self._pins: tuple[tuple[int, Patch], ...] = ()
        self._hovered: Patch | None = None
        self.setMinimumSize(24, 24)

    def sizeHint(self) -> QSize:
        return QSize(180, 180)

    # What is shown

    @property
    def proportion(self) -> float:
        """Height of the whole mosaic over its width, about."""
        rows, columns, map_rows, map_columns = self._layout.shape
        return rows * map_rows / (columns * map_columns)

    def side_in(self, room: QSize) -> float:
        """How wide all maps together would be in a widget of this size, its margin left out."""
        ratio, margins = self.devicePixelRatioF(), 2 * self._margin
        width, height = (ceil(side * ratio) for side in (room.width(), room.height()))
        view = max(1, width - margins), max(1, height - margins)
        return self._layout.resized(*view, ratio).fit_size[0] / ratio

    def show_maps(self, shades: np.ndarray | None, grid: tuple[int, int]) -> None:
        """Show every patch's map: uint8 (rows, columns, map rows, map columns).

        `grid`: rows and columns of patches that a map stands for; it may have fewer shades.
        """
        self.shades = shades
        if shades is not None:
            self._show_layout(self._layout.showing((*shades.shape[:2], *grid)))
        self._forget_image()

    def show_colors(self, colormap: str) -> None:
        if colormap != self._colormap:
            self._colormap = colormap
            self._forget_image()

    def show_marks(self, hovered: Patch | None, pins: tuple[tuple[int, Patch], ...]) -> None:
        """Outline the hovered patch's map, and those of pinned ones with their numbers."""
        if (hovered, pins) == (self._hovered, self._pins):
            return
        if pins != self._pins:
            self.update()
        for patch in (self._hovered, hovered):
            if patch is not None and self._exists(patch):
                update_pixels(self, marked(self._cell(patch), self._line))
        self._hovered = hovered
        self._pins = pins

    def map_rect(self, row: int, column: int) -> QRectF:
        """Where a patch's map lies in the widget."""
        return in_widget(self, self._cell((row, column)))

    def _exists(self, patch: Patch) -> bool:
        rows, columns = self._layout.shape[:2]
        return self.shades is not None and patch[0] < rows and patch[1] < columns

    def _forget_image(self) -> None:
        self._pixels = None
        self.update()

    def _show_layout(self, layout: MosaicLayout) -> None:
        if layout != self._layout:
            self._layout = layout
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fill_view()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._fill_view()
        return super().event(event)

    def _fill_view(self) -> None:
        ratio, margin = self.devicePixelRatioF(), self._margin
        width, height = ceil(self.width() * ratio), ceil(self.height() * ratio)
        view = max(1, width - 2 * margin), max(1, height - 2 * margin)
        self._show_layout(self._layout.resized(*view, ratio))

    # Where things lie: the layout's view is the widget without its margin

    @property
    def _margin(self) -> int:
        return round(MARGIN * self.devicePixelRatioF())

    @property
    def _line(self) -> int:
        return max(1, round(self.devicePixelRatioF()))

    def _in_view(self, place: QPointF) -> tuple[float, float]:
        ratio, margin = self.devicePixelRatioF(), self._margin
        return place.x() * ratio - margin, place.y() * ratio - margin

    def _cell(self, patch: Patch) -> QRect:
        """A patch's map in device pixels of the widget."""
        return QRect(*self._layout.rect(*patch)).translated(self._margin, self._margin)

    def patch_at(self, place: QPointF) -> Patch | None:
        """The patch whose map lies at a place of the widget."""
        return None if self.shades is None else self._layout.at(*self._in_view(place))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.shades is None:
            return
        painter = device_painter(self)
        whole = QRect(0, 0, *self._layout.view).translated(self._margin, self._margin)
        painter.setClipRect(whole)
        self._paint_maps(painter, self.shades)
        painter.setClipping(False)
        self._paint_marks(painter, whole)

    def _paint_maps(self, painter: QPainter, shades: np.ndarray) -> None:
        rows, columns = self._layout.visible()
        width, height = self._layout.cell
        wanted = rows, columns, (width, height)
        if self._pixels is None or self._pixels_of != wanted:
            seen = shades[slice(*rows), slice(*columns)]
            fitting = averaged(seen, height, width)
            inks = solid(self._colormap)
            self._pixels = mosaic(fitting, inks, (height, width), self._layout.gap)
            self._pixels_of = wanted
        if self._pixels.size:
            corner = self._cell((rows[0], columns[0])).topLeft()
            painter.drawImage(corner, argb_image(self._pixels))

    def _paint_marks(self, painter: QPainter, whole: QRect) -> None:
        around = whole.adjusted(-self._margin, -self._margin, self._margin, self._margin)
        painter.setClipRect(around)
        for number, patch in self._pins:
            if self._exists(patch) and self._cell(patch).intersects(whole):
                ratio = self.devicePixelRatioF()
                paint_pin(painter, self._cell(patch), number, ratio, self.palette(), around)
        hovered = self._hovered
        if hovered and self._exists(hovered) and self._cell(hovered).intersects(whole):
            paint_outline(painter, self._cell(hovered), self._line)

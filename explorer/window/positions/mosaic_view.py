"""The mosaic: every patch's map in the patch's place, as one image."""

from __future__ import annotations

from math import ceil

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from ...records import Patch
from ..parts.device_painter import device_painter
from ..parts.mosaic import mosaic
from ..picture.canvas import ARROWS, BY_KEY, KEYS_PAN, ZOOM_STEP
from ..picture.heat_layer import solid
from ..picture.patch_marks import marked, paint_focus, paint_outline, paint_pin
from .mosaic_layout import MosaicLayout, Range
from .mosaic_shades import averaged
from .patch_keys import PIN_KEYS, walked

MARGIN = 6  # around the maps, for the outlines of the outermost
_ZOOMS: dict[int, int] = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}


class MosaicView(QWidget):
    """Shows all maps at once, near or far, and says which patch's map is hovered or pinned."""

    patch_hovered = Signal(object)  # Patch, or None where the mouse is over none
    patch_pinned = Signal(int, int)  # row, column: clicked, or Enter
    pinning_undone = Signal()  # the click before was the first of two
    pins_freed = Signal()  # Esc

    def __init__(self) -> None:
        super().__init__()
        self.shades: np.ndarray | None = None  # uint8 (rows, columns, map rows, map columns)
        self._colormap = "inferno"
        self._layout = MosaicLayout()
        self._pixels: np.ndarray | None = None  # of the maps that are seen; None once out of date
        self._pixels_of: tuple[Range, Range, tuple[int, int]] | None = None  # rows, columns, size
        self._pins: tuple[tuple[int, Patch], ...] = ()
        self._hovered: Patch | None = None
        self._announced: Patch | None = None
        self._pressed: QPointF | None = None  # where a click began that may still become a drag
        self._panned_from: QPointF | None = None
        self._pinned_by_click = False
        self._turned = 0.0  # notches of the wheel that are not yet a step
        self._focus_seen = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(24, 24)

    def sizeHint(self) -> QSize:
        return QSize(180, 180)

    # What is shown

    @property
    def layout_of_maps(self) -> MosaicLayout:
        return self._layout

    @property
    def proportion(self) -> float:
        """Height of the whole mosaic over its width, about."""
        rows, columns, map_rows, map_columns = self._layout.shape
        return rows * map_rows / (columns * map_columns)

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
                self.update(self._logical(marked(self._cell(patch), self._line)))
        self._hovered = self._announced = hovered
        self._pins = pins

    def map_rect(self, row: int, column: int) -> QRectF:
        """Where a patch's map lies in the widget."""
        ratio = self.devicePixelRatioF()
        cell = self._cell((row, column))
        return QRectF(cell.topLeft().toPointF() / ratio, cell.size().toSizeF() / ratio)

    def _exists(self, patch: Patch) -> bool:
        rows, columns = self._layout.shape[:2]
        return self.shades is not None and patch[0] < rows and patch[1] < columns

    def _forget_image(self) -> None:
        self._pixels = None
        self.update()

    # Zoom and pan

    def zoom_to_fit(self) -> None:
        self._show_layout(self._layout.fit())

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        """Zoom by steps at a place of the widget; at the middle where none is named."""
        place = None if at is None else self._in_view(at)
        self._show_layout(self._layout.zoomed(ZOOM_STEP**steps, place))

    def pan_by(self, down: int, right: int) -> None:
        """Look further down and right, in steps that keys take."""
        width, height = self._layout.view
        self._show_layout(self._layout.panned(-right * KEYS_PAN * width, -down * KEYS_PAN * height))

    def _show_layout(self, layout: MosaicLayout) -> None:
        if layout != self._layout:
            self._layout = layout
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fill_view()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._fill_view()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            return self._claim(event)
        return super().event(event)

    def _claim(self, event: QKeyEvent) -> bool:
        """Take keys that else would zoom the picture, which has not the focus."""
        event.setAccepted(event.key() == Qt.Key.Key_0 or event.key() in _ZOOMS)
        return event.isAccepted()

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

    def _logical(self, rect: QRect) -> QRect:
        ratio = self.devicePixelRatioF()
        corner, size = rect.topLeft().toPointF() / ratio, rect.size().toSizeF() / ratio
        return QRectF(corner, size).toAlignedRect()

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
        if self._focus_seen:
            ratio = self.devicePixelRatioF()
            view = QSize(ceil(self.width() * ratio), ceil(self.height() * ratio))
            paint_focus(painter, view, self._line, self.palette())

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
            painter.drawImage(corner, _as_image(self._pixels))

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

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self._begin_to_pan(event.position())
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._pinned_by_click = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and self._is_drag(event.position() - self._pressed):
            self._begin_to_pan(self._pressed)
        if self._panned_from is None:
            self._announce(event.position())
            return
        moved = (event.position() - self._panned_from) * self.devicePixelRatioF()
        self._panned_from = event.position()
        self._show_layout(self._layout.panned(moved.x(), moved.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        patch = self.patch_at(event.position())
        if self._pressed is not None and patch is not None:
            self._pinned_by_click = True
            self.patch_pinned.emit(*patch)
        self._pressed = self._panned_from = None
        self.unsetCursor()
        self._announce(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All maps are seen again; the first click was no wish to pin."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._pinned_by_click:
            self.pinning_undone.emit()
        self.zoom_to_fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Whole steps only: the fine turns of a touchpad would each be a pixel, far too much."""
        self._turned += event.angleDelta().y() / 120
        steps = int(self._turned)
        if steps:
            self._turned -= steps
            self.zoom_by(steps, event.position())
            self._announce(event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._announce(None)

    def _is_drag(self, way: QPointF) -> bool:
        return way.manhattanLength() >= QApplication.startDragDistance()

    def _begin_to_pan(self, place: QPointF) -> None:
        self._pressed, self._panned_from = None, place
        if not self._layout.fits:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _announce(self, mouse: QPointF | None) -> None:
        patch = None if mouse is None else self.patch_at(mouse)
        if patch != self._announced:
            self._announced = patch
            self.patch_hovered.emit(patch)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = ARROWS.get(event.key())
        if self.shades is None:
            super().keyPressEvent(event)
        elif step and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_by(*step)
        elif event.key() in _ZOOMS:
            self.zoom_by(_ZOOMS[event.key()], self._middle_of_hovered())
        elif event.key() == Qt.Key.Key_0:
            self.zoom_to_fit()
        elif not self._answer(event.key()):
            super().keyPressEvent(event)

    def _answer(self, key: int) -> bool:
        """Walk, pin or free."""
        rows, columns = self._layout.shape[:2]
        at = self._hovered or (rows // 2, columns // 2)
        patch = walked(key, at, rows, columns)
        if patch is not None:
            self._show_layout(self._layout.revealing(*patch))
            self.patch_hovered.emit(patch)
        elif key in PIN_KEYS:
            self.patch_pinned.emit(*at)
        elif key == Qt.Key.Key_Escape:
            self.pins_freed.emit()
        else:
            return False
        return True

    def _middle_of_hovered(self) -> QPointF | None:
        """Where keys zoom: to the hovered map, if it is seen."""
        if self._hovered is None or not self._exists(self._hovered):
            return None
        middle = self.map_rect(*self._hovered).center()
        return middle if QRectF(self.rect()).contains(middle) else None

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._focus_seen = event.reason() in BY_KEY
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focus_seen = False
        self.update()


def _as_image(pixels: np.ndarray) -> QImage:
    """An image on the array's own memory: the array must outlive it."""
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form)

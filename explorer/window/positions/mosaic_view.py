"""The mosaic under hands: zoom, pan, hover, and maps to pin."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from ...records import Patch
from ..parts.device_pixels import device_painter
from ..parts.grid_keys import ARROWS, CHOOSING, walked
from ..picture.canvas import KEYS_PAN, ZOOM_STEP
from ..picture.patch_marks import paint_focus
from .mosaic_surface import MosaicSurface

_ZOOMS: dict[int, int] = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}


class MosaicView(MosaicSurface):
    """A mosaic that says which patch's map is hovered or pinned."""

    patch_hovered = Signal(object)  # Patch, or None where the mouse is over none
    patch_pinned = Signal(int, int)  # row, column: clicked, or Enter
    pinning_undone = Signal()  # the click before was the first of two
    pins_freed = Signal()  # Esc

    def __init__(self) -> None:
        super().__init__()
        self._announced: Patch | None = None  # the patch that was last said to be hovered
        self._pressed: QPointF | None = None  # where a click began that may still become a drag
        self._panned_from: QPointF | None = None
        self._pinned_by_click = False
        self._turned = 0.0  # notches of the wheel that are not yet a step
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def show_marks(self, hovered: Patch | None, pins: tuple[tuple[int, Patch], ...]) -> None:
        super().show_marks(hovered, pins)
        self._announced = hovered

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.shows_focus:
            ratio = self.devicePixelRatioF()
            view = QSize(ceil(self.width() * ratio), ceil(self.height() * ratio))
            paint_focus(device_painter(self), view, self._line, self.palette())

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

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            return self._claim(event)
        return super().event(event)

    def _claim(self, event: QKeyEvent) -> bool:
        """Take keys that else would zoom the picture, which has not the focus."""
        event.setAccepted(event.key() == Qt.Key.Key_0 or event.key() in _ZOOMS)
        return event.isAccepted()

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
        elif key in CHOOSING:
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

"""The surface under hands: zoom, pan, hover, and patches to choose."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture

from ...records import Frame, Heatmap, Patch
from ..parts.device_pixels import device_painter
from ..parts.grid_keys import ARROWS, moved
from ..state import Overlay, View
from .patch_marks import paint_focus
from .surface import Surface
from .viewport import Viewport

ZOOM_STEP = 1.25  # per notch of a wheel, or per key
KEYS_PAN = 0.2  # share of the view per key


class Canvas(Surface):
    """A surface that says which patch is hovered and which is chosen."""

    patch_hovered = Signal(object)  # Patch of the map shown, or None where the mouse is over none
    patch_chosen = Signal(int, int)
    # row, column among the picture's own patches; again and again while the mouse is dragged
    choosing_began = Signal()  # the mouse is pressed; patches may be chosen until it is released
    double_clicked = Signal()
    view_moved = Signal(object)  # View, or None for all of the picture: by mouse, keys or touch

    def __init__(self) -> None:
        super().__init__()
        self._mouse: QPointF | None = None  # where it is over the widget
        self._announced: Patch | None = None  # the patch that was last said to be hovered
        self._chosen: Patch | None = None  # the one last chosen by the pressed mouse
        self._is_choosing = False  # whether the mouse is pressed, to choose patches
        self._pan_from: QPointF | None = None
        self._space_held = False
        # Not at once: what is shown changes while others are still told of that very change.
        self._look_again = QTimer(self, singleShot=True, interval=0)
        self._look_again.timeout.connect(self._look_under_mouse)
        self.setAccessibleName(self.tr("Picture"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)

    # Zoom and pan

    @property
    def view(self) -> View | None:
        """What is zoomed to; None = all of the picture."""
        if self._picture is None or self.viewport.fits:
            return None
        return View(self._picture.size, self.viewport.region)

    def follow(self, view: View | None) -> None:
        """Look where another canvas looks; at all of the picture where that is another one."""
        if view == self.view or self._picture is None:
            return
        if view is None or view.picture_size != self._picture.size:
            self._show_viewport(self.viewport.fit())
        else:
            self._show_viewport(self.viewport.holding(view.region))

    def _move(self, viewport: Viewport) -> None:
        self._show_viewport(viewport)
        self.view_moved.emit(self.view)

    def zoom_to_fit(self) -> None:
        self._move(self.viewport.fit())

    def zoom_to_pixels(self) -> None:
        """100 %: a pixel of the picture is a pixel of the screen."""
        self._move(self.viewport.zoomed_to(1.0, self._mouse_in_view()))

    def zoom_by(self, steps: float) -> None:
        """Zoom by steps at the mouse, or at the middle where the mouse is elsewhere."""
        self._move(self.viewport.zoomed(ZOOM_STEP**steps, self._mouse_in_view()))

    def pan_by(self, down: int, right: int) -> None:
        """Look further down and right, in steps that keys take."""
        width, height = self.viewport.view
        moved = self.viewport.panned(-right * KEYS_PAN * width, -down * KEYS_PAN * height)
        self._move(moved)

    def _mouse_in_view(self) -> tuple[float, float] | None:
        return None if self._mouse is None else self._to_view(self._mouse)

    def _show_viewport(self, viewport: Viewport) -> None:
        super()._show_viewport(viewport)
        self._look_again.start()

    def show_heatmap(
        self,
        heatmap: Heatmap | None,
        overlay: Overlay,
        words: Callable[[Patch], str] | None = None,
        frame: Frame | None = None,
    ) -> None:
        super().show_heatmap(heatmap, overlay, words, frame)
        self._look_again.start()

    def show_marks(self, query: Patch | None, hovered: Patch | None) -> None:
        super().show_marks(query, hovered)
        self._announced = hovered

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        if event.button() == Qt.MouseButton.MiddleButton or self._space_held:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._is_choosing = True
            self.choosing_began.emit()
            self._announce_hovered()
            self._choose(self.own_patch_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        if self._pan_from is not None:
            self._pan_to(event.position(), self._pan_from)
            return
        if self._is_choosing:
            self._choose(self.own_patch_at(event.position()))
        else:
            self._announce_hovered()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_choosing, self._chosen, self._pan_from = False, None, None
        self._show_cursor()
        self._announce_hovered()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._space_held:
            self.double_clicked.emit()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse = None
        self._announce_hovered()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._mouse = event.position()
        self.zoom_by(event.angleDelta().y() / 120)

    def _pan_to(self, position: QPointF, start: QPointF) -> None:
        self._pan_from = position
        moved = self._to_view(position - start)
        self._move(self.viewport.panned(*moved))

    def _look_under_mouse(self) -> None:
        """Something else may lie there now, though the mouse rests."""
        if self._mouse is not None:
            self._announce_hovered()

    def _announce_hovered(self) -> None:
        """Say which patch lies under the mouse; none does while another one looks at it."""
        patch = None
        if self._mouse is not None and not self._is_choosing:
            patch = self.patch_at(self._mouse)
        if patch != self._announced:
            self._announced = patch
            self.patch_hovered.emit(patch)

    def _choose(self, patch: Patch | None) -> None:
        """Each patch that the pressed mouse reaches is chosen once."""
        if patch is not None and patch != self._chosen:
            self._chosen = patch
            self.patch_chosen.emit(*patch)

    def _show_cursor(self) -> None:
        if self._space_held:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    # Touch

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            return self._pinched_natively(event)
        if isinstance(event, QGestureEvent):
            return self._pinched(event)
        return super().event(event)

    def _pinched_natively(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        at = self._to_view(event.position())
        self._move(self.viewport.zoomed(1 + event.value(), at))
        return True

    def _pinched(self, event: QGestureEvent) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        at = self._to_view(self.mapFromGlobal(pinch.centerPoint()))
        self._move(self.viewport.zoomed(pinch.scaleFactor(), at))
        return True

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = ARROWS.get(event.key())
        if event.key() == Qt.Key.Key_Space:
            self._space_held = True
            self._show_cursor()
        elif step is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_by(*step)
        else:
            self._walk(step)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._space_held = False
            self._show_cursor()

    def _walk(self, step: tuple[int, int]) -> None:
        """Move the query by patches; it begins in the middle where it is no patch."""
        if self._own_frame is None or self._heatmap is None:
            return
        rows, columns = self._own_frame.rows, self._own_frame.columns
        middle = rows // 2, columns // 2
        patch = moved(self._query, step, rows, columns) if self._query else middle
        if patch != self._query:
            self.patch_chosen.emit(*patch)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space_held = False
        self._show_cursor()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.shows_focus:
            painter = device_painter(self)
            paint_focus(painter, QSize(*self.viewport.view), self._unit, self.palette())

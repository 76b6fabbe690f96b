"""One map over the patches, on a plain ground or over the picture, for mouse and keys."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent

from ...records import Frame, Patch, Picture
from ..parts.device_pixels import device_painter
from ..parts.grid_keys import CHOOSING, walked
from ..picture.patch_marks import paint_focus, paint_pin
from ..picture.surface import Surface

SIDE = 512  # of a plain ground's longer side, about: large enough for any panel


@lru_cache(maxsize=4)
def plain_ground(rows: int, columns: int) -> tuple[Picture, Frame]:
    """Nothing to see, tiled by square patches."""
    return colored_ground(np.zeros((rows, columns, 3), np.uint8))


def colored_ground(colors: np.ndarray) -> tuple[Picture, Frame]:
    """A square of one colour per patch: from uint8 (rows, columns, 3) RGB."""
    rows, columns, _ = colors.shape
    side = max(1, SIDE // max(rows, columns))
    pixels = colors.repeat(side, axis=0).repeat(side, axis=1)
    width, height = columns * side, rows * side
    box = (0.0, 0.0, float(width), float(height))
    frame = Frame("squash", (width, height), (height, width), box, rows, columns)
    return Picture(None, pixels, (width, height)), frame


class PatchMap(Surface):
    """Says which patch is hovered, pinned or freed; what that leads to is not its business.

    What a patch is worth is said beside it, not in a label that would cover a small map.
    """

    patch_hovered = Signal(object)  # Patch, or None where the mouse is over none
    patch_pinned = Signal(int, int)  # row, column: clicked, or Enter
    pins_freed = Signal()  # Esc

    margin = 6
    corner = 3

    def __init__(self) -> None:
        super().__init__()
        self._pins: tuple[tuple[int, Patch], ...] = ()  # number, patch
        self._announced: Patch | None = None  # the patch that was last said to be hovered
        self.setAccessibleName(self.tr("Map of a patch"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(24, 24)

    def sizeHint(self) -> QSize:
        return QSize(180, 180)

    def show_solid(self, solid: bool) -> None:
        """Whether colours hide the ground altogether; for the next heatmap that is shown."""
        self._heat.is_solid = solid

    def show_pins(self, pins: tuple[tuple[int, Patch], ...]) -> None:
        """Mark patches that were pinned by their numbers."""
        if pins != self._pins:
            self._pins = pins
            self.update()

    def show_marks(self, query: Patch | None, hovered: Patch | None) -> None:
        super().show_marks(query, hovered)
        self._announced = hovered

    def _place_label(self) -> None:
        pass

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = device_painter(self)
        self._paint_pins(painter)
        if self.shows_focus:
            paint_focus(painter, QSize(*self.viewport.view), self._unit, self.palette())

    def _paint_pins(self, painter: QPainter) -> None:
        ratio, view = self.devicePixelRatioF(), QRect(0, 0, *self.viewport.view)
        for number, patch in self._pins:
            if self._exists(patch):
                place = self._patch_rect(patch)
                paint_pin(painter, place, number, ratio, self.palette(), view)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        patch = self.patch_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and patch is not None:
            self.patch_pinned.emit(*patch)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # the second of two quick clicks is a click

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._announce(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._announce(None)

    def _announce(self, mouse: QPointF | None) -> None:
        patch = None if mouse is None else self.patch_at(mouse)
        if patch != self._announced:
            self._announced = patch
            self.patch_hovered.emit(patch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._frame is None or self._heatmap is None:
            super().keyPressEvent(event)
            return
        at = self._hovered or (self._frame.rows // 2, self._frame.columns // 2)
        patch = walked(event.key(), at, self._frame.rows, self._frame.columns)
        if patch is not None:
            self.patch_hovered.emit(patch)
        elif event.key() in CHOOSING:
            self.patch_pinned.emit(*at)
        elif event.key() == Qt.Key.Key_Escape:
            self.pins_freed.emit()
        else:
            super().keyPressEvent(event)

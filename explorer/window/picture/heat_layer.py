"""A heatmap as paint: coloured, see-through, smooth or patch by patch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from ...images import colormaps
from ...images.geometry import reaching_edges
from ...images.interpolation import interpolated
from ...records import Frame, Heatmap
from ..parts.argb import argb_image, packed
from ..state import Overlay
from .viewport import Rect, Viewport

SMOOTH_SIDE = 256  # samples that a smooth map need not exceed; Qt does the last step to the screen


def colormap_of(heatmap: Heatmap, overlay: Overlay) -> str:
    """The colours that a map is painted in."""
    return overlay.diverging if heatmap.diverging else overlay.colormap


@lru_cache(maxsize=16)
def inks(colormap: str, opacity: float) -> np.ndarray:
    """Premultiplied ARGB of each of 256 shades: uint32 (256,)."""
    colors = colormaps.table(colormap).astype(np.float64)
    alpha = colormaps.opacities(colormap, opacity)
    red, green, blue = np.rint(colors.T * alpha).astype(np.uint32)
    argb: np.ndarray = np.rint(alpha * 255).astype(np.uint32) << 24 | red << 16 | green << 8 | blue
    return argb


@lru_cache(maxsize=4)
def solid(colormap: str) -> np.ndarray:
    """Opaque ARGB of each of 256 shades: uint32 (256,)."""
    return packed(colormaps.table(colormap))


def _shades(values: np.ndarray, heatmap: Heatmap) -> np.ndarray:
    """Values on a heatmap's scale as places in its colours."""
    if heatmap.diverging:
        return colormaps.signed_shades(values, heatmap.high)
    return colormaps.shades(values, heatmap.low, heatmap.high)


def _samples_per_patch(values: np.ndarray) -> int:
    rows, columns = values.shape
    return min(8, max(2, SMOOTH_SIDE // max(rows, columns)))


class HeatLayer:
    """Paints one heatmap where the model looked; a patch is painted exactly over its pixels."""

    is_solid = False  # every colour as it is in its table, whatever the opacity

    def __init__(self) -> None:
        self._heatmap: Heatmap | None = None
        self._overlay = Overlay()
        self._smooth: tuple[Frame, np.ndarray, Rect] | None = None  # uint32 colours, and their box
        self._enlarged: tuple[Viewport, Frame, np.ndarray, QPoint] | None = None

    def show(self, heatmap: Heatmap | None, overlay: Overlay) -> None:
        self._heatmap, self._overlay = heatmap, overlay
        self._enlarged = self._smooth = None

    @property
    def visible(self) -> bool:
        return self._heatmap is not None and self._overlay.visible and self._overlay.opacity > 0

    @property
    def wants_grey(self) -> bool:
        """Two hues are told from each other, and from nothing, only on a picture without any."""
        return self.visible and self._heatmap is not None and self._heatmap.diverging

    def paint(self, painter: QPainter, viewport: Viewport, frame: Frame) -> None:
        """Paint in view pixels; the painter's clip says what is needed."""
        if not self.visible:
            return
        if self._overlay.smooth:
            self._paint_smooth(painter, viewport, frame)
        else:
            self._paint_patches(painter, viewport, frame)

    def _colored(self, values: np.ndarray) -> np.ndarray:
        """The colours of values on the heatmap's scale: uint32, of their shape."""
        assert self._heatmap is not None
        shade = _shades(values, self._heatmap)
        colormap = colormap_of(self._heatmap, self._overlay)
        ink = solid(colormap) if self.is_solid else inks(colormap, self._overlay.opacity)
        return np.ascontiguousarray(ink[shade])  # as QImage needs it

    def _sampled(self, frame: Frame) -> tuple[np.ndarray, Rect]:
        """The colours of smooth samples, and the box in picture pixels that they fill."""
        if self._smooth is None or self._smooth[0] != frame:
            assert self._heatmap is not None
            values, box = reaching_edges(self._heatmap.values, frame)
            smooth = interpolated(values, _samples_per_patch(values))
            self._smooth = frame, self._colored(smooth), box
        return self._smooth[1:]

    def _paint_smooth(self, painter: QPainter, viewport: Viewport, frame: Frame) -> None:
        argb, box = self._sampled(frame)
        part = viewport.visible_part(box, (argb.shape[1], argb.shape[0]))
        if part is None:
            return
        target, source = part
        painter.save()
        if frame.sees_all:
            left, top, right, bottom = viewport.rect_to_view(frame.seen)
            seen = QRect(left, top, right - left, bottom - top)
            painter.setClipRect(seen, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(*target), argb_image(argb), QRectF(*source))
        painter.restore()

    def _paint_patches(self, painter: QPainter, viewport: Viewport, frame: Frame) -> None:
        """Patches at their very pixels: scaling by Qt would blur or shift their edges, slower."""
        if self._enlarged is None or self._enlarged[:2] != (viewport, frame):
            self._enlarged = (viewport, frame, *self._enlarge(viewport, frame))
        argb, corner = self._enlarged[2:]
        if argb.size:
            painter.drawImage(corner, argb_image(argb))

    def _enlarge(self, viewport: Viewport, frame: Frame) -> tuple[np.ndarray, QPoint]:
        """A colour per view pixel of what is seen of the box, and where it begins."""
        row_edges, column_edges = viewport.patch_edges(frame)
        y = np.arange(max(0, row_edges[0]), min(viewport.view[1], row_edges[-1]))
        x = np.arange(max(0, column_edges[0]), min(viewport.view[0], column_edges[-1]))
        rows = np.searchsorted(row_edges, y, side="right") - 1
        columns = np.searchsorted(column_edges, x, side="right") - 1
        assert self._heatmap is not None
        argb = self._colored(self._heatmap.values)[:, columns][rows]
        return argb, QPoint(int(x[0]), int(y[0])) if argb.size else QPoint()

"""Where a picture lies in a view: fit, zoom and pan, without a widget."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from ...records import Frame

Rect = tuple[float, float, float, float]  # left, top, right, bottom

FIT_AT_MOST = 4.0  # a small picture is enlarged so far, or …
FIT_TINY_TO = 512.0  # … to this longest side, so that the patches of a 32-pixel picture can be hit
ZOOM_AT_MOST = 64.0


@dataclass(frozen=True)
class Viewport:
    """A scene in picture pixels, seen in a view of device pixels, so that edges can be exact."""

    view: tuple[int, int] = (1, 1)  # width, height in device pixels
    scene: Rect = (0.0, 0.0, 1.0, 1.0)  # what there is to see, in picture pixels
    margin: int = 0  # device pixels that fitting leaves free on each side
    chosen_scale: float | None = None  # device pixels per picture pixel; None = fit
    center: tuple[float, float] = (0.0, 0.0)  # in picture pixels; counts where a scale is chosen

    @property
    def fits(self) -> bool:
        return self.chosen_scale is None

    @cached_property
    def fit_scale(self) -> float:
        """The scale at which the whole scene is seen."""
        left, top, right, bottom = self.scene
        width, height = right - left, bottom - top
        free = [max(1, side - 2 * self.margin) for side in self.view]
        largest = max(FIT_AT_MOST, FIT_TINY_TO / max(width, height))
        return min(free[0] / width, free[1] / height, largest)

    @cached_property
    def scale(self) -> float:
        return self.fit_scale if self.chosen_scale is None else self.chosen_scale

    @cached_property
    def origin(self) -> tuple[float, float]:
        """The view position of picture pixel (0, 0); whole where the scene fits: nothing blurs."""
        if self.chosen_scale is None:
            left, top, right, bottom = self.scene
            center = ((left + right) / 2, (top + bottom) / 2)
        else:
            center = self.center
        x = self.view[0] / 2 - center[0] * self.scale
        y = self.view[1] / 2 - center[1] * self.scale
        return float(round(x)), float(round(y))

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        return self.origin[0] + x * self.scale, self.origin[1] + y * self.scale

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.origin[0]) / self.scale, (y - self.origin[1]) / self.scale

    def rect_to_view(self, rect: Rect) -> tuple[int, int, int, int]:
        """Left, top, right, bottom on whole device pixels: neighbours share their edge."""
        left, top = self.to_view(*rect[:2])
        right, bottom = self.to_view(*rect[2:])
        return round(left), round(top), round(right), round(bottom)

    def patch_edges(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """View pixels where rows and columns of patches begin and end: int, one more than those."""
        return _patch_edges(self, frame)

    def visible_part(self, rect: Rect, size: tuple[int, int]) -> tuple[Rect, Rect] | None:
        """What the view shows of an image of `size` that fills `rect` (picture pixels).

        Returns its left, top, width, height in the view and in the image, whole image pixels;
        None where nothing is seen. Qt's fixed-point scaling needs targets near the view.
        """
        x = _seen(rect[0], rect[2], size[0], *self._sides(0))
        y = _seen(rect[1], rect[3], size[1], *self._sides(1))
        if x is None or y is None:
            return None
        (x_target, width, x_source, columns), (y_target, height, y_source, rows) = x, y
        return (x_target, y_target, width, height), (x_source, y_source, columns, rows)

    def _sides(self, axis: int) -> tuple[float, float, int]:
        return self.scale, self.origin[axis], self.view[axis]

    @property
    def region(self) -> Rect:
        """What the view holds, in picture pixels."""
        return *self.to_picture(0, 0), *self.to_picture(*self.view)

    def holding(self, region: Rect) -> Viewport:
        """As close as all of a region (picture pixels) can be seen, in the middle."""
        left, top, right, bottom = region
        scale = min(self.view[0] / (right - left), self.view[1] / (bottom - top), ZOOM_AT_MOST)
        if scale <= self.fit_scale:
            return self.fit()
        center = (left + right) / 2, (top + bottom) / 2
        return replace(self, chosen_scale=scale, center=center)._settled()

    def fit(self) -> Viewport:
        return replace(self, chosen_scale=None)

    def resized(self, width: int, height: int, margin: int) -> Viewport:
        return replace(self, view=(width, height), margin=margin)._settled()

    def showing(self, scene: Rect) -> Viewport:
        """The same view, at the same zoom, of another scene."""
        return replace(self, scene=scene)._settled()

    def zoomed(self, factor: float, at: tuple[float, float] | None = None) -> Viewport:
        """Zoom so that what lies under `at` (view pixels; None = the middle) stays there."""
        if self.scale > self.fit_scale > self.scale * factor:
            return self.fit()
        return self.zoomed_to(self.scale * factor, at)

    def zoomed_to(self, scale: float, at: tuple[float, float] | None = None) -> Viewport:
        """Zoom to a scale, within reason; at the scale that fits, it follows the view's size."""
        at = at or (self.view[0] / 2, self.view[1] / 2)
        largest = max(ZOOM_AT_MOST, self.fit_scale)
        scale = min(max(scale, min(self.fit_scale, 1.0)), largest)
        if scale == self.fit_scale:
            return self.fit()
        x, y = self.to_picture(*at)
        center = (
            x + (self.view[0] / 2 - at[0]) / scale,
            y + (self.view[1] / 2 - at[1]) / scale,
        )
        return replace(self, chosen_scale=scale, center=center)._settled()

    def panned(self, dx: float, dy: float) -> Viewport:
        """Move the scene by view pixels; where it fits there is nothing to move."""
        if self.fits:
            return self
        x, y = self.center
        return replace(self, center=(x - dx / self.scale, y - dy / self.scale))._settled()

    def _settled(self) -> Viewport:
        """No side of the scene leaves the view's edge; a scene that is smaller is centred."""
        left, top, right, bottom = self.scene
        center = (
            _held(self.center[0], left, right, self.view[0] / self.scale),
            _held(self.center[1], top, bottom, self.view[1] / self.scale),
        )
        return replace(self, center=center)


def _held(center: float, low: float, high: float, seen: float) -> float:
    if high - low <= seen:
        return (low + high) / 2
    return min(max(center, low + seen / 2), high - seen / 2)


def _seen(
    low: float, high: float, samples: int, scale: float, origin: float, view: int
) -> tuple[float, float, float, float] | None:
    """Along one axis: where the seen samples begin in the view, how long; the first, how many."""
    start, step = origin + low * scale, (high - low) * scale / samples
    first = max(0, math.floor(-start / step) - 2)  # two more, so that no edge shows when scaled
    last = min(samples, math.ceil((view - start) / step) + 2)
    if first >= last:
        return None
    return start + first * step, (last - first) * step, first, last - first


@lru_cache(maxsize=4)
def _patch_edges(viewport: Viewport, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    y, x = frame.edges()
    y, x = y * viewport.scale + viewport.origin[1], x * viewport.scale + viewport.origin[0]
    return np.rint(y).astype(int), np.rint(x).astype(int)

"""A map painted over a picture, pixel by pixel, as the window shows it."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from ..records import Frame, Heatmap
from . import colormaps
from .interpolation import interpolated


def overlaid(
    image: Image.Image,
    heatmap: Heatmap,
    frame: Frame,
    colormap: str,
    opacity: float,
    smooth: bool = True,
) -> Image.Image:
    """A map, not diverging, over an image of its frame's picture, at whatever size: RGB.

    The lower a value, the more of the picture shows; where the model saw nothing, all of it does.
    Raises ExplorerError where there is no such colour map.
    """
    values, seen = _on_pixels(heatmap.values, frame, image.size, smooth)
    shades = colormaps.shades(values, heatmap.low, heatmap.high)
    alpha = colormaps.opacities(colormap, opacity)[shades] * seen
    under = np.asarray(image.convert("RGB"), np.float64)
    over = colormaps.table(colormap)[shades]
    mixed = under + (over - under) * alpha[..., None]
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _on_pixels(
    values: np.ndarray, frame: Frame, size: tuple[int, int], smooth: bool
) -> tuple[np.ndarray, np.ndarray]:
    """A map (rows, columns) at each pixel of an image, and which the model saw: (height, width)."""
    x, y = (_middles(*sides) for sides in zip(size, frame.picture_size, strict=True))
    if smooth:
        values = interpolated(values, _samples_per_cell(frame, size))
    left, top, right, bottom = frame.box
    rows, columns = _nearest(y, top, bottom, len(values)), _nearest(x, left, right, len(values[0]))
    left, top, right, bottom = frame.seen
    seen = _within(y, top, bottom)[:, None] & _within(x, left, right)
    return values[rows[:, None], columns], seen


def _middles(pixels: int, side: int) -> np.ndarray:
    """Middles of the pixels that a side of the picture is shown in, in picture pixels."""
    return (np.arange(pixels) + 0.5) * (side / pixels)


def _samples_per_cell(frame: Frame, size: tuple[int, int]) -> int:
    """At least one a pixel, and an even number."""
    left, top, right, bottom = frame.box
    across = (right - left) / frame.columns * size[0] / frame.picture_size[0]
    down = (bottom - top) / frame.rows * size[1] / frame.picture_size[1]
    return 2 * math.ceil(max(across, down) / 2)


def _nearest(places: np.ndarray, start: float, end: float, count: int) -> np.ndarray:
    """Which of `count` samples between start and end lies at each place, or next to it."""
    samples = np.floor((places - start) * (count / (end - start)))
    return np.clip(samples, 0, count - 1).astype(int)


def _within(places: np.ndarray, start: float, end: float) -> np.ndarray:
    return (start <= places) & (places < end)

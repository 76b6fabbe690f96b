"""All maps of a field as shades of a colour map: what the mosaic keeps of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...errors import Cancelled
from ...explain.position_fields import Field
from ...images.colormaps import shades, signed_shades

KEPT_AT_MOST = 32_000_000  # bytes: every patch of 75 × 75 maps; of more, neighbours share a shade
AT_ONCE = 2_000_000  # numbers computed before it is asked whether anybody still wants them


def is_signed(field: Field) -> bool:
    """Whether 0 is a value of its own kind: nothing is added there; else it is one of many."""
    return field.quantity == "bias"


def never() -> bool:
    """Nobody wants it stopped."""
    return False


def shade_maps(
    field: Field,
    own_scale: bool,
    should_stop: Callable[[], bool] = never,
    at_most: int = KEPT_AT_MOST,
) -> np.ndarray:
    """Every patch's map: uint8 (rows, columns, map rows, map columns), `at_most` bytes.

    On the field's absolute scale, or, `own_scale`, each from its own least value to its most.
    A map has a shade per patch; where all would be too many, neighbours share their mean.
    Raises Cancelled where `should_stop` says so.
    """
    rows, columns = field.rows, field.columns
    side = _side(rows, columns, at_most)
    height, width = -(-rows // side), -(-columns // side)
    kept = np.empty((rows, columns, height, width), np.uint8)
    step = max(1, AT_ONCE // (columns * rows * columns))
    for first in range(0, rows, step):
        if should_stop():
            raise Cancelled
        part = slice(first, first + step)
        kept[part] = averaged(_shaded(field, part, own_scale), height, width)
    return kept


def averaged(shades: np.ndarray, height: int, width: int) -> np.ndarray:
    """Maps of at most `height` × `width` shades, each the mean of its patches: uint8.

    `shades` uint8 (rows, columns, map rows, map columns).
    """
    return _averaged(_averaged(shades, 2, height), 3, width)


def _averaged(shades: np.ndarray, axis: int, pixels: int) -> np.ndarray:
    """Means of the patches that share a pixel along one axis; as it is where each has its own."""
    patches = shades.shape[axis]
    if patches <= pixels:
        return shades
    edges = np.arange(pixels + 1) * patches // pixels
    first, counts = edges[:-1], np.diff(edges)
    shape = [pixels if place == axis else 1 for place in range(4)]
    sums = shades.take(first, axis=axis).astype(np.uint16)  # 255 × 257 patches do fit
    for step in range(1, int(counts.max())):  # several times as fast as `reduceat`
        counted = (step < counts).astype(np.uint8).reshape(shape)
        sums += shades.take(np.minimum(first + step, patches - 1), axis=axis) * counted
    return (sums // counts.astype(np.uint16).reshape(shape)).astype(np.uint8)


def _side(rows: int, columns: int, at_most: int) -> int:
    """How many patches share a shade along each side."""
    side = 1
    while rows * columns * -(-rows // side) * -(-columns // side) > at_most and side < rows:
        side += 1
    return side


def _shaded(field: Field, rows: slice, own_scale: bool) -> np.ndarray:
    """The maps of some rows of patches: uint8 (those rows, columns, rows, columns)."""
    maps = field.maps(rows)
    if not own_scale:
        low, high = field.bounds
        return signed_shades(maps, high) if is_signed(field) else shades(maps, low, high)
    if is_signed(field):
        most = np.abs(maps).max(axis=(2, 3), keepdims=True)
        return signed_shades(maps / np.where(most > 0, most, 1), 1.0)
    low = maps.min(axis=(2, 3), keepdims=True)
    range_ = maps.max(axis=(2, 3), keepdims=True) - low
    return shades((maps - low) / np.where(range_ > 0, range_, 1), 0.0, 1.0)

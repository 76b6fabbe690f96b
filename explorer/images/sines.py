"""The fixed table of sines and cosines that tells where in a picture a patch lies."""

import numpy as np


def sine_table(
    rows: int, columns: int, width: int = 256, temperature: float = 10000.0
) -> np.ndarray:
    """DETR's and CATR's positions of a whole picture: float32 (rows, columns, width).

    The first half of `width` says the row, the second the column: sines at even places, cosines
    at odd ones, of 1..n scaled to 0..2π, at frequencies falling from 1 to 1 / temperature
    (Carion et al. 2020, A.4). `width` is a multiple of 4.
    """
    return sine_positions(np.ones((rows, columns), bool), width, temperature)


def sine_positions(seen: np.ndarray, width: int, temperature: float = 10000.0) -> np.ndarray:
    """The same of a padded picture, in which only the cells that are `seen` count.

    `seen`: bool (rows, columns). Cells of the padding have the place of the last one before them.
    """
    down, right = (_waves(_places(seen, axis), width // 2, temperature) for axis in (0, 1))
    return np.concatenate([down, right], axis=-1).astype(np.float32)


def _places(seen: np.ndarray, axis: int) -> np.ndarray:
    """How many cells of a side are seen up to each one, scaled to 0..2π: (rows, columns)."""
    counted = seen.cumsum(axis=axis, dtype=np.float64)
    # 1e-6 is DETR's guard against an empty picture; it moves the last place off 2π.
    return counted / (counted.take([-1], axis=axis) + 1e-6) * 2 * np.pi


def _waves(places: np.ndarray, width: int, temperature: float) -> np.ndarray:
    """Sines and cosines of places (rows, columns) at falling frequencies: (…, width)."""
    frequencies = temperature ** -(2 * np.arange(width // 2) / width)
    angles = places[..., None] * frequencies
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(*places.shape, width)

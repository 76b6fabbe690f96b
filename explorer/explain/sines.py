"""The fixed table of sines and cosines that needs no learning."""

import numpy as np


def sine_table(
    rows: int, columns: int, width: int = 256, temperature: float = 10000.0
) -> np.ndarray:
    """DETR's and CATR's positions of a whole picture: float32 (rows, columns, width).

    The first half of `width` says the row, the second the column: sines at even places, cosines
    at odd ones, of 1..n scaled to 0..2π, at frequencies falling from 1 to 1 / temperature
    (Carion et al. 2020, A.4). `width` is a multiple of 4.
    """
    down = _waves(rows, width // 2, temperature)[:, None]
    right = _waves(columns, width // 2, temperature)[None]
    halves = np.broadcast_arrays(down, right)
    return np.concatenate(halves, axis=-1).astype(np.float32)


def _waves(count: int, width: int, temperature: float) -> np.ndarray:
    """Of `count` places along one side: (count, width)."""
    # 1e-6 is DETR's guard against an empty picture; it moves the last place off 2π.
    places = np.arange(1, count + 1) / (count + 1e-6) * 2 * np.pi
    frequencies = temperature ** -(2 * np.arange(width // 2) / width)
    angles = places[:, None] * frequencies
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(count, width)

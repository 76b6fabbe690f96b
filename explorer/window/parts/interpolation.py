"""Smooth maps: values between patches, without inventing peaks or rings."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=64)
def _hermite(count: int, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """What each sample takes of the values and of their slopes: two float32 (samples, count)."""
    samples = np.arange(count * factor)
    position = np.clip((samples + 0.5) / factor - 0.5, 0, count - 1)  # 0 = centre of the first
    cell = np.minimum(position.astype(int), max(count - 2, 0))
    u = position - cell
    values, slopes = np.zeros((2, len(samples), count + 1), np.float32)
    values[samples, cell] = (1 + 2 * u) * (1 - u) ** 2
    values[samples, cell + 1] = u**2 * (3 - 2 * u)
    slopes[samples, cell] = u * (1 - u) ** 2
    slopes[samples, cell + 1] = u**2 * (u - 1)
    return values[:, :count], slopes[:, :count]


def _slopes(values: np.ndarray) -> np.ndarray:
    """Slopes along the first axis that keep the curve monotone between neighbours: same shape.

    Harmonic means of the differences on both sides (Fritsch & Butland 1984); none at a peak.
    """
    steps = np.diff(values, axis=0)
    before, after = steps[:-1], steps[1:]
    product = before * after
    slopes = np.zeros_like(values)
    np.divide(2 * product, before + after, out=slopes[1:-1], where=product > 0)
    return slopes


def _along_rows(values: np.ndarray, factor: int) -> np.ndarray:
    of_values, of_slopes = _hermite(len(values), factor)
    result: np.ndarray = of_values @ values
    if len(values) > 2:
        result += of_slopes @ _slopes(values)
    return result


def interpolated(values: np.ndarray, factor: int) -> np.ndarray:
    """A map (rows, columns) sampled `factor` times per patch and side, float32.

    Meets every value at its patch's centre, never leaves the range of its neighbours, and is
    constant from the outermost centres to the border.
    """
    down = _along_rows(values.astype(np.float32, copy=False), factor)
    return _along_rows(down.T, factor).T

"""Smooth maps: values between patches, without inventing peaks or rings."""

from __future__ import annotations

from functools import cache

import numpy as np


@cache
def _hermite(factor: int) -> np.ndarray:
    """What each sample between two patches takes of value and slope before, value and slope after.

    float32 (factor, 4).
    """
    u = (np.arange(factor) + 0.5) / factor
    value_before, slope_before = (1 + 2 * u) * (1 - u) ** 2, u * (1 - u) ** 2
    value_after, slope_after = u**2 * (3 - 2 * u), u**2 * (u - 1)
    takes = np.stack([value_before, slope_before, value_after, slope_after], axis=1)
    return takes.astype(np.float32)


def _slopes(values: np.ndarray) -> np.ndarray:
    """Slopes along the first axis that keep the curve monotone between neighbours: same shape.

    Harmonic means of the differences on both sides (Fritsch & Butland 1984); none at a peak.
    """
    steps = values[1:] - values[:-1]
    before, after = steps[:-1], steps[1:]
    product = before * after
    slopes = np.zeros_like(values)
    np.divide(2 * product, before + after, out=slopes[1:-1], where=product > 0)
    return slopes


def _along_rows(values: np.ndarray, factor: int) -> np.ndarray:
    """Samples along the first axis; the outer halves of the outermost patches are constant."""
    rows, columns = values.shape
    slopes, half = _slopes(values), factor // 2
    samples = np.empty((rows * factor, columns), np.float32)
    samples[:half], samples[-half:] = values[0], values[-1]
    between = samples[half:-half].reshape(rows - 1, factor, columns)
    ends = np.stack([values[:-1], slopes[:-1], values[1:], slopes[1:]])  # (4, rows - 1, columns)
    # Not by matmul: its threads wait long for cores where a model computes at the same time.
    np.einsum("st,trc->rsc", _hermite(factor), ends, out=between)
    return samples


def interpolated(values: np.ndarray, factor: int) -> np.ndarray:
    """A map (rows, columns) sampled `factor` times (an even number) per patch and side, float32.

    Meets its patches' values in their middles, never leaves the range of neighbouring patches,
    and is constant beyond the outermost middles.
    """
    down = _along_rows(values.astype(np.float32, copy=False), factor)
    return _along_rows(np.ascontiguousarray(down.T), factor).T

"""Curves of many steps made into what a chart can show."""

from __future__ import annotations

import numpy as np

from ...training.runs.history import History
from .seen import StepCurves

POINTS = 300  # of a curve: a chart is seldom wider than twice as many pixels
SMOOTHED = 50  # the mean around a step is taken over this part of all


def thinned(history: History) -> StepCurves:
    """The curves of a history's steps, of at most POINTS points."""
    steps, losses = history.steps, history.losses
    if not steps.size:
        return StepCurves(*[np.empty(0)] * 5)
    starts = np.linspace(0, steps.size, min(POINTS, steps.size), endpoint=False).astype(int)
    ends = np.append(starts[1:], steps.size) - 1
    known = np.isfinite(losses)
    lowest = np.minimum.reduceat(np.where(known, losses, np.inf), starts)
    highest = np.maximum.reduceat(np.where(known, losses, -np.inf), starts)
    return StepCurves(
        steps=steps[ends].astype(np.float64),
        loss=_means_around(losses, ends),
        lowest=_finite(lowest),
        highest=_finite(highest),
        learning_rate=history.learning_rates[ends],
    )


def _means_around(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The means of what lies around some places, as far as it is a number."""
    half = values.size // SMOOTHED // 2
    known = np.isfinite(values)
    sums = np.append(0.0, np.cumsum(np.where(known, values, 0.0)))
    counts = np.append(0, np.cumsum(known))
    first = np.maximum(places - half, 0)
    behind = np.minimum(places + half + 1, values.size)
    count = counts[behind] - counts[first]
    means: np.ndarray = np.full(places.size, np.nan)
    np.divide(sums[behind] - sums[first], count, out=means, where=count > 0)
    return means


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)

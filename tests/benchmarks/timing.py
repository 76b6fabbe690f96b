"""Measure candidates in turn, so that a noisy machine is noisy for all of them."""

import statistics
import time
from collections.abc import Callable, Mapping


def in_turn(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each candidate in each round, after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, candidate in candidates.items():
            started = time.perf_counter()
            candidate()
            if number:
                times[name].append(time.perf_counter() - started)
    return times


def summary(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and worst, in seconds."""
    ordered = sorted(times)
    return {
        "median": statistics.median(ordered),
        "p95": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        "worst": ordered[-1],
    }


def ratio(times: list[float], floor: list[float]) -> float:
    """Median against median."""
    return statistics.median(times) / statistics.median(floor)

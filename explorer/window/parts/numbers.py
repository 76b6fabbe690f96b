"""Numbers as the window writes them: as many digits as mean something."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...explain.numbers import MINUS, format_probability, significant

__all__ = [
    "MINUS",
    "format_probability",
    "signed",
    "significant",
    "subtraction",
    "tick_texts",
    "ticks",
    "times_mean",
]


def signed(value: float, digits: int = 3) -> str:
    """“+0.0106”, “−0.0106”, “0”: significant digits, and which way."""
    return ("+" if value > 0 else "") + significant(value, digits)


def subtraction(first: float, second: float) -> str:
    """“0.0214 − 0.0108 = +0.0106”: all with the places that the largest has."""
    places = max(0, 2 - math.floor(math.log10(max(abs(first), abs(second), 1e-9))))
    if places > 6:
        terms = significant(first), significant(second), signed(first - second)
    else:
        left = first - second
        result = f"{left:+.{places}f}".replace("-", MINUS) if left else "0"
        terms = f"{first:.{places}f}", f"{second:.{places}f}", result
    return "{} − {} = {}".format(*terms)


def times_mean(value: float, mean: float) -> str:
    """“12×”, “1.2×”, “< 0.01×”: a value in multiples of a mean; "" where the mean is nothing."""
    if not mean > 0:
        return ""
    return "< 0.01×" if 0 < value < 0.01 * mean else f"{significant(value / mean, 2)}×"


def ticks(low: float, high: float, at_most: int) -> list[float]:
    """Round numbers strictly between two values, in steps of 1, 2 or 5, not too many."""
    if not (high > low and at_most > 0 and math.isfinite(high - low)):
        return []
    rough = (high - low) / (at_most + 1)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * round_step for round_step in (1, 2, 5, 10) if unit * round_step >= rough)
    first = math.floor(low / step) + 1
    count = math.ceil(high / step - 1e-9) - first
    return [(first + index) * step for index in range(count)]


def tick_texts(values: Sequence[float], plus: str = "") -> list[str]:
    """Round numbers with as many places each; `plus` before those above 0."""
    places = max((len(f"{value:.6g}".partition(".")[2]) for value in values), default=0)
    if any("e" in f"{value:.6g}" for value in values):
        texts = [significant(value, 1) for value in values]
    else:
        texts = [f"{value:.{places}f}".replace("-", MINUS) if value else "0" for value in values]
    return [plus + text if value > 0 else text for value, text in zip(values, texts, strict=True)]

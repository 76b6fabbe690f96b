"""How fast a training goes, and how long it will take."""

from __future__ import annotations

import time

_MEMORY = 0.9  # of older measurements, at each new one
_VALIDATION_SHARE = 0.4  # of the time of a training picture, until the first validation is measured


class Pace:
    """Measures steps and validations, between which other things take time, too."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._step_seconds: float | None = None
        self._validation_seconds: float | None = None

    def restart(self) -> None:
        """Steps begin, or go on after something else."""
        self._since = time.perf_counter()

    def took(self, steps: int) -> float:
        """So many steps were done; returns the seconds that they took."""
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        each = seconds / max(1, steps)
        known = self._step_seconds
        self._step_seconds = each if known is None else _MEMORY * known + (1 - _MEMORY) * each
        return seconds

    def validated(self, seconds: float) -> None:
        """A whole validation took so long."""
        self._validation_seconds = seconds

    def left(self, steps: int, validations: int, pictures: int, batch_size: int) -> float:
        """Seconds for so many steps, and validations of so many pictures."""
        step = self._step_seconds or 0.0
        guess = _VALIDATION_SHARE * step * pictures / batch_size
        validation = guess if self._validation_seconds is None else self._validation_seconds
        return steps * step + validations * validation

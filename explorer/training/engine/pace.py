"""How fast a training goes, and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from statistics import median

_MEMORY = 31  # measurements whose median is believed: one slow moment says nothing of the rest
_END_SHARE = 1 / 3  # of the time of as many training pictures, until an epoch's end is measured


class Pace:
    """Measures how long pictures and ends of epochs take, between which other things take time."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._is_cold = True  # a first step starts workers and makes much that stays
        self._each: deque[float] = deque(maxlen=_MEMORY)  # seconds of a picture
        self._end: float | None = None  # seconds of the last epoch's end

    def restart(self) -> None:
        """What is measured begins: steps, also after something else, or an epoch's end."""
        self._since = time.perf_counter()

    def begin_stage(self) -> None:
        """Other steps begin: all that was measured counts as one measurement from now on."""
        self._is_cold = True
        known = self._each and [median(self._each)]
        self._each = deque(known, maxlen=_MEMORY)

    def took(self, pictures: int) -> float:
        """So many pictures were learned from; returns the seconds that they took."""
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        if not self._is_cold:
            self._each.append(seconds / max(1, pictures))
        self._is_cold = False
        return seconds

    def ended_epoch(self) -> None:
        """All was validated and saved since `restart`."""
        self._end = time.perf_counter() - self._since

    def left(self, pictures: int, ends: int, validated: int) -> float | None:
        """Seconds for so many pictures, and ends of epochs that validate so many each.

        None before anything was measured.
        """
        if not self._each:
            return None
        each = median(self._each)
        end = _END_SHARE * each * validated if self._end is None else self._end
        return pictures * each + ends * end

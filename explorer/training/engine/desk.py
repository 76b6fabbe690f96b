"""Between two steps: what somebody wishes of the training, and what is told of it.

All processes look at the same steps, and all agree: whoever wishes to stop, all stop.
"""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..runs.run import Run
from .ranks import Ranks

LOOK_SECONDS = 0.25  # between two looks, where steps are shorter
_PAUSED_SECONDS = 0.2


class Wish(enum.IntEnum):
    """What is to be done; of several, the greatest counts."""

    GO_ON = 0
    SAVE = 1
    PAUSE = 2
    STOP = 3


@dataclass(frozen=True)
class Look:
    """What was learned since the look before, over all processes."""

    wish: Wish
    loss: float  # mean over the pictures
    pictures: int


class Desk:
    """Where wishes are left; `should_stop` is asked beside the run's files."""

    def __init__(
        self, run: Run, ranks: Ranks, should_stop: Callable[[], bool], save_seconds: float
    ) -> None:
        self._run = run
        self._ranks = ranks
        self._should_stop = should_stop
        self._save_seconds = save_seconds
        self._saved_at = time.monotonic()
        self._looked_at = time.monotonic()
        self._wait = 1  # steps until the next look
        self._gone = 0  # steps since the last one

    def is_due(self) -> bool:
        """Whether it is time to look; to be asked after each step, by all processes."""
        self._gone += 1
        return self._gone >= self._wait

    def look(self, loss: float, pictures: int) -> Look:
        """Agree with the others; `loss` is this process's sum over `pictures` since last time."""
        mine = [float(self._own_wish()), float(self._next_wait()), loss, float(pictures)]
        answers = self._ranks.everyones(mine)
        self._gone, self._wait = 0, int(answers[0][1])
        wish = Wish(int(max(answer[0] for answer in answers)))
        total = sum(answer[3] for answer in answers)
        mean = math.fsum(answer[2] for answer in answers) / max(1.0, total)
        return Look(wish, mean, int(total))

    def saved(self) -> None:
        """All was saved a moment ago."""
        self._saved_at = time.monotonic()

    def wait_while_paused(self) -> Wish:
        """Returns once somebody wishes to go on, or to stop."""
        while True:
            time.sleep(_PAUSED_SECONDS)
            answers = self._ranks.everyones([float(self._own_wish())])
            wish = Wish(int(max(answer[0] for answer in answers)))
            if wish is Wish.STOP or wish < Wish.PAUSE:
                return wish

    def forget(self) -> None:
        """Wishes were heard: the next training does not hear them again."""
        if self._ranks.is_first:
            self._run.take_back("stop", "pause")

    def wants_stop(self) -> bool:
        """Whether this process knows of a wish to stop."""
        return self._own_wish() is Wish.STOP

    def _own_wish(self) -> Wish:
        if self._should_stop() or (self._ranks.is_first and self._asked("stop")):
            return Wish.STOP
        if not self._ranks.is_first:
            return Wish.GO_ON
        if self._asked("pause"):
            return Wish.PAUSE
        is_due = time.monotonic() - self._saved_at >= self._save_seconds
        return Wish.SAVE if is_due else Wish.GO_ON

    def _asked(self, wish: str) -> bool:
        return (self._run.folder / wish).exists()

    def _next_wait(self) -> int:
        """Steps until `LOOK_SECONDS` are over, as fast as the last ones were."""
        now = time.monotonic()
        each = (now - self._looked_at) / max(1, self._gone)
        self._looked_at = now
        return max(1, min(2 * self._wait, int(LOOK_SECONDS / max(each, 1e-6))))

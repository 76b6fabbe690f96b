"""What happened in a run so far, told by its events: curves, epochs, the best one, time left."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .events import CHUNK, Event, Tail


@dataclass(frozen=True)
class EpochResult:
    """What an epoch came to. Accuracies are 0 to 1."""

    epoch: int  # counted from 1, over all stages
    stage: int  # counted from 0, as in `stages.0`
    step: int  # steps done at its end
    train_loss: float  # mean over its pictures as they were seen, augmented and mixed
    train_accuracy: float  # likewise, by the likelier of two mixed labels; of captions, of words
    loss: float  # cross-entropy of the validation pictures
    top1: float  # share of pictures whose class, or caption word for word, was right
    top5: float  # of classes; NaN of captions
    learning_rate: float  # at its end
    is_best: bool  # better than all before it
    seconds: float  # of training until its end, pauses left out
    bleu: float = math.nan  # of captions: BLEU-4
    words: float = math.nan  # of captions: share of words right, each after the true ones before it


@dataclass(frozen=True)
class Problem:
    """Why a run ended before its time."""

    message: str
    hint: str


class History:
    """Follows a run's events; what a resumed run does anew replaces what it did before.

    Without `steps` there are no curves per step, and reading is ten times as fast.
    """

    def __init__(self, path: Path, steps: bool = True) -> None:
        self._tail = Tail(path, without=() if steps else ("step",))
        self._steps = array("q")
        self._losses = array("d")
        self._rates = array("d")
        self.epochs: list[EpochResult] = []
        self.last: Event | None = None  # whatever was told last
        self.started: Event | None = None  # what the run said of itself: device, steps, pictures
        self.speed: float | None = None  # pictures per second
        self.time_left: float | None = None  # seconds
        self.progress: tuple[int, int] = (0, 0)  # steps done, of all
        self.problem: Problem | None = None  # what ended it; None once it goes on
        self.samples: dict[int, str] = {}  # by stage: the file of augmented pictures, in the run
        self.unreadable: dict[str, str] = {}  # pictures that are passed over, and why
        self.probes: dict[int, str] = {}  # by epoch: the file of the probe's attention, in the run

    def update(self, most: int = CHUNK) -> bool:
        """Take in what is new, of about `most` bytes; whether there was something.

        Call it again while `is_behind`: so a window can read a long history in small bites.
        """
        events = self._tail.read(most)
        self.add(events)
        return bool(events)

    @property
    def is_behind(self) -> bool:
        """Whether there are more events to take in."""
        return self._tail.is_behind

    def read(self) -> History:
        """Take in all there is; returns itself."""
        while self.is_behind:
            self.update()
        return self

    def add(self, events: Iterable[Event]) -> None:
        """Take in events; those of kinds that nobody knows are passed over."""
        for event in events:
            self.last = event
            take = getattr(self, f"_take_{event['kind']}", None)
            if take is not None:
                take(event)

    @property
    def steps(self) -> np.ndarray:
        """The steps that were told: int64 (points,), growing."""
        return np.array(self._steps, np.int64)

    @property
    def losses(self) -> np.ndarray:
        """Mean loss since the point before: float64 (points,)."""
        return np.array(self._losses, np.float64)

    @property
    def learning_rates(self) -> np.ndarray:
        """The highest of all weights' learning rates: float64 (points,)."""
        return np.array(self._rates, np.float64)

    @property
    def best(self) -> EpochResult | None:
        """The epoch whose weights are the run's best; None before the first one."""
        return next((result for result in reversed(self.epochs) if result.is_best), None)

    def _take_started(self, event: Event) -> None:
        self.started = event
        self.progress = 0, event["steps"]
        self._rewind(step=0, epochs=0)

    def _take_resumed(self, event: Event) -> None:
        self.started = {**(self.started or {}), **event}
        self.progress = event["step"], event["steps"]
        self._rewind(event["step"], event["epochs_done"])

    def _take_step(self, event: Event) -> None:
        self._steps.append(event["step"])
        self._losses.append(_number(event["loss"]))
        self._rates.append(_number(event["learning_rate"]))
        self.progress = event["step"], self.progress[1]
        self.speed, self.time_left = event["pictures_per_second"], event["eta_seconds"]

    def _take_epoch(self, event: Event) -> None:
        told = {name: event.get(name) for name in EpochResult.__dataclass_fields__}
        known: dict[str, Any] = {
            name: math.nan if value is None else value for name, value in told.items()
        }
        self.epochs.append(EpochResult(**known))
        self.progress = event["step"], event["steps"]

    def _take_sample(self, event: Event) -> None:
        self.samples[event["stage"]] = event["path"]

    def _take_unreadable(self, event: Event) -> None:
        self.unreadable[event["path"]] = event["reason"]

    def _take_probe(self, event: Event) -> None:
        self.probes[event["epoch"]] = event["path"]

    def _take_problem(self, event: Event) -> None:
        self.problem = Problem(event["message"], event["hint"])

    def _take_finished(self, _event: Event) -> None:
        self.time_left = None

    def _rewind(self, step: int, epochs: int) -> None:
        """Forget what is done anew: steps after `step`, all epochs but the first `epochs`."""
        keep = bisect_right(self._steps, step)
        for curve in (self._steps, self._losses, self._rates):
            del curve[keep:]
        self.epochs = [result for result in self.epochs if result.epoch <= epochs]
        self.probes = {epoch: path for epoch, path in self.probes.items() if epoch <= epochs}
        self.time_left = self.problem = None


def _number(value: float | None) -> float:
    """A number from an event, which cannot say NaN."""
    return math.nan if value is None else float(value)

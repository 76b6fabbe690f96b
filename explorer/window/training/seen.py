"""What was last seen of a run: all that the window shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...errors import ExplorerError
from ...training.recipes.recipe import Recipe
from ...training.runs.history import EpochResult
from ...training.runs.run import Run

Doing = Literal[
    "new",  # made, and never begun
    "starting",  # its process was started, and has not said a word yet
    "running",
    "paused",
    "stopped",  # somebody asked for it
    "finished",
    "failed",  # its problem says why
    "interrupted",  # its process ended without a word
]
Asked = Literal["", "stop", "pause"]
ALIVE: tuple[Doing, ...] = ("starting", "running", "paused")


@dataclass(frozen=True, eq=False)
class StepCurves:
    """What was told of the steps, thinned to what a chart can show."""

    steps: np.ndarray  # float64 (points,), growing: the last step of each bin
    loss: np.ndarray  # float64 (points,): mean of the bin
    lowest: np.ndarray  # float64 (points,): least loss of the bin
    highest: np.ndarray  # float64 (points,)
    learning_rate: np.ndarray  # float64 (points,): at the last step of the bin


@dataclass(frozen=True, eq=False)
class RunSeen:
    """A run as it was when somebody last looked at its folder."""

    run: Run
    doing: Doing
    recipe: Recipe | None = None  # None where it cannot be read
    asked: Asked = ""  # what it was asked for and has not done yet
    epochs: tuple[EpochResult, ...] = ()
    best: EpochResult | None = None  # one of them; its model is in the run's `best`
    step: int = 0  # steps done
    steps: int = 0  # of all; 0 where nobody knows yet
    speed: float | None = None  # pictures per second
    time_left: float | None = None  # seconds
    device: str = ""  # what trains it
    problem: ExplorerError | None = None  # why it ended before its time, or cannot be read
    curves: StepCurves | None = None  # None where nobody looks at them
    samples: Mapping[int, Path] = field(default_factory=dict)  # by stage: augmented pictures
    probes: Mapping[int, Path] = field(default_factory=dict)  # by epoch: the probe's attention
    settings: Mapping[str, Any] = field(default_factory=dict)
    # those in which the runs that were found differ: dotted name → this one's value

    @property
    def folder(self) -> Path:
        """Names the run."""
        return self.run.folder

    @property
    def name(self) -> str:
        return self.run.name

    @property
    def is_alive(self) -> bool:
        """Whether a process trains it, or is about to."""
        return self.doing in ALIVE

    @property
    def learns_captions(self) -> bool:
        """Whether its model writes captions, as far as its recipe can be read."""
        return self.recipe is not None and self.recipe.task == "caption"

    @property
    def last(self) -> EpochResult | None:
        """The epoch that ended last."""
        return self.epochs[-1] if self.epochs else None

    @property
    def all_epochs(self) -> int:
        """Of the whole training, as far as its recipe can be read."""
        return self.recipe.epochs if self.recipe is not None else len(self.epochs)

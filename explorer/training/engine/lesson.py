"""What is learned of pictures: classes or captions, and all that is different between the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ...records import Picture, Preprocessing
from ..pictures.batches import Batch
from ..recipes.recipe import Stage
from ..runs.probe import Probe
from ..runs.sample import Shown
from .chance import Chance
from .ranks import Ranks

Place = tuple[int, int, int, int]  # the recipe's seed; the stage, its epoch and batch, from 0
Answers = Mapping[str, np.ndarray]
# what a network says of some validation pictures: “places” int64 (pictures,), theirs among all;
# “losses” float32 (pictures,); and what else its lesson asks, each (pictures, …)


Checkpoint = tuple[dict[str, Tensor], dict[str, Any]]  # tensors, notes


class Seen(Protocol):
    """Some pictures as the network is shown them, and what it should say."""

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What the network is called with."""

    def losses(self, logits: Tensor) -> Tensor:
        """How wrong the network is about each picture: float32 (pictures,)."""

    def right(self, logits: Tensor) -> Tensor:
        """How right it is, 0 to 1: (pictures,)."""


class Judged(NamedTuple):
    """How good a network is on all validation pictures."""

    score: float  # the higher the better
    told: Mapping[str, float]  # “top1”, and what else an epoch tells
    kept: Mapping[str, np.ndarray]  # each (pictures, …): what is kept of the best epoch


class Follows(Protocol):
    """Follows where the learner looks in one picture."""

    def probe(self, network: nn.Module, epoch: int) -> Probe:
        """What the network attends to after so many epochs."""


class Lesson(Protocol):
    """Classes, or captions."""

    def prepare(self, network: Any, stage: Stage, chance: Chance) -> None:
        """Freeze what a stage does not train, and let chance into the network.

        Raises ExplorerError where the network has no place for it.
        """

    def learned(self, network: nn.Module, stage: Stage) -> Any:
        """What a stage's optimiser is made of: the network, or groups of its parameters."""

    def inputs(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """What the network is called with about pictures of which nothing is told."""

    def seen(self, batch: Batch, place: Place, device: torch.device) -> Seen:
        """A part of a training batch as it is learned from."""

    def shown(self, batch: Batch, place: Place, device: torch.device) -> Shown:
        """The same for people to look at."""

    def answers(self, network: nn.Module, batch: Batch, ranks: Ranks) -> Answers:
        """What the network says of some validation pictures."""

    def judged(self, answers: Answers) -> Judged:
        """How good the answers about all validation pictures are."""

    def checkpoint(self, network: nn.Module, preprocessing: Preprocessing) -> Checkpoint:
        """The best model's tensors, and what stands beside them to open it as it was trained."""

    def tracer(self, network: nn.Module, preprocessing: Preprocessing, picture: Picture) -> Follows:
        """Follows a picture; raises ExplorerError where nothing can be followed."""

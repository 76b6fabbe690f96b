"""How the network learns from a batch, in one stage of a training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch
from timm.utils import ModelEmaV3
from torch import Tensor, nn

from ..pictures.batches import Batch
from ..recipes.recipe import Recipe
from ..runs.sample import Shown
from .chance import Chance, seed_of
from .learner import Learner
from .lesson import Place
from .optimising import LearningRate, make_optimiser
from .ranks import Ranks


class Learning:
    """One stage's optimiser and schedule, at work on a network."""

    def __init__(
        self,
        learner: Learner,
        recipe: Recipe,
        stage: int,
        steps_per_epoch: int,
        ranks: Ranks,
        average: ModelEmaV3 | None,
    ) -> None:
        """Freezes what the stage freezes; raises ExplorerError where the model cannot do so."""
        self._network: Any = learner.network
        self._lesson = learner.lesson
        self._recipe = recipe
        self._number = stage
        self._stage = recipe.stages[stage]
        self._steps_per_epoch = steps_per_epoch
        self._ranks = ranks
        self._average = average
        self._chance = Chance()
        self._optimiser = self._prepared()
        self.sums = _zeros(ranks.device)  # of this epoch, here: losses, right ones, pictures

    def _prepared(self) -> Any:
        self._lesson.prepare(self._network, self._stage, self._chance)
        learned = self._lesson.learned(self._network, self._stage)
        optimiser = make_optimiser(learned, self._stage)
        self.rate = LearningRate(optimiser, self._stage, self._steps_per_epoch)
        accelerator = self._ranks.accelerator
        self._model: nn.Module
        self._model, optimiser = accelerator.prepare(self._network, optimiser)
        return optimiser

    def state(self) -> dict[str, Any]:
        """What has to be kept of it, the sums left out, which every process has its own of."""
        scaler = self._ranks.accelerator.scaler
        return {
            "optimiser": self._optimiser.state_dict(),
            "scaler": scaler.state_dict() if scaler is not None else None,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._optimiser.load_state_dict(state["optimiser"])
        scaler = self._ranks.accelerator.scaler
        if scaler is not None and state["scaler"] is not None:
            scaler.load_state_dict(state["scaler"])

    def last_rate(self, epoch: int, number: int) -> float:
        """The learning rate of the step before batch `number` of an epoch (or of the first)."""
        return self.rate.set(max(0, epoch * self._steps_per_epoch + number - 1))

    def close(self) -> None:
        """The stage is over: the network is as it was before it, but for what it learned."""
        self._ranks.accelerator.unwrap_model(self._model, keep_fp32_wrapper=False)
        self._ranks.accelerator.free_memory()

    def learn(self, batch: Batch, epoch: int, number: int, step: int) -> float:
        """Learn from this process's share of batch `number` of an epoch; returns the learning rate.

        `step` counts all steps of the training, this one included, for the mean of the weights.
        """
        place = self._recipe.seed, self._number, epoch, number
        rate = self.rate.set(epoch * self._steps_per_epoch + number)
        self._network.train()
        torch.manual_seed(seed_of("step", *place, self._ranks.number))
        parts = list(self._parts(batch))
        if not parts:
            self._learn_nothing(batch)
        for part in parts:
            is_last = part is parts[-1]
            waits = nullcontext() if is_last else self._ranks.accelerator.no_sync(self._model)
            with waits:
                self._learn_part(part, batch.total, place)
        self._update(step)
        return rate

    def shown(self, batch: Batch, epoch: int, number: int, most: int) -> Shown:
        """The first pictures of a batch as they are learned from, and what is told of them."""
        place = self._recipe.seed, self._number, epoch, number
        return self._lesson.shown(batch.part(slice(0, most)), place, self._ranks.device)

    def _parts(self, batch: Batch) -> Iterator[Batch]:
        """A batch cut into the stage's parts; mixed neighbours stay together."""
        count = len(batch)
        size = max(1, -(-count // self._stage.accumulation))
        size += size % 2 if self._recipe.mixing.is_on else 0
        for start in range(0, count, size):
            yield batch.part(slice(start, start + size))

    def _learn_part(self, part: Batch, total: int, place: Place) -> None:
        seen = self._lesson.seen(part, place, self._ranks.device)
        self._chance.begin(seed_of("chance", *place), part.places, total)
        with self._ranks.accelerator.autocast():
            logits = self._model(*seen.inputs)
        losses = seen.losses(logits.float())
        # DDP takes the mean over processes, of which each has its share of the batch.
        self._ranks.accelerator.backward(losses.sum() * (self._ranks.count / total))
        self._count(losses.detach(), seen.right(logits.detach()))

    def _learn_nothing(self, batch: Batch) -> None:
        """Keep step with the other processes, which share a batch too small for all of them."""
        black = torch.zeros(1, *batch.pixels.shape[1:], device=self._ranks.device)
        self._chance.begin(0, torch.zeros(1, dtype=torch.int64), 1)
        with self._ranks.accelerator.autocast():
            logits = self._model(*self._lesson.inputs(black))
        self._ranks.accelerator.backward(0 * logits.float().sum())

    def _count(self, losses: Tensor, right: Tensor) -> None:
        counts = losses.sum(), right.sum(), torch.tensor(len(losses))
        self.sums += torch.stack([each.to(self.sums) for each in counts])

    def _update(self, step: int) -> None:
        """Follow the gradients."""
        if self._stage.clip_norm is not None:
            parameters = [p for p in self._network.parameters() if p.requires_grad]
            self._ranks.accelerator.clip_grad_norm_(parameters, self._stage.clip_norm)
        self._optimiser.step()
        self._optimiser.zero_grad()
        if self._average is not None:
            self._average.update(self._network, step=step)


def _zeros(device: torch.device) -> Tensor:
    kind = torch.float32 if device.type == "mps" else torch.float64  # MPS has no float64
    return torch.zeros(3, dtype=kind, device=device)

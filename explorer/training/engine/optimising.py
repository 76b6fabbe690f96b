"""How weights follow their gradients in a stage: timm's optimisers and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.scheduler.scheduler import Scheduler
from torch.optim import Optimizer

from ...errors import ExplorerError
from ..recipes.recipe import Stage


def make_optimiser(learned: Any, stage: Stage) -> Optimizer:
    """The stage's optimiser over all parameters that are not frozen.

    `learned`: a network, or groups of its parameters, which may have “weight_decay” and “lr_scale”.
    Raises ExplorerError where it does not take what the stage gives it.
    """
    arguments: dict[str, Any] = dict(stage.arguments)
    if stage.betas is not None:
        arguments["betas"] = stage.betas
    try:
        return create_optimizer_v2(
            learned,
            opt=stage.optimiser,
            lr=stage.learning_rate,
            weight_decay=stage.weight_decay,
            momentum=stage.momentum,
            filter_bias_and_bn=not stage.decay_everything,
            layer_decay=stage.layer_decay,
            **arguments,
        )
    except (TypeError, ValueError) as error:
        raise ExplorerError(
            f"The optimiser “{stage.optimiser}” cannot be made so: {error}.",
            hint="Correct “arguments”, or leave them out.",
        ) from error


class LearningRate:
    """The learning rate of each step of a stage: nothing but its number and past scores decide."""

    def __init__(self, optimiser: Optimizer, stage: Stage, steps_per_epoch: int) -> None:
        self._stage = stage
        self._optimiser = optimiser
        self._scheduler = _scheduler(optimiser, stage, steps_per_epoch)
        self._full = list(self._scheduler.base_values)

    def begin_epoch(self, scores: Sequence[float]) -> None:
        """Take in the validation accuracies of the stage's epochs so far, for “plateau”."""
        if self._stage.schedule == "plateau":
            factor = plateau_factor(scores, self._stage.plateau_patience, self._stage.decay_rate)
            least = self._stage.minimum_learning_rate
            self._scheduler.base_values = [max(full * factor, least) for full in self._full]

    def set(self, step: int) -> float:
        """Prepare for a step, counted from 0 in its stage; returns the highest learning rate."""
        self._scheduler.step_update(step)
        return max(group["lr"] for group in self._optimiser.param_groups)


def _scheduler(optimiser: Optimizer, stage: Stage, steps_per_epoch: int) -> Scheduler:
    """A scheduler of timm's, by steps. Its “plateau” forgets what it saw: a constant, then."""
    name = "constant" if stage.schedule == "plateau" else stage.schedule
    scheduler, _ = create_scheduler_v2(
        optimiser,
        sched=name,
        num_epochs=stage.epochs,
        decay_epochs=_decay_epochs(stage, steps_per_epoch),
        decay_milestones=_milestones(stage, steps_per_epoch),  # type: ignore[arg-type]  # as below
        decay_rate=stage.decay_rate,
        min_lr=stage.minimum_learning_rate,
        warmup_lr=stage.warmup_learning_rate,
        warmup_epochs=stage.warmup_epochs,  # type: ignore[arg-type]  # parts of epochs are fine
        step_on_epochs=False,
        updates_per_epoch=steps_per_epoch,
    )
    return scheduler


def _milestones(stage: Stage, steps_per_epoch: int) -> list[float]:
    """Epochs after which the learning rate drops: timm's drop comes one step before its milestone.

    Half a step later is the same step as one later, and bears being rounded.
    """
    return [epoch + 0.5 / steps_per_epoch for epoch in stage.decay_at]


def _decay_epochs(stage: Stage, steps_per_epoch: int) -> float | None:
    """Never 0 or 1 step short of what timm takes; for “wsd”, below 1 it would mean a share."""
    if stage.schedule == "step":
        return stage.decay_epochs or stage.epochs / 3
    if stage.decay_epochs is None or stage.schedule != "wsd":
        return None
    length = stage.epochs - stage.warmup_epochs
    whole = max(stage.decay_epochs, 1 / steps_per_epoch)
    return whole if whole >= 1 else min(whole / length, 1 - 1e-9)


def plateau_factor(scores: Sequence[float], patience: int, rate: float) -> float:
    """What the learning rate is multiplied by after these validation accuracies.

    It drops by `rate` each time that more than `patience` epochs in a row were none better.
    """
    best, waited, factor = float("-inf"), 0, 1.0
    for score in scores:
        best, waited = (score, 0) if score > best else (best, waited + 1)
        if waited > patience:
            factor, waited = factor * rate, 0
    return factor

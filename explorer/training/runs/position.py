"""How far a training is: all that a resumed one has to know, apart from tensors."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from ..recipes.recipe import Recipe, Stage


@dataclass
class Best:
    """The best epoch so far."""

    epoch: int  # counted from 1, over all stages
    top1: float  # share of validation pictures of which all was said right
    loss: float
    score: float  # what decides, such as `top1`

    def is_beaten_by(self, score: float, loss: float) -> bool:
        """By a higher score; of two that are equal, by the smaller loss."""
        return (score, -loss) > (self.score, -self.loss)


@dataclass
class Position:
    """A place in a training. Numbers count what is done."""

    stage: int = 0
    epoch: int = 0  # of this stage
    batch: int = 0  # of this epoch
    step: int = 0  # over all stages, as are the following
    epochs: int = 0
    seconds: float = 0.0  # of training, pauses left out
    scores: list[float] = field(default_factory=list)  # after each epoch of this stage
    best: Best | None = None

    @property
    def is_at_stages_begin(self) -> bool:
        """Whether nothing of the stage is done."""
        return self.epoch == self.batch == 0

    def is_over(self, stage: Stage) -> bool:
        """Whether the stage it is in has ended: by number, or early for want of a better score."""
        if self.epoch >= stage.epochs:
            return True
        waited = len(self.scores) - 1 - self.scores.index(max(self.scores)) if self.scores else 0
        return stage.patience is not None and waited >= stage.patience

    def is_at_end(self, recipe: Recipe) -> bool:
        """Whether the training is over."""
        last = len(recipe.stages) - 1
        return self.stage > last or (self.stage == last and self.is_over(recipe.stages[last]))

    def text(self) -> str:
        """As JSON; floats are read back bit by bit."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Position:
        """What `text` wrote."""
        said: dict[str, Any] = json.loads(text)
        best = said.pop("best")
        return cls(**said, best=Best(**best) if best else None)

    def end_epoch(self, score: float) -> None:
        """The next epoch of the stage begins."""
        self.scores.append(score)
        self.epoch, self.batch = self.epoch + 1, 0

    def end_stage(self) -> None:
        """The next stage begins."""
        self.stage, self.epoch, self.batch, self.scores = self.stage + 1, 0, 0, []


def steps_per_epoch(pictures: int, batch_size: int) -> int:
    """Batches of an epoch; the last one may be smaller."""
    return -(-pictures // batch_size)


def all_steps(recipe: Recipe, pictures: int) -> int:
    """Steps of a whole training, where no stage ends early."""
    return sum(
        stage.epochs * steps_per_epoch(pictures, stage.batch_size) for stage in recipe.stages
    )


def epochs_left(recipe: Recipe, position: Position) -> int:
    """Epochs whose end is still to come, where no stage ends early."""
    return sum(stage.epochs for stage in recipe.stages[position.stage :]) - position.epoch


def steps_left(recipe: Recipe, pictures: int, position: Position) -> int:
    """Steps that are still to be done, where no stage ends early."""
    left = sum(
        stage.epochs * steps_per_epoch(pictures, stage.batch_size)
        for stage in recipe.stages[position.stage :]
    )
    if position.stage < len(recipe.stages):
        stage = recipe.stages[position.stage]
        left -= position.epoch * steps_per_epoch(pictures, stage.batch_size) + position.batch
    return left

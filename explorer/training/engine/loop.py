"""The training itself: an Accelerate program for one process or many, which loses nothing.

Between any two steps its whole state is a `Position` and some tensors; chance depends on places
alone. So it can be left and taken up anywhere, by any number of processes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from timm.utils import ModelEmaV3
from torch import nn

from ...errors import Cancelled, ExplorerError
from ..data.examples import Dataset
from ..pictures.batches import Batch, Feed
from ..recipes.recipe import Recipe, Stage
from ..runs.position import Best, Position, epochs_left, steps_left, steps_per_epoch
from ..runs.probe import write_probe
from ..runs.run import Run
from ..runs.sample import SAMPLED, write_sample
from .checkpoint import Saved, not_a_number, write_best, write_last
from .desk import Desk, Wish
from .learner import Learner
from .learning import Learning
from .lesson import Follows
from .pace import Pace
from .ranks import Ranks
from .validation import Validated, answers, validated, write_validation

_TELL_SECONDS = 1.0  # between two words about a validation


class Stopped(Exception):  # noqa: N818 - a wish, not an error
    """Somebody wished to stop; all is saved."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is trained on what, and who hears of it."""

    run: Run
    recipe: Recipe
    dataset: Dataset
    feed: Feed  # gives its pictures
    fingerprint: str  # of the data set
    learner: Learner
    tracer: Follows | None  # follows the probe; None where there is none
    ranks: Ranks
    desk: Desk
    tell: Callable[..., None]  # an event: its kind, and what belongs to it


class Training:
    """A training in memory."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._recipe = task.recipe
        self._ranks = task.ranks
        self.position = Position()
        self._network = task.learner.network.to(task.ranks.device)
        self._average = self._new_average()
        self._learning: Learning | None = None
        self._rate = 0.0  # of the last step
        self._pace = Pace()
        self._told = torch.zeros(3)  # what of the epoch's sums was told already
        self._spoke = 0.0  # when something was last said of a validation
        self._passed_over = 0  # pictures, as far as told

    def run(self, saved: Saved | None) -> None:
        """From where it was left to the end; raises Stopped, or ExplorerError."""
        if saved is not None:
            self._take_up(saved)
        self._announce(is_new=saved is None)
        if saved is None:
            self._look_at_probe()
        while self.position.stage < len(self._recipe.stages):
            self._run_stage(saved)
            saved = None

    # Beginning, and going on

    def _new_average(self) -> ModelEmaV3 | None:
        averaging = self._recipe.averaging
        if averaging.decay is None:
            return None
        return ModelEmaV3(self._network, averaging.decay, use_warmup=averaging.warmup)

    def _take_up(self, saved: Saved) -> None:
        """Put everything back but what a stage makes for itself."""
        self.position = saved.position
        self._network.load_state_dict(saved.state["model"])
        if self._average is not None:
            self._average.module.load_state_dict(saved.state["average"])

    def _announce(self, is_new: bool) -> None:
        position, data = self.position, self._task.dataset
        self._task.tell(
            "started" if is_new else "resumed",
            step=position.step,
            epochs_done=position.epochs,
            steps=self._steps_in_all,
            epochs=self._recipe.epochs,
            pictures=len(data.train),
            validation_pictures=len(data.validation),
            device=self._ranks.told_device,
            processes=self._ranks.count,
            precision=self._recipe.precision,
            model=self._task.learner.name,
            origin=self._task.learner.origin,
        )

    # Stages and epochs

    @property
    def _stage(self) -> Stage:
        return self._recipe.stages[self.position.stage]

    @property
    def _steps_per_epoch(self) -> int:
        return steps_per_epoch(len(self._task.dataset.train), self._stage.batch_size)

    @property
    def _steps_in_all(self) -> int:
        pictures = len(self._task.dataset.train)
        return self.position.step + steps_left(self._recipe, pictures, self.position)

    def _run_stage(self, saved: Saved | None) -> None:
        self._learning = learning = Learning(
            self._task.learner,
            self._recipe,
            self.position.stage,
            self._steps_per_epoch,
            self._ranks,
            self._average,
        )
        if saved is not None and saved.state["learning"] is not None:
            learning.load(saved.state["learning"])
            if self._ranks.is_first:  # one process counts for those that counted before
                learning.sums += saved.state["sums"].to(learning.sums)
        self._told = learning.sums.clone()
        self._pace.begin_stage()
        learning.rate.begin_epoch(self.position.scores)
        self._rate = learning.last_rate(self.position.epoch, self.position.batch)
        while not self.position.is_over(self._stage):
            self._run_epoch(learning)
        self._learning = None
        learning.close()
        self.position.end_stage()

    def _run_epoch(self, learning: Learning) -> None:
        learning.rate.begin_epoch(self.position.scores)
        self._pace.restart()
        position = self.position
        batches = self._task.feed.training(position.stage, position.epoch, position.batch)
        for batch in self._fetched(batches):
            self._step(learning, batch)
        self._end_epoch(learning)

    def _fetched(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Batches; where the next one cannot be had, all that was learned is saved first."""
        while True:
            try:
                batch = next(batches, None)
            except Cancelled:
                self._save()
                raise Stopped from None
            except ExplorerError:
                if self._ranks.count == 1:  # the other processes know nothing of it
                    self._save()
                raise
            self._tell_unreadable()
            if batch is None:
                return
            yield batch

    def _tell_unreadable(self) -> None:
        """Say which pictures were passed over, and why."""
        for path, reason in islice(self._task.feed.broken.items(), self._passed_over, None):
            self._task.tell("unreadable", path=path, reason=reason)
        self._passed_over = len(self._task.feed.broken)

    def _step(self, learning: Learning, batch: Batch) -> None:
        position = self.position
        if position.is_at_stages_begin and self._ranks.is_first:
            self._keep_sample(learning, batch)
        self._rate = learning.learn(batch, position.epoch, position.batch, position.step + 1)
        position.batch += 1
        position.step += 1
        is_last = position.batch == self._steps_per_epoch
        if self._task.desk.is_due() or is_last:
            self._look(learning)

    # Between steps

    def _look(self, learning: Learning) -> None:
        """Tell what was learned, and hear what is wished."""
        losses, _, pictures = (learning.sums - self._told).tolist()
        self._told = learning.sums.clone()
        look = self._task.desk.look(losses, int(pictures))
        self._tell_step(look.loss, look.pictures)
        if not math.isfinite(look.loss):
            raise not_a_number(f"the loss of step {self.position.step}", self._task.run)
        self._obey(look.wish)

    def _tell_step(self, loss: float, pictures: int) -> None:
        seconds = self._pace.took(pictures)
        self.position.seconds += seconds
        self._task.tell(
            "step",
            step=self.position.step,
            stage=self.position.stage,
            epoch=self.position.epochs + 1,
            loss=loss,
            learning_rate=self._rate,
            pictures_per_second=round(pictures / max(seconds, 1e-9), 2),
            eta_seconds=self._time_left(),
        )

    def _time_left(self) -> float | None:
        data, epochs = self._task.dataset, epochs_left(self._recipe, self.position)
        learned = min(self.position.batch * self._stage.batch_size, len(data.train))
        left = epochs * len(data.train) - learned
        seconds = self._pace.left(left, epochs, len(data.validation))
        return None if seconds is None else round(seconds, 1)

    def _obey(self, wish: Wish) -> None:
        if wish is Wish.GO_ON:
            return
        self._save()
        if wish is Wish.PAUSE:
            self._task.tell("paused", step=self.position.step)
            wish = self._task.desk.wait_while_paused()
            if wish is not Wish.STOP:
                self._task.tell("continued", step=self.position.step)
        if wish is Wish.STOP:
            raise Stopped
        self._pace.restart()

    def _save(self) -> None:
        """Keep all that is needed to go on; all processes come here at once."""
        learning = self._learning
        sums = None if learning is None else self._ranks.summed(learning.sums)
        if self._ranks.is_first:
            average = self._average
            state = {
                "model": self._network.state_dict(),
                "average": None if average is None else average.module.state_dict(),
                "learning": None if learning is None else learning.state(),
                "sums": sums,
            }
            write_last(self._task.run, self._recipe, self.position, state, self._task.fingerprint)
            self._task.tell("saved", step=self.position.step, path=self._task.run.last.name)
        self._task.desk.saved()

    # The end of an epoch

    def _end_epoch(self, learning: Learning) -> None:
        self._pace.restart()
        found = self._validated()
        position = self.position
        best = position.best
        score, told = found.judged.score, found.judged.told
        is_best = best is None or best.is_beaten_by(score, found.loss)
        position.epochs += 1
        if is_best:
            position.best = Best(position.epochs, told["top1"], found.loss, score)
            self._keep_best(found, position.best)
        self._look_at_probe()
        self._tell_epoch(learning, found, is_best)
        position.end_epoch(score)
        learning.sums.zero_()
        self._told = learning.sums.clone()
        self._save()
        self._pace.ended_epoch()

    @property
    def _judged(self) -> nn.Module:
        """The network that is validated and kept: the mean of the weights, where there is one."""
        return self._network if self._average is None else self._average.module

    def _validated(self) -> Validated:
        started = time.perf_counter()
        self._spoke = time.monotonic()
        batches = self._fetched(self._task.feed.validation(self._stage.batch_size))
        lesson = self._task.learner.lesson
        mine = answers(self._judged, batches, lesson, self._ranks, self._tell_validation)
        found = validated(mine, lesson, self._ranks)
        self.position.seconds += time.perf_counter() - started
        return found

    def _tell_validation(self, done: int) -> None:
        """Say now and then how far it is; a process that is alone may stop here."""
        if time.monotonic() - self._spoke < _TELL_SECONDS:
            return
        self._spoke = time.monotonic()
        pictures = len(self._task.dataset.validation)
        self._task.tell("validating", epoch=self.position.epochs + 1, done=done, pictures=pictures)
        if self._ranks.count == 1 and self._task.desk.wants_stop():
            self._save()  # as before the validation, which is done again
            raise Stopped

    def _tell_epoch(self, learning: Learning, found: Validated, is_best: bool) -> None:
        losses, right, pictures = self._ranks.summed(learning.sums).tolist()
        self._task.tell(
            "epoch",
            epoch=self.position.epochs,
            stage=self.position.stage,
            step=self.position.step,
            steps=self._steps_in_all,
            train_loss=losses / pictures,
            train_accuracy=right / pictures,
            loss=found.loss,
            **found.judged.told,
            learning_rate=self._rate,
            is_best=is_best,
            seconds=round(self.position.seconds, 1),
        )

    # What people want to see

    def _keep_best(self, found: Validated, best: Best) -> None:
        if self._ranks.is_first:
            task = self._task
            kept = self._recipe.kept_precision
            write_best(task.run, self._judged, task.learner, best, kept)
            write_validation(task.run.validation, found, task.dataset.validation)

    def _keep_sample(self, learning: Learning, batch: Batch) -> None:
        """Some pictures of a stage's first batch, as the network sees them."""
        stage = self.position.stage
        path = Path("sample", f"stage-{stage}.npz")
        shown = learning.shown(batch, self.position.epoch, self.position.batch, SAMPLED)
        write_sample(self._task.run.folder / path, shown, self._task.learner.preprocessing)
        self._task.tell("sample", stage=stage, path=path.as_posix())

    def _look_at_probe(self) -> None:
        """Keep where the network looks in the probe."""
        if self._task.tracer is None or not self._ranks.is_first:
            return
        epoch = self.position.epochs
        path = Path("probe", f"epoch-{epoch:03}.npz")
        write_probe(self._task.run.folder / path, self._task.tracer.probe(self._judged, epoch))
        self._task.tell("probe", epoch=epoch, path=path.as_posix())

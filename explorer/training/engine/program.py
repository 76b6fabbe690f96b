"""What `train RUN` does: hold the run, get all ready, train, and say how it ended."""

from __future__ import annotations

import logging
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

from ... import __version__
from ...errors import Cancelled, ExplorerError
from ...models.watch import never, quiet
from ..data.examples import Dataset
from ..files import write_json
from ..pictures.batches import Feed, worker_count
from ..pictures.workers import warm_up
from ..recipes.recipe import Recipe
from ..runs.events import Event, EventLog, last_event
from ..runs.lock import hold
from ..runs.position import Best, Position
from ..runs.probe import probe_picture
from ..runs.run import Run
from .checkpoint import Saved, other_pictures, read_last
from .desk import Desk
from .estimate import check_fits, foreseen
from .faults import said
from .learner import Learner
from .learners import learner_for
from .lesson import Follows
from .loop import Stopped, Task, Training
from .ranks import Ranks

SAVE_SECONDS = 600.0  # between two times that `last` is written, beside the ends of epochs
_PACKAGES = ("torch", "torchvision", "timm", "accelerate", "safetensors", "numpy", "pillow")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a training ended that was not broken off by an error."""

    run: Run
    state: Literal["finished", "stopped"]
    step: int
    epochs: int
    best: Best | None

    def __str__(self) -> str:
        best = self.best
        good = (
            f" Best: {best.top1:.2%} of the validation pictures right, after epoch {best.epoch}."
            if best
            else ""
        )
        if self.state == "finished":
            epochs = "1 epoch" if self.epochs == 1 else f"{self.epochs} epochs"
            return f"Finished after {epochs}.{good} The model: {self.run.best}"
        if self.step == 0:
            return "Stopped before its first step."
        return f"Stopped after step {self.step}; all is saved, and goes on from there.{good}"


@dataclass(frozen=True)
class Wants:
    """How a run is trained, apart from what it learns."""

    device: str | None = None  # "auto", "cuda", "cuda:1", "mps", "cpu"; None = as the recipe says
    save_seconds: float = SAVE_SECONDS
    heard: Callable[[Event], None] | None = None  # is told each event, in the first process
    progress: Callable[[str, float | None], None] = quiet  # is told what loading does
    should_stop: Callable[[], bool] = never


_USUAL = Wants()


def train(run: Run, wants: Wants = _USUAL) -> Outcome:
    """Train a run to its end, or on from where it was left.

    Raises ExplorerError for what stands in the way: it is an event “problem” of the run as well,
    and `last` is from before it.
    """
    recipe = run.recipe
    ranks = _ranks(run, recipe, wants)
    alone = hold(run.lock) if ranks.is_first else nullcontext()
    with alone, _telling(run, ranks, wants) as tell, said(recipe):
        return _train(run, recipe, ranks, wants, tell)


def _ranks(run: Run, recipe: Recipe, wants: Wants) -> Ranks:
    try:
        return Ranks(recipe.precision, wants.device or recipe.device)
    except ExplorerError as error:  # nobody knows which process is the first: each one tells it
        with suppress(ExplorerError), hold(run.lock), closing(EventLog(run.events)) as log:
            _tell_problem(run, log, error)
        raise


@contextmanager
def _telling(run: Run, ranks: Ranks, wants: Wants) -> Iterator[Callable[..., None]]:
    """Where events go: into the run, from the first process; so does what ends it."""
    if not ranks.is_first:
        yield lambda _kind, **_facts: None
        return
    log = EventLog(run.events, wants.heard)
    try:
        yield log.append
    except Exception as error:
        _tell_problem(run, log, error)
        raise
    finally:
        log.close()


def _tell_problem(run: Run, log: EventLog, error: Exception) -> None:
    """Write down why it ends, unless it had ended well; a full disk may not even take that."""
    if _has_finished(run):
        return
    message, hint = str(error) or type(error).__name__, "The log has the details."
    if isinstance(error, ExplorerError):
        message, hint = error.message, error.hint
    try:
        log.append("problem", message=message, hint=hint)
    except ExplorerError:
        _log.warning("%s could not be written down", message, exc_info=True)


def _train(
    run: Run, recipe: Recipe, ranks: Ranks, wants: Wants, tell: Callable[..., None]
) -> Outcome:
    dataset, fingerprint = _dataset(run)
    saved = read_last(run, recipe, fingerprint)
    if saved is not None and saved.position.is_at_end(recipe):
        return _finished(run, saved.position, tell)
    if worker_count(recipe.workers, ranks.device.type):
        warm_up()  # beside the loading of the model
    learner = _learner(recipe, dataset, ranks, wants)
    if learner is None:
        return _stopped(run, saved.position if saved else Position(), tell)
    if saved is None:
        check_fits(foreseen(recipe, dataset, learner, ranks), recipe)
    if ranks.is_first:
        write_json(run.folder / "versions.json", _versions(ranks))
    desk = Desk(run, ranks, wants.should_stop, wants.save_seconds)
    tracer = _tracer(recipe, dataset, learner) if ranks.is_first else None
    with _feed(recipe, dataset, learner, ranks, desk) as feed:
        task = Task(run, recipe, dataset, feed, fingerprint, learner, tracer, ranks, desk, tell)
        return _run(Training(task), saved, task)


def _tracer(recipe: Recipe, dataset: Dataset, learner: Learner) -> Follows:
    picture = probe_picture(recipe, dataset)
    return learner.lesson.tracer(learner.network, learner.preprocessing, picture)


def _feed(recipe: Recipe, dataset: Dataset, learner: Learner, ranks: Ranks, desk: Desk) -> Feed:
    """What gives the pictures; one of several processes never stops waiting by itself."""
    return Feed(
        dataset,
        recipe,
        learner.preprocessing,
        rank=ranks.number,
        ranks=ranks.count,
        device=ranks.device.type,
        should_stop=desk.wants_stop if ranks.count == 1 else never,
    )


def _run(training: Training, saved: Saved | None, task: Task) -> Outcome:
    try:
        training.run(saved)
    except Stopped:
        task.desk.forget()
        return _stopped(task.run, training.position, task.tell)
    return _finished(task.run, training.position, task.tell)


def _stopped(run: Run, position: Position, tell: Callable[..., None]) -> Outcome:
    tell("stopped", step=position.step)
    return _outcome(run, "stopped", position)


def _finished(run: Run, position: Position, tell: Callable[..., None]) -> Outcome:
    if not _has_finished(run):  # else it was told before
        tell("finished", step=position.step, top1=position.best.top1 if position.best else None)
    return _outcome(run, "finished", position)


def _has_finished(run: Run) -> bool:
    last = last_event(run.events)
    return last is not None and last["kind"] == "finished"


def _outcome(run: Run, state: Literal["finished", "stopped"], position: Position) -> Outcome:
    return Outcome(run, state, position.step, position.epochs, position.best)


def _dataset(run: Run) -> tuple[Dataset, str]:
    """The run's pictures; raises ExplorerError where they are not as they were."""
    known, dataset = run.data, run.dataset
    fingerprint = dataset.fingerprint()
    if fingerprint != known["fingerprint"]:
        raise other_pictures(run)
    return dataset, fingerprint


def _learner(recipe: Recipe, dataset: Dataset, ranks: Ranks, wants: Wants) -> Learner | None:
    """One process after the other: the first one may have to download.

    None where somebody wishes to stop: then all do.
    """
    learner = None
    with ranks.accelerator.main_process_first(), suppress(Cancelled):
        learner = learner_for(recipe, dataset, wants.progress, wants.should_stop)
    answers = ranks.everyones([float(learner is None)])
    return None if any(answer[0] for answer in answers) else learner


def _versions(ranks: Ranks) -> dict[str, Any]:
    """What trains: to be kept beside its results."""
    return {
        "explorer": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
        "platform": platform.platform(),
        "device": ranks.told_device,
        "processes": ranks.count,
        "command": sys.argv,
    }

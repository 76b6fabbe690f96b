"""What a training will take: told by a process of its own, which tries a few steps."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTimer, Signal

from .... import paths
from ....errors import ExplorerError
from ....training.data.examples import Dataset
from ....training.recipes.recipe import Recipe
from ....training.recipes.recipe_changes import differences
from ....training.runs.position import all_steps, steps_per_epoch
from ....training.runs.run import create_run
from ...worker import Task, Worker

PATIENCE = 5000  # milliseconds that a process has to end politely
_PREPARE = "prepare a trial"  # the kind of work
_FREE = {  # settings that change neither the time of a step nor the memory it takes
    "epochs",
    "learning_rate",
    "betas",
    "momentum",
    "weight_decay",
    "decay_everything",
    "layer_decay",
    "encoder_share",
    "schedule",
    "warmup_epochs",
    "warmup_learning_rate",
    "minimum_learning_rate",
    "decay_epochs",
    "decay_at",
    "decay_rate",
    "plateau_patience",
    "clip_norm",
    "patience",
    "label_smoothing",
    "new_head",
    "kept_precision",
    "seed",
    "last_epochs_without",
    "validation_fraction",
    "probe",
}


@dataclass(frozen=True, eq=False)
class Cost:
    """What a process said that a training will take, for the recipe and the pictures it tried."""

    recipe: Recipe
    pictures: int  # to learn from
    device: str
    memory: int  # bytes
    free_memory: int | None  # bytes; None where nobody knows
    fits: bool
    seconds_per_step: tuple[float, ...] = ()  # of each stage; () until steps were tried
    seconds_per_validation: float = 0.0
    pictures_per_second: float | None = None
    seconds: float | None = None  # of the whole training

    @classmethod
    def told(cls, recipe: Recipe, pictures: int, said: Mapping[str, Any]) -> Cost:
        """What a line of the process means."""
        return cls(
            recipe,
            pictures,
            device=str(said["device"]),
            memory=int(said["memory"]),
            free_memory=said["free_memory"],
            fits=bool(said["fits"]),
            seconds_per_step=tuple(said["seconds_per_step"]),
            seconds_per_validation=said["seconds_per_validation"] or 0.0,
            pictures_per_second=said["pictures_per_second"],
            seconds=said["seconds"],
        )

    def is_of(self, recipe: Recipe, pictures: int) -> bool:
        """Whether it holds for another recipe: one whose steps are the same, maybe more of them."""
        if len(recipe.stages) != len(self.recipe.stages) or pictures != self.pictures:
            return False
        moved = differences([self.recipe, recipe])
        return all(name.rpartition(".")[2] in _FREE for name in moved)

    def seconds_of(self, recipe: Recipe) -> float | None:
        """How long a recipe takes that it holds for; None where no steps were tried."""
        if self.seconds is None:
            return None
        return self.seconds + self._working(recipe) - self._working(self.recipe)

    def _working(self, recipe: Recipe) -> float:
        """Seconds of all steps and validations."""
        stages = zip(recipe.stages, self.seconds_per_step, strict=True)
        return sum(
            stage.epochs
            * (
                steps_per_epoch(self.pictures, stage.batch_size) * each
                + self.seconds_per_validation
            )
            for stage, each in stages
        )


def steps_of(recipe: Recipe, pictures: int) -> tuple[int, tuple[int, ...]]:
    """Steps of the whole training, and of an epoch of each stage: exact."""
    each = tuple(steps_per_epoch(pictures, stage.batch_size) for stage in recipe.stages)
    return all_steps(recipe, pictures), each


def prepare(recipe: Recipe, dataset: Dataset, _task: Task) -> Path:
    """A run that is only tried, in a folder that is deleted then; on a worker's thread."""
    place = Path(tempfile.mkdtemp(prefix="vit-explorer-"))
    try:
        return create_run(place / "trial", recipe, dataset).folder
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


class Trial(QObject):
    """Asks a process at a time; a newer wish ends the one before."""

    changed = Signal()

    def __init__(self, worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self.cost: Cost | None = None  # as far as it is known
        self.problem: ExplorerError | None = None  # why it cannot be tried, or does not fit
        self.is_running = False
        self._process: QProcess | None = None
        self._worker = worker

    def begin(self, recipe: Recipe, dataset: Dataset) -> None:
        """Try this."""
        self._end_process()
        self.cost, self.problem, self.is_running = None, None, True
        ready = partial(self._start, recipe, len(dataset.train))
        self._worker.submit(_PREPARE, partial(prepare, recipe, dataset), ready, self._fail)
        self.changed.emit()

    def stop(self) -> None:
        """Try nothing any more; what is known so far stays."""
        self._worker.cancel(_PREPARE)
        self._end_process()
        self.is_running = False
        self.changed.emit()

    def close(self) -> None:
        """End the process at once: nothing of a trial is worth keeping."""
        process = self._process
        self._end_process()
        if process is not None:
            process.kill()
            process.waitForFinished(PATIENCE)

    def _start(self, recipe: Recipe, pictures: int, folder: Path) -> None:
        process = QProcess(QCoreApplication.instance())  # it may live longer than the dialog
        self._process = process
        process.readyReadStandardOutput.connect(partial(self._read, process, recipe, pictures))
        process.finished.connect(partial(self._take_end, process))
        process.errorOccurred.connect(partial(self._take_error, process))
        for ended in (process.finished, process.errorOccurred):
            ended.connect(lambda *_told: shutil.rmtree(folder.parent, ignore_errors=True))
        program, *arguments = paths.program()
        process.start(program, [*arguments, "train", str(folder), "--estimate"])

    def _end_process(self) -> None:
        """Ask the process to end, and make it, where it does not; nobody listens any more."""
        process, self._process = self._process, None
        if process is None:
            return
        process.finished.connect(process.deleteLater)
        process.terminate()
        QTimer.singleShot(PATIENCE, process, process.kill)

    def _read(self, process: QProcess, recipe: Recipe, pictures: int) -> None:
        while process is self._process and process.canReadLine():
            line = bytes(process.readLine().data())
            with contextlib.suppress(ValueError, LookupError, TypeError):  # a library's own words
                self.cost = Cost.told(recipe, pictures, json.loads(line))
        self.changed.emit()

    def _take_end(self, process: QProcess, code: int, _status: QProcess.ExitStatus) -> None:
        if process is not self._process:
            return
        words = bytes(process.readAllStandardError().data()).decode(errors="replace")
        self._process = None
        process.deleteLater()
        if code == 0 and self.cost is not None:
            self.is_running = False
            self.changed.emit()
        else:
            self._fail(_reason(words))

    def _take_error(self, process: QProcess, error: QProcess.ProcessError) -> None:
        """Where it cannot be started; other errors are followed by its end."""
        if process is self._process and error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self._fail(ExplorerError(self.tr("The trial could not be started."), _again()))

    def _fail(self, error: ExplorerError) -> None:
        self.problem, self.is_running = error, False
        self.changed.emit()


def _reason(words: str) -> ExplorerError:
    """What a process said last: “main.py train: why, and what to do”."""
    told = [line.partition(" train: ")[2] for line in words.splitlines()]
    if any(told):
        return ExplorerError([line for line in told if line][-1])
    nothing = QCoreApplication.translate("Trial", "The trial ended without a word.")
    return ExplorerError(nothing, _again())


def _again() -> str:
    return QCoreApplication.translate("Trial", "Try again with less memory in use.")

"""Has a model look at many pictures, whenever nobody else needs it: for a worker's thread."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from ...errors import ExplorerError
from ...training.data.examples import LabelledPictures
from ...training.evaluation.evaluation import Answers, Evaluation, evaluate
from ...training.evaluation.evaluation_report import write_json_report, write_table
from ...training.files import replacing
from ...training.runs.run import open_run
from ...training.runs.run_answers import answers_of
from ..worker import Task

if TYPE_CHECKING:
    from ...models.vit import ViT
    from ...training.evaluation.measuring import Measuring

_BETWEEN = 0.1  # seconds between two words about how far it is


class Looking:
    """Goes on each time that it is called, until all is done or somebody else needs the model."""

    def __init__(self, vit: ViT, pictures: LabelledPictures) -> None:
        self.answers: Answers | None = None  # None until all pictures were looked at
        self._vit = vit
        self._pictures = pictures
        self._measuring: Measuring | None = None
        self._told = 0.0  # when, by `time.perf_counter`

    def go_on(self, task: Task) -> None:
        """Look at further pictures; raises ExplorerError where the classes do not fit."""
        measuring = self._begun()
        self._tell(task, measuring)
        for _ in measuring.go_on():
            if task.should_stop():
                return
            if time.perf_counter() - self._told > _BETWEEN:
                self._tell(task, measuring)
        self.answers = measuring.answers()

    def _begun(self) -> Measuring:
        from ...training.evaluation.measuring import Measuring, patient_batch

        if self._measuring is None:
            batch_size = patient_batch(self._vit)
            self._measuring = Measuring(self._vit, self._pictures, batch_size)
        return self._measuring

    def _tell(self, task: Task, measuring: Measuring) -> None:
        self._told = time.perf_counter()
        text = QCoreApplication.translate("Looking", "Evaluating: {0} of {1} pictures")
        share = measuring.done / max(1, len(measuring))
        task.progress(text.format(f"{measuring.done:,}", f"{len(measuring):,}"), share)


def read_run(folder: Path, _task: Task) -> Evaluation:
    """What the best model of a run said while it was trained."""
    return evaluate(answers_of(open_run(folder)))


def count_up(answers: Answers, _task: Task) -> Evaluation:
    """The numbers of what a model said."""
    return evaluate(answers)


def export(evaluation: Evaluation, file: Path, _task: Task) -> str:
    """Write a report, or a table of the pictures; says so in a sentence."""
    try:
        with replacing(file) as part:
            write = write_table if file.suffix.lower() == ".csv" else write_json_report
            write(evaluation, part)
    except ExplorerError as error:
        raise ExplorerError(error.message, "Choose another place.") from error
    return QCoreApplication.translate("Looking", "Wrote {0}.").format(file)

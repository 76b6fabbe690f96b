"""Looks at labelled pictures beside the window: what they are first, then into every file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ....errors import Cancelled, ExplorerError
from ....training.data.checking import Checked, check_pictures
from ....training.data.dataset import find_dataset
from ....training.data.examples import Dataset
from ....training.data.examples import Task as Learned
from ...worker import Task, Worker

SETTLE = 400  # milliseconds: who types a number has not chosen any yet
_FIND, _CHECK = "find", "check"  # the kinds of work


@dataclass(frozen=True)
class Source:
    """Where labelled pictures lie."""

    pictures: Path  # a folder, or a table that lists them
    validation: Path | None = None  # another folder; None = as it is recognised, or by lot
    names: Path | None = None  # a text file with the classes' names; None = if one lies there


@dataclass(frozen=True)
class Asked:
    """What is looked at: where pictures lie, and how they are divided where nothing says it."""

    source: Source
    fraction: float
    seed: int
    task: Learned = "classify"  # whether their classes or their captions are looked for


def find(asked: Asked, task: Task) -> Dataset:
    """What the pictures are; on the worker's thread."""
    source = asked.source
    return find_dataset(
        source.pictures,
        source.validation,
        fraction=asked.fraction,
        seed=asked.seed,
        names=source.names,
        should_stop=task.should_stop,
        task=asked.task,
    )


def check(dataset: Dataset, task: Task) -> Checked:
    """What is wrong with single files; on the worker's thread."""

    def tell(done: int, all_of_them: int) -> None:
        task.progress("", done / max(1, all_of_them))

    try:
        return check_pictures(dataset, tell, task.should_stop)
    except RuntimeError:
        if task.should_stop():  # the program ends, and Python has ended all pools of threads
            raise Cancelled from None
        raise


class Looking(QObject):
    """Tells what is known of the pictures that are asked for last, and again when all was seen."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.asked: Asked | None = None
        self.dataset: Dataset | None = None  # None while it is looked for, or where none is
        self.problem: ExplorerError | None = None  # why there is none
        self.checked: Checked | None = None  # None until every file was opened
        self.checked_share: float | None = None  # 0..1; None where nobody opens files
        self._worker = Worker("look at pictures", self)
        self._worker.progressed.connect(self._tell_progress)
        self._settling = QTimer(self, singleShot=True, interval=SETTLE)
        self._settling.timeout.connect(self._find)

    def ask(self, asked: Asked) -> None:
        """Look at these, unless they are looked at already."""
        if asked == self.asked:
            return
        is_same_place = self.asked is not None and asked.source == self.asked.source
        self.asked = asked
        if is_same_place:  # what is shown stays until the new division is known
            self._settling.start()
        else:
            self.look_again()

    def look_again(self) -> None:
        """Forget what is known, and look."""
        self.dataset, self.problem = None, None
        self._find()

    def _find(self) -> None:
        self._settling.stop()
        self._worker.cancel(_CHECK)
        self.checked, self.checked_share = None, None
        if self.asked is not None:
            self._worker.submit(_FIND, partial(find, self.asked), self._take, self._fail)
        self.changed.emit()

    def _take(self, dataset: Dataset) -> None:
        self.dataset, self.problem = dataset, None
        self.begin_check()

    def _fail(self, error: ExplorerError) -> None:
        self.dataset, self.problem = None, error
        self.changed.emit()

    def begin_check(self) -> None:
        """Open every file."""
        if self.dataset is not None:
            self.checked, self.checked_share = None, 0.0
            work = partial(check, self.dataset)
            self._worker.submit(_CHECK, work, self._take_checked, self._fail_to_check)
            self.changed.emit()

    def stop_check(self) -> None:
        """Open no more files."""
        self._worker.cancel(_CHECK)
        self.checked_share = None
        self.changed.emit()

    def _take_checked(self, checked: Checked) -> None:
        self.checked, self.checked_share = checked, None
        self.changed.emit()

    def _fail_to_check(self, error: ExplorerError) -> None:
        """Its pictures went away: nothing can be learned from them."""
        self.checked_share = None
        self._fail(error)

    def _tell_progress(self, kind: str, _text: str, share: float | None) -> None:
        if kind == _CHECK and self.checked_share is not None:
            self.checked_share = share
            self.changed.emit()

    @property
    def is_finding(self) -> bool:
        """Whether nobody knows yet what the pictures are."""
        return self.asked is not None and self.dataset is None and self.problem is None

    @property
    def is_dividing(self) -> bool:
        """Whether what is shown will soon be divided otherwise."""
        return self._settling.isActive()

    def close(self) -> None:
        """End the thread; the file that is open is not waited for."""
        self._worker.close(timeout=0.0)


def name_place(path: Path) -> str:
    """A folder and the one that it lies in, as people recognise it."""
    return os.path.join(*path.parts[-2:]) if len(path.parts) > 2 else str(path)

"""Which vocabulary a captioner speaks: the one that was found, or a file that somebody chooses."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ...errors import ExplorerError
from ..parts.elided_label import ElidedLabel
from ..worker import Task
from .list_dialog import Computes

if TYPE_CHECKING:
    from ...models.captions.examining import ExaminedCaptioner
    from ...models.captions.family import Recognised

_CHECK = "vocabulary"  # the kind of work


def check_vocabulary(recognised: Recognised, file: Path, task: Task) -> Path:
    """The same file, if a captioner can use it; on a worker's thread.

    Raises ExplorerError where it is no vocabulary, or one of another size.
    """
    from ...models.captions.vocabularies import read_vocabulary

    assert recognised.vocabulary is not None
    task.progress(f"Reading {file.name}")
    read_vocabulary(recognised.vocabulary, recognised.tokens, file)
    return file


class VocabularyField(QWidget):
    """A file's name with a button beside it, and below, what is wrong with it."""

    changed = Signal()  # which vocabulary, or whether there is one

    def __init__(self, checkpoint: Path, controller: Computes) -> None:
        super().__init__()
        self._checkpoint = checkpoint
        self._controller = controller
        self._examined: ExaminedCaptioner | None = None
        self._chosen: Path | None = None
        self._has_one = False  # which is right
        self._build()
        self._arrange()
        self._choose.clicked.connect(self._ask)

    def _build(self) -> None:
        self._name = ElidedLabel()
        self._name.setAccessibleName(self.tr("Vocabulary"))
        self._choose = QPushButton(self.tr("Choose…"))
        self._choose.setAccessibleName(self.tr("Choose a vocabulary"))
        self._choose.setAutoDefault(False)
        self._problem = QLabel()
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.hide()

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._name, 1)
        row.addWidget(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._problem)

    def show_examined(self, examined: ExaminedCaptioner) -> None:
        """Say which vocabulary was found, whence it will come, or that one has to be chosen."""
        self._examined = examined
        found, said = examined.vocabulary, examined.recognised.vocabulary
        if found is not None:
            self._show(self._told(found), has_one=True)
        elif examined.vocabulary_problem is not None:
            self._show(self._wanted(), has_one=False, problem=examined.vocabulary_problem)
        elif said is not None and examined.vocabulary_is_published:
            text = self.tr("{0} of {1}, to be downloaded")
            self._show(text.format(said.filename, said.repository), has_one=True)
        else:
            self._show(self._wanted(), has_one=False)

    def chosen(self) -> Path | None:
        """The file that somebody chose; None where the one that belongs to it will do."""
        return self._chosen

    def has_one(self) -> bool:
        """Whether there is a vocabulary that the captioner can use."""
        return self._has_one

    def _ask(self) -> None:
        kinds = self.tr("Vocabularies") + " (*.txt);;" + self.tr("All files") + " (*)"
        place, _ = QFileDialog.getOpenFileName(
            self, self.tr("Choose a vocabulary"), str(self._checkpoint.parent), kinds
        )
        if not place or self._examined is None:
            return
        file = Path(place)
        self._show(self.tr("Reading {0}…").format(file.name), has_one=False)
        check = partial(check_vocabulary, self._examined.recognised, file)
        self._controller.compute(_CHECK, check, self._use, self._refuse)

    def _use(self, file: Path) -> None:
        self._chosen = file
        self._show(self._told(file), has_one=True)

    def _refuse(self, error: ExplorerError) -> None:
        self._chosen = None
        self._show(self._wanted(), has_one=False, problem=error)

    def _told(self, file: Path) -> str:
        if file.parent == self._checkpoint.parent:
            return self.tr("{0}, beside it").format(file.name)
        return str(file)

    def _wanted(self) -> str:
        assert self._examined is not None
        tokens = f"{self._examined.recognised.tokens:,}"
        return self.tr("a file of {0} tokens is needed").format(tokens)

    def _show(self, name: str, has_one: bool, problem: ExplorerError | None = None) -> None:
        self._name.setText(name)
        self._problem.setText(str(problem) if problem else "")
        self._problem.setVisible(problem is not None)
        self._has_one = has_one
        self.changed.emit()

    def wait_no_more(self) -> None:
        """Nobody will see an answer any more."""
        self._controller.forget(_CHECK)

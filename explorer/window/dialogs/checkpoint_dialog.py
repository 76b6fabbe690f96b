"""Model > Open checkpoint: tells what a file is, and asks what its tensors cannot say."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QWidget

from ...errors import ExplorerError
from ...records import CaptionerWeights, Weights
from ..worker import Task
from .base import Dialog
from .captioner_questions import CaptionerQuestions
from .list_dialog import Computes
from .model_questions import ModelQuestions

if TYPE_CHECKING:
    from ...models.captions.examining import ExaminedCaptioner
    from ...models.opening import Examined

_EXAMINE = "examine"  # the kind of work


def examine(path: Path, task: Task) -> Examined | ExaminedCaptioner:
    """What a checkpoint is; on a worker's thread, for it imports torch."""
    from ...models import examining

    task.progress(f"Reading {path.name}")
    return examining.examine(path)


class CheckpointDialog(Dialog):
    """A file is examined; then Enter opens it with the usual answers, where there are any."""

    chosen = Signal(Weights)
    captioner_chosen = Signal(CaptionerWeights)

    def __init__(
        self,
        path: Path,
        controller: Computes,
        parent: QWidget | None = None,
        to_compare: bool = False,  # with a model, as captioners cannot be
    ) -> None:
        super().__init__(self.tr("Open checkpoint"), parent)
        self._path = path
        self._controller = controller
        self._to_compare = to_compare
        self._asked: ModelQuestions | CaptionerQuestions | None = None
        self._build()
        self._arrange()
        for questions in (self._model, self._captioner):
            questions.changed.connect(self._check)
        self.finished.connect(self._wait_no_more)
        self._check()
        controller.compute(_EXAMINE, partial(examine, path), self.show_contents, self.show_problem)

    def _build(self) -> None:
        if self._to_compare:
            self.setWindowTitle(self.tr("Compare with checkpoint"))
        self._note = QLabel(self.tr("Reading its tensors…"))
        self._note.setProperty("quiet", True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._model = ModelQuestions()
        self._captioner = CaptionerQuestions(self._path, self._controller)

    def _arrange(self) -> None:
        file = QLabel(self._path.name)
        file.setTextFormat(Qt.TextFormat.PlainText)
        file.setProperty("strong", True)
        file.setToolTip(str(self._path))
        self.column.addWidget(file)
        self.column.addWidget(self._note)
        for questions in (self._model, self._captioner):
            self.column.addWidget(questions)
            questions.hide()
        self._keep_room(True)
        self.column.addSpacing(6)
        self.column.addStretch(1)
        self.add_buttons(
            QDialogButtonBox.StandardButton.Open, QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self.resize(520, self.sizeHint().height())

    def _wait_no_more(self) -> None:
        self._controller.forget(_EXAMINE)
        self._captioner.wait_no_more()

    def show_contents(self, examined: Examined | ExaminedCaptioner) -> None:
        """Say what the file was recognised as, and ask what it leaves open."""
        if examined.is_captioner:
            self._show_captioner(examined)
        else:
            self._show_model(examined)

    def _show_model(self, examined: Examined) -> None:
        if examined.problem is None:
            self._say(self._model.told(examined), is_problem=False)
        else:
            self._say(str(examined.problem), is_problem=True)
        self._model.show_examined(examined)
        self._ask(self._model)

    def _show_captioner(self, examined: ExaminedCaptioner) -> None:
        if self._to_compare:
            text = self.tr("{0} is a captioner: it cannot be compared with a model.")
            hint = self.tr("Open it with Model > Open checkpoint.")
            self.show_problem(ExplorerError(text.format(self._path.name), hint))
            return
        self._say(self._captioner.told(examined), is_problem=False)
        self._captioner.show_examined(examined)
        self._ask(self._captioner)

    def show_problem(self, error: ExplorerError) -> None:
        """Say why the file cannot be opened, whatever is chosen."""
        self._say(str(error), is_problem=True)
        self._ask(None)

    def _ask(self, questions: ModelQuestions | CaptionerQuestions | None) -> None:
        self._asked = questions
        self._keep_room(False)
        for one in (self._model, self._captioner):
            one.setVisible(one is questions)
        self._check()
        self.column.invalidate()  # for Qt does not, where what was hidden wants no room any more
        self.column.activate()
        self.resize(self.width(), self.column.totalMinimumHeightForWidth(self.width()))

    def _keep_room(self, kept: bool) -> None:
        """For the questions about a model, which most files are of, until it is known."""
        policy = self._model.sizePolicy()
        policy.setRetainSizeWhenHidden(kept)
        self._model.setSizePolicy(policy)

    def _say(self, text: str, is_problem: bool) -> None:
        self._note.setProperty("quiet", not is_problem)
        self._note.style().polish(self._note)
        self._note.setText(text)

    def _check(self) -> None:
        """Offer to open what may be opened."""
        self._open.setEnabled(self._asked is not None and self._asked.are_answered())

    def accept(self) -> None:
        if self._asked is None or not self._open.isEnabled():
            return
        super().accept()
        weights = self._asked.weights(self._path)
        if isinstance(weights, CaptionerWeights):
            self.captioner_chosen.emit(weights)
        else:
            self.chosen.emit(weights)

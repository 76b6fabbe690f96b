"""How right and how sure a model is on labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QStackedLayout

from ..evaluation.progress_page import ProgressPage
from ..evaluation.result_view import ResultView
from ..parts.invitation import Invitation
from ..state import Evaluating, State, Wishes
from .base import Panel


class EvaluationPanel(Panel):
    """The last evaluation; the way to one where there is none, and how far it is meanwhile."""

    key: ClassVar[str] = "evaluation"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.RightDockWidgetArea
    order: ClassVar[int] = 0
    tab: ClassVar[int] = 2

    enlarging_wished = Signal(bool)  # a window of its own, or back

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._build()
        self._connect()
        self._invite("")

    def title(self) -> str:
        return self.tr("Evaluation")

    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Enter, in Evaluation"), self.tr("show the pictures of a class or a cell")),
            (self.tr("+, −, in the matrix"), self.tr("fewer classes, more classes")),
            (self.tr("Arrow keys, in the matrix"), self.tr("the next cell")),
        )

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._invitation = Invitation()
        self._progress = ProgressPage()
        self._result = ResultView()
        self._pages = QStackedLayout(self)
        for page in (self._invitation, self._progress, self._result):
            self._pages.addWidget(page)

    def _connect(self) -> None:
        self._progress.stopped.connect(lambda: self.wishes.evaluation_wished.emit(None))
        self._result.selected.connect(self.wishes.selection_chosen)
        self._result.picture_chosen.connect(self.wishes.picture_chosen)
        self._result.another_wished.connect(self.wishes.evaluation_dialog_wished)
        self._result.saving_wished.connect(self._ask_where)
        self._result.enlarging_wished.connect(self.enlarging_wished)

    def display(self, old: State, new: State) -> None:
        evaluating = new.evaluating
        if evaluating is old.evaluating:
            return
        if evaluating is None:
            self._invite("")
        elif evaluating.problem is not None:
            self._invite(str(evaluating.problem))
        elif evaluating.evaluation is None:
            self._show_progress(evaluating)
        else:
            self._result.show_evaluation(evaluating.evaluation, evaluating.title)
            self._pages.setCurrentWidget(self._result)

    def _show_progress(self, evaluating: Evaluating) -> None:
        self._progress.show_share(evaluating.title, evaluating.share)
        self._pages.setCurrentWidget(self._progress)

    def _invite(self, problem: str) -> None:
        sentence = self.tr("See how right a model is on labelled pictures, and where it is wrong.")
        offer = self.tr("Evaluate…"), self.wishes.evaluation_dialog_wished.emit
        self._invitation.say(problem or sentence, offer)
        self._pages.setCurrentWidget(self._invitation)

    def _ask_where(self) -> None:
        """Ask for the file that the evaluation is to be saved as."""
        kinds = {
            self.tr("Report, all of it") + " (*.json)": ".json",
            self.tr("Table of the pictures") + " (*.csv)": ".csv",
        }
        title, start = self.tr("Save evaluation"), str(Path.home() / "evaluation.json")
        chosen, kind = QFileDialog.getSaveFileName(self, title, start, ";;".join(kinds))
        if chosen:
            file = Path(chosen)
            suffix = file.suffix.lower() if file.suffix.lower() in kinds.values() else kinds[kind]
            self.wishes.evaluation_exported.emit(file.with_suffix(suffix))

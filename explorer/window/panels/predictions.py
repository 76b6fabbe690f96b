"""What the model takes the picture for."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from ...records import Decision, ModelInfo, Trace
from ..parts.classes import class_in_name, predict, ranked, why_no_predictions
from ..parts.empty_state import EmptyState, trace_to_show, why_empty
from ..parts.numbers import format_probability
from ..parts.prediction_list import Prediction, PredictionList
from ..state import State, Wishes
from .base import Panel

SHOWN = 10  # classes


class PredictionsPanel(Panel):
    """The most probable classes, and which tokens decided."""

    key: ClassVar[str] = "predictions"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.RightDockWidgetArea
    order: ClassVar[int] = 1

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._trace: Trace | None = None  # the one on screen; kept while the next is computed
        self._decisions: dict[Decision, str] = {
            "class token": self.tr("Decided from the class token."),
            "mean of patches": self.tr("Decided from the mean of the patches."),
            "pooling head": self.tr("Decided by a pooling head that looks at the patches."),
        }
        self._build()
        self._arrange()
        self.display(State(), State())

    def title(self) -> str:
        return self.tr("Predictions")

    def keys(self) -> tuple[tuple[str, str], ...]:
        copy = QKeySequence(QKeySequence.StandardKey.Copy)
        text = copy.toString(QKeySequence.SequenceFormat.NativeText)
        return ((text, self.tr("copies the predictions as text")),)

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._decision = QLabel()
        self._decision.setProperty("quiet", True)
        self._decision.setWordWrap(True)
        self._decision.setTextFormat(Qt.TextFormat.PlainText)
        self._list = PredictionList()
        self._list.setAccessibleName(self.tr("Most probable classes"))
        self._empty = EmptyState()

    def _arrange(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self._decision)
        column.addWidget(self._list, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(content)

    def display(self, old: State, new: State) -> None:
        trace = trace_to_show(self._trace, old, new)
        if trace is None:
            self._show_absence(why_empty(new))
        elif trace is not self._trace or new.model is not old.model:
            self._show_trace(trace, new.model, new.path)
        self._list.show_waiting(new.trace is None)

    def _show_absence(self, why: str) -> None:
        self._trace = None
        self._empty.setText(why)
        self._pages.setCurrentIndex(0)

    def _show_trace(self, trace: Trace, model: ModelInfo | None, path: Path | None) -> None:
        problem = why_no_predictions(trace, model)
        if problem:
            self._show_absence(problem)
            return
        self._trace = trace
        order = ranked(trace).tolist()
        self._list.show_predictions(predict(trace, model, order[:SHOWN], path))
        sentence = self._decisions[trace.decision]
        true = class_in_name(path, trace.probability.size)
        if true is not None and true in order[SHOWN:]:
            (missed,) = predict(trace, model, [true], path)
            sentence += " " + self._describe_missed(missed, order.index(true) + 1)
        self._decision.setText(sentence)
        self._pages.setCurrentIndex(1)

    def _describe_missed(self, true: Prediction, rank: int) -> str:
        text = self.tr("The true class, “{0}”, has rank {1} ({2}).")
        return text.format(true.name, rank, format_probability(true.probability))

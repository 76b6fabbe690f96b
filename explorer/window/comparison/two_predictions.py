"""What two models take one picture for, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ...records import ModelInfo, Trace
from ..parts.classes import name_class, predict, ranked, why_no_predictions
from ..parts.prediction_list import PADDING, Prediction, PredictionList, number_width

LIKELIEST = 5  # classes of each model
ROW = 7  # what a row is higher than its text


@dataclass(frozen=True, eq=False)
class Answer:
    """What one model says of a picture."""

    trace: Trace
    model: ModelInfo

    @property
    def best(self) -> str:
        return name_class(self.model, int(ranked(self.trace)[0]))

    @property
    def problem(self) -> str:
        """Why it predicts nothing; "" where it does."""
        return why_no_predictions(self.trace, self.model)

    def predict(self, numbers: np.ndarray, path: Path | None) -> tuple[Prediction, ...]:
        """What it makes of these classes, for the picture in `path`."""
        return predict(self.trace, self.model, numbers.tolist(), path)

    def knows_what(self, other: Answer) -> bool:
        """Whether both models choose from the same classes, as far as one can tell."""
        own, others = self.model, other.model
        return (own.classes, own.labels) == (others.classes, others.labels)


class ColumnNames(QWidget):
    """Which of a list's two numbers is whose."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self._names = names

    def sizeHint(self) -> QSize:
        return QSize(2 * number_width(self.fontMetrics()), self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        column = number_width(self.fontMetrics())
        for place, name in enumerate(reversed(self._names)):
            right = self.width() - place * column - PADDING // 2
            beside = QRect(right - column, 0, column, self.height())
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight, name)


class TwoPredictions(QWidget):
    """One list with both models' numbers; two lists where they choose from different classes."""

    def __init__(self) -> None:
        super().__init__()
        self._verdict = QLabel()
        self._verdict.setWordWrap(True)
        self._verdict.setTextFormat(Qt.TextFormat.PlainText)
        self._columns = ColumnNames(self.tr("first"), self.tr("second"))
        self._both = PredictionList()
        self._both.setAccessibleName(self.tr("Classes of both models, the first’s number first"))
        self._own = PredictionList(), PredictionList()
        self._own[0].setAccessibleName(self.tr("Most probable classes of the first model"))
        self._own[1].setAccessibleName(self.tr("Most probable classes of the second model"))
        self._arrange()

    def _arrange(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self._verdict, 1)
        above.addWidget(self._columns, 0, Qt.AlignmentFlag.AlignBottom)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        for own in self._own:
            beside.addWidget(own)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(above)
        column.addWidget(self._both)
        column.addLayout(beside)
        column.addStretch(1)

    def show_answers(self, first: Answer, second: Answer, path: Path | None) -> None:
        """Show what both models say of the picture in `path`."""
        problems = first.problem, second.problem
        is_one_list = not any(problems) and first.knows_what(second)
        if is_one_list:
            _fill(self._both, _paired(first, second, path))
        for own, answer in zip(self._own, (first, second), strict=True):
            likeliest = ranked(answer.trace)[:LIKELIEST]
            _fill(own, () if answer.problem else answer.predict(likeliest, path))
            own.setVisible(not is_one_list and not answer.problem)
        self._both.setVisible(is_one_list)
        self._columns.setVisible(is_one_list)
        self._verdict.setText(self._judge(first, second))

    def _judge(self, first: Answer, second: Answer) -> str:
        named = (self.tr("First: {0}"), first.problem), (self.tr("Second: {0}"), second.problem)
        if first.problem or second.problem:
            return " ".join(text.format(problem) for text, problem in named if problem)
        if not first.knows_what(second):
            return self.tr("They choose from different classes: left the first, right the second.")
        if first.best == second.best:
            return self.tr("Both say “{0}”.").format(first.best)
        text = self.tr("They disagree: “{0}” says the first, “{1}” the second.")
        return text.format(first.best, second.best)

    def show_waiting(self, waiting: bool) -> None:
        """Fade the predictions while newer ones are computed."""
        for shown in (self._both, *self._own):
            shown.show_waiting(waiting)
        self._verdict.setEnabled(not waiting)


def _fill(shown: PredictionList, predictions: tuple[Prediction, ...]) -> None:
    """Show predictions at their full height: what is around the list scrolls."""
    shown.show_predictions(predictions)
    shown.setFixedHeight(len(predictions) * (shown.fontMetrics().height() + ROW))


def _paired(first: Answer, second: Answer, path: Path | None) -> tuple[Prediction, ...]:
    """The likeliest classes of either, those first that one of them is surest of."""
    a, b = first.trace.probability, second.trace.probability
    numbers = np.union1d(*(ranked(answer.trace)[:LIKELIEST] for answer in (first, second)))
    order = numbers[np.argsort(-np.maximum(a, b)[numbers], kind="stable")]
    return tuple(replace(one, second=float(b[one.number])) for one in first.predict(order, path))

"""Whether a model is as often right as it is sure: the reliability diagram."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...training.evaluation.evaluation import Calibration, Evaluation
from ..parts.chart import Chart
from ..parts.chart_axes import Axes
from ..parts.chart_series import Role, Series
from ..parts.elided_label import ElidedLabel
from .figures import per_cent

_FAIR = 0.02  # between being sure and being right, which is nothing to speak of


class CalibrationView(QWidget):
    """A curve of how often it is right over how sure it is, and a sentence about both."""

    def __init__(self) -> None:
        super().__init__()
        self._verdict = QLabel()
        self._verdict.setWordWrap(True)
        self._chart = Chart()
        self._chart.setAccessibleName(self.tr("Reliability: how often it is right, by sureness"))
        self._reading = ElidedLabel()
        self._reading.setProperty("quiet", True)
        self._chart.read.connect(self._say)
        self._hint = self.tr("Arrow keys or the mouse read the curve.")
        self._say("")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 4)
        column.setSpacing(4)
        column.addWidget(self._verdict)
        column.addWidget(self._chart, 1)
        column.addWidget(self._reading)
        self.setFocusProxy(self._chart)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show its calibration."""
        found = evaluation.calibration
        self._verdict.setText(self._judged(found, evaluation.top1))
        middles = (found.edges[:-1] + found.edges[1:]) / 2
        ends = np.array([0.0, 1.0])
        self._chart.show_series(
            [
                Series(self.tr("ideal"), ends, ends, "dashes", Role.PlaceholderText, is_read=False),
                Series(
                    self.tr("pictures"),
                    middles,
                    found.counts / found.counts.sum(),
                    "dots",
                    Role.PlaceholderText,
                ),
                Series(self.tr("right"), middles, found.accuracy, "line"),
                Series("", middles, found.accuracy, "points", is_read=False),
            ],
            Axes(self.tr("sure"), self.tr("share"), (-0.02, 1.04)),
        )

    def _judged(self, found: Calibration, top1: float) -> str:
        sure, right = per_cent(found.mean_confidence), per_cent(top1)
        text = self.tr("It is {0} sure on average, and {1} right: {2}.")
        return text.format(sure, right, self._verdict_on(found.mean_confidence - top1))

    def _verdict_on(self, over: float) -> str:
        if abs(over) <= _FAIR:
            return self.tr("as sure as it should be")
        return self.tr("too sure of itself") if over > 0 else self.tr("not sure enough of itself")

    def _say(self, text: str) -> None:
        self._reading.setText(text or self._hint)

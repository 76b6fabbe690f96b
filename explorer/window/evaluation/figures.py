"""The few numbers that say most, in a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ...training.evaluation.evaluation import TOP, Evaluation
from ..parts.numbers import significant
from ..parts.small_text import shrink_text

LARGE, SMALL = 19, 13  # pixels of the values' font
GAP = 10  # between them, at least


class Figure(NamedTuple):
    """A number, its name, and what it means."""

    value: str
    name: str
    meaning: str


class Figures(QWidget):
    """Numbers, large, each above its name; the tooltip tells what it means."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 6, 12, 6)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(0)
        self._labels: list[tuple[QLabel, QLabel]] = []  # value, name

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these, and only these."""
        while len(self._labels) < len(figures):
            self._add(len(self._labels))
        for place, (value, name) in enumerate(self._labels):
            is_shown = place < len(figures)
            value.setVisible(is_shown)
            name.setVisible(is_shown)
            value.clear()
            if is_shown:
                figure = figures[place]
                value.setText(figure.value)
                value.setAccessibleName(f"{figure.name}: {figure.value}")
                name.setText(figure.name)
                value.setToolTip(figure.meaning)
                name.setToolTip(figure.meaning)
        self._write_to_fit()

    def _add(self, column: int) -> None:
        value, name = QLabel(), QLabel()
        name.setProperty("quiet", True)
        shrink_text(name)
        for label in (value, name):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setMinimumWidth(1)  # narrow panels cut words, and keep all numbers
        self._grid.addWidget(value, 0, column)
        self._grid.addWidget(name, 1, column)
        self._labels.append((value, name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write_to_fit()

    def _write_to_fit(self) -> None:
        """As large as leaves a gap between all of them."""
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        for pixels in range(LARGE, SMALL - 1, -1):
            font.setPixelSize(pixels)
            if self._needed(font) <= self.width():
                break
        for value, _ in self._labels:
            value.setFont(font)

    def _needed(self, font: QFont) -> int:
        """Pixels that the values take in a font, with gaps and margins."""
        advance, margins = QFontMetrics(font).horizontalAdvance, self._grid.contentsMargins()
        widths = [advance(value.text()) + GAP for value, _ in self._labels if value.text()]
        return sum(widths) - GAP + margins.left() + margins.right()

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show how right and how sure a model is."""
        has_others = len(evaluation.answers.classes) > TOP  # else all are among five
        self.show_figures(
            [
                Figure(
                    per_cent(evaluation.top1),
                    self.tr("top-1"),
                    self.tr("Share of pictures whose class is the likeliest."),
                ),
                *([self._top5(evaluation)] if has_others else []),
                Figure(
                    per_cent(evaluation.balanced_accuracy),
                    self.tr("recall"),
                    self.tr("Mean recall: each class counts alike, however rare it is."),
                ),
                Figure(
                    significant(evaluation.loss),
                    self.tr("loss"),
                    self.tr("Mean cross-entropy: 0 where all is right and sure."),
                ),
                Figure(
                    significant(evaluation.calibration.error, 2),
                    self.tr("ECE"),
                    self.tr("Expected calibration error: how far sureness is from being right."),
                ),
            ]
        )

    def _top5(self, evaluation: Evaluation) -> Figure:
        meaning = self.tr("Share of pictures whose class is one of the five likeliest.")
        return Figure(per_cent(evaluation.top5), self.tr("top-5"), meaning)


def per_cent(share: float, places: int = 1) -> str:
    """“55.9 %”; “–” where nothing can be said."""
    return "–" if math.isnan(share) else f"{100 * share:.{places}f} %"

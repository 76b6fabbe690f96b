"""How pixels become numbers: a choice among the usual ways, or one's own."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

Normalisation = tuple[tuple[float, ...], tuple[float, ...]]  # mean, standard deviation

IMAGENET: Normalisation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF: Normalisation = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
NONE: Normalisation = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


class NormalisationField(QWidget):
    """Means and standard deviations per channel, of pixels in 0..1."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choice = QComboBox()
        self._choice.setAccessibleName(self.tr("Normalisation"))
        self._choice.addItem(self.tr("as its file or library says, else −1 … 1"), None)
        self._choice.addItem(self.tr("−1 … 1"), HALF)
        self._choice.addItem(self.tr("ImageNet's mean and deviation"), IMAGENET)
        self._choice.addItem(self.tr("0 … 1"), NONE)
        self._choice.addItem(self.tr("other…"), "other")
        self._mean = self._add_numbers(self.tr("mean"), "0.5, 0.5, 0.5")
        self._deviation = self._add_numbers(self.tr("standard deviation"), "0.5, 0.5, 0.5")
        self._arrange()
        self._choice.currentIndexChanged.connect(self._show_numbers)
        self._show_numbers()

    def _add_numbers(self, name: str, example: str) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(name)
        field.setToolTip(self.tr("Per channel, of pixels in 0 … 1, such as {0}").format(example))
        field.setAccessibleName(name)
        field.textChanged.connect(self.changed)
        return field

    def _arrange(self) -> None:
        numbers = QHBoxLayout()
        numbers.addWidget(self._mean)
        numbers.addWidget(self._deviation)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._choice)
        column.addLayout(numbers)

    def _is_other(self) -> bool:
        return bool(self._choice.currentData() == "other")

    def _show_numbers(self) -> None:
        for field in (self._mean, self._deviation):
            field.setVisible(self._is_other())
        self.changed.emit()

    def is_valid(self) -> bool:
        """Whether a usual way is chosen, or one's own is complete."""
        return not self._is_other() or self.chosen() is not None

    def chosen(self) -> Normalisation | None:
        """Mean and standard deviation; None where the file shall say, or the numbers are wrong."""
        if not self._is_other():
            usual: Normalisation | None = self._choice.currentData()
            return usual
        mean, deviation = _numbers(self._mean.text()), _numbers(self._deviation.text())
        fits = len(mean) == len(deviation) > 0 and all(number > 0 for number in deviation)
        return (mean, deviation) if fits else None


def _numbers(text: str) -> tuple[float, ...]:
    """Numbers between commas or spaces; none where something else is among them."""
    try:
        return tuple(float(part) for part in re.split(r"[,;\s]+", text.strip()) if part)
    except ValueError:
        return ()

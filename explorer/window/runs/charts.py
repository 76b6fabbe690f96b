"""Loss, accuracy and learning rate: one below the other where there is room, else one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from ..parts.chart import Chart
from ..training.seen import RunSeen
from .curves import QUANTITIES, By, Quantity, Sight, curves
from .styles import Style

GAP = 10
LOW = 150  # of a chart: below this the name of x has no room
LOWEST = 104  # of one of three charts that stand one below the other
NARROWEST = 230  # of one of three that stand side by side


class Charts(QWidget):
    """Curves of the runs that are shown."""

    read = Signal(str)  # what the curves say where somebody reads them; "" where nobody does

    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[RunSeen] = ()
        self._styles: Mapping[Path, Style] = {}
        self._chosen: Quantity = "accuracy"
        self._by: By = "epoch"
        names = self.tr("Accuracy"), self.tr("Loss"), self.tr("Learning rate")
        self._charts = {quantity: Chart() for quantity in QUANTITIES}
        for chart, name in zip(self._charts.values(), names, strict=True):
            chart.setParent(self)
            chart.setAccessibleName(name)
            chart.read.connect(self.read)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 40)

    @property
    def shows_all(self) -> bool:
        """Whether there is room for all three."""
        return self._are_stacked or self.width() >= 3 * NARROWEST + 2 * GAP

    @property
    def _are_stacked(self) -> bool:
        return self.height() >= 3 * LOWEST + 2 * GAP

    def choose(self, quantity: Quantity, by: By) -> None:
        """Show this one where there is room for one; over epochs or over steps."""
        self._chosen, self._by = quantity, by
        self._place()

    def show_runs(self, runs: Sequence[RunSeen], styles: Mapping[Path, Style]) -> None:
        """Show the curves of these runs, as far as they have styles."""
        self._runs, self._styles = runs, dict(styles)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        """Give each chart its room."""
        shown = QUANTITIES if self.shows_all else (self._chosen,)
        for quantity, chart in self._charts.items():
            chart.setVisible(quantity in shown)
        for place, quantity in enumerate(shown):
            self._charts[quantity].setGeometry(self._room(place, len(shown)))
        self._show()

    def _room(self, place: int, count: int) -> QRect:
        width, height = self.width(), self.height()
        if self._are_stacked:
            each = (height - (count - 1) * GAP) // count
            return QRect(0, place * (each + GAP), width, each)
        each = (width - (count - 1) * GAP) // count
        return QRect(place * (each + GAP), 0, each, height)

    def _show(self) -> None:
        for quantity, chart in self._charts.items():
            if chart.isHidden():
                continue
            sight = Sight(self._by, is_low=chart.height() < LOW)
            series, axes = curves(self._runs, self._styles, quantity, sight)
            if len(self._styles) == 1 and quantity == "learning rate":
                axes = replace(axes, y="")  # its one curve bears that name
            chart.show_series(series, axes, self._absence(quantity))

    def _absence(self, quantity: Quantity) -> str:
        """Why there is no curve."""
        if self._by == "epoch" or quantity == "accuracy":
            return self.tr("No epoch has ended yet.")
        return self.tr("No step is done yet.")

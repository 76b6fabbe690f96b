"""Three maps, their agreement and the predictions, in as many columns as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from .agreement import Agreement
from .map_view import MapView
from .two_predictions import TwoPredictions

TWO_FROM = 220  # pixels of width
THREE_FROM = 640
MARGIN = 12
GAP = 12
LOWEST = 56  # of a canvas
SHARE = 0.6  # of the panel's height that a canvas may take
# Row, column, rows, columns of: first, second, difference, agreement, notes, predictions.
Cell = tuple[int, int, int, int]
CELLS: dict[int, tuple[Cell, ...]] = {
    1: tuple((row, 0, 1, 1) for row in range(6)),
    2: ((0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1), (2, 0, 1, 2), (3, 0, 1, 2)),
    3: ((0, 0, 1, 1), (0, 1, 1, 1), (0, 2, 1, 1), (1, 0, 1, 1), (2, 0, 1, 1), (1, 1, 2, 2)),
}


class Arrangement(QScrollArea):
    """Scrolls where it is low; never wider than its place."""

    def __init__(
        self,
        maps: tuple[MapView, MapView, MapView],
        agreement: Agreement,
        notes: QLabel,
        predictions: TwoPredictions,
    ) -> None:
        super().__init__()
        self._maps = maps
        self._widgets: tuple[QWidget, ...] = (*maps, agreement, notes, predictions)
        self._columns = 0  # those in use
        self._aspect = 1.5  # width / height of the picture
        self._build()

    def _build(self) -> None:
        content = QWidget()
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(MARGIN, 4, MARGIN, MARGIN)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(10)
        self._grid.setRowStretch(len(CELLS[1]), 1)  # what is left stays free, below
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what can be done is done inside
        self.setWidget(content)
        self._lay_out(2)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def show_aspect(self, aspect: float) -> None:
        """Give the canvases the shape of a picture: width / height."""
        if aspect != self._aspect:
            self._aspect = aspect
            self._fit_canvases()

    def resizeEvent(self, event: QResizeEvent) -> None:
        width = self.width()
        columns = 1 if width < TWO_FROM else 2 if width < THREE_FROM else 3
        if columns != self._columns:
            self._lay_out(columns)
        self._fit_canvases()
        super().resizeEvent(event)

    def _lay_out(self, columns: int) -> None:
        self._columns = columns
        for widget in self._widgets:
            self._grid.removeWidget(widget)
        for widget, cell in zip(self._widgets, CELLS[columns], strict=True):
            self._grid.addWidget(widget, *cell)
        for column in range(3):
            self._grid.setColumnStretch(column, int(column < columns))

    def _fit_canvases(self) -> None:
        """As high as the picture is in its column, but never most of the panel."""
        room = self.viewport().width() - 2 * MARGIN - (self._columns - 1) * GAP
        height = room / self._columns / self._aspect
        most = max(2 * LOWEST, SHARE * self.viewport().height())
        for view in self._maps:
            view.canvas.setFixedHeight(round(min(max(height, LOWEST), most)))

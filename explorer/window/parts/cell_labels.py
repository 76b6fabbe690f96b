"""The names of rows and columns at the margin of a grid of maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from .cells import Cells

GAP = 5  # between a name and its cell
SIZE = 0.85  # of the widget's text
QUIET = QPalette.ColorRole.PlaceholderText


class CellLabels:
    """Names that keep out of each other's way: where cells are small, every second is left out.

    Or two of three, and so on. The last one (the summary, the last layer) and the chosen one stay.
    """

    def __init__(self, rows: Sequence[str], columns: Sequence[str], font: QFont) -> None:
        self.rows = rows
        self.columns = columns
        self._font = _smaller(font)
        metrics = QFontMetrics(self._font)
        self._height = metrics.height()
        self._row_width = _widest(metrics, rows)
        # All heads get the same room, so that the numbers that stay are evenly apart.
        heads = _widest(metrics, columns[:-1]) + GAP
        summary = metrics.horizontalAdvance(columns[-1]) + GAP
        self._column_widths = [heads] * (len(columns) - 1) + [summary]

    @property
    def margins(self) -> tuple[int, int]:
        """The room that names need to the left of the cells and above them."""
        return self._row_width + GAP, self._height + GAP // 2

    def paint(
        self, painter: QPainter, widget: QWidget, cells: Cells, chosen: tuple[int, int] | None
    ) -> None:
        """Paint around cells of a widget, which are in device pixels."""
        painter.setFont(self._font)
        unit, palette = widget.devicePixelRatioF(), widget.palette()
        row, column = chosen or (None, None)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        beside = [self._beside(cells, unit, row) for row in range(len(self.rows))]
        _paint_names(painter, palette, self.rows, beside, right, row)
        middle = Qt.AlignmentFlag.AlignCenter
        above = [self._above(cells, unit, column) for column in range(len(self.columns))]
        above[-1].moveRight(min(above[-1].right(), widget.width()))  # a long word has room at left
        _paint_names(painter, palette, self.columns, above, middle, column)

    def _beside(self, cells: Cells, unit: float, row: int) -> QRectF:
        left, top, _, height = cells.rect(row, 0)
        middle = (top + height / 2) / unit
        return QRectF(
            left / unit - GAP - self._row_width,
            middle - self._height / 2,
            self._row_width,
            self._height,
        )

    def _above(self, cells: Cells, unit: float, column: int) -> QRectF:
        left, top, width, _ = cells.rect(0, column)
        wide = self._column_widths[column]
        middle = (left + width / 2) / unit
        return QRectF(middle - wide / 2, top / unit - GAP / 2 - self._height, wide, self._height)


def _paint_names(
    painter: QPainter,
    palette: QPalette,
    names: Sequence[str],
    places: Sequence[QRectF],
    alignment: Qt.AlignmentFlag,
    chosen: int | None,
) -> None:
    for index in _readable(places, chosen):
        role = QPalette.ColorRole.Highlight if index == chosen else QUIET
        painter.setPen(palette.color(role))
        painter.drawText(places[index], alignment, names[index])


def _readable(places: Sequence[QRectF], chosen: int | None) -> list[int]:
    """Which names are shown: evenly apart, the last one, and the chosen one before all others."""
    last = len(places) - 1
    series = ([*range(0, last, step), last] for step in range(1, last + 1))
    apart = next((each for each in series if not _touch(places, each)), [last])
    if chosen is None:
        return apart
    return [chosen, *(each for each in apart if not places[each].intersects(places[chosen]))]


def _touch(places: Sequence[QRectF], series: Sequence[int]) -> bool:
    return any(places[one].intersects(places[other]) for one, other in pairwise(series))


def _smaller(font: QFont) -> QFont:
    small = QFont(font)
    if font.pixelSize() > 0:
        small.setPixelSize(round(font.pixelSize() * SIZE))
    else:
        small.setPointSizeF(font.pointSizeF() * SIZE)
    return small


def _widest(metrics: QFontMetrics, names: Sequence[str]) -> int:
    return max(metrics.horizontalAdvance(name) for name in names)

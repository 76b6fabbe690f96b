"""A confusion matrix as it is painted: cells, names of classes, counts. No mouse, no keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent

from ...training.evaluation.evaluation import Evaluation
from ..parts.argb import argb_image
from ..parts.device_pixels import device_painter
from ..parts.key_focus import KeyFocus
from ..parts.small_text import shrink_text
from ..theme import colors
from .matrix_part import Cell, MatrixPart
from .matrix_shades import MatrixShades, rgb

Role = QPalette.ColorRole

MARGIN = 12
GAP = 4  # between names and cells
MOST_BESIDE = 0.28  # of the width and of the height that names may take
LINED, NUMBERED = 5, 20  # pixels of a cell from which on lines, and numbers, fit
FILLED = 0.35  # of a row, from which on a cell is told from text by being as dark, or light


class MatrixSurface(KeyFocus):
    """Shows a part of the matrix. Which part, and who moves it, is not its business."""

    def __init__(self) -> None:
        super().__init__()
        self._counts = np.zeros((1, 1), np.int64)
        self._shades = MatrixShades(self._counts)
        self._names: Sequence[str] = ("",)
        self._part = MatrixPart.whole(1, 1)
        self._current: Cell = (0, 0)
        self._hovered: Cell | None = None
        self._image: QImage | None = None  # of the cells; None once it is out of date
        shrink_text(self)
        self.setMinimumSize(80, 80)

    def sizeHint(self) -> QSize:
        return QSize(360, 340)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show all of an evaluation's matrix."""
        self._counts = evaluation.matrix
        self._shades = MatrixShades(evaluation.matrix)
        self._names = evaluation.answers.classes
        self._hovered = None
        self._part = MatrixPart.whole(len(self._names), self._side())
        self._refresh()

    # Where things are

    def _beside(self) -> tuple[int, int]:
        """Pixels left of the cells and above them, for the names and for what they mean."""
        line = self.fontMetrics().height()
        longest = max(map(self.fontMetrics().horizontalAdvance, self._names[:400])) + GAP
        room = min(self.width(), self.height()) * MOST_BESIDE
        names = min(longest, int(room)) if self._has_names() else 0
        return MARGIN + line + GAP + names, line + GAP + names

    def _has_names(self) -> bool:
        """Whether each row is high enough for its name."""
        room = min(self.width(), self.height()) * (1 - MOST_BESIDE) - 2 * MARGIN
        shown = self._part.shown if self._part.classes == len(self._names) else len(self._names)
        return room / max(1, shown) >= self.fontMetrics().ascent() + 1

    def _corner(self) -> tuple[int, int]:
        """Left and top of the cells, in device pixels; what is too wide stands in the middle."""
        unit, (left, top) = self.devicePixelRatioF(), self._beside()
        spare = (self.width() - left - MARGIN) * unit - self._part.extent
        return round(left * unit + max(0.0, spare / 2)), round(top * unit)

    def _side(self) -> int:
        left, top = self._beside()
        side = min(self.width() - left - MARGIN, self.height() - top - GAP)
        return max(1, int(side * self.devicePixelRatioF()))

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell lies in the widget."""
        unit, (left, top) = self.devicePixelRatioF(), self._corner()
        x, y, width, height = self._part.rect(row, column)
        return QRectF((left + x) / unit, (top + y) / unit, width / unit, height / unit)

    def _cells(self) -> QRectF:
        unit, (left, top) = self.devicePixelRatioF(), self._corner()
        side = self._part.extent / unit
        return QRectF(left / unit, top / unit, side, side)

    def _cell_at(self, place: QPointF) -> Cell | None:
        """The cell at a place; of several in one pixel, the one that is coloured most."""
        unit, (left, top) = self.devicePixelRatioF(), self._corner()
        spans = self._part.cells_at(place.x() * unit - left, place.y() * unit - top)
        return None if spans is None else self._shades.strongest(*spans)

    def _look_at(self, part: MatrixPart) -> None:
        # Names come and go with the size of cells, and take room from them.
        self._part = part
        self._part = part.fitted(len(self._names), self._side())
        self._refresh()

    def _refresh(self) -> None:
        self._image = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._look_at(self._part.fitted(len(self._names), self._side()))
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._refresh()
        super().changeEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = device_painter(self)
        left, top = self._corner()
        if self._image is None:
            self._image = self._painted()
        whole = QRect(left, top, self._part.extent, self._part.extent)
        painter.setPen(
            QPen(self.palette().color(Role.Mid), max(1, round(self.devicePixelRatioF())))
        )
        painter.drawRect(whole.adjusted(-1, -1, 0, 0))
        painter.drawImage(left, top, self._image)
        painter.setClipRect(whole.adjusted(-3, -3, 3, 3))
        self._outline(painter, left, top)
        painter.end()
        self._paint_texts()

    def _painted(self) -> QImage:
        """The cells: recognised ones in the accent, mistakes in the colour of problems."""
        palette, problem = self.palette(), QColor(colors().problem)
        levels = self._shades.levels(
            self._part, palette.color(Role.Base), palette.color(Role.Highlight), problem
        )
        self._rule(levels)
        pixels = (0xFF << 24) | (levels[..., 0] << 16) | (levels[..., 1] << 8) | levels[..., 2]
        return argb_image(np.ascontiguousarray(pixels.astype(np.uint32))).copy()

    def _rule(self, levels: np.ndarray) -> None:
        """Part the cells by a pixel where they are large enough."""
        pitch = int(self._part.pitch)
        if pitch >= LINED * self.devicePixelRatioF():
            ground = rgb(self.palette().color(Role.Window)).astype(np.uint32)
            levels[pitch - 1 :: pitch] = ground
            levels[:, pitch - 1 :: pitch] = ground

    def _outline(self, painter: QPainter, left: int, top: int) -> None:
        """The current cell, while keys go here, and the one under the mouse."""
        unit = self.devicePixelRatioF()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for cell, width in ((self._current if self.hasFocus() else None, 2), (self._hovered, 1)):
            if cell is None:
                continue
            x, y, wide, high = self._part.rect(*cell)
            line = max(1, round(width * unit))
            painter.setPen(QPen(self.palette().color(Role.Text), line))
            out = line / 2 if wide > 4 * unit else 1.5 * unit
            rect = QRectF(left + x, top + y, wide - 1, high - 1)
            painter.drawRect(rect.adjusted(-out, -out, out, out))

    def _paint_texts(self) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        self._paint_meanings(painter)
        if self._has_names():
            self._paint_names(painter)
        unit = self.devicePixelRatioF()
        if self._part.pitch >= NUMBERED * unit:
            self._paint_counts(painter)
        if self.shows_focus:
            painter.setPen(self.palette().color(Role.Highlight))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_meanings(self, painter: QPainter) -> None:
        """What rows and columns are."""
        cells, line = self._cells(), self.fontMetrics().height()
        names = self._beside()[1] - line - GAP
        painter.setPen(self.palette().color(Role.PlaceholderText))
        above = QRectF(cells.left(), 0, cells.width(), line)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self.tr("taken for →"))
        painter.save()
        painter.translate(cells.left() - names - GAP, cells.center().y())
        painter.rotate(-90)
        beside = QRectF(-cells.height() / 2, -line, cells.height(), line)
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, self.tr("← is"))
        painter.restore()

    def _paint_names(self, painter: QPainter) -> None:
        """Of each row, beside it, and of each column, upwards."""
        cells, part = self._cells(), self._part
        size = part.pitch / self.devicePixelRatioF()
        names = self._beside()[1] - self.fontMetrics().height() - GAP
        end = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        begin = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        told = self._hovered or (self._current if self.hasFocus() else None)
        for place in range(part.shown):
            middle = (place + 0.5) * size
            row, column = part.row + place, part.column + place
            painter.setPen(self._ink(told is not None and told[0] == row))
            room = QRectF(cells.left() - names, cells.top() + middle - 20, names - GAP, 40)
            painter.drawText(room, end, self._elided(self._names[row], names - GAP))
            painter.setPen(self._ink(told is not None and told[1] == column))
            painter.save()
            painter.translate(cells.left() + middle, cells.top() - GAP)
            painter.rotate(-90)
            room = QRectF(0, -20, names - GAP, 40)
            painter.drawText(room, begin, self._elided(self._names[column], names - GAP))
            painter.restore()

    def _ink(self, is_told: bool) -> QColor:
        return self.palette().color(Role.Text if is_told else Role.PlaceholderText)

    def _elided(self, text: str, width: float) -> str:
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))

    def _paint_counts(self, painter: QPainter) -> None:
        part = self._part
        text, ground = self.palette().color(Role.Text), self.palette().color(Role.Base)
        rows, columns = self._counts[part.seen].nonzero()
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            cell = part.row + row, part.column + column
            written, rect = f"{self._counts[cell]:,}", self.cell_rect(*cell)
            if self.fontMetrics().horizontalAdvance(written) > rect.width() - 2:
                continue
            painter.setPen(ground if self._shades.shares[cell] > FILLED else text)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, written)

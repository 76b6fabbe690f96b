"""The confusion matrix: which classes are taken for which, from 2 classes to thousands."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from ...training.evaluation.evaluation import Evaluation
from ..parts.grid_keys import CHOOSING, walked
from .matrix_part import Cell, MatrixPart
from .matrix_surface import MatrixSurface

ZOOM_STEP = 1.25
DRAG = 4  # pixels that the mouse moves before it drags


class MatrixView(MatrixSurface):
    """Rows are true classes, columns what they are taken for; each row's colours are its shares.

    Wheel, + and − zoom; dragging and the arrow keys move; a click, or Enter, opens a cell.
    """

    cell_chosen = Signal(int, int)  # true class, the class it is taken for
    read = Signal(str)  # what the cell under the mouse says, or the current one; "" for none

    def __init__(self) -> None:
        super().__init__()
        self._pressed: QPointF | None = None  # where the mouse went down
        self._grasped: MatrixPart | None = None  # what was shown there, once it drags
        self._anchor: tuple[QPointF, Cell, tuple[float, float]] | None = None
        # what is zoomed to while the mouse rests, and at which share of the whole it lies
        self.setAccessibleName(self.tr("Confusion matrix"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show all of an evaluation's matrix, and say its most frequent mistake."""
        super().show_evaluation(evaluation)
        self._anchor = None
        self._current = self._worst()
        self._tell()

    def _worst(self) -> Cell:
        """The most frequent mistake; the first cell where there is none."""
        mistakes = self._counts.copy()
        np.fill_diagonal(mistakes, 0)
        row, column = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
        return int(row), int(column)

    # What is said

    def describe(self, cell: Cell) -> str:
        """What a cell says, in words."""
        row, column = cell
        count, total = int(self._counts[cell]), int(self._counts[row].sum())
        name, taken = self._names[row], self._names[column]
        if not total:
            return self.tr("There is no picture of {0}.").format(name)
        text = self.tr("{0} of {1} {2} taken for {3}")
        if row == column:
            text = self.tr("{0} of {1} {2} recognised")
        return text.format(f"{count:,}", f"{total:,}", name, taken)

    def _tell(self) -> None:
        said = self.describe(self._hovered or self._current)
        self.setAccessibleDescription(said)
        self.read.emit(said)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._grasped = event.position(), None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            self._drag(event.position() - self._pressed)
            return
        self._hover(self._cell_at(event.position()))

    def _drag(self, moved: QPointF) -> None:
        if self._grasped is None and moved.manhattanLength() < DRAG:
            return
        if self._grasped is None:
            self._grasped = self._part
        unit, pitch = self.devicePixelRatioF(), self._part.pitch
        rows, columns = round(moved.y() * unit / pitch), round(moved.x() * unit / pitch)
        self._look_at(self._part.at(self._grasped.row - rows, self._grasped.column - columns))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_pressed, dragged = self._pressed is not None, self._grasped is not None
        self._pressed = self._grasped = None
        cell = self._cell_at(event.position())
        if was_pressed and not dragged and cell is not None:
            self._go_to(cell)
            self._open(cell)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            place = event.position()
            if self._anchor is None or self._anchor[0] != place:
                cell = self._nearest(place)
                self._anchor = place, cell, self._part.share(cell)
            factor = ZOOM_STEP ** (event.angleDelta().y() / 120)
            self._look_at(self._part.zoomed(factor, *self._anchor[1:]))
            self._hover(self._cell_at(place))
            event.accept()

    def _nearest(self, place: QPointF) -> Cell:
        """The cell at a place; beside them, the one that is next to it."""
        cells, inside = self._cells(), 1e-3
        across = min(max(place.x(), cells.left()), cells.right() - inside)
        down = min(max(place.y(), cells.top()), cells.bottom() - inside)
        return self._cell_at(QPointF(across, down)) or self._current

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = event.key(), len(self._names)
        cell = walked(key, self._current, count, count)
        if cell is not None:
            self._go_to(cell)
        elif key in CHOOSING:
            self._open(self._current)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(ZOOM_STEP**2)
        elif key == Qt.Key.Key_Minus:
            self._zoom(ZOOM_STEP**-2)
        else:
            super().keyPressEvent(event)

    def _zoom(self, factor: float) -> None:
        """To the current cell, which is brought into sight."""
        part = self._part.revealing(self._current)
        self._look_at(part.zoomed(factor, self._current, part.share(self._current)))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.describe(cell) if cell else "", self)
            return True
        return super().event(event)

    def _go_to(self, cell: Cell) -> None:
        self._current = cell
        self._hovered = None
        self._look_at(self._part.revealing(cell))
        self._tell()

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self._tell()
            self.update()

    def _open(self, cell: Cell) -> None:
        if self._counts[cell]:
            self.cell_chosen.emit(*cell)

"""Augmented pictures, as the model sees them."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ..parts.empty_state import EmptyState
from ..parts.grid_keys import ARROWS, moved
from ..parts.key_focus import KeyFocus
from ..parts.small_text import Caption
from .files import Sampled

GAP = 4


class _Pictures(KeyFocus):
    """As large as all of them fit; mouse and arrow keys choose the one that is told of."""

    looked_at = Signal(object)  # the number of a picture, or None

    def __init__(self) -> None:
        super().__init__()
        self._images: list[QImage] = []
        self._pixels = np.empty(0)  # the images lie in its memory
        self._at: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Augmented pictures"))

    def show_pixels(self, pixels: np.ndarray) -> None:
        """Show pictures: uint8 (pictures, height, width, 3)."""
        self._pixels = np.ascontiguousarray(pixels)
        _, height, width, _ = pixels.shape
        form = QImage.Format.Format_RGB888
        self._images = [QImage(one.data, width, height, 3 * width, form) for one in self._pixels]
        self._look_at(None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 24)

    def _columns(self) -> int:
        """The number of columns that leaves each picture the most room."""
        count = len(self._images)
        sides = {columns: self._side(columns) for columns in range(1, count + 1)}
        return max(sides, key=lambda columns: sides[columns], default=1)

    def _side(self, columns: int) -> float:
        rows = math.ceil(len(self._images) / columns)
        across = (self.width() - (columns - 1) * GAP) / columns
        return min(across, (self.height() - (rows - 1) * GAP) / rows)

    def _cells(self) -> list[QRectF]:
        columns = self._columns()
        side = max(1.0, self._side(columns))
        rows = math.ceil(len(self._images) / columns)
        left = (self.width() - columns * (side + GAP) + GAP) / 2
        top = (self.height() - rows * (side + GAP) + GAP) / 2
        places = (divmod(place, columns) for place in range(len(self._images)))
        return [
            QRectF(left + column * (side + GAP), top + row * (side + GAP), side, side)
            for row, column in places
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, (image, cell) in enumerate(zip(self._images, self._cells(), strict=True)):
            painter.drawImage(cell, image)
            if place == self._at:
                painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
                painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.shows_focus and self._at is None:
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _look_at(self, place: int | None) -> None:
        self._at = place
        self.looked_at.emit(place)
        self.update()

    def _under(self, position: QPointF) -> int | None:
        cells = enumerate(self._cells())
        return next((place for place, cell in cells if cell.contains(position)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._under(event.position())
        if place != self._at:
            self._look_at(place)

    def leaveEvent(self, event: QEvent) -> None:
        self._look_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step, count = ARROWS.get(event.key()), len(self._images)
        if event.key() == Qt.Key.Key_Escape and self._at is not None:
            self._look_at(None)
        elif step is None or not count:
            super().keyPressEvent(event)
        elif self._at is None:
            self._look_at(0)
        else:
            columns = self._columns()
            rows = math.ceil(count / columns)
            row, column = moved(divmod(self._at, columns), step, rows, columns)
            self._look_at(min(row * columns + column, count - 1))


class SampleView(QWidget):
    """The pictures, and below them what the model is told of the one that is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self._words = Caption()
        self._pictures = _Pictures()
        self._empty = EmptyState()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self._pictures, self._empty):
            column.addWidget(widget, 1)
        column.addWidget(self._words)
        self._pictures.looked_at.connect(self._tell)
        self.show_sample(None)

    def show_sample(self, sampled: Sampled | None) -> None:
        """Show pictures; a word where there are none."""
        self._labels = sampled.labels if sampled is not None else ()
        for widget in (self._pictures, self._words):
            widget.setVisible(sampled is not None)
        self._empty.setVisible(sampled is None)
        if sampled is not None:
            self._pictures.show_pixels(sampled.pixels)

    def show_absence(self, has_several: bool) -> None:
        """Say why there may be nothing to see."""
        if has_several:
            self._empty.setText(self.tr("Choose one run to see its augmented pictures."))
        else:
            self._empty.setText(
                self.tr("Pictures as the model sees them come with its first step.")
            )

    def _tell(self, place: int | None) -> None:
        """Say of which class a picture is; of none, what all of them are."""
        if place is not None and place < len(self._labels):
            self._words.setText(self._labels[place])
        else:
            self._words.setText(self.tr("as the model sees them in training"))
        self._pictures.setAccessibleDescription(self._words.text())

"""The line that says what the colours of a difference mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ...images import colormaps
from ..parts.elided_label import ElidedLabel
from ..state import State
from ..words import name_model

SWATCH = 10


class Swatch(QWidget):
    """A small square of one colour."""

    def __init__(self) -> None:
        super().__init__()
        self._color = QColor()
        self.setFixedSize(SWATCH, SWATCH)

    def show_color(self, rgb: tuple[int, int, int]) -> None:
        self._color = QColor(*rgb)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().mid().color())
        painter.setBrush(self._color)
        painter.drawRoundedRect(QRectF(0.5, 0.5, SWATCH - 1, SWATCH - 1), 2, 2)


class DifferenceLegend(QWidget):
    """Which model attends more where, in words beside both colours; one line, however narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._swatches = Swatch(), Swatch()
        self._words = ElidedLabel(), ElidedLabel()
        self._arrange()

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 6)
        row.setSpacing(6)
        for swatch, words in zip(self._swatches, self._words, strict=True):
            words.setProperty("quiet", True)
            words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            row.addWidget(swatch)
            row.addWidget(words)
            row.addSpacing(12)
        row.addStretch(1)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def display(self, state: State) -> None:
        """Tell what is shown, or is to be shown once the second model has looked."""
        second = state.second
        if second is None:
            return
        colors = colormaps.table(state.overlay.diverging)
        for swatch, place in zip(self._swatches, (224, 31), strict=True):
            swatch.show_color(tuple(colors[place].tolist()))
            swatch.setVisible(second.trace is not None)
        if second.trace is not None:
            more = self.tr("+  the first more: {0}"), self.tr("−  the second more: {0}")
            names = name_model(state.wanted, state.model), name_model(second.wanted, second.model)
            self._tell(*(text.format(name) for text, name in zip(more, names, strict=True)))
        elif second.trace_problem is not None:
            self._tell(self.tr("No difference: the second model could not trace this picture."))
        elif second.model is None:
            self._tell(self.tr("The first model’s map, until the second is loaded…"))
        else:
            self._tell(self.tr("The first model’s map, until the second has looked…"))

    def _tell(self, first: str, second: str = "") -> None:
        for label, text in zip(self._words, (first, second), strict=True):
            label.setText(text)
        self.setAccessibleName(f"{first} {second}".strip())

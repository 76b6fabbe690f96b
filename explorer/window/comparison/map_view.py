"""One of the maps that are compared: whose it is, the map on the picture, and its scale."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from ...records import Frame, Heatmap, Patch, Picture
from ..parts.elided_label import ElidedLabel
from ..parts.numbers import signed, significant
from ..parts.scale_line import ScaleLine
from ..picture.canvas import Canvas
from ..picture.heat_layer import colormap_of
from ..state import Overlay


class SmallCanvas(Canvas):
    """A canvas that the picture fills."""

    margin = 0
    corner = 3

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumSize(72, 48)

    def _place_label(self) -> None:
        """None: what a patch weighs is said above, where it covers nothing."""


class MapView(QWidget):
    """A title, a canvas, and below it the scale, or a word on why there is none."""

    def __init__(self, title: str, canvas_name: str) -> None:
        super().__init__()
        self.canvas = SmallCanvas(canvas_name)
        self._heatmap: Heatmap | None = None
        self._title = ElidedLabel(title)
        self._title.setProperty("strong", True)
        self._name = ElidedLabel()
        self._name.setProperty("quiet", True)
        self._name.hide()
        self._value = QLabel()
        self._scale = ScaleLine()
        self._status = ElidedLabel()
        self._status.setProperty("quiet", True)
        self._status.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._arrange()

    def _arrange(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(6)
        above.addWidget(self._title)
        above.addWidget(self._name, 1)
        above.addStretch(0)
        above.addWidget(self._value)
        self._below = QStackedLayout()
        self._below.addWidget(self._scale)
        self._below.addWidget(self._status)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(above)
        column.addWidget(self.canvas)
        column.addLayout(self._below)

    def show_name(self, name: str) -> None:
        self._name.setText(name)
        self._name.show()

    def show_picture(self, picture: Picture | None, frame: Frame | None) -> None:
        self.canvas.show_picture(picture, frame)

    def show_map(self, heatmap: Heatmap | None, overlay: Overlay) -> None:
        """Show a map and its scale; None = the picture as it is."""
        self._heatmap = heatmap
        self.canvas.show_heatmap(heatmap, overlay)
        colormap = colormap_of(heatmap, overlay) if heatmap is not None else overlay.colormap
        self._scale.show_scale(heatmap, colormap)
        self.canvas.setAccessibleDescription(heatmap.title if heatmap else "")

    def _write(self, value: float | None) -> str:
        if value is None or self._heatmap is None:
            return ""
        return signed(value, 2) if self._heatmap.diverging else significant(value, 2)

    def show_status(self, text: str) -> None:
        """Say why there is no map; "" where there is one."""
        self._status.setText(text)
        self._below.setCurrentWidget(self._status if text else self._scale)

    def show_marks(self, query: Patch | None, hovered: Patch | None) -> None:
        """Mark the patch that looks, and tell what the patch under the mouse weighs."""
        self.canvas.show_marks(query, hovered)
        value = self.canvas.value_of(hovered)
        self._scale.show_marker(value)
        self._value.setText(self._write(value))

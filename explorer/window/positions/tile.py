"""One map with its name above and its scale below."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ...records import Frame, Heatmap, Patch, Picture
from ..parts.scale_line import ScaleLine
from ..parts.small_text import Caption
from ..picture.heat_layer import colormap_of
from ..state import Overlay
from .patch_map import PatchMap, colored_ground, plain_ground

Ground = tuple[Picture, Frame]


@dataclass(frozen=True, eq=False)
class TileContent:
    """What a tile shows."""

    name: str  # above the map; "" where it stands alone
    short_name: str  # where there is no room for the other
    heatmap: Heatmap
    colors: np.ndarray | None = None
    # uint8 (rows, columns, 3) RGB, shown instead of the map, which then only gives the grid


class Tile(QWidget):
    """A named map; hover, pins and keys are those of its `map`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[TileContent | None, Overlay, Ground | None] = (None, Overlay(), None)
        self.name = Caption()
        self.map = PatchMap()
        self.scale = ScaleLine()
        policy = self.scale.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that all tiles' maps are equally large
        self.scale.setSizePolicy(policy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.name)
        column.addWidget(self.map, 1)
        below = QHBoxLayout()
        below.setContentsMargins(PatchMap.margin, 0, PatchMap.margin, 0)  # as wide as the map
        below.addWidget(self.scale)
        column.addLayout(below)

    def show_content(self, content: TileContent, overlay: Overlay, ground: Ground | None) -> None:
        """Show a map over a ground, or, without one, on nothing and as it is."""
        if (content, overlay, ground) == self._shown:
            return
        self._shown = content, overlay, ground
        rows, columns = content.heatmap.values.shape
        self.name.setVisible(bool(content.name))
        self._fit_name()
        overlay = replace(overlay, visible=content.colors is None, smooth=False)
        self.map.show_solid(ground is None)
        if content.colors is not None:
            self.map.show_picture(*colored_ground(content.colors))
        else:
            self.map.show_picture(*(ground or plain_ground(rows, columns)))
        self.map.show_heatmap(content.heatmap, overlay)
        self.map.setAccessibleName(content.name or content.heatmap.title)
        self.scale.setVisible(content.colors is None)
        self.scale.show_scale(content.heatmap, colormap_of(content.heatmap, overlay))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_name()

    def _fit_name(self) -> None:
        content = self._shown[0]
        if content is not None:
            shown = self.name.elided(content.name, self.width())
            self.name.setText(content.name if shown == content.name else content.short_name)

    def lines_height(self) -> int:
        """Of all but the map."""
        named = self.name.sizeHint().height() if not self.name.isHidden() else 0
        return named + self.scale.sizeHint().height()

    def show_marks(self, at: Patch | None, pins: tuple[tuple[int, Patch], ...]) -> None:
        """Outline a patch, mark pinned ones, and mark the outlined one's value on the scale."""
        self.map.show_marks(None, at)
        self.map.show_pins(pins)
        self.scale.show_marker(self.map.value_of(at))

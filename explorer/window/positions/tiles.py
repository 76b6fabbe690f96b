"""Several maps of one grid, as large as there is room for, all linked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from ...records import Patch
from ..picture.surface import scene_of
from ..state import Overlay
from .tile import Ground, Tile, TileContent

GAP = 8
AT_FIRST = 4  # tiles: as many as any view has; only many prefix tokens need more


class Tiles(QWidget):
    """What one of its maps says of mouse and keys, all of them say."""

    patch_hovered = Signal(object)  # Patch or None
    patch_pinned = Signal(int, int)  # row, column
    pins_freed = Signal()

    def __init__(self) -> None:
        super().__init__()
        # Made at once, so that Tab goes through them before what stands beside them.
        self._tiles = [self._new_tile() for _ in range(AT_FIRST)]
        self._count = 0  # that are shown
        self.proportion = 1.0  # height of a map over its width
        self.setMinimumSize(24, 40)

    @property
    def shown(self) -> list[Tile]:
        return self._tiles[: self._count]

    def show_contents(
        self, contents: Sequence[TileContent], overlay: Overlay, ground: Ground | None
    ) -> None:
        """Show these, in their order, on a ground that they share."""
        while len(self._tiles) < len(contents):
            self._tiles.append(self._new_tile())
        for tile, content in zip(self._tiles, contents, strict=False):
            tile.show_content(content, overlay, ground)
        proportion = _proportion(contents, ground)
        if (len(contents), proportion) != (self._count, self.proportion):
            self._count, self.proportion = len(contents), proportion
            for place, tile in enumerate(self._tiles):
                tile.setVisible(place < self._count)
            self._place()

    def show_marks(self, at: Patch | None, pins: tuple[tuple[int, Patch], ...]) -> None:
        for tile in self.shown:
            tile.show_marks(at, pins)

    def _new_tile(self) -> Tile:
        tile = Tile(self)
        tile.hide()
        tile.map.patch_hovered.connect(self.patch_hovered)
        tile.map.patch_pinned.connect(self.patch_pinned)
        tile.map.pins_freed.connect(self.pins_freed)
        return tile

    def width_in(self, room: QSize) -> float:
        """The width of a map in a room of this size."""
        return self._width(self._columns(room), room) if self._count else 0.0

    def _columns(self, room: QSize) -> int:
        """In how many columns maps are largest."""
        return max(range(1, self._count + 1), key=lambda columns: self._width(columns, room))

    def _width(self, columns: int, room: QSize) -> float:
        rows = -(-self._count // columns)
        width = (room.width() - GAP * (columns - 1)) / columns
        height = (room.height() - GAP * (rows - 1)) / rows - self.lines_height()
        return min(width, height / self.proportion)

    def lines_height(self) -> int:
        """Of a tile, all but its map."""
        return max((tile.lines_height() for tile in self.shown), default=0)

    def _place(self) -> None:
        """No tile is higher than its map needs, so that name and scale stay beside it."""
        if not self._count:
            return
        columns = self._columns(self.size())
        rows = -(-self._count // columns)
        width = (self.width() - GAP * (columns - 1)) // columns
        height = (self.height() - GAP * (rows - 1)) // rows
        height = min(height, round(width * self.proportion) + self.lines_height())
        top = (self.height() - rows * height - (rows - 1) * GAP) // 2
        for place, tile in enumerate(self.shown):
            row, column = divmod(place, columns)
            tile.setGeometry(
                QRect(column * (width + GAP), top + row * (height + GAP), width, height)
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()


def _proportion(contents: Sequence[TileContent], ground: Ground | None) -> float:
    """Height over width of what the maps show."""
    if ground is not None and contents and contents[0].colors is None:
        left, top, right, bottom = scene_of(*ground)
        return (bottom - top) / (right - left)
    rows, columns = contents[0].heatmap.values.shape if contents else (1, 1)
    return rows / columns

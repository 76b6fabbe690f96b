"""Maps and mosaic, or maps and curves: side by side or one above the other, as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QMargins, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from ..parts.chart import Chart
from ..parts.small_text import Caption
from .curves import Curves
from .mosaic_surface import MARGIN
from .mosaic_view import MosaicView
from .tiles import Tiles

Companion = Literal["mosaic", "charts"]

BESIDE = 12  # left and right
BETWEEN = 10
SHARES_OF_MANY = (0.6, 0.75)  # of the room, for several maps; a single one gets half
LEAST_BESIDE_MANY = 0.7  # of the width of one of several maps: that of what stands beside them
READABLE = 84  # pixels; where several maps would be smaller, they get all of the room


class Body(QWidget):
    """Lays out the tiles and what stands beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles = Tiles()
        self.mosaic = MosaicView()
        self.caption = Caption()
        self.charts = (Chart(), Chart())
        self._companion: Companion | None = "mosaic"
        self._beside = QWidget(self)
        self.tiles.setParent(self)
        self._arrange()
        self.setMinimumSize(60, 60)

    def _arrange(self) -> None:
        self.mosaic.setAccessibleName(self.tr("All patches' maps"))
        for chart in self.charts:
            chart.setAccessibleName(self.tr("Curves"))
        first = QWidget()
        column = QVBoxLayout(first)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.mosaic, 1)
        column.addWidget(self.caption)
        second = QWidget()
        self._chart_row = QBoxLayout(QBoxLayout.Direction.TopToBottom, second)
        self._chart_row.setContentsMargins(0, 0, 0, 0)
        self._chart_row.setSpacing(BETWEEN)
        for chart in self.charts:
            self._chart_row.addWidget(chart, 1)
        self._pages = QStackedLayout(self._beside)
        self._pages.addWidget(first)
        self._pages.addWidget(second)

    def show_companion(self, companion: Companion | None) -> None:
        """Choose what stands beside the tiles."""
        if companion != self._companion:
            self._companion = companion
            if companion is not None:
                self._pages.setCurrentIndex(("mosaic", "charts").index(companion))
        self.place()

    def show_curves(self, curves: Sequence[Curves], names: Sequence[str]) -> None:
        """Show up to two charts."""
        for chart in self.charts[len(curves) :]:
            chart.hide()
        for chart, (series, axes), name in zip(self.charts, curves, names, strict=False):
            chart.setAccessibleName(name)
            chart.show_series(series, axes)
            chart.show()

    def place(self) -> None:
        """Give tiles and companion their room."""
        if self._are_twins():
            self._place_twins()
            return
        whole = self.rect().adjusted(BESIDE, 0, -BESIDE, 0)
        room = self._split(whole, BETWEEN) if self._companion is not None else None
        self._beside.setVisible(room is not None)
        if room is None:
            self.tiles.setGeometry(whole)
            return
        self.tiles.setGeometry(room[0])
        self._beside.setGeometry(self._closed_up(room[1]))
        wide = room[1].width() > 1.6 * room[1].height()
        direction = QBoxLayout.Direction
        self._chart_row.setDirection(direction.LeftToRight if wide else direction.TopToBottom)

    def _are_twins(self) -> bool:
        """Whether one map stands beside a mosaic of its own shape."""
        is_one = len(self.tiles.shown) == 1 and self._companion == "mosaic"
        return is_one and self.tiles.proportion == self.mosaic.proportion == 1.0

    def _place_twins(self) -> None:
        """Map and mosaic equally large; the mosaic decides, for it fits in whole pixels only."""
        whole = self.rect().adjusted(BESIDE - MARGIN, 0, MARGIN - BESIDE, 0)
        halves = self._split(whole, 0)  # their own margins are between them
        assert halves is not None
        lines = max(self.tiles.lines_height(), self.caption.sizeHint().height())
        room = halves[1].marginsRemoved(QMargins(0, 0, 0, lines))
        side = min(round(self.mosaic.side_in(room.size())), room.width(), room.height())
        self.tiles.setGeometry(_middle(halves[0], _with_margin(side), lines))
        self._beside.setGeometry(_middle(halves[1], side + 2 * MARGIN, lines))
        self._beside.show()

    def _closed_up(self, room: QRect) -> QRect:
        """No higher than the mosaic needs, so that its caption stays beside it."""
        if self._companion != "mosaic":
            return room
        needed = round(room.width() * self.mosaic.proportion) + self.caption.sizeHint().height()
        spare = max(0, room.height() - needed)
        return room.adjusted(0, spare // 2, 0, -(spare - spare // 2))

    def _split(self, whole: QRect, between: int) -> tuple[QRect, QRect] | None:
        """Where both are largest; None where several tiles need all of the room."""
        many = len(self.tiles.shown) > 1
        shares = SHARES_OF_MANY if many else (0.5,)
        ways = [split(whole, share, between) for share in shares for split in (_beside, _above)]
        halves = max(ways, key=self._worth)
        if many and self.tiles.width_in(halves[0].size()) < READABLE:
            return None
        return halves

    def _worth(self, halves: tuple[QRect, QRect]) -> float:
        """The more, the better both are seen; of maps that are compared, these first."""
        tiles, beside = halves[0].size(), halves[1].size()
        share = LEAST_BESIDE_MANY if len(self.tiles.shown) > 1 else 1.0
        return min(self.tiles.width_in(tiles), self._side_beside(beside) / share)

    def _side_beside(self, room: QSize) -> float:
        if self._companion == "charts":
            return min(room.width() / 1.4, room.height())
        height = room.height() - self.caption.sizeHint().height()
        return min(room.width(), height / self.mosaic.proportion)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.place()


def _beside(whole: QRect, share: float, between: int) -> tuple[QRect, QRect]:
    width = round((whole.width() - between) * share)
    left = QRect(whole.left(), whole.top(), width, whole.height())
    return left, whole.adjusted(width + between, 0, 0, 0)


def _above(whole: QRect, share: float, between: int) -> tuple[QRect, QRect]:
    height = round((whole.height() - between) * share)
    top = QRect(whole.left(), whole.top(), whole.width(), height)
    return top, whole.adjusted(0, height + between, 0, 0)


def _with_margin(side: int) -> int:
    """Of a map's widget, whose margin is smaller where the map is small."""
    return side + 2 * min(MARGIN, side // 14)


def _middle(room: QRect, side: int, lines: int) -> QRect:
    """A square with lines below it, in the middle of a room."""
    place = QRect(0, 0, side, side + lines)
    place.moveCenter(room.center())
    return place

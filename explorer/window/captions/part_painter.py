"""What a way to paint the parts of a caption is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QPainter, QPalette

from ..parts.small_text import PIXELS
from .items import Item


@dataclass(frozen=True)
class Marks:
    """What is special about one part of a row."""

    chosen: bool = False
    hovered: bool = False
    current: bool = False  # keys go on from here, and somebody moves by keys


class PartPainter:
    """Paints each part into its place; a row of parts asks it how large they are."""

    spacing: ClassVar[int]  # between parts, and between lines of them

    def height(self, font: QFont, room: int) -> int:
        """Of each part, where so much height is seen at once."""
        raise NotImplementedError

    def widths(self, items: Sequence[Item], font: QFont, height: int) -> list[int]:
        """Of each part, at this height."""
        raise NotImplementedError

    def gap(self, item: Item) -> int:
        """Between a part and the one before it."""
        return self.spacing

    def menu_place(self, rect: QRect) -> QRect:
        """Where in a part's place a click opens its menu."""
        raise NotImplementedError

    def paint(
        self, painter: QPainter, place: int, item: Item, rect: QRect, marks: Marks, colors: QPalette
    ) -> None:
        """Paint the part in some place of the row."""
        raise NotImplementedError


def small(font: QFont) -> QFont:
    """The same font for what accompanies words."""
    made = QFont(font)
    made.setPixelSize(PIXELS)
    return made


def mixed(ground: QColor, ink: QColor, share: float) -> QColor:
    """A colour between two: at a share of 0 the ground, at 1 the ink."""
    low, high = ground.rgb(), ink.rgb()
    pairs = [((low >> bits) & 255, (high >> bits) & 255) for bits in (16, 8, 0)]
    return QColor(*(round(one + share * (other - one)) for one, other in pairs))

"""A colour map as an image, and where values stand in it."""

from __future__ import annotations

from PySide6.QtGui import QImage

from ...images.colormaps import table
from ...records import Heatmap


def color_strip(colormap: str, *, upright: bool = False) -> QImage:
    """A pixel for each colour, from low to high: from left to right or, `upright`, from below."""
    colors = table(colormap)[:: -1 if upright else 1].copy()
    width, height = (1, len(colors)) if upright else (len(colors), 1)
    image = QImage(colors.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)  # its own memory


def share_of(value: float, heatmap: Heatmap) -> float:
    """How far a value is from the low end of a map's scale to the high one: 0..1.

    Beyond an end it stands at that end; where the scale has no length, where 0 is.
    """
    if not heatmap.high > heatmap.low:
        return 0.5 if heatmap.diverging else 0.0
    return min(max((value - heatmap.low) / (heatmap.high - heatmap.low), 0.0), 1.0)

"""Colours as pixels of the kind that Qt paints fastest: premultiplied ARGB, 32 bits."""

import numpy as np
from PySide6.QtGui import QImage


def packed(colors: np.ndarray) -> np.ndarray:
    """A colour map uint8 (256, 3) as opaque pixels: uint32 (256,)."""
    red, green, blue = colors.astype(np.uint32).T
    pixels: np.ndarray = np.uint32(0xFF000000) | red << 16 | green << 8 | blue
    return pixels


def argb_image(pixels: np.ndarray) -> QImage:
    """Pixels uint32 (height, width) as an image on their own memory: they must outlive it."""
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form)

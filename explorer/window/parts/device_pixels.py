"""Whole device pixels, so that edges are sharp at any scale of the screen."""

from math import floor

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget


def device_painter(widget: QWidget) -> QPainter:
    """A painter whose unit is a device pixel, also where the widget begins between two."""
    painter = QPainter(widget)
    ratio = widget.devicePixelRatioF()
    painter.scale(1 / ratio, 1 / ratio)
    begins = painter.deviceTransform()
    painter.translate(floor(begins.dx()) - begins.dx(), floor(begins.dy()) - begins.dy())
    return painter


def in_widget(widget: QWidget, rect: QRect) -> QRectF:
    """A rectangle of device pixels in the widget's own."""
    ratio = widget.devicePixelRatioF()
    return QRectF(rect.topLeft().toPointF() / ratio, rect.size().toSizeF() / ratio)


def update_pixels(widget: QWidget, rect: QRect) -> None:
    """Have a rectangle of device pixels painted again."""
    widget.update(in_widget(widget, rect).toAlignedRect())

"""How the overlay is painted: opacity, colours, smooth or not."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from ...images import colormaps
from ..parts.choice_box import ChoiceBox
from ..parts.color_strip import color_strip
from ..state import Overlay, Wishes

SWATCH = QSize(26, 10)


class OverlayBar(QWidget):
    """Shows the overlay's look and voices wishes for another one."""

    spacing = 8

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self._wishes = wishes
        self._overlay = Overlay()
        self._is_diverging = False  # whether colour maps with two hues are offered
        self._difference = QToolButton()
        self.label = QLabel(self.tr("Opacity"))
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._colormap = ChoiceBox[str](self.tr("Colours"))
        self._smooth = ChoiceBox[bool](self.tr("Smooth or patches"))
        self._build()
        self._arrange()
        self._connect()

    def _build(self) -> None:
        self._difference.setText(self.tr("Difference"))
        self._difference.setCheckable(True)
        self._difference.setToolTip(
            self.tr("The first model’s map less the second’s, or the first’s alone (key D)")
        )
        self._difference.hide()
        self._opacity.setAccessibleName(self.tr("Opacity"))
        self._opacity.setRange(0, 100)
        self._opacity.setFixedWidth(64)
        self._opacity.setToolTip(self.tr("Opacity of the overlay (key O: on or off)"))
        self._colormap.setIconSize(SWATCH)
        self._offer_colormaps(diverging=False)
        self._colormap.setToolTip(self.tr("Colours of the map; their steps look equally large"))
        self._smooth.offer([(True, self.tr("smooth")), (False, self.tr("patches"))])
        self._smooth.setToolTip(self.tr("Between patches smooth, or each as it is (key S)"))

    def _offer_colormaps(self, diverging: bool) -> None:
        """Those for values with a sign, or those without; the box is as wide for either."""
        names = colormaps.DIVERGING if diverging else colormaps.NAMES
        advance = self.fontMetrics().horizontalAdvance
        widest = max(colormaps.DIVERGING + colormaps.NAMES, key=advance)
        self._is_diverging = diverging
        self._colormap.offer([(name, name) for name in names], widest)
        for place, name in enumerate(names):
            self._colormap.setItemIcon(place, swatch(name))

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.spacing)
        self.label.setProperty("quiet", True)
        self.label.setBuddy(self._opacity)
        row.addWidget(self._difference)
        row.addSpacing(4)
        for widget in (self.label, self._opacity, self._colormap, self._smooth):
            row.addWidget(widget)
        row.addStretch(1)

    def _connect(self) -> None:
        self._difference.toggled.connect(self._wishes.difference_chosen)
        self._opacity.valueChanged.connect(lambda percent: self._wish(opacity=percent / 100))
        self._colormap.chosen.connect(self._wish_colormap)
        self._smooth.chosen.connect(lambda smooth: self._wish(smooth=smooth))

    def display(
        self, overlay: Overlay, difference: bool | None = None, is_diverging: bool = False
    ) -> None:
        """Show an overlay's look, and whether two models' difference is asked for.

        `difference` is None where there is no second model. `is_diverging`: whether the map that
        is shown has a sign, and other colours.
        """
        self._overlay = overlay
        self._difference.setVisible(difference is not None)
        with QSignalBlocker(self._difference):
            self._difference.setChecked(bool(difference))
        if is_diverging != self._is_diverging:
            self._offer_colormaps(is_diverging)
        with QSignalBlocker(self._opacity):
            self._opacity.setValue(round(overlay.opacity * 100))
        self._opacity.setEnabled(overlay.visible)
        self._colormap.show_value(overlay.diverging if is_diverging else overlay.colormap)
        self._smooth.show_value(overlay.smooth)

    def _wish_colormap(self, name: str) -> None:
        self._wish(**{"diverging" if self._is_diverging else "colormap": name})

    def _wish(self, **changes: float | str | bool) -> None:
        self._wishes.overlay_chosen.emit(replace(self._overlay, **changes))  # type: ignore[arg-type]


def swatch(colormap: str) -> QIcon:
    """A colour map from low to high, left to right."""
    pixmap = QPixmap.fromImage(color_strip(colormap).scaled(SWATCH * 2))
    pixmap.setDevicePixelRatio(2)
    return QIcon(pixmap)

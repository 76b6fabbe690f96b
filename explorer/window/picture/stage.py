"""The place of the picture: the canvas or a placard, and what lies over them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from ..parts.flat_button import FlatButton
from ..state import Wishes
from .busy_line import BusyLine
from .canvas import Canvas
from .color_bar import ColorBar
from .model_card import ModelCard
from .placard import Placard


class Stage(QWidget):
    """Canvas and colour bar side by side, or a placard in their place."""

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self.canvas = Canvas()
        self.color_bar = ColorBar()
        self.scale_button = FlatButton("")
        self.scale_button.setProperty("quiet", True)
        self.scale_button.setAccessibleName(self.tr("Scale of the colours"))
        self.placard = Placard(self.tr("Open folder…"))
        self.busy_line = BusyLine(self)
        self.model_card = ModelCard(wishes, self)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.placard)
        self._pages.addWidget(self._arrange_picture())

    def _arrange_picture(self) -> QWidget:
        shown = QWidget()
        scale = QVBoxLayout()
        scale.setContentsMargins(0, 0, 0, 10)
        scale.setSpacing(0)
        scale.addWidget(self.color_bar, 1)
        scale.addWidget(self.scale_button, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout(shown)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.canvas, 1)
        row.addLayout(scale)
        return shown

    def show_page(self, picture: bool) -> None:
        """Show the picture's page, or the placard."""
        self._pages.setCurrentIndex(int(picture))
        self.place_floating()

    def place_floating(self) -> None:
        """Put what lies over the page where it belongs, on top."""
        self.busy_line.setGeometry(0, 0, self.width(), self.busy_line.sizeHint().height())
        self.model_card.place(self.rect())
        has_card = self.model_card.isVisibleTo(self)
        self.placard.leave_free(self.height() - self.model_card.y() if has_card else 0)
        for widget in (self.busy_line, self.model_card):
            widget.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.place_floating()

"""The toolbar over the picture: what is shown, and how."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ...records import Query
from ..query_range import QueryRange
from ..state import Overlay, Wishes
from .overlay_bar import OverlayBar
from .query_bar import QueryBar

BESIDE = 12  # left and right of the boxes
ABOVE = 5
BETWEEN = 20  # between both groups in one row


class OverlayToolbar(QWidget):
    """Two groups of boxes: side by side, or one above the other where there is less room."""

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Overlay"))
        self.query_bar = QueryBar(wishes)
        self.overlay_bar = OverlayBar(wishes)
        self._laid_out_for: tuple[QueryRange | None, bool] = None, True
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(BESIDE, ABOVE, BESIDE, ABOVE)
        self._row.addWidget(self.query_bar)
        self._row.addStretch(1)
        self._row.addWidget(self.overlay_bar)

    def display(
        self,
        offered: QueryRange | None,
        query: Query,
        overlay: Overlay,
        difference: bool | None = None,
        is_diverging: bool = False,
    ) -> None:
        """Show what is asked, what could be, and how it is painted.

        `difference` says whether two models' difference is asked for; None where there is one
        model. `is_diverging`: whether the map that is shown has a sign.
        """
        self.query_bar.display(offered, query)
        self.overlay_bar.display(overlay, difference, is_diverging)
        self._fold()
        has_moved = (offered, difference is None) != self._laid_out_for
        self._laid_out_for = offered, difference is None
        if has_moved:
            self._lay_out()

    def _lay_out(self) -> None:
        """At once: boxes that are too narrow for a moment would be seen."""
        for layout in (self.query_bar.layout(), self.overlay_bar.layout(), self._row):
            if layout is not None:
                layout.activate()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the wider group: the groups then stand one above the other."""
        width = max(self.query_bar.sizeHint().width(), self.overlay_bar.sizeHint().width())
        return QSize(width + 2 * BESIDE, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fold()

    def _fold(self) -> None:
        """One row, if it must be without the slider's name; else two rows."""
        label = self.overlay_bar.label
        named = label.sizeHint().width() + self.overlay_bar.spacing
        widths = [bar.sizeHint().width() for bar in (self.query_bar, self.overlay_bar)]
        bare = sum(widths) + 2 * BESIDE + BETWEEN - (0 if label.isHidden() else named)
        one_row = bare <= self.width()
        label.setVisible(not one_row or bare + named <= self.width())
        wanted = QBoxLayout.Direction.LeftToRight if one_row else QBoxLayout.Direction.TopToBottom
        if self._row.direction() != wanted:
            self._row.setDirection(wanted)

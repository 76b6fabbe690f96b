"""Curves, table, pictures and attention: one of them in a small panel, all in a large one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabBar, QWidget

from .charts import Charts
from .curves import QUANTITIES, By
from .probe_view import ProbeView
from .sample_view import SampleView
from .table import RunTable
from .views import CURVES, DETAILS, VIEWS, View, names_of_views

MARGIN = 12
GAP = 14
WIDE, HIGH = 700, 260  # from here on the table stands beside the curves
TALL = 430  # from here on it stands below them
WITH_DETAILS = 420  # height from which on pictures and attention stand below the table
TABLE_SHARE = 0.5  # of the width, or height, that it shares


class Body(QWidget):
    """Arranges by its size; a person chooses what is shown where there is room for one."""

    arranged = Signal()  # what can be chosen may be other now

    def __init__(self) -> None:
        super().__init__()
        self._view: View = "accuracy"
        self._by: By = "epoch"
        self.charts, self.table = Charts(), RunTable()
        self.samples, self.probe = SampleView(), ProbeView()
        self._details = QTabBar()
        self._details.setExpanding(False)
        self._details.setDrawBase(False)
        self._details.setAccessibleName(self.tr("Below the table"))
        for view in DETAILS:
            self._details.addTab(names_of_views()[view])
        self._details.currentChanged.connect(lambda _place: self._place())
        for child in (self.charts, self.table, self._details, self.samples, self.probe):
            child.setParent(self)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 40)

    @property
    def views(self) -> tuple[View, ...]:
        """What can be chosen to be shown; the rest has a place of its own, or none."""
        if self._is_wide:
            return () if self.charts.shows_all else CURVES
        return VIEWS[:-1] if self._is_tall else VIEWS

    @property
    def _is_wide(self) -> bool:
        return self.width() >= WIDE and self.height() >= HIGH

    @property
    def _is_tall(self) -> bool:
        return not self._is_wide and self.height() >= TALL

    def choose(self, view: View, by: By) -> None:
        """Show this where there is room for one thing; curves over epochs or steps."""
        self._view, self._by = view, by
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()
        self.arranged.emit()

    # Places

    def _place(self) -> None:
        """Give everything its room, and none to what is not shown."""
        rooms = self._rooms()
        parts = {"table": self.table, "pictures": self.samples, "attention": self.probe}
        curve = self._view if self._view in QUANTITIES else QUANTITIES[0]
        _put(self.charts, rooms.get("curves"))
        self.charts.choose(curve, self._by)
        for name, part in parts.items():
            _put(part, rooms.get(name))
        _put(self._details, rooms.get("details"))

    def _rooms(self) -> dict[str, QRect]:
        whole = self.rect().adjusted(MARGIN, 0, -MARGIN, 0)
        if self._is_wide:
            return self._wide(whole)
        chosen = self._view if self._view not in CURVES else "curves"
        if not self._is_tall:
            return {chosen: whole}
        if chosen == "table":
            chosen = "curves"
        above, below = _cut(whole, 1 - TABLE_SHARE)
        return {chosen: above, "table": below}

    def _wide(self, whole: QRect) -> dict[str, QRect]:
        """The table left, with details below it where there is room; curves right."""
        middle = whole.left() + round(whole.width() * TABLE_SHARE)
        left = QRect(whole)
        left.setRight(middle - GAP // 2)
        right = QRect(whole)
        right.setLeft(middle + GAP // 2)
        if whole.height() < WITH_DETAILS:
            return {"table": left, "curves": right}
        above, below = _cut(left, TABLE_SHARE)
        tabs = QRect(below)
        tabs.setHeight(self._details.sizeHint().height())
        below.setTop(tabs.bottom() + 6)
        chosen = DETAILS[max(0, self._details.currentIndex())]
        return {"table": above, "curves": right, "details": tabs, chosen: below}


def _cut(whole: QRect, share: float) -> tuple[QRect, QRect]:
    """The upper share of a room, and the lower rest."""
    above, below = QRect(whole), QRect(whole)
    middle = whole.top() + round(whole.height() * share)
    above.setBottom(middle - GAP // 2)
    below.setTop(middle + GAP // 2)
    return above, below


def _put(widget: QWidget, room: QRect | None) -> None:
    if room is not None:
        widget.setGeometry(room)
    widget.setVisible(room is not None)

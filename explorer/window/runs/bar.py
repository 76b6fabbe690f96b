"""One line above the curves: which run, what is shown of it, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Signal
from PySide6.QtGui import QActionGroup, QPainter, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMenu, QWidget

from ..parts.menu_button import MenuButton
from ..parts.sign_buttons import (
    MoreButton,
    SignButton,
    paint_bars,
    paint_square,
    paint_triangle,
)
from ..training.seen import RunSeen
from .actions import RunActions
from .curves import By
from .views import View, names_of_views

GAP = 2
SHOWN_LEAST = 90  # pixels that the name of a run is left


class _ActButton(SignButton):
    """Does an act that has a sign."""

    def __init__(self) -> None:
        super().__init__()
        self._paint: Callable[[QPainter, QPointF], None] = paint_square

    def show_act(self, name: str, paint: Callable[[QPainter, QPointF], None]) -> None:
        """Bear another sign."""
        self.setAccessibleName(name)
        self.setToolTip(name)
        self._paint = paint
        self.update()

    def paint_sign(self, painter: QPainter, middle: QPointF) -> None:
        self._paint(painter, middle)


class Bar(QWidget):
    """Menus on the left, acts on the right; what has no room is in the last menu as well."""

    run_chosen = Signal(object)  # its folder (Path)
    view_chosen = Signal(str)  # View
    by_chosen = Signal(str)  # By
    sort_chosen = Signal(int)  # column of the table
    enlarging_wished = Signal(bool)  # or back into the large window

    def __init__(self, actions: RunActions) -> None:
        super().__init__()
        self._actions = actions
        self._offered: list[tuple[Path, bool]] = []  # runs, and whether they are shown
        self._runs_menu, self._view_menu, self._more_menu = (QMenu(self) for _ in range(3))
        self._run = MenuButton(self._runs_menu, self.tr("Run"))
        self._shown = MenuButton(self._view_menu, self.tr("What is shown"))
        self._pause, self._stop = _ActButton(), _ActButton()
        self._more = MoreButton(self._more_menu)
        for child in (self._run, self._shown, self._pause, self._stop, self._more):
            child.setParent(self)
        self._build_views()
        self._build_more()
        self._runs_menu.aboutToShow.connect(self._list_runs)
        self._pause.clicked.connect(actions.pause_or_resume)
        self._stop.clicked.connect(actions.stop.trigger)
        self._pause.show_act(self.tr("Pause"), paint_bars)
        self._stop.show_act(self.tr("Stop and save"), paint_square)

    def _build_views(self) -> None:
        self._views = self._group(names_of_views(), self.view_chosen.emit)
        self._view_menu.addSeparator()
        bys = {"epoch": self.tr("Per epoch"), "step": self.tr("Per step")}
        self._bys = self._group(bys, self.by_chosen.emit)

    def _group(self, names: dict[str, str], chosen: Callable[[str], None]) -> QActionGroup:
        group = QActionGroup(self)
        for value, name in names.items():
            action = group.addAction(name)
            action.setCheckable(True)
            action.setData(value)
        self._view_menu.addActions(group.actions())
        group.triggered.connect(lambda action: chosen(action.data()))
        return group

    def _build_more(self) -> None:
        self._actions.fill(self._more_menu)
        self._more_menu.addSeparator()
        self._sorting = self._more_menu.addMenu(self.tr("Sort the table b&y"))
        self._more_menu.addSeparator()
        enlarge = self._more_menu.addAction(self.tr("In a window of its &own"))
        enlarge.setCheckable(True)
        enlarge.triggered.connect(self.enlarging_wished)
        self._more_menu.aboutToShow.connect(
            lambda: enlarge.setChecked(isinstance(self.window(), QDockWidget))
        )

    # What is shown

    def show_runs(self, shown: Sequence[RunSeen], titles: Sequence[str]) -> None:
        """Tell which runs are shown; offer the others, and the columns of the table."""
        name = shown[0].name if len(shown) == 1 else self.tr("{0} runs").format(len(shown))
        self._run.say(name)
        self._run.setToolTip(name)
        may_pause = self._actions.pause.isEnabled()
        may_go_on = self._actions.resume.isEnabled()
        if may_go_on and not may_pause:
            self._pause.show_act(self.tr("Resume"), paint_triangle)
        else:
            self._pause.show_act(self.tr("Pause"), paint_bars)
        self._pause.setEnabled(may_pause or may_go_on)
        self._stop.setEnabled(self._actions.stop.isEnabled())
        self._offer_sorting(titles)
        self._fit()

    def offer_runs(self, runs: Sequence[RunSeen], shown: Sequence[Path]) -> None:
        """Have all runs to choose from."""
        self._offered = [(seen.folder, seen.folder in shown) for seen in runs]

    def _list_runs(self) -> None:
        self._runs_menu.clear()
        for folder, is_shown in self._offered:
            action = self._runs_menu.addAction(folder.name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(is_shown)
            action.triggered.connect(partial(self._choose, folder))

    def _choose(self, folder: Path, _checked: bool) -> None:
        self.run_chosen.emit(folder)

    def _offer_sorting(self, titles: Sequence[str]) -> None:
        if [action.text() for action in self._sorting.actions()] != list(titles):
            self._sorting.clear()
            for column, title in enumerate(titles):
                action = self._sorting.addAction(title)
                action.triggered.connect(lambda _=False, at=column: self.sort_chosen.emit(at))

    def show_views(self, views: Sequence[View], view: View, by: By) -> None:
        """Offer what can be shown alone here, and tell what is."""
        named = names_of_views()
        for action in self._views.actions():
            action.setVisible(action.data() in views)
            action.setChecked(action.data() == view)
        for action in self._bys.actions():
            action.setChecked(action.data() == by)
        per = self.tr("per epoch") if by == "epoch" else self.tr("per step")
        is_curve = view in ("accuracy", "loss", "learning rate")
        if view not in views:
            self._shown.say(per[:1].upper() + per[1:])
        elif is_curve:
            self._shown.say(f"{named[view]} {per}", named[view])
        else:
            self._shown.say(named[view])
        self._fit()

    # Layout

    def sizeHint(self) -> QSize:
        return QSize(400, self._run.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """From the right what has a fixed width; then what is shown, then the run's name."""
        right = self.width()
        for button in (self._more, self._stop, self._pause):
            width = button.sizeHint().width()
            fits = right - width >= 0
            right -= width + GAP if fits else 0
            self._put(button, right + GAP, width if fits else 0)
        widths = self._shown.widths()
        fitting = [width for width in widths if width <= right - SHOWN_LEAST]
        shown = fitting[0] if fitting else min(widths[-1], right // 2)
        (name,) = self._run.widths()
        run = min(name, right - shown - GAP)
        self._run.fit(run)
        self._shown.fit(shown)
        self._put(self._run, 0, run)
        self._put(self._shown, run + GAP, shown)

    def _put(self, widget: QWidget, left: int, width: int) -> None:
        """In the middle of the line; hidden where it got no room."""
        height = min(widget.sizeHint().height(), self.height())
        widget.setGeometry(left, (self.height() - height) // 2, max(0, width), height)
        widget.setVisible(width > 0)

"""Trainings: live curves, all runs beside each other, and attention that learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from ..parts.elided_label import ElidedLabel
from ..parts.invitation import Invitation
from ..parts.words_line import WordsLine
from ..runs import words
from ..runs.actions import RunActions
from ..runs.bar import Bar
from ..runs.body import Body
from ..runs.curves import By
from ..runs.files import RunFiles
from ..runs.styles import MOST, Styles
from ..runs.views import View
from ..state import State, Wishes
from ..training.seen import RunSeen
from .base import Panel

LOW = 230  # pixels: a lower panel says above what others say below the curves


class RunsPanel(Panel):
    """A small one shows the curves of a run; a large one all there is to see and to compare."""

    key: ClassVar[str] = "runs"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.RightDockWidgetArea
    in_background: ClassVar[bool] = True  # its title tells how far a training is
    order: ClassVar[int] = 2

    enlarging_wished = Signal(bool)
    # a window of its own, large enough for everything; or back

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._state = State()
        self._shown: Sequence[RunSeen] = ()
        self._view: View = "accuracy"
        self._by: By = "epoch"
        self._reading = ""  # what the curves say where somebody reads them
        self._styles = Styles()
        self._actions = RunActions(wishes, self)
        self._files = RunFiles(self)
        self._build()
        self._arrange()
        self._connect()

    def title(self) -> str:
        return self.tr("Runs")

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 44)  # the bar, and a glimpse of the curve

    def corner(self) -> QWidget | None:
        return self._corner

    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Enter"), self.tr("use the best model of the run")),
            (self.tr("F2"), self.tr("rename the run")),
            (self.tr("Del"), self.tr("delete the run, after a question")),
            (self.tr("Ctrl+arrow keys, Space"), self.tr("table: select several runs")),
            (self.tr("Left, Right"), self.tr("curves: read them at the next place")),
            (self.tr("Left, Right"), self.tr("attention: the epoch before, the next one")),
        )

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._corner = ElidedLabel()
        self._corner.setProperty("quiet", True)
        self._corner.setContentsMargins(0, 0, 8, 0)  # what ends there is not at the window's edge
        self._corner.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._corner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._corner.setAccessibleName(self.tr("What the training does"))
        self._bar = Bar(self._actions)
        self._body = Body()
        self._words = WordsLine()
        self._words.setProperty("quiet", True)
        self._words.setContentsMargins(12, 2, 12, 6)
        self._words.setAccessibleName(self.tr("What is known of the run"))
        self._invitation = Invitation()
        self._menu = QMenu(self)
        self._actions.fill(self._menu)

    def _arrange(self) -> None:
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        above = QVBoxLayout()
        above.setContentsMargins(4, 2, 6, 0)
        above.addWidget(self._bar)
        column.addLayout(above)
        column.addWidget(self._body, 1)
        column.addWidget(self._words)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._invitation)
        self._pages.addWidget(shown)
        self._invitation.say(
            self.tr("Fine-tune a model on pictures of your own, and see it learn."),
            (self.tr("Fine-tune…"), self.wishes.fine_tune_dialog_wished.emit),
        )

    def _connect(self) -> None:
        self._bar.run_chosen.connect(lambda folder: self.wishes.runs_chosen.emit((folder,)))
        self._bar.view_chosen.connect(lambda view: self._choose(cast(View, view), self._by))
        self._bar.by_chosen.connect(lambda by: self._choose(self._view, cast(By, by)))
        self._bar.sort_chosen.connect(self._body.table.sort_by)
        self._bar.enlarging_wished.connect(self.enlarging_wished)
        self._body.arranged.connect(self._offer_views)
        self._body.charts.read.connect(self._read)
        self._body.table.chosen.connect(self._choose_runs)
        self._body.table.activated.connect(lambda _index: self._actions.use.trigger())
        self._body.table.menu_wished.connect(self._show_menu)
        self._files.sample_read.connect(self._body.samples.show_sample)
        self._files.story_read.connect(self._body.probe.show_story)

    # Showing

    def display(self, old: State, new: State) -> None:
        before, self._state = self._state, new
        if new.overlay != before.overlay:
            self._body.probe.show_overlay(new.overlay)
        if new.runs == before.runs and new.shown_runs == before.shown_runs:
            return
        self._shown = new.seen_runs
        self._actions.show_runs(self._shown)
        self._pages.setCurrentIndex(1 if new.runs else 0)
        self._say()
        if new.runs:
            self._show_runs()

    def _show_runs(self) -> None:
        state, folders = self._state, [seen.folder for seen in self._shown]
        styles = self._styles.give(folders)
        self._body.charts.show_runs(self._shown, styles)
        self._body.table.show_runs(state.runs, folders, styles)
        self._bar.offer_runs(state.runs, folders)
        self._bar.show_runs(self._shown, self._body.table.titles())
        self._offer_views()
        looked_at = self._shown[0] if len(self._shown) == 1 else None
        for view in (self._body.samples, self._body.probe):
            view.show_absence(has_several=looked_at is None)
        self._files.want_sample(looked_at)
        self._files.want_story(looked_at)

    def _read(self, reading: str) -> None:
        self._reading = reading
        self._say()

    def _say(self) -> None:
        """What the curves say where they are read; else what is known of the run."""
        reading, has_line = self._reading, not self._words.isHidden()
        is_read_above = bool(reading) and not has_line
        self._corner.setText(reading if is_read_above else words.corner(self._shown))
        told = reading or words.line(self._shown)
        left_out = len(self._shown) - MOST
        if left_out > 0 and not reading:
            told = self.tr("{0}; curves of {1} are left out").format(told, left_out)
        self._words.setText(told)

    def _offer_views(self) -> None:
        self._bar.show_views(self._body.views, self._view, self._by)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._words.setVisible(self.height() >= LOW)
        self._say()

    # Choices and wishes

    def _choose(self, view: View, by: By) -> None:
        self._view, self._by = view, by
        self._body.choose(view, by)
        self._offer_views()

    def _choose_runs(self, folders: tuple[Path, ...]) -> None:
        self.wishes.runs_chosen.emit(folders)

    def _show_menu(self, place: QPoint) -> None:
        self._menu.popup(place)

"""Two models at once: what both see, how it differs, and what they take the picture for."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from ...records import Query
from ..comparison.agreement import Agreement
from ..comparison.arrangement import Arrangement
from ..comparison.linked_maps import LinkedMaps
from ..comparison.maps import compare
from ..comparison.two_predictions import Answer, TwoPredictions
from ..parts.empty_state import EmptyState, why_empty
from ..parts.flat_button import FlatButton
from ..parts.flow_layout import FlowLayout
from ..parts.invitation import Invitation
from ..query_range import range_of
from ..state import Second, State, Wishes
from ..words import name_model
from .base import Panel

_MAPS = ("picture", "trace", "model", "second", "query", "overlay")


class ComparePanel(Panel):
    """Two models' maps, their difference and agreement, and what each takes the picture for."""

    key: ClassVar[str] = "compare"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.RightDockWidgetArea
    order: ClassVar[int] = 0
    tab: ClassVar[int] = 1

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._query = Query()  # the state's, fitted to what can be asked of the first model
        self._answers: tuple[Answer, Answer] | None = None  # those on screen
        self._build()
        self._arrange()
        self._connect()
        self._invite()

    def title(self) -> str:
        return self.tr("Compare")

    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Arrow keys"), self.tr("move the query to the next patch")),
            (self.tr("Esc"), self.tr("back to the default query")),
        )

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._maps = LinkedMaps(self.wishes, self)
        # The second's patches may be larger or smaller: keys walk over the first's.
        self._maps.second.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._agreement = Agreement()
        self._notes = QLabel()
        self._notes.setProperty("quiet", True)
        self._notes.setWordWrap(True)
        self._notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._predictions = TwoPredictions()
        self._invitation = Invitation()
        self._empty = EmptyState()
        self._show = QToolButton()
        self._show.setText(self.tr("Difference"))
        self._show.setCheckable(True)
        self._show.setToolTip(self.tr("Show the difference on the large picture (key D)"))
        self._swap = FlatButton(self.tr("Swap"))
        self._swap.setToolTip(self.tr("Make the second model the first (key X)"))
        self._close = FlatButton(self.tr("Close"))
        self._close.setToolTip(self.tr("Close the second model"))

    def _arrange(self) -> None:
        self._header = QWidget()
        row = FlowLayout(self._header, spacing=4)
        row.setContentsMargins(12, 6, 8, 4)
        for button in (self._show, self._swap, self._close):
            row.addWidget(button)
        self._arrangement = Arrangement(
            self._maps.views, self._agreement, self._notes, self._predictions
        )
        self._pages = QStackedLayout()
        for page in (self._invitation, self._empty, self._arrangement):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addLayout(self._pages, 1)

    def _connect(self) -> None:
        self._show.toggled.connect(self.wishes.difference_chosen)
        self._swap.clicked.connect(lambda: self.wishes.models_swapped.emit())
        self._close.clicked.connect(lambda: self.wishes.second_closed.emit())

    # Showing

    def display(self, old: State, new: State) -> None:
        if new.second is None:
            self._invite()
            return
        self._show_header(new, new.second)
        if self._cannot_compare(new):
            self._empty.setText(why_empty(new))
            self._pages.setCurrentWidget(self._empty)
            return
        is_new = self._pages.currentWidget() is not self._arrangement
        if is_new or any(getattr(old, name) is not getattr(new, name) for name in _MAPS):
            self._show_maps(new, new.second)
        self._maps.show_marks(new)
        if is_new or new.view is not old.view:
            self._maps.follow(new.view)
        self._pages.setCurrentWidget(self._arrangement)

    def _cannot_compare(self, state: State) -> bool:
        problems = state.trace_problem, state.model_problem
        return state.picture is None or any(problem is not None for problem in problems)

    def _invite(self) -> None:
        self._answers = None
        self._header.hide()
        self._invitation.say(
            self.tr("Open a second model to see what both make of the same picture."),
            (self.tr("Choose a second model…"), self.wishes.second_dialog_wished.emit),
            (
                self.tr("Open a second checkpoint…"),
                self.wishes.second_checkpoint_dialog_wished.emit,
            ),
        )
        self._pages.setCurrentWidget(self._invitation)

    def _show_header(self, state: State, second: Second) -> None:
        self._header.show()
        with QSignalBlocker(self._show):
            self._show.setChecked(state.shows_difference)
        self._swap.setEnabled(state.model is not None and second.model is not None)
        self._maps.first.show_name(name_model(state.wanted, state.model))
        self._maps.second.show_name(name_model(second.wanted, second.model))

    def _show_maps(self, state: State, second: Second) -> None:
        if state.picture is not None:
            width, height = state.picture.size
            self._arrangement.show_aspect(width / height)
        offered = range_of(state, state.query)
        self._query = offered.fit(state.query) if offered else state.query
        made = compare(state, self._query)
        self._maps.show_maps(state, second, self._query, made)
        self._agreement.show_difference(made.difference if made is not None else None)
        if made is not None:
            self._note(" ".join(made.notes))
        elif second.trace_problem is not None:
            self._note(str(second.trace_problem))
        self._show_predictions(state, second)

    def _note(self, text: str) -> None:
        """Tell something; what was told last stays until both models have looked again."""
        self._notes.setText(_unbroken(text))
        self._notes.setVisible(bool(text))

    def _show_predictions(self, state: State, second: Second) -> None:
        """What both say now; until they say it, what they said last, faded."""
        answers = _answers(state, second)
        if answers is not None and not _are_same(answers, self._answers):
            self._predictions.show_answers(*answers, state.path)
            self._answers = answers
        elif answers is None and not _come_from(state, second, self._answers):
            self._answers = None
        self._predictions.setVisible(self._answers is not None)
        self._predictions.show_waiting(answers is None)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._query.token is not None:
            self.wishes.query_chosen.emit(replace(self._query, token=None))
        else:
            super().keyPressEvent(event)


def _unbroken(text: str) -> str:
    """The text with its sizes and shares each in one line."""
    return text.replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}").replace(
        " %", "\N{NO-BREAK SPACE}%"
    )


def _answers(state: State, second: Second) -> tuple[Answer, Answer] | None:
    """What both models say of the picture, where both have looked."""
    if state.trace is None or state.model is None:
        return None
    if second.trace is None or second.model is None:
        return None
    return Answer(state.trace, state.model), Answer(second.trace, second.model)


def _are_same(answers: tuple[Answer, Answer], others: tuple[Answer, Answer] | None) -> bool:
    return others is not None and all(
        one.trace is other.trace and one.model is other.model
        for one, other in zip(answers, others, strict=True)
    )


def _come_from(state: State, second: Second, answers: tuple[Answer, Answer] | None) -> bool:
    """Whether these models gave the answers."""
    if answers is None:
        return False
    first, other = answers
    return first.model is state.model and other.model is second.model

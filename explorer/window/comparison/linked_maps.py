"""The first model's map, the second's, and their difference: what one shows, all show."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject

from ...explain.attention import heatmap
from ...records import Heatmap, Patch, Query
from ..picture.canvas import Canvas
from ..places import frame_of, same_place
from ..state import Second, State, View, Wishes
from .map_view import MapView
from .maps import Comparison


class LinkedMaps(QObject):
    """Hovers, queries and zooms in one place are wishes that all three, and the picture, follow."""

    def __init__(self, wishes: Wishes, parent: QObject) -> None:
        super().__init__(parent)
        self._wishes = wishes
        self._state = State()
        self._query = Query()  # the state's, fitted to what can be asked of the first model
        self._query_before = Query()  # the state's, before the mouse was pressed
        self._comparison: Comparison | None = None
        self._under_mouse: Patch | None = None  # the second's own patch, where the mouse is there
        self.first = MapView(self.tr("First"), self.tr("Map of the first model"))
        self.second = MapView(self.tr("Second"), self.tr("Map of the second model"))
        self.difference = MapView(self.tr("Difference"), self.tr("Difference of both maps"))
        self.views = self.first, self.second, self.difference
        self._connect()

    def _connect(self) -> None:
        for view in self.views:
            view.canvas.view_moved.connect(self._wishes.view_chosen)
            view.canvas.choosing_began.connect(self._remember_query)
            view.canvas.double_clicked.connect(partial(self._fit_instead, view.canvas))
        for view in (self.first, self.difference):
            view.canvas.patch_hovered.connect(self._wishes.patch_hovered)
            view.canvas.patch_chosen.connect(lambda row, column: self._ask_from((row, column)))
        self.second.canvas.patch_hovered.connect(self._hover_second)
        self.second.canvas.patch_chosen.connect(self._ask_from_second)

    # Showing

    def show_maps(
        self, state: State, second: Second, query: Query, made: Comparison | None
    ) -> None:
        """Show a comparison; until both models have looked, what there is of it."""
        self._state, self._query, self._comparison = state, query, made
        maps: tuple[Heatmap | None, ...]
        overlay, frame = state.overlay, frame_of(state, state.picture)
        self.first.show_picture(state.picture, frame)
        self.second.show_picture(state.picture, frame_of(second, state.picture))
        self.difference.show_picture(state.picture, frame)
        if made is not None:
            maps = made.first, made.second, made.difference.heatmap
        else:
            own = heatmap(state.trace, query, overlay.shared_scale) if state.trace else None
            maps = own, None, None
        for view, shown in zip(self.views, maps, strict=True):
            view.show_map(shown, overlay)
        self._tell(state, second)

    def _tell(self, state: State, second: Second) -> None:
        """Say below the maps that are not there why they are not."""
        for told, view in ((state, self.first), (second, self.second)):
            view.show_status(self._why_no_map(told))
        if state.trace is not None and second.trace is not None:
            self.difference.show_status("")
        elif second.trace_problem is not None:
            self.difference.show_status(self.tr("no difference"))
        else:
            self.difference.show_status(self.tr("waiting for both"))

    def _why_no_map(self, told: State | Second) -> str:
        """Why a model's map is not there; "" where it is."""
        if told.trace is not None:
            return ""
        if told.trace_problem is not None:
            return self.tr("no map")
        return self.tr("looking…") if told.model is not None else self.tr("loading…")

    def show_marks(self, state: State) -> None:
        """Mark in every map the patch that looks, and the one under the mouse."""
        self._state = state
        token = self._query.token
        patch = token if isinstance(token, tuple) else None
        for view in (self.first, self.difference):
            view.show_marks(patch, state.hovered)
        self.second.show_marks(self._second_query(patch), self._hovered_in_second(state.hovered))

    def _second_query(self, patch: Patch | None) -> Patch | None:
        second = self._state.second
        if self._comparison is not None:
            token = self._comparison.second_query.token
            return token if isinstance(token, tuple) else None
        return same_place(patch, self._state, second) if patch and second else None

    def _hovered_in_second(self, hovered: Patch | None) -> Patch | None:
        """The second's patch at the hovered place: the very one under the mouse, where it is there.

        Of patches that are larger than the second's, the middle would lie in another one.
        """
        second = self._state.second
        if self._under_mouse is not None and self._in_first(self._under_mouse) == hovered:
            return self._under_mouse
        return same_place(hovered, self._state, second) if hovered and second else None

    def follow(self, view: View | None) -> None:
        """Look where others look."""
        for shown in self.views:
            shown.canvas.follow(view)

    # Wishes

    def _in_first(self, patch: Patch | None) -> Patch | None:
        second = self._state.second
        return same_place(patch, second, self._state) if patch and second else None

    def _hover_second(self, patch: Patch | None) -> None:
        self._under_mouse = patch
        self._wishes.patch_hovered.emit(self._in_first(patch))

    def _ask_from_second(self, row: int, column: int) -> None:
        patch = self._in_first((row, column))
        if patch is not None:
            self._ask_from(patch)

    def _remember_query(self) -> None:
        self._query_before = self._state.query

    def _fit_instead(self, canvas: Canvas) -> None:
        """A double click fits the picture; its first click was no wish for another query."""
        self._wishes.query_chosen.emit(self._query_before)
        canvas.zoom_to_fit()

    def _ask_from(self, patch: Patch) -> None:
        self._wishes.query_chosen.emit(replace(self._query, token=patch))

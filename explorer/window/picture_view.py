"""The middle of the window: the toolbar, the picture with its map, and the colour bar."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..explain.attention import heatmap
from ..records import Heatmap, Patch, Query, WordQuery
from .comparison.maps import Comparison, compare
from .parts.rule import Rule
from .picture.heat_layer import colormap_of
from .picture.legend import Legend
from .picture.overlay_toolbar import OverlayToolbar
from .picture.picture_actions import PictureActions
from .picture.stage import Stage
from .places import frame_of
from .query_range import range_of
from .state import Overlay, State, Store, Wishes
from .word_map import WordMap, map_of_words


def is_waiting(state: State) -> bool:
    """Whether a picture is shown whose map or caption is to come."""
    if state.picture is None:
        return False
    is_writing = state.captioning is not None and state.captioning.is_writing
    return is_writing or _awaits_map(state)


def _awaits_map(state: State) -> bool:
    if state.trace_problem is not None:
        return False
    if state.trace is not None:
        return _awaits_difference(state)
    return state.activity is not None or (state.model is not None and state.model_problem is None)


def _awaits_difference(state: State) -> bool:
    """Whether the second model has yet to look before the difference can be shown."""
    second = state.second
    if second is None or not state.shows_difference:
        return False
    return second.trace is None and second.trace_problem is None and second.model is not None


def _moved(old: State, new: State, *names: str) -> bool:
    return any(getattr(old, name) is not getattr(new, name) for name in names)


_WORDS = ("captioning", "words", "hovered_word", "overlay")
_QUERY = ("trace", "model", "query", "overlay", "second", "shows_difference", "wanted", "words")
_MAP = ("trace", "query", "second", "shows_difference", *_WORDS)
_WORK = (
    *("model", "model_problem", "activity", "picture", "trace", "trace_problem"),
    *("second", "shows_difference", *_WORDS),
)


class PictureView(QWidget):
    """Shows the picture and its map, and lets both be explored by mouse and keys."""

    def __init__(self, store: Store, wishes: Wishes) -> None:
        super().__init__()
        self._store = store
        self._wishes = wishes
        self._heatmap: Heatmap | None = None
        self._comparison: Comparison | None = None  # where the map is a difference
        self._words: WordMap | None = None  # where the map is of words
        self._cell: Patch | None = None  # of that map, under the mouse
        self._query = Query()  # the state's, fitted to what can be asked
        self._asked_before = Query(), WordQuery()  # before the mouse was pressed
        self._build()
        self._arrange()
        self._connect()
        self._words = map_of_words(store.state)
        for show in (self._show_page, self._show_query, self._show_map, self._show_work):
            show(store.state)

    def _build(self) -> None:
        self.toolbar = OverlayToolbar(self._wishes)
        self.stage = Stage(self._wishes)
        self.canvas = self.stage.canvas
        self._rule = Rule()
        self._note = QLabel()
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)
        self._note.setContentsMargins(12, 0, 12, 6)
        self._note.hide()
        self._legend = Legend(self._wishes)
        self._picture_actions = PictureActions(self._wishes, self.canvas)
        self.addActions(self._picture_actions.all)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.toolbar, self._legend, self._note, self._rule):
            column.addWidget(widget)
        column.addWidget(self.stage, 1)

    def _connect(self) -> None:
        self.canvas.patch_hovered.connect(self._hover)
        self.canvas.view_moved.connect(self._wishes.view_chosen)
        self.canvas.choosing_began.connect(self._remember_asked)
        self.canvas.patch_chosen.connect(self._choose_patch)
        self.canvas.double_clicked.connect(self._fit_instead)
        self.stage.scale_button.clicked.connect(self._switch_scale)
        self.stage.placard.button.clicked.connect(self._wishes.folder_dialog_wished)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Keys beyond those of the actions, and what they do, for Help > Keyboard."""
        return (
            (self.tr("Arrow keys"), self.tr("Picture: move the query to the next patch")),
            (self.tr("Shift+arrow keys"), self.tr("Picture: move it, where it is zoomed")),
            (self.tr("Space and drag"), self.tr("Picture: move it, where it is zoomed")),
        )

    # Showing

    def display(self, old: State, new: State) -> None:
        """Show what moved between two states."""
        if _moved(old, new, "folder", "path", "picture", "picture_problem"):
            self._show_page(new)
        showed_words = self._words is not None
        if _moved(old, new, *_WORDS):
            self._words = map_of_words(new)
        if _moved(old, new, *_QUERY) or showed_words != (self._words is not None):
            self._show_query(new)
        if _moved(old, new, "picture", "trace", "model"):
            self.canvas.show_picture(new.picture, frame_of(new, new.picture))
            self._tell_view(old, new)
        if _moved(old, new, "view"):
            self.canvas.follow(new.view)
        if _moved(old, new, *_MAP):
            self._show_map(new)
        if _moved(old, new, "model", "wanted", *_MAP):
            self._legend.display(new, self._heatmap, self._words is not None)
        if _moved(old, new, "hovered", *_MAP):
            self._show_marks(new)
        if _moved(old, new, *_WORK):
            self._show_work(new)

    def _tell_view(self, old: State, new: State) -> None:
        """Another picture may be shown whole, though the last one was zoomed to a part."""
        if new.picture is not old.picture and new.view is not None:
            self._wishes.view_chosen.emit(self.canvas.view)

    def _show_page(self, state: State) -> None:
        if state.picture is None:
            self._tell_absence(state)
        self.stage.show_page(picture=state.picture is not None)
        self.toolbar.overlay_bar.setEnabled(state.picture is not None)
        has_begun = state.folder is not None or state.path is not None
        for widget in (self.toolbar, self._rule):
            widget.setVisible(has_begun)

    def _tell_absence(self, state: State) -> None:
        placard, problem = self.stage.placard, state.picture_problem
        if state.path is not None and problem is not None:
            placard.tell(state.path.name, problem.message, problem.hint)
        elif state.path is not None:
            placard.tell("", self.tr("Reading {0}…").format(state.path.name))
        elif state.folder is not None:
            placard.tell("", self.tr("Choose a picture to see what the model sees."))
        else:
            placard.tell(
                self.tr("See what a vision transformer sees"),
                self.tr("Open a folder of pictures, or drop one here."),
                self.tr("Every layer, every head, from every patch."),
                has_action=True,
            )

    def _show_query(self, state: State) -> None:
        offered = range_of(state, state.query)
        self._query = offered.fit(state.query) if offered else state.query
        difference = state.shows_difference if state.second is not None else None
        is_diverging = bool(difference) and self._words is None
        self.toolbar.display(offered, self._query, state.overlay, difference, is_diverging)
        self._picture_actions.display(offered, self._query, state.overlay, state.words)
        note = self._describe_decision(state)
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _describe_decision(self, state: State) -> str:
        """Why the query is no class token, where the model does not decide by one."""
        model = state.trace or state.model
        if model is None or model.decision == "class token":
            return ""
        if model.decision == "pooling head":
            how = self.tr("This model decides by a pooling head, whose own query is shown first.")
        else:
            how = self.tr("This model decides by the mean of its patches, which is shown first.")
        if "class" in model.grid.prefix:
            return how + " " + self.tr("Its class token does not decide.")
        return how

    def _show_map(self, state: State) -> None:
        """The map of words where some are asked for; else a model's, or two models' difference."""
        self._comparison, self._heatmap = None, None
        if self._words is not None:
            self._heatmap = self._words.heatmap
        elif state.shows_difference:
            self._comparison = compare(state, self._query)
        if self._comparison is not None:
            self._heatmap = self._comparison.difference.heatmap
        elif self._words is None and state.trace is not None:
            self._heatmap = heatmap(state.trace, self._query, state.overlay.shared_scale)
        if self._heatmap is not None:
            self.canvas.setAccessibleDescription(self._heatmap.title)
        label = self._comparison.describe if self._comparison is not None else None
        frame = self._words.caption.frame if self._words is not None else None
        self.canvas.show_heatmap(self._heatmap, state.overlay, label, frame)
        self._show_scale(state.overlay)

    def _show_scale(self, overlay: Overlay) -> None:
        """The colour bar, and the button below it."""
        shown = self._heatmap if overlay.visible else None
        colors = colormap_of(shown, overlay) if shown is not None else overlay.colormap
        ends = self.tr("second"), self.tr("first")
        are_two = self._comparison is not None
        self.stage.color_bar.show_scale(shown, colors, ends if are_two else ("", ""))
        button, shared = self.stage.scale_button, overlay.shared_scale
        button.setVisible(shown is not None)
        button.setText(self.tr("shared scale") if shared else self.tr("own scale"))
        button.setToolTip(self._explain_scale(shared, are_two))

    def _explain_scale(self, shared: bool, are_two: bool) -> str:
        if self._words is not None and shared:
            return self.tr("Up to the maximum of all words; click for this map’s own")
        if self._words is not None:
            return self.tr("Up to this map’s own maximum; click for that of all words")
        if shared and are_two:
            return self.tr("As far as the maximum of all layers and heads of both models reaches")
        if shared:
            return self.tr("Up to the maximum of all layers and heads; click for this map's own")
        return self.tr("Up to this map's own maximum; click for that of all layers and heads")

    def _show_marks(self, state: State) -> None:
        """The model's query and the patch under the mouse; of a word's map, the captioner's."""
        if self._words is None:
            self._cell = None
        token, hovered = self._query.token, self._cell if self._words else state.hovered
        self.canvas.show_marks(token if isinstance(token, tuple) else None, hovered)
        self.stage.color_bar.show_marker(self.canvas.value_of(hovered))

    def _show_work(self, state: State) -> None:
        self.stage.busy_line.show_busy(is_waiting(state))
        card, keys = self.stage.model_card, self.window().focusWidget()
        had_keys = keys is not None and card.isAncestorOf(keys)
        card.display(state)
        if self._words is not None:
            card.hide()  # a captioner needs no model
        if had_keys and card.isHidden():
            self.canvas.setFocus()  # else Qt gives them to any button
        self.stage.place_floating()

    # Wishes

    def _switch_scale(self) -> None:
        overlay = self._store.state.overlay
        self._wishes.overlay_chosen.emit(replace(overlay, shared_scale=not overlay.shared_scale))

    def _hover(self, patch: Patch | None) -> None:
        """Cells of a captioner are nobody else's business."""
        if self._words is None:
            self._wishes.patch_hovered.emit(patch)
        else:
            self._cell = patch
            self._show_marks(self._store.state)

    def _remember_asked(self) -> None:
        self._asked_before = self._store.state.query, self._store.state.words

    def _choose_patch(self, row: int, column: int) -> None:
        self._wishes.query_chosen.emit(replace(self._query, token=(row, column)))

    def _fit_instead(self) -> None:
        """A double click fits the picture; its first click was no wish for another query."""
        query, words = self._asked_before
        self._wishes.query_chosen.emit(query)
        self._wishes.words_chosen.emit(words)
        self.canvas.zoom_to_fit()

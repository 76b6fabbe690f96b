"""The window's whole state: one frozen record, changed in one place, announced by one signal."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError
from ..images import colormaps
from ..records import (
    DEFAULT_MODEL,
    Caption,
    CaptionerInfo,
    CaptionerWeights,
    Framing,
    ModelInfo,
    Patch,
    Picture,
    Positions,
    Query,
    Trace,
    Weights,
    WordQuery,
    Writing,
)
from ..training.data.examples import LabelledPictures
from ..training.evaluation.evaluation import Evaluation
from .training.seen import RunSeen

PINS = 2  # two patches are compared


@dataclass(frozen=True)
class Overlay:
    """How a heatmap is painted over the picture."""

    visible: bool = True
    opacity: float = 0.65  # 0..1
    colormap: str = "inferno"
    smooth: bool = True  # interpolate between patches, or show each as it is
    shared_scale: bool = False  # one scale for all layers and heads
    diverging: str = colormaps.ON_PICTURE  # the colour map of what has a sign


@dataclass(frozen=True)
class View:
    """The part of a picture that whoever shows it looks at."""

    picture_size: tuple[int, int]  # width, height: a view of one size is none of another
    region: tuple[float, float, float, float]  # left, top, right, bottom in picture pixels


@dataclass(frozen=True)
class Options:
    """How models compute; the controller makes the model anew where one changes."""

    device: str = "auto"  # "auto", "cuda", "mps", "cpu"
    precision: Literal["float32", "bfloat16"] = "float32"
    framing: Framing | None = None  # None = the model's own


@dataclass(frozen=True)
class Activity:
    """Long work that the status bar shows."""

    text: str
    done: float | None = None  # 0..1; None where nobody knows
    cancellable: bool = False


@dataclass(frozen=True, eq=False)
class Second:
    """A second model, opened beside the first: it looks at the same picture, for the same query."""

    wanted: Weights
    model: ModelInfo | None = None  # None while it is being loaded
    positions: Positions | None = None
    trace: Trace | None = None  # of the state's picture; None until it is there
    trace_problem: ExplorerError | None = None
    traced_in: float | None = None  # seconds that the trace took; None from the cache


@dataclass(frozen=True, eq=False)
class Captioning:
    """A captioner that is open, and what it says of the state's picture."""

    wanted: CaptionerWeights
    captioner: CaptionerInfo | None = None  # None while it is being loaded
    problem: ExplorerError | None = None  # why it could not be loaded
    caption: Caption | None = None  # of the state's picture; None until it is there
    caption_problem: ExplorerError | None = None  # why there is none
    is_writing: bool = False  # another caption is on its way; the last one stays until it is there
    written_in: float | None = None  # seconds that the caption took; None from the cache


Which = Literal["first", "second"]  # of the models that are open
CaptionView = Literal["words", "strip"]  # a caption as chips, or as a strip of pictures


@dataclass(frozen=True, eq=False)
class Selection:
    """Some pictures that have something in common, shown instead of the folder's."""

    title: str  # what they have in common, after “23 pictures: ”
    paths: tuple[Path, ...]  # in the order in which they are shown


@dataclass(frozen=True, eq=False)
class Evaluating:
    """An evaluation that somebody wished for; on its way until one of the last two is there."""

    source: Path | LabelledPictures  # a run's folder, or pictures that a model looks at
    title: str  # which model, on which pictures
    share: float | None = None  # 0..1 of the pictures that it has looked at
    evaluation: Evaluation | None = None
    problem: ExplorerError | None = None  # why there is none


@dataclass(frozen=True, eq=False)
class State:
    """Everything the window shows. Replaced, never changed."""

    folder: Path | None = None
    include_subfolders: bool = False
    selection: Selection | None = None  # shown instead of the folder's pictures
    path: Path | None = None  # the chosen picture, also while it is being read
    neighbours: tuple[Path, ...] = ()  # pictures worth tracing ahead, the next first
    picture: Picture | None = None  # of `path`, once decoded
    picture_problem: ExplorerError | None = None  # why `path` cannot be shown
    wanted: Weights = DEFAULT_MODEL
    model: ModelInfo | None = None  # the loaded one
    model_problem: ExplorerError | None = None  # why `wanted` could not be loaded
    options: Options = field(default_factory=Options)
    positions: Positions | None = None  # of `model`
    trace: Trace | None = None  # of `picture` by `model`; None until it is there
    trace_problem: ExplorerError | None = None  # why `model` cannot trace `picture`
    traced_in: float | None = None  # seconds that the trace took; None from the cache
    query: Query = field(default_factory=Query)
    hovered: Patch | None = None
    pins: tuple[Patch, ...] = ()  # patches whose position similarity stays: at most PINS
    second: Second | None = None  # None where one model is open
    shows_difference: bool = False  # the overlay: the first model's map less the second's
    captioning: Captioning | None = None  # None where no captioner is open
    writing: Writing = field(default_factory=Writing)
    words: WordQuery = field(default_factory=WordQuery)
    caption_view: CaptionView = "words"
    hovered_word: int | None = None  # place of a token whose word is shown while the mouse is there
    overlay: Overlay = field(default_factory=Overlay)
    view: View | None = None  # what was zoomed to; None = all of the picture
    runs: tuple[RunSeen, ...] = ()  # all that were found, the newest first
    shown_runs: tuple[Path, ...] = ()  # folders of the runs whose curves are shown, as chosen
    evaluating: Evaluating | None = None  # the last evaluation that was wished for
    activity: Activity | None = None

    @property
    def seen_runs(self) -> tuple[RunSeen, ...]:
        """What is known of the runs that are shown."""
        found = {seen.folder: seen for seen in self.runs}
        return tuple(found[folder] for folder in self.shown_runs if folder in found)


class Store(QObject):
    """Holds the state; `update` replaces it and tells everybody, once."""

    changed = Signal(object, object)  # old State, new State

    def __init__(self, state: State | None = None) -> None:
        super().__init__()
        self.state = state or State()
        self._untold: deque[tuple[State, State]] = deque()  # changes that nobody was told yet

    def update(self, **changes: Any) -> None:
        """Replace fields of the state; says nothing where nothing moved.

        Who hears of a change may make another one: that is told when all have heard of the first,
        so that everybody hears of all changes in their order.
        """
        old = self.state
        if all(_same(getattr(old, name), value) for name, value in changes.items()):
            return
        self.state = replace(old, **changes)
        self._untold.append((old, self.state))
        if len(self._untold) == 1:
            self._tell()

    def _tell(self) -> None:
        while self._untold:
            self.changed.emit(*self._untold[0])
            self._untold.popleft()


def _same(old: object, new: object) -> bool:
    return old is new or (type(old).__eq__ is not object.__eq__ and old == new)


class Wishes(QObject):
    """What panels and menus may ask for; the controller grants it. Panels do not compute."""

    folder_dialog_wished = Signal()
    folder_chosen = Signal(Path)
    subfolders_chosen = Signal(bool)
    selection_chosen = Signal(object)  # Selection, or None for the folder's pictures again
    picture_chosen = Signal(Path, tuple)  # path, neighbours (the next first)
    model_dialog_wished = Signal()
    checkpoint_dialog_wished = Signal()
    weights_chosen = Signal(Weights)
    download_wished = Signal()  # fetch the wanted model's weights
    cancel_wished = Signal()
    self_check_wished = Signal()
    options_chosen = Signal(Options)
    query_chosen = Signal(Query)
    patch_hovered = Signal(object)  # Patch, or None where the mouse is nowhere
    pins_chosen = Signal(tuple)  # of Patch, at most PINS
    overlay_chosen = Signal(Overlay)
    second_dialog_wished = Signal()  # choose a second model from the list
    second_checkpoint_dialog_wished = Signal()
    second_chosen = Signal(Weights)
    second_closed = Signal()
    models_swapped = Signal()  # the second becomes the first, and the first the second
    difference_chosen = Signal(bool)
    captioner_dialog_wished = Signal()
    captioner_chosen = Signal(CaptionerWeights)
    captioner_download_wished = Signal()  # fetch the wanted captioner's weights and vocabulary
    captioner_closed = Signal()
    writing_chosen = Signal(Writing)
    beginning_chosen = Signal(object)
    # a sentence, or tokens: the caption begins so, and the captioner goes on; () = all is its own
    words_chosen = Signal(WordQuery)
    caption_view_chosen = Signal(str)  # a CaptionView
    strip_wished = Signal(Path)  # the shown caption's strip as a picture file
    word_hovered = Signal(object)  # place of a token, or None where the mouse is over no word
    view_chosen = Signal(object)  # View, or None for all of the picture
    fine_tune_dialog_wished = Signal()
    runs_chosen = Signal(tuple)  # folders (Path) of the runs whose curves are to be shown
    run_begun = Signal(Path)  # a run's folder was made, and its process started
    run_paused = Signal(Path)  # after the step that it is in
    run_resumed = Signal(Path)  # go on, whether it is paused or ended; begin, where it is new
    run_stopped = Signal(Path)  # save all and end, after the step that it is in
    run_discarded = Signal(Path)  # end it, and delete its folder: whoever wishes it has asked
    run_renamed = Signal(Path, str)
    run_compared = Signal(Path)  # open what it began with, and its best beside it
    evaluation_dialog_wished = Signal()
    evaluation_wished = Signal(object)
    # a run's folder (Path): what its best model says of the validation pictures; LabelledPictures,
    # for the first model to look at; or None: what is on its way is not wanted any more
    model_evaluated = Signal(LabelledPictures, object)
    # by a model that is open (Which), or by Weights, which are opened as the first one for it
    evaluation_exported = Signal(Path)  # file: .json for the whole report, .csv for each picture
    runs_exported = Signal(Path, str)  # file (.csv or .md), which table: "runs" or "settings"

"""Grants wishes: has pictures read, models loaded and traces made, and puts them in the state."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from ..errors import ExplorerError, WeightsMissing
from ..images.reading import read_picture
from ..records import (
    MEAN_OF_PATCHES,
    POOLING_HEAD,
    Framing,
    ModelInfo,
    Picture,
    Query,
    Token,
    Trace,
    Weights,
)
from .cache import Cache
from .state import Activity, Options, Store, Wishes
from .worker import AHEAD, Task, Worker

if TYPE_CHECKING:
    from ..models.vit import ViT

T = TypeVar("T")
Loading = tuple[Callable[[Task], "ViT"], Callable[["ViT"], None], Callable[[ExplorerError], None]]
MEGABYTE = 2**20
TRACE_BYTES = 512 * MEGABYTE
PICTURE_BYTES = 256 * MEGABYTE
PATIENCE_MS = 150  # the last picture stays this long while the next one is read: no flicker
CANCELLABLE = ("model", "download")

Stamp = tuple[int, int]  # time of change in ns, bytes: another one means another picture
TraceKey = tuple[Path, Stamp, int, Framing]  # int: which loaded model


class LoadViT(Protocol):
    """`explorer.models.vit.load`."""

    def __call__(
        self,
        weights: Weights,
        device: str,
        precision: str,
        *,
        progress: Callable[[str, float | None], None],
        should_stop: Callable[[], bool],
        may_download: bool,
    ) -> ViT: ...


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """A picture, and the state of its file when it was read."""

    path: Path
    picture: Picture
    stamp: Stamp


@dataclass(frozen=True, eq=False)
class ModelInUse:
    """A loaded model, numbered: another number or framing means other traces."""

    vit: ViT
    weights: Weights
    options: Options
    number: int

    def key(self, read: ReadPicture) -> TraceKey:
        return read.path, read.stamp, self.number, self.vit.info.framing


@dataclass(frozen=True, eq=False)
class Traced:
    """A trace, what it is of, and how long it took."""

    read: ReadPicture
    key: TraceKey
    trace: Trace
    seconds: float


# What workers run: plain functions that know no thread and no window.


def stamp_of(path: Path) -> Stamp:
    """What tells one state of a file from another; zeros where it cannot be asked."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def read(path: Path, known: Stamp | None, _task: Task) -> ReadPicture | None:
    """Decode a picture; None where the file is still as `known`."""
    stamp = stamp_of(path)
    return None if stamp == known else ReadPicture(path, read_picture(path), stamp)


def load_vit(
    load: LoadViT, weights: Weights, options: Options, may_download: bool, task: Task
) -> ViT:
    """Load a model for the chosen device and precision, with its own framing."""
    task.progress(f"Loading {weights.file.name if weights.file else weights.name}")
    return load(
        weights,
        options.device,
        options.precision,
        progress=task.progress,
        should_stop=task.should_stop,
        may_download=may_download,
    )


@cache
def _import_load() -> LoadViT:
    """`models.vit.load`, which brings torch along: on the worker, when the window is there.

    Of torch's 400,000 objects none is ever garbage. Looking at them all would hold every thread
    for a quarter of a second, many times, while they are made and later.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        from ..models.vit import load
    finally:
        gc.freeze()
        if collects:
            gc.enable()
    return load


def load_from_models(weights: Weights, *args: Any, **named: Any) -> ViT:
    """The loader of the program itself; tests give the controller another one."""
    return _import_load()(weights, *args, **named)


def trace(model: ModelInUse, found: ReadPicture, task: Task) -> Traced:
    """Trace a picture that was read."""
    start = time.perf_counter()
    made = model.vit.trace(found.picture, should_stop=task.should_stop)
    return Traced(found, model.key(found), made, time.perf_counter() - start)


def read_and_trace(
    model: ModelInUse, path: Path, known: ReadPicture | None, task: Task
) -> Traced | None:
    """Read and trace a picture ahead; None where it cannot be: whoever chooses it learns why."""
    try:
        found = known or read(path, None, task)
        return trace(model, found, task) if found else None
    except ExplorerError:
        return None


def check(vit: ViT, picture: Picture, task: Task) -> str:
    """Compare what is recorded with what the model used, in one sentence."""
    task.progress("Checking the recorded attention")
    return str(vit.self_check(picture))


def fitting(query: Query, model: ModelInfo) -> Query:
    """The query, with what this model does not have replaced by its defaults."""
    layer = query.layer if -model.layers <= query.layer < model.layers else -1
    fits = isinstance(query.head, str) or 0 <= query.head < model.heads
    token = query.token if _has(model, query.token) else None
    return Query(layer, query.head if fits else "mean", token)


def _has(model: ModelInfo, token: Token | None) -> bool:
    if isinstance(token, tuple):
        return token[0] < model.grid.rows and token[1] < model.grid.columns
    pooled = {"mean of patches": MEAN_OF_PATCHES, "pooling head": POOLING_HEAD}
    return token in (None, pooled.get(model.decision), *model.grid.prefix)


class Controller(QObject):
    """Owns the threads, the models and the caches. Only it changes what was computed.

    Pictures are read on a thread of their own, so that they appear at once while a model still
    loads; downloads have another, so that the model in use goes on working.
    """

    problem = Signal(ExplorerError)  # of something that was asked for once; the state is whole
    told = Signal(str)  # one sentence that answers a wish

    def __init__(
        self,
        store: Store,
        wishes: Wishes,
        load: LoadViT = load_from_models,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._load = load
        self._model: ModelInUse | None = None
        self._own_framing: Framing = "squash"  # the model's own, where none is chosen
        self._unloadable: Weights | None = None  # the last that could not be loaded
        self._current: ReadPicture | None = None
        self._ahead: list[Path] = []  # still to trace while nobody waits
        self._going_ahead: Path | None = None  # being traced while nobody waits
        self._active = ""  # the kind of work that the state's activity tells of
        self._pictures: Cache[Path, ReadPicture] = Cache(PICTURE_BYTES)
        self._traces: Cache[TraceKey, Trace] = Cache(TRACE_BYTES)
        self._reader = Worker("reader", self)
        self._computer = Worker("compute", self)
        self._downloader = Worker("download", self)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._forget_picture)
        self._listen(wishes)

    def _listen(self, wishes: Wishes) -> None:
        wishes.folder_chosen.connect(self._choose_folder)
        wishes.subfolders_chosen.connect(lambda on: self._store.update(include_subfolders=on))
        wishes.picture_chosen.connect(self._choose_picture)
        wishes.weights_chosen.connect(self._choose_weights)
        wishes.download_wished.connect(self._download)
        wishes.cancel_wished.connect(self._cancel)
        wishes.self_check_wished.connect(self._self_check)
        wishes.options_chosen.connect(self._choose_options)
        wishes.query_chosen.connect(self._choose_query)
        wishes.patch_hovered.connect(lambda patch: self._store.update(hovered=patch))
        wishes.overlay_chosen.connect(lambda overlay: self._store.update(overlay=overlay))
        for worker in (self._computer, self._downloader):
            worker.progressed.connect(self._show_progress)
            worker.ended.connect(self._end_progress)
        self._computer.idle.connect(self._trace_next)

    def start(self) -> None:
        """Load the wanted model: once the window is on the screen."""
        self._load_wanted()

    def compute(
        self,
        kind: str,
        work: Callable[[Task], T],
        done: Callable[[T], None],
        failed: Callable[[ExplorerError], None] | None = None,
    ) -> None:
        """Have a question answered on the compute thread, where torch may be imported."""
        self._going_ahead = None  # it makes way, and is taken up again later
        self._computer.submit(kind, work, done, failed or self.problem.emit)

    def forget(self, kind: str) -> None:
        """Nobody waits for that answer any more."""
        self._computer.cancel(kind)

    def close(self) -> None:
        """End the threads; a step that runs is waited for, for a while."""
        self._patience.stop()
        workers = (self._reader, self._computer, self._downloader)
        for worker in workers:
            worker.close(timeout=0)  # asks all of them to stop before it waits for the first
        for worker in workers:
            worker.close()
        gc.unfreeze()  # or triton calls all that was frozen a leak, on the console

    # Pictures

    def _choose_folder(self, folder: Path) -> None:
        path = self._store.state.path
        if path is not None and not path.is_relative_to(folder):
            self._reader.cancel("read")
            self._computer.cancel("trace")
            self._store.update(path=None, neighbours=())
            self._forget_picture()
        self._store.update(folder=folder)

    def _choose_picture(self, path: Path, neighbours: tuple[Path, ...]) -> None:
        if path != self._store.state.path or self._current is None:
            self._computer.cancel("trace")
            self._current = None
            self._store.update(path=path, neighbours=neighbours)
        elif neighbours != self._store.state.neighbours:
            self._store.update(neighbours=neighbours)
            self._trace_ahead()
        known = self._pictures.get(path)
        if known is None:
            self._patience.start()
        elif known is not self._current:
            self._show_picture(known)
        self._reader.submit(
            "read",
            partial(read, path, known.stamp if known else None),
            self._show_picture,
            self._show_unreadable,
        )

    def _show_picture(self, found: ReadPicture | None) -> None:
        if found is None:  # the file is still what is shown
            return
        self._patience.stop()
        self._keep_picture(found)
        self._current = found
        self._store.update(
            picture=found.picture,
            picture_problem=None,
            trace=self._known_trace(),
            trace_problem=None,
            traced_in=None,
            hovered=None,
        )
        self._want_trace()

    def _show_unreadable(self, error: ExplorerError) -> None:
        self._pictures.remove(self._store.state.path or Path())
        self._forget_picture()
        self._store.update(picture_problem=error)

    def _forget_picture(self) -> None:
        self._patience.stop()
        self._current = None
        self._store.update(
            picture=None,
            picture_problem=None,
            trace=None,
            trace_problem=None,
            traced_in=None,
            hovered=None,
        )

    def _keep_picture(self, found: ReadPicture) -> None:
        self._pictures.put(found.path, found, found.picture.pixels.nbytes)

    # Traces

    def _known_trace(self) -> Trace | None:
        """The shown picture's trace by the model in use, where it was made before."""
        if self._model is None or self._current is None:
            return None
        return self._traces.get(self._model.key(self._current))

    def _want_trace(self) -> None:
        """Trace the shown picture where that is still to do, then those beside it."""
        if self._model is None or self._current is None:
            return
        if self._store.state.trace is not None:
            self._trace_ahead()
        else:
            work = partial(trace, self._model, self._current)
            self.compute("trace", work, self._show_trace, self._show_untraceable)

    def _show_trace(self, traced: Traced) -> None:
        self._keep_trace(traced)
        self._store.update(trace=traced.trace, traced_in=traced.seconds)
        self._notice_device()
        self._trace_ahead()

    def _show_untraceable(self, error: ExplorerError) -> None:
        self._store.update(trace_problem=error)
        self.problem.emit(error)

    def _keep_trace(self, traced: Traced) -> None:
        self._traces.put(traced.key, traced.trace, traced.trace.nbytes)

    def _notice_device(self) -> None:
        """A model moves to the CPU by itself where the GPU's memory is full."""
        if self._model is not None and self._model.vit.info != self._store.state.model:
            self._store.update(model=self._model.vit.info)
            self.told.emit(
                self.tr("The GPU's memory is full: the model goes on, more slowly, on the CPU.")
            )

    # Traces ahead

    def _trace_ahead(self) -> None:
        """Trace the neighbours while nobody waits, as many as half of the cache holds."""
        shown = self._store.state.trace
        if shown is None:
            return
        room = max(1, self._traces.limit // 2 // shown.nbytes)
        self._ahead = list(self._store.state.neighbours[:room])
        if self._going_ahead not in self._ahead:
            self._going_ahead = None
        self._trace_next()

    def _trace_next(self) -> None:
        while self._ahead and self._model is not None and self._going_ahead is None:
            path = self._ahead[0]
            known = self._pictures.get(path)
            if known is not None and self._model.key(known) in self._traces:
                self._ahead.remove(path)
                continue
            self._going_ahead = path
            work = partial(read_and_trace, self._model, path, known)
            done, failed = partial(self._keep_ahead, path), partial(self._give_up_ahead, path)
            self._computer.submit("ahead", work, done, failed, AHEAD)

    def _keep_ahead(self, path: Path, traced: Traced | None) -> None:
        self._going_ahead = None
        if path in self._ahead:
            self._ahead.remove(path)
        if traced is not None:
            self._keep_picture(traced.read)
            self._keep_trace(traced)
        self._trace_next()

    def _give_up_ahead(self, path: Path, _error: ExplorerError) -> None:
        self._keep_ahead(path, None)  # the log has it; it is said when somebody chooses the picture

    def _stop_ahead(self) -> None:
        self._ahead = []
        self._going_ahead = None
        self._computer.cancel("ahead")

    # Models

    def _choose_weights(self, weights: Weights) -> None:
        self._store.update(wanted=weights)
        self._load_wanted()

    def _load_wanted(self) -> None:
        self._downloader.cancel("download")
        self._store.update(model_problem=None)
        self.compute("model", *self._loading(self._store.state.wanted, may_download=False))

    def _download(self) -> None:
        """Fetch and load what was missing; the model in use goes on meanwhile."""
        weights = self._unloadable or self._store.state.wanted
        work, use, _ = self._loading(weights, may_download=True)
        self._downloader.submit("download", work, use, partial(self._fail_to_fetch, weights))

    def _loading(self, weights: Weights, may_download: bool) -> Loading:
        """How to load a model, and what to do when that is done or failed."""
        options = self._store.state.options
        return (
            partial(load_vit, self._load, weights, options, may_download),
            partial(self._use, weights, options),
            partial(self._fail, weights),
        )

    def _fail(self, weights: Weights, error: ExplorerError) -> None:
        """The model in use goes on, with its options, where another one cannot be had."""
        self._unloadable = weights
        if self._model is None:
            self._store.update(model_problem=error)
        else:
            self._take_back()
            self.problem.emit(error)

    def _fail_to_fetch(self, weights: Weights, error: ExplorerError) -> None:
        """The weights are still missing: the download is offered again, with its reason."""
        self._fail(weights, WeightsMissing(error.message, error.hint))

    def _take_back(self) -> None:
        if self._model is not None:
            framing = self._store.state.options.framing
            options = replace(self._model.options, framing=framing)
            self._store.update(wanted=self._model.weights, options=options)

    def _use(self, weights: Weights, options: Options, vit: ViT) -> None:
        """Put a loaded model in the place of the last one."""
        self._unloadable = None
        self._own_framing = vit.info.framing
        number = self._model.number + 1 if self._model else 1
        self._store.update(wanted=weights)
        self._use_framed(ModelInUse(self._reframed(vit), weights, options, number))

    def _reframed(self, vit: ViT) -> ViT:
        return vit.reframed(self._store.state.options.framing or self._own_framing)

    def _use_framed(self, model: ModelInUse) -> None:
        self._computer.cancel("trace")
        self._stop_ahead()
        self._model = model
        self._store.update(
            model=model.vit.info,
            model_problem=None,
            trace=self._known_trace(),
            trace_problem=None,
            traced_in=None,
            query=fitting(self._store.state.query, model.vit.info),
        )
        self._want_trace()

    def _choose_options(self, options: Options) -> None:
        old = self._store.state.options
        self._store.update(options=options)
        if replace(options, framing=old.framing) != old:
            self._load_wanted()
        elif self._model is not None:
            self._use_framed(replace(self._model, vit=self._reframed(self._model.vit)))

    def _self_check(self) -> None:
        if self._model is None or self._current is None:
            self.problem.emit(
                ExplorerError(
                    self.tr("There is nothing to check yet."),
                    hint=self.tr("Open a picture, and a model."),
                )
            )
            return
        work = partial(check, self._model.vit, self._current.picture)
        self.compute("self-check", work, self.told.emit)

    # Wishes about what is shown

    def _choose_query(self, query: Query) -> None:
        model = self._store.state.model
        self._store.update(query=fitting(query, model) if model else query)

    # Long work

    def _show_progress(self, kind: str, text: str, fraction: float | None) -> None:
        self._active = kind
        self._store.update(activity=Activity(text, fraction, kind in CANCELLABLE))

    def _end_progress(self, kind: str) -> None:
        if kind == self._active:
            self._active = ""
            self._store.update(activity=None)

    def _cancel(self) -> None:
        """Stop long work; where that leaves no model, say what to do next."""
        self._computer.cancel("model")
        self._downloader.cancel("download")
        self._end_progress(self._active)
        self._take_back()
        if self._model is None and self._store.state.model_problem is None:
            problem = ExplorerError(
                self.tr("No model is loaded: that was cancelled."),
                hint=self.tr("Load it again, or choose another one."),
            )
            self._store.update(model_problem=problem)

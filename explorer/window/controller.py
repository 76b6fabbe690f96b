"""Grants wishes: has pictures read, models loaded and traces made, and puts them in the state."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError
from ..records import Trace, Weights
from .asking import Asking
from .cache import Cache
from .captioner_work import LoadCaptioner, load_captioner_from_models
from .evaluation.evaluations import Evaluations
from .long_work import LongWork, Stoppable
from .model_slot import ModelSlot
from .open_captioner import OpenCaptioner
from .pictures import Pictures
from .state import Options, Second, State, Store, Which, Wishes
from .strip_saving import StripSaving
from .tracing_ahead import TracingAhead
from .training.watching import RunWatch
from .work import (
    LoadViT,
    ModelInUse,
    ReadPicture,
    Traced,
    TraceKey,
    check,
    load_from_models,
    release,
    trace,
)
from .worker import Task, Worker

T = TypeVar("T")
TRACE_BYTES = 512 * 2**20
PATIENCE = 5.0  # seconds that a step which cannot be stopped is waited for, at the end
OF_A_MODEL = ("wanted", "model", "positions", "trace", "trace_problem", "traced_in")
# what State says of the first model, and Second of the second


class Controller(QObject):
    """Owns the threads, the models and the caches. Only it changes what was computed.

    Downloads have a thread of their own, and captioners are loaded on another one, so that the
    models in use go on working.
    """

    problem = Signal(ExplorerError)  # of something that was asked for once; the state is whole
    told = Signal(str)  # one sentence that answers a wish

    def __init__(
        self,
        store: Store,
        wishes: Wishes,
        load: LoadViT = load_from_models,
        load_captioner: LoadCaptioner = load_captioner_from_models,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._asking = Asking(store, wishes, self)
        self._pictures = Pictures(self)
        self._traces: Cache[TraceKey, Trace] = Cache(TRACE_BYTES)
        self._computer = Worker("compute", self)
        self._loader = Worker("captioner", self)  # also for files that are saved
        self._downloader = Worker("download", self)
        self.ahead = TracingAhead(self._computer, self._pictures.known, self._traces, self)
        self._first, self._second = (self._build_slot(name, load) for name in "AB")
        self._missing: tuple[ModelSlot, Weights] | None = None  # the last that could not be loaded
        workers = self._computer, self._loader, self._downloader
        self._captioner = OpenCaptioner(
            store, wishes, self._pictures, load_captioner, self.compute, *workers, self
        )
        self._captions = self._captioner.captions
        self._strips = StripSaving(store, wishes, self._loader, self)
        self.runs = RunWatch(store, wishes, self)
        self._evaluations = Evaluations(store, wishes, self._in_use, self._computer, self)
        self._work = LongWork(store, workers, self._stoppable, self)
        self._listen(wishes)

    def _build_slot(self, name: str, load: LoadViT) -> ModelSlot:
        slot = ModelSlot(name, load, self.compute, self._computer, self._downloader, self)
        slot.loaded.connect(partial(self._use_loaded, slot))
        slot.failed.connect(partial(self._fail, slot))
        slot.given_up.connect(partial(self._give_up, slot))
        return slot

    def _stoppable(self) -> tuple[Stoppable, ...]:
        """Who may have long work done."""
        return *self._slots(), self._captioner.slot, self._captions, self._evaluations

    def _listen(self, wishes: Wishes) -> None:
        wishes.folder_chosen.connect(self._choose_folder)
        wishes.picture_chosen.connect(self._choose_picture)
        wishes.weights_chosen.connect(self._choose_weights)
        wishes.second_chosen.connect(self._choose_second)
        wishes.second_closed.connect(self._close_second)
        wishes.models_swapped.connect(self._swap_models)
        wishes.download_wished.connect(self._download)
        wishes.cancel_wished.connect(self._work.cancel)
        wishes.self_check_wished.connect(self._self_check)
        wishes.options_chosen.connect(self._choose_options)
        self.ahead.traced.connect(self._keep)
        for part in (self._captioner, self._strips, self.runs, self._evaluations):
            part.problem.connect(self.problem)
            part.told.connect(self.told)
        self._pictures.found.connect(self._show_picture)
        self._pictures.unreadable.connect(self._show_no_picture)
        self._pictures.missed.connect(self._show_no_picture)

    def start(self) -> None:
        """Load what is wanted: once the window is on the screen."""
        self._load_wanted()
        self._captioner.start()
        self.runs.start()

    def compute(
        self,
        kind: str,
        work: Callable[[Task], T],
        done: Callable[[T], None],
        failed: Callable[[ExplorerError], None] | None = None,
    ) -> None:
        """Have a question answered on the compute thread, where torch may be imported."""
        self.ahead.make_way()
        self._computer.submit(kind, work, done, failed or self.problem.emit)

    def forget(self, kind: str) -> None:
        """Nobody waits for that answer any more."""
        self._computer.cancel(kind)

    def close(self) -> None:
        """End the threads; a step that runs is waited for, for a while."""
        threads = self._pictures, self._computer, self._loader, self._downloader
        workers = *threads, self.runs, self._evaluations
        for timeout in (0.0, PATIENCE):  # asks all of them to stop before it waits for the first
            for worker in workers:
                worker.close(timeout)
        gc.unfreeze()  # or triton calls all that was frozen a leak, on the console

    # What the state says of the two models

    def _in_use(self, which: Which) -> ModelInUse | None:
        return (self._first if which == "first" else self._second).in_use

    def _slots(self) -> tuple[ModelSlot, ModelSlot]:
        return self._first, self._second

    def _shown(self, slot: ModelSlot) -> State | Second | None:
        """Where the state tells of a slot's model; None where no second one is open."""
        state = self._store.state
        return state if slot is self._first else state.second

    def _show(self, slot: ModelSlot, **changes: Any) -> None:
        """Change what the state says of a slot's model."""
        second = self._store.state.second
        if slot is self._first:
            self._store.update(**changes)
        elif second is not None:
            self._store.update(second=replace(second, **changes))

    def _known(self) -> dict[str, Any]:
        """What was made before of the shown picture: its traces by both models, its caption."""
        changes, second = self._known_trace(self._first), self._store.state.second
        if second is not None:
            changes["second"] = replace(second, **self._known_trace(self._second))
        return changes | self._captions.known()

    def _known_trace(self, slot: ModelSlot) -> dict[str, Any]:
        known = None
        if slot.in_use is not None and self._pictures.current is not None:
            known = self._traces.get(slot.in_use.key(self._pictures.current))
        return {"trace": known, "trace_problem": None, "traced_in": None}

    # Pictures

    def _choose_folder(self, folder: Path) -> None:
        path = self._store.state.path
        if path is not None and not path.is_relative_to(folder):
            self._pictures.choose_none()
            self._leave_picture()
            self._store.update(path=None, neighbours=())
            self._show_no_picture()
        self._store.update(folder=folder, selection=None)

    def _choose_picture(self, path: Path, neighbours: tuple[Path, ...]) -> None:
        if not self._pictures.shows(path):
            self._leave_picture()
            self._store.update(path=path, neighbours=neighbours)
        elif neighbours != self._store.state.neighbours:
            self._store.update(neighbours=neighbours)
            self._trace_ahead()
        self._pictures.choose(path)

    def _show_picture(self, found: ReadPicture) -> None:
        self._store.update(
            picture=found.picture, picture_problem=None, hovered=None, **self._known()
        )
        for slot in self._slots():
            self._want_trace(slot)
        self._captions.want()

    def _show_no_picture(self, problem: ExplorerError | None = None) -> None:
        self._store.update(picture=None, picture_problem=problem, hovered=None, **self._known())

    # Traces

    def _want_trace(self, slot: ModelSlot) -> None:
        """Trace the shown picture where that is still to do, then those beside it."""
        shown = self._shown(slot)
        if slot.in_use is None or self._pictures.current is None or shown is None:
            return
        if shown.trace is not None:
            self._trace_ahead()
            return
        work = partial(trace, slot.in_use, self._pictures.current)
        done, failed = partial(self._show_trace, slot), partial(self._show_untraceable, slot)
        self.compute(slot.tracing_kind, work, done, failed)

    def _leave_picture(self) -> None:
        """Nobody waits any more for what was to be made of the picture that is shown."""
        for slot in self._slots():
            self._computer.cancel(slot.tracing_kind)
        self._captions.stop()

    def _show_trace(self, slot: ModelSlot, traced: Traced) -> None:
        self._keep(traced)
        self._show(slot, trace=traced.trace, traced_in=traced.seconds)
        self._notice_device(slot)
        self._trace_ahead()

    def _show_untraceable(self, slot: ModelSlot, error: ExplorerError) -> None:
        self._show(slot, trace_problem=error)
        self.problem.emit(error)

    def _keep(self, traced: Traced) -> None:
        self._pictures.keep(traced.read)
        self._traces.put(traced.key, traced.trace, traced.trace.nbytes)

    def _clear_up(self) -> None:
        """Let go of the traces of models that are no longer in use, and of the memory."""
        numbers = [slot.in_use.number for slot in self._slots() if slot.in_use is not None]
        self._traces.keep(lambda key: key[2] in numbers)
        self.compute("release", release, lambda _none: None)

    def _notice_device(self, slot: ModelSlot) -> None:
        """A model moves to the CPU by itself where the GPU's memory is full."""
        shown = self._shown(slot)
        if slot.in_use is None or shown is None or slot.in_use.vit.info == shown.model:
            return
        self._show(slot, model=slot.in_use.vit.info)
        self.told.emit(
            self.tr("The GPU's memory is full: the model goes on, more slowly, on the CPU.")
        )

    def _trace_ahead(self) -> None:
        """Trace the neighbours while nobody waits, as many as half of the cache holds."""
        shown = {slot: self._shown(slot) for slot in self._slots()}
        traces = {slot: told.trace for slot, told in shown.items() if told and told.trace}
        if not traces:
            return
        room = max(1, self._traces.limit // 2 // sum(made.nbytes for made in traces.values()))
        paths = self._store.state.neighbours[:room]
        self.ahead.begin([(path, slot) for path in paths for slot in traces])

    # Models

    def _choose_weights(self, weights: Weights) -> None:
        self._store.update(wanted=weights)
        self._load_wanted()

    def _load_wanted(self) -> None:
        self._store.update(model_problem=None)
        self._first.load(self._store.state.wanted, self._store.state.options)

    def _download(self) -> None:
        """Fetch and load what was missing; the models in use go on meanwhile."""
        slot, weights = self._missing or (self._first, self._store.state.wanted)
        if slot is self._second:
            self._want_second(weights)
        slot.fetch(weights, self._store.state.options)

    def _use_loaded(self, slot: ModelSlot) -> None:
        """Put a loaded model in the place of the last one."""
        assert slot.in_use is not None
        slot.reframe(self._store.state.options.framing)
        if self._missing is not None and self._missing[0] is slot:
            self._missing = None
        self._use(slot, wanted=slot.in_use.weights)
        self._clear_up()

    def _use(self, slot: ModelSlot, **changes: Any) -> None:
        """Show a slot's model, another one or framed anew, and trace the picture with it."""
        assert slot.in_use is not None
        self._computer.cancel(slot.tracing_kind)
        self.ahead.stop()
        info = slot.in_use.vit.info
        changes.update(model=info, positions=slot.in_use.positions, **self._known_trace(slot))
        if slot is self._first:
            changes.update(model_problem=None, **self._asking.fitted(info))
        self._show(slot, **changes)
        self._want_trace(slot)

    def _fail(self, slot: ModelSlot, weights: Weights, error: ExplorerError) -> None:
        """The models in use go on, with their options, where another one cannot be had."""
        self._missing = slot, weights
        if slot is self._first and slot.in_use is None:
            self._store.update(model_problem=error)
        else:
            self._take_back(slot)
            self.problem.emit(error)

    def _give_up(self, slot: ModelSlot) -> None:
        """Where a cancelled model leaves none, say what to do next."""
        self._take_back(slot)
        if self._first.in_use is None and self._store.state.model_problem is None:
            problem = ExplorerError(
                self.tr("No model is loaded: that was cancelled."),
                hint=self.tr("Load it again, or choose another one."),
            )
            self._store.update(model_problem=problem)

    def _take_back(self, slot: ModelSlot) -> None:
        """Want no other model in a slot than the one in use; the second closes where none is."""
        if slot.in_use is not None:
            self._show(slot, wanted=slot.in_use.weights)
        if slot is self._second and slot.in_use is None:
            self._close_second()
        if slot is self._first and slot.in_use is not None:
            framing = self._store.state.options.framing
            self._store.update(options=replace(slot.in_use.options, framing=framing))
            self._settle(self._second)
            self._captioner.settle()

    def _choose_options(self, options: Options) -> None:
        old = self._store.state.options
        self._store.update(options=options)
        if replace(options, framing=old.framing) != old:
            self._store.update(model_problem=None)
            for slot in self._slots():
                self._settle(slot)
            self._captioner.settle()
            return
        for slot in self._slots():
            if slot.in_use is not None:
                slot.reframe(options.framing)
                self._use(slot)

    def _settle(self, slot: ModelSlot) -> None:
        """Have a slot's model be the one that is wanted, for the options that are chosen."""
        shown = self._shown(slot)
        if shown is not None:
            slot.settle(shown.wanted, self._store.state.options)

    def _self_check(self) -> None:
        if self._first.in_use is None or self._pictures.current is None:
            self.problem.emit(
                ExplorerError(
                    self.tr("There is nothing to check yet."),
                    hint=self.tr("Open a picture, and a model."),
                )
            )
            return
        work = partial(check, self._first.in_use.vit, self._pictures.current.picture)
        self.compute("self-check", work, self.told.emit)

    # The second model

    def _choose_second(self, weights: Weights) -> None:
        if self._first.in_use is None:
            self.problem.emit(
                ExplorerError(
                    self.tr("There is no model yet to compare another one with."),
                    hint=self.tr("Open one first."),
                )
            )
            return
        self._want_second(weights)
        self._second.load(weights, self._store.state.options)

    def _want_second(self, weights: Weights) -> None:
        if self._store.state.second is None:
            self._store.update(second=Second(weights))
        else:
            self._show(self._second, wanted=weights)

    def _close_second(self) -> None:
        """Let go of the second model, of its traces, and of all work with it."""
        if self._store.state.second is None:
            return
        self._second.close()
        self.ahead.stop()
        self._clear_up()
        self._store.update(second=None, shows_difference=False)
        self._trace_ahead()

    def _swap_models(self) -> None:
        """Exchange the two at once; work that runs goes on, and its answer finds the new place."""
        state, second = self._store.state, self._store.state.second
        if state.model is None or second is None or second.model is None:
            return
        self._first, self._second = self._second, self._first
        self._store.update(
            second=Second(**_of_a_model(state)),
            **_of_a_model(second),
            **self._asking.carried_over(second),
        )


def _of_a_model(told: State | Second) -> dict[str, Any]:
    return {name: getattr(told, name) for name in OF_A_MODEL}

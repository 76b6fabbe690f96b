"""Grants wishes about evaluations, and puts them in the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ...errors import ExplorerError
from ...records import Weights
from ...training.data.examples import LabelledPictures
from ...training.evaluation.evaluation import Evaluation
from ..once_open import OnceOpen
from ..state import Evaluating, Store, Which, Wishes
from ..words import name_model
from ..work import ModelInUse
from ..worker import AHEAD, Worker
from .looking import Looking, count_up, export, read_run


class Evaluations(QObject):
    """Keeps the state's evaluation: read from a run, or made while nobody else needs the model."""

    problem = Signal(ExplorerError)
    told = Signal(str)

    def __init__(
        self,
        store: Store,
        wishes: Wishes,
        in_use: Callable[[Which], ModelInUse | None],
        computer: Worker,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._in_use = in_use
        self._computer = computer
        self._reader = Worker("evaluation", self)
        self._looking: Looking | None = None
        self._numbers = count(1)
        self._kind = ""  # of the work that looks at pictures: each wish has one of its own
        self._settled: Evaluating | None = None  # the last one that came to an end
        self._once_open = OnceOpen(store, wishes, self)
        wishes.evaluation_wished.connect(self._grant)
        wishes.model_evaluated.connect(self._evaluate)
        wishes.evaluation_exported.connect(self._export)
        computer.progressed.connect(self._show_share)
        computer.ended.connect(self._look_on)

    def is_busy_with(self, kind: str) -> bool:
        """Whether this kind of work looks at pictures."""
        return bool(self._kind) and kind == self._kind

    def give_up(self) -> None:
        """Evaluate no further, because somebody wished so; the last evaluation is shown again."""
        self._stop()
        self._store.update(evaluating=self._settled)

    def close(self, timeout: float) -> None:
        """End the thread."""
        self._stop()
        self._reader.close(timeout)

    def _grant(self, source: Path | LabelledPictures | None) -> None:
        if source is None:
            self.give_up()
        elif isinstance(source, Path):
            self._stop()
            self._store.update(evaluating=Evaluating(source, source.name))
            self._reader.submit("read", partial(read_run, source), self._show, self._fail)
        else:
            self._look(source, "first")

    def _evaluate(self, pictures: LabelledPictures, model: Which | Weights) -> None:
        if isinstance(model, Weights):
            self._once_open.open(model, partial(self._look, pictures, "first"))
        else:
            self._look(pictures, model)

    def _stop(self) -> None:
        """Want nothing any more that is on its way."""
        self._reader.cancel("read")
        self._computer.cancel(self._kind)
        self._looking, self._kind = None, ""

    # Looking at pictures: any wish goes before, and then it goes on

    def _look(self, pictures: LabelledPictures, which: Which) -> None:
        used = self._in_use(which)
        if used is None:
            self.problem.emit(
                ExplorerError(
                    self.tr("There is no model yet that could be evaluated."),
                    hint=self.tr("Open one first."),
                )
            )
            return
        self._stop()
        title = self.tr("{0} on {1}").format(name_model(used.weights, used.vit.info), pictures.name)
        self._store.update(evaluating=Evaluating(pictures, title))
        self._looking = Looking(used.vit, pictures)
        self._kind = f"evaluate {next(self._numbers)}"
        self._look_on(self._kind)

    def _look_on(self, kind: str) -> None:
        """Begin, or go on after somebody else needed the model."""
        if self._looking is not None and kind == self._kind:
            work, seen = self._looking.go_on, partial(self._count_up, self._looking)
            self._computer.submit(kind, work, seen, self._fail, AHEAD)

    def _show_share(self, kind: str, _text: str, share: float | None) -> None:
        evaluating = self._store.state.evaluating
        if self.is_busy_with(kind) and evaluating is not None:
            self._store.update(evaluating=replace(evaluating, share=share))

    def _count_up(self, looking: Looking, _nothing: None) -> None:
        assert looking.answers is not None
        self._looking, self._kind = None, ""
        work = partial(count_up, looking.answers)
        self._reader.submit("read", work, self._show, self._fail)

    # What came of it

    def _show(self, evaluation: Evaluation) -> None:
        self._settle(evaluation=evaluation, share=None)

    def _fail(self, error: ExplorerError) -> None:
        self._looking, self._kind = None, ""
        self._settle(problem=error, share=None)

    def _settle(self, **came: object) -> None:
        evaluating = self._store.state.evaluating
        if evaluating is not None:
            self._settled = replace(evaluating, **came)  # type: ignore[arg-type]
            self._store.update(evaluating=self._settled)

    def _export(self, file: Path) -> None:
        evaluating = self._store.state.evaluating
        if evaluating is not None and evaluating.evaluation is not None:
            work = partial(export, evaluating.evaluation, file)
            self._reader.submit("export", work, self.told.emit, self.problem.emit)

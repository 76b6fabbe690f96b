"""A place for a model: one is in use there, and goes on until another one is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError, WeightsMissing
from ..records import Framing, Weights
from .state import Options
from .work import LoadViT, ModelInUse, load_model
from .worker import Worker

Asked = tuple[Weights, str, str]  # device, precision: all but the framing, which needs no loading


class ModelSlot(QObject):
    """Loads models into one of the two places.

    Its work has names of its own, so that it goes on where the two change places.
    """

    loaded = Signal()  # another model is in use
    failed = Signal(Weights, ExplorerError)  # they cannot be had; the model in use is whole

    def __init__(
        self,
        name: str,
        load: LoadViT,
        compute: Callable[..., None],  # `Controller.compute`
        computer: Worker,
        downloader: Worker,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.in_use: ModelInUse | None = None
        self.loading_kind = f"model {name}"
        self.fetching_kind = f"download {name}"
        self.tracing_kind = f"trace {name}"
        self._coming: Asked | None = None  # being loaded or fetched
        self._load = load
        self._compute = compute
        self._computer = computer
        self._downloader = downloader

    def load(self, weights: Weights, options: Options) -> None:
        """Load a model whose weights are on this computer."""
        self._downloader.cancel(self.fetching_kind)
        self._coming = _asked(weights, options)
        work = partial(load_model, self._load, weights, options, False)
        self._compute(self.loading_kind, work, self._use, partial(self._fail, weights))

    def fetch(self, weights: Weights, options: Options) -> None:
        """Download a model's weights, then load it; the one in use can be asked meanwhile."""
        self._coming = _asked(weights, options)
        work = partial(load_model, self._load, weights, options, True)
        failed = partial(self._fail_to_fetch, weights)
        self._downloader.submit(self.fetching_kind, work, self._use, failed)

    def settle(self, weights: Weights, options: Options) -> None:
        """Load a model, unless it is in use or on its way; any other is no longer loaded."""
        used, asked = self.in_use, _asked(weights, options)
        if used is not None and asked == _asked(used.weights, used.options):
            self.cancel()
        elif asked != self._coming:
            self.load(weights, options)

    def reframe(self, framing: Framing | None) -> None:
        """Have the model in use look through another framing; None is its own."""
        if self.in_use is not None:
            vit = self.in_use.vit.reframed(framing or self.in_use.own_framing)
            self.in_use = replace(self.in_use, vit=vit)

    def is_busy_with(self, kind: str) -> bool:
        """Whether this kind of work brings a model here."""
        return kind in (self.loading_kind, self.fetching_kind)

    def cancel(self) -> None:
        """Load nothing any more; the model in use goes on."""
        self._coming = None
        self._computer.cancel(self.loading_kind)
        self._downloader.cancel(self.fetching_kind)

    def close(self) -> None:
        """Let go of the model and of all work with it."""
        self.cancel()
        self._computer.cancel(self.tracing_kind)
        self.in_use = None

    def _use(self, model: ModelInUse) -> None:
        self._coming = None
        self.in_use = model
        self.loaded.emit()

    def _fail(self, weights: Weights, error: ExplorerError) -> None:
        self._coming = None
        self.failed.emit(weights, error)

    def _fail_to_fetch(self, weights: Weights, error: ExplorerError) -> None:
        """The weights are still missing: the download is offered again, with its reason."""
        self._fail(weights, WeightsMissing(error.message, error.hint))


def _asked(weights: Weights, options: Options) -> Asked:
    return weights, options.device, options.precision

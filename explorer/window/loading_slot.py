"""A place into which things are loaded: one is in use there until another one is loaded."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError, WeightsMissing
from .state import Options
from .worker import Task, Worker

W = TypeVar("W")  # which one somebody wants: Weights, CaptionerWeights


class InUse(Protocol):
    """Something loaded, as it was wanted."""

    @property
    def weights(self) -> Any: ...  # W
    @property
    def options(self) -> Options: ...


U = TypeVar("U", bound=InUse)


class LoadingSlot(QObject, Generic[W, U]):
    """Loads into one place what is on this computer, and fetches what is not.

    Its work has names of its own, so that it goes on beside that of other places.
    """

    loaded = Signal()  # another one is in use
    failed = Signal(object, ExplorerError)  # W: it cannot be had; the one in use is whole
    given_up = Signal()  # somebody cancelled: the one in use, if there is one, goes on

    def __init__(
        self,
        name: str,
        load: Callable[[W, Options, bool, Task], U],  # the bool says whether it may download
        compute: Callable[..., None],  # `Controller.compute`
        computer: Worker,
        downloader: Worker,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.in_use: U | None = None
        self._loading_kind = f"load {name}"
        self._fetching_kind = f"download {name}"
        self._coming: Hashable = None  # what is asked for while it is loaded or fetched
        self._load = load
        self._compute = compute
        self._computer = computer
        self._downloader = downloader

    def asked(self, weights: W, options: Options) -> Hashable:
        """What another one must be loaded for."""
        raise NotImplementedError

    def load(self, weights: W, options: Options) -> None:
        """Load one whose weights are on this computer."""
        self._downloader.cancel(self._fetching_kind)
        self._coming = self.asked(weights, options)
        work = partial(self._load, weights, options, False)
        self._compute(self._loading_kind, work, self._use, partial(self._fail, weights))

    def fetch(self, weights: W, options: Options) -> None:
        """Download its weights, then load it; the one in use can be asked meanwhile."""
        self._coming = self.asked(weights, options)
        work = partial(self._load, weights, options, True)
        failed = partial(self._fail_to_fetch, weights)
        self._downloader.submit(self._fetching_kind, work, self._use, failed)

    def settle(self, weights: W, options: Options) -> None:
        """Load one, unless it is in use or on its way; any other is no longer loaded."""
        used, asked = self.in_use, self.asked(weights, options)
        if used is not None and asked == self.asked(used.weights, used.options):
            self.cancel()
        elif asked != self._coming:
            self.load(weights, options)

    def is_busy_with(self, kind: str) -> bool:
        """Whether this kind of work brings something here."""
        return kind in (self._loading_kind, self._fetching_kind)

    def cancel(self) -> None:
        """Load nothing any more; the one in use goes on."""
        self._coming = None
        self._computer.cancel(self._loading_kind)
        self._downloader.cancel(self._fetching_kind)

    def give_up(self) -> None:
        """Load nothing any more, because somebody wished so."""
        self.cancel()
        self.given_up.emit()

    def close(self) -> None:
        """Let go of what is in use, and of all work for it."""
        self.cancel()
        self.in_use = None

    def _use(self, loaded: U) -> None:
        self._coming = None
        self.in_use = loaded
        self.loaded.emit()

    def _fail(self, weights: W, error: ExplorerError) -> None:
        self._coming = None
        self.failed.emit(weights, error)

    def _fail_to_fetch(self, weights: W, error: ExplorerError) -> None:
        """The weights are still missing: the download is offered again, with its reason."""
        self._fail(weights, WeightsMissing(error.message, error.hint))

"""Opens a model as the first one, and then goes on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from ..records import ModelInfo, Weights
from .state import State, Store, Wishes


class OnceOpen(QObject):
    """Does what is to follow once the model is there, unless another one is wished for."""

    def __init__(self, store: Store, wishes: Wishes, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._wishes = wishes
        self._awaited: Weights | None = None
        self._last: ModelInfo | None = None  # what was open before it
        self._then: Callable[[], None] = lambda: None
        wishes.weights_chosen.connect(self._forget)
        store.changed.connect(self._follow)

    def open(self, weights: Weights, then: Callable[[], None]) -> None:
        """Open a model; `then` is called when it is in use."""
        self._wishes.weights_chosen.emit(weights)
        self._awaited, self._last, self._then = weights, self._store.state.model, then

    def _forget(self, _weights: Weights) -> None:
        self._awaited = None

    def _follow(self, _old: State, new: State) -> None:
        is_another = new.model is not None and new.model is not self._last
        if self._awaited is not None and new.wanted == self._awaited and is_another:
            self._awaited = None
            self._then()

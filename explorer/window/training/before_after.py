"""Opens what a run began with, and beside it what it became."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from ...records import ModelInfo, Weights
from ...training.runs.run import Run
from ..state import State, Store, Wishes


class BeforeAfter(QObject):
    """Wishes for the second model once the first one is there, unless another is wished for."""

    def __init__(self, store: Store, wishes: Wishes, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._wishes = wishes
        self._first: Weights | None = None  # waited for
        self._last: ModelInfo | None = None  # what was open before it
        self._second = Weights("")
        wishes.weights_chosen.connect(self._forget)
        store.changed.connect(self._follow)

    def open(self, first: Weights, folder: Path) -> None:
        """Open what the run in a folder began with, then its best model."""
        self._wishes.weights_chosen.emit(first)
        self._first, self._last = first, self._store.state.model
        self._second = Weights("", Run(folder).best)

    def _forget(self, _weights: Weights) -> None:
        self._first = None

    def _follow(self, _old: State, new: State) -> None:
        is_another = new.model is not None and new.model is not self._last
        if self._first is not None and new.wanted == self._first and is_another:
            self._first = None
            self._wishes.second_chosen.emit(self._second)

"""Shows long work in the state, and lets it be cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QObject

from .state import Activity, Store
from .worker import Worker


class Stoppable(Protocol):
    """Who has long work done that a person may cancel."""

    def is_busy_with(self, kind: str) -> bool: ...
    def give_up(self) -> None: ...


class LongWork(QObject):
    """Tells in the state what workers say of their work: of the kind that spoke last."""

    def __init__(
        self,
        store: Store,
        workers: Sequence[Worker],
        stoppable: Callable[[], Sequence[Stoppable]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._stoppable = stoppable
        self._active = ""  # the kind of work that the state's activity tells of
        for worker in workers:
            worker.progressed.connect(self._show)
            worker.ended.connect(self._end)

    def cancel(self) -> None:
        """Stop the long work that is shown, or is about to begin."""
        for one in self._stoppable():
            if not self._active or one.is_busy_with(self._active):
                one.give_up()
        self._end(self._active)

    def _show(self, kind: str, text: str, fraction: float | None) -> None:
        self._active = kind
        cancellable = any(one.is_busy_with(kind) for one in self._stoppable())
        self._store.update(activity=Activity(text, fraction, cancellable))

    def _end(self, kind: str) -> None:
        if kind == self._active:
            self._active = ""
            self._store.update(activity=None)

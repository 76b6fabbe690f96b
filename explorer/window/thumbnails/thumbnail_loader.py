"""Makes the thumbnails that are looked at, on a few threads of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from ...images.thumbnails import ThumbnailStore

THREADS = 2  # decoding must leave room for the model
LOOK_AGAIN = 2.0  # s between two looks at whether visible files changed


class ThumbnailLoader(QObject):
    """Fills the store with what is wanted now; what is no longer wanted is never begun."""

    ready = Signal(str)  # path, whose thumbnail is in the store

    def __init__(self, store: ThumbnailStore, parent: QObject) -> None:
        super().__init__(parent)
        self.store = store
        self._changed = threading.Condition()
        self._closed = False
        self._visible: tuple[str, ...] = ()
        self._queue: list[str] = []  # the most urgent last
        self._in_work: set[str] = set()
        self._threads = [
            threading.Thread(target=work, name=f"thumbnails {number}", daemon=True)
            for number, work in enumerate([self._watch, *[self._work] * THREADS])
        ]
        for thread in self._threads:
            thread.start()

    def want(self, visible: Sequence[str], ahead: Sequence[str] = ()) -> None:
        """Replace what was wanted: first what is visible, then what may be soon."""
        missing = [path for path in (*visible, *ahead) if self.store.get(path) is None]
        with self._changed:
            self._visible = tuple(visible)
            self._queue = [path for path in reversed(missing) if path not in self._in_work]
            self._changed.notify_all()

    def close(self, timeout: float = 5.0) -> None:
        """End the threads; waits for the files they are reading."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    # On the threads:

    def _work(self) -> None:
        while (path := self._next()) is not None:
            self._make(path)

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            if self._closed:
                return None
            path = self._queue.pop()
            self._in_work.add(path)
            return path

    def _make(self, path: str) -> None:
        self.store.make(path)
        with self._changed:
            self._in_work.discard(path)
            closed = self._closed
        if not closed:
            self.ready.emit(path)

    def _watch(self) -> None:
        """A file that is still being written is shown broken at first; see it when it is whole."""
        while not self._wait(LOOK_AGAIN):
            for path in self._visible:
                if self._closed:
                    break
                if self.store.is_stale(path):
                    self._make(path)

    def _wait(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, seconds)

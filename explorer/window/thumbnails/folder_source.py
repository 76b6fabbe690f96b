"""Lists a folder in the background and keeps the list true while files come and go."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal

from ...errors import ExplorerError
from ...images.folder import Listing, Order, list_pictures
from ..worker import Task, Worker

SOON = 0.2  # s; changes come in swarms
POLL = 2.0  # s; network folders and vanished ones tell nothing by themselves
PAUSES = 2  # a slow folder rests this many times as long as it took to read
LONGEST_PAUSE = 10.0  # s
MOST_WATCHED = 256  # directories; the system's watches are few, polling sees the others


class FolderSource(QObject):
    """Tells what a folder holds, again whenever that changes."""

    listed = Signal(object)  # Listing; while a folder is read for the first time, parts of it
    failed = Signal(object)  # ExplorerError: the folder cannot be read now; it is tried again

    _part_listed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wanted: tuple[Path, bool, Order] | None = None
        self._listing: Listing | None = None  # the latest complete one of what is wanted
        self._reading = False
        self._changed_meanwhile = False
        self._cost = 0.0  # s that the last look or reading took
        self._ended = 0.0  # when that was, by `time.perf_counter`
        self._worker = Worker("folder", self)
        self._watcher = QFileSystemWatcher(self)
        self._soon = QTimer(self, singleShot=True)
        self._poll = QTimer(self, singleShot=True)
        self._part_listed.connect(self._take_part, Qt.ConnectionType.QueuedConnection)
        self._watcher.directoryChanged.connect(self._notice)
        self._soon.timeout.connect(self._read_again)
        self._poll.timeout.connect(self._look)

    def open(self, folder: Path, include_subfolders: bool, order: Order) -> None:
        """Tell of this folder from now on."""
        self._wanted = folder, include_subfolders, order
        self._listing = None
        self._read()

    def stop(self) -> None:
        """Tell of nothing any more."""
        self._wanted = self._listing = None
        self._worker.cancel("read")
        self._worker.cancel("look")
        self._watch(())
        self._soon.stop()
        self._poll.stop()

    def close(self) -> None:
        """End the thread; nothing is told any more."""
        self._worker.close(timeout=2.0)

    def _read(self) -> None:
        assert self._wanted is not None
        folder, include_subfolders, order = self._wanted
        on_part = self._part_listed.emit if self._listing is None else None
        start = time.perf_counter()

        def read(task: Task) -> Listing:
            return list_pictures(folder, include_subfolders, order, on_part, task.should_stop)

        self._reading, self._changed_meanwhile = True, False
        self._soon.stop()
        self._poll.stop()
        self._worker.submit("read", read, partial(self._take, start), partial(self._fail, start))

    def _take_part(self, listing: Listing) -> None:
        if (listing.folder, listing.include_subfolders, listing.order) == self._wanted:
            self.listed.emit(listing)

    def _take(self, start: float, listing: Listing) -> None:
        known, self._listing = self._listing, listing
        self._watch(list(listing.directories)[:MOST_WATCHED])
        self._end_reading(start)
        if known is None or known.rows != listing.rows:
            self.listed.emit(listing)

    def _fail(self, start: float, error: ExplorerError) -> None:
        self._listing = None
        self._watch(())
        self._end_reading(start)
        self.failed.emit(error)

    def _end_reading(self, start: float) -> None:
        self._reading = False
        self._rest(start)
        if self._changed_meanwhile:
            self._notice()

    def _rest(self, start: float) -> None:
        """Look again later, and the later the longer it takes."""
        self._ended = time.perf_counter()
        self._cost = self._ended - start
        self._poll.start(round(1000 * max(POLL, self._pause())))

    def _pause(self) -> float:
        return min(PAUSES * self._cost, LONGEST_PAUSE)

    def _watch(self, directories: list[str] | tuple[()]) -> None:
        watched = self._watcher.directories()
        if set(watched) == set(directories):
            return
        if watched:
            self._watcher.removePaths(watched)
        if directories:
            self._watcher.addPaths(directories)

    def _notice(self) -> None:
        """Something changed; more changes may follow at once."""
        if self._reading:
            self._changed_meanwhile = True
        elif not self._soon.isActive():
            rested = time.perf_counter() - self._ended
            self._soon.start(round(1000 * max(SOON, self._pause() - rested)))

    def _read_again(self) -> None:
        if self._wanted is not None and not self._reading:
            self._read()

    def _look(self) -> None:
        """See whether a directory changed without a word."""
        listing = self._listing
        if listing is None:
            self._read_again()
            return
        start = time.perf_counter()
        looked = partial(self._looked, listing, start)
        failed = partial(self._looked, listing, start, True)
        self._worker.submit("look", lambda task: listing.is_stale(), looked, lambda error: failed())

    def _looked(self, listing: Listing, start: float, stale: bool) -> None:
        if listing is not self._listing or self._reading:
            return
        self._rest(start)
        if stale:
            self._read()

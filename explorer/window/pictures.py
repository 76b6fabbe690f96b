"""Reads the chosen picture, and keeps those that were read before."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ..errors import ExplorerError
from .cache import Cache
from .work import ReadPicture, read
from .worker import Worker

LIMIT = 256 * 2**20  # bytes of pictures
PATIENCE_MS = 150  # the last picture stays this long while the next one is read: no flicker


class Pictures(QObject):
    """Reads on a thread of its own, so that a picture appears at once while a model still loads."""

    found = Signal(object)  # ReadPicture: the chosen one; again where its file has changed
    unreadable = Signal(ExplorerError)  # why the chosen one cannot be shown
    missed = Signal()  # it takes so long that the last one should go

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.current: ReadPicture | None = None  # the chosen one, once it is read
        self.known: Cache[Path, ReadPicture] = Cache(LIMIT)
        self._reader = Worker("reader", self)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.missed)

    def shows(self, path: Path) -> bool:
        """Whether this is the chosen picture, and it was read."""
        return self.current is not None and self.current.path == path

    def choose(self, path: Path) -> None:
        """Read a picture: at once where it is known, and once more if its file has changed."""
        known = self.current if self.shows(path) else self.known.get(path)
        if known is None:
            self.current = None
            self._patience.start()
        elif known is not self.current:
            self._take(known)
        work = partial(read, path, known.stamp if known else None)
        self._reader.submit("read", work, self._take, partial(self._fail, path))

    def choose_none(self) -> None:
        """Let go of the chosen picture."""
        self._reader.cancel("read")
        self._patience.stop()
        self.current = None

    def keep(self, found: ReadPicture) -> None:
        """Know a picture that was read, here or ahead."""
        self.known.put(found.path, found, found.picture.pixels.nbytes)

    def close(self, timeout: float) -> None:
        """End the thread."""
        self._patience.stop()
        self._reader.close(timeout)

    def _take(self, found: ReadPicture | None) -> None:
        if found is None:  # the file is still what is shown
            return
        self._patience.stop()
        self.keep(found)
        self.current = found
        self.found.emit(found)

    def _fail(self, path: Path, error: ExplorerError) -> None:
        self._patience.stop()
        self.known.remove(path)
        self.current = None
        self.unreadable.emit(error)

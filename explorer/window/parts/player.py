"""Walks through parts by itself: the words of a caption, the epochs of a training."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

EACH = 700  # milliseconds: long enough to see a map, short enough for a sentence of twenty words


class Player(QObject):
    """From one part to the next until the last, or until it is stopped."""

    stepped = Signal(int)  # the number of a part
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)
        self._next = self._count = 0

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def play(self, first: int, count: int, each: int | None = None) -> None:
        """Show a part now, and those behind it one after the other; there are `count` in all.

        Each is shown for so many milliseconds; None = EACH.
        """
        self._next, self._count = first, count
        self._timer.start(each or EACH)
        self.playing_changed.emit(True)
        self._step()

    def stop(self) -> None:
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def _step(self) -> None:
        if self._next >= self._count:  # the last one was shown as long as the others
            self.stop()
            return
        self._next += 1
        self.stepped.emit(self._next - 1)

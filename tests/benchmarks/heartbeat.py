"""How long the window's event loop is held: a timer beats every few milliseconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL_MS = 2


class Heartbeat(QObject):
    """`with heart.phase("scrolling"):` keeps the longest pause between two beats, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.worst: dict[str, float] = {}
        self._phase = ""
        self._last = 0.0
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._phase, self._last = name, time.perf_counter()
        self.worst.setdefault(name, 0.0)
        self._timer.start()
        try:
            yield
        finally:
            self._beat()
            self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.worst[self._phase] = max(self.worst[self._phase], now - self._last)
        self._last = now

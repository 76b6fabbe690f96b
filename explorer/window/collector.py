"""Python's garbage is collected on the GUI thread alone, and not while torch is imported."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000

_importing: list[None] = []  # one for each import that is to be left in peace


@contextmanager
def import_quietly() -> Iterator[None]:
    """While something is imported that brings torch along.

    Of torch's 400,000 objects none is ever garbage. Looking at them all would hold every thread
    for a quarter of a second, many times, while they are made and later.
    """
    collects = gc.isenabled()
    gc.disable()
    _importing.append(None)
    try:
        yield
    finally:
        gc.freeze()
        _importing.pop()
        if collects:
            gc.enable()


class Collector(QObject):
    """Takes the collector's work over from Python.

    Python collects on whichever thread allocates, and would delete widgets and timers there that
    lie in a cycle; Qt does not survive that.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def _collect(self) -> None:
        """The oldest generation that is due, as Python itself would choose."""
        if _importing:
            return
        due = [
            generation
            for generation, (count, threshold) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if count > threshold
        ]
        if due:
            gc.collect(due[-1])

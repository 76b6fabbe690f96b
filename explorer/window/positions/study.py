"""Computes what the panel shows, on a thread of its own: the window never waits for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, Signal

from ...errors import ExplorerError
from ...explain.positions import Source
from ...records import Positions
from ..worker import Task, Worker
from .mosaic_shades import shade_maps
from .views import Analysis, Opened, View, analyse, open_source

T = TypeVar("T")


class Study(QObject):
    """Holds what is known of one source; the newest wish wins."""

    opened = Signal()  # another source is `current`
    shaded = Signal()  # `shades` are there
    analysed = Signal()  # an analysis is there
    failed = Signal(ExplorerError)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.current: Opened | None = None
        self.shades: np.ndarray | None = None  # of all maps: see `shade_maps`
        self._first: Positions | None = None
        self._own_scale = False
        self._analyses: dict[View, Analysis] = {}
        self._worker: Worker | None = None  # begun when there is something to do

    def open(self, first: Positions, second: Positions | None, source: Source) -> None:
        """Make a source the current one."""
        self._first = first
        self._ask("open", lambda _task: open_source(first, second, source), self._take)

    def forget(self) -> None:
        """Nothing is looked at any more."""
        for kind in ("open", "shades", "analysis"):
            if self._worker is not None:
                self._worker.cancel(kind)
        self.current = self.shades = self._first = None
        self._analyses.clear()

    def shade(self, own_scale: bool) -> None:
        """Shade all maps on one scale, or each on its own."""
        self._own_scale = own_scale
        opened = self.current
        if opened is not None:
            self.shades = None
            self._ask(
                "shades",
                lambda task: shade_maps(opened.field, own_scale, task.should_stop),
                self._take_shades,
            )

    def analysis(self, view: View) -> Analysis:
        """What a view needs besides the field; None until it is there."""
        return self._analyses.get(view)

    def analyse(self, view: View) -> None:
        """Compute what a view needs, once."""
        opened, first = self.current, self._first
        if opened is None or first is None or view in self._analyses:
            return
        self._ask(
            "analysis",
            lambda _task: analyse(view, first, opened.source, opened.field),
            partial(self._take_analysis, view),
        )

    def _ask(self, kind: str, work: Callable[[Task], T], done: Callable[[T], None]) -> None:
        if self._worker is None:
            self._worker = Worker("positions", self)
            self.destroyed.connect(partial(_end, self._worker))
            if (app := QCoreApplication.instance()) is not None:
                app.aboutToQuit.connect(self._close)
        self._worker.submit(kind, work, done, self.failed.emit)

    def _close(self) -> None:
        if self._worker is not None:
            _end(self._worker)

    def _take(self, opened: Opened) -> None:
        self.current = opened
        self._analyses.clear()
        self.shade(self._own_scale)
        self.opened.emit()

    def _take_shades(self, shades: np.ndarray) -> None:
        self.shades = shades
        self.shaded.emit()

    def _take_analysis(self, view: View, analysis: Analysis) -> None:
        self._analyses[view] = analysis
        self.analysed.emit()


def _end(worker: Worker) -> None:
    """End the thread; holds nothing of the panel, which may be gone already."""
    worker.close(timeout=2.0)

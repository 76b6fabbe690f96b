"""Traces the pictures that are likely to be chosen next, while nobody waits for anything."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError
from ..records import Trace
from .cache import Cache
from .model_slot import ModelSlot
from .work import ReadPicture, Traced, TraceKey, read_and_trace
from .worker import AHEAD, Worker

Step = tuple[Path, ModelSlot]  # one picture, one model


class TracingAhead(QObject):
    """Steps that make way for any wish, and are taken up again when it is granted."""

    traced = Signal(object)  # Traced

    def __init__(
        self,
        computer: Worker,
        pictures: Cache[Path, ReadPicture],
        traces: Cache[TraceKey, Trace],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._computer = computer
        self._pictures = pictures
        self._traces = traces
        self._steps: list[Step] = []  # still to do
        self._going: Step | None = None  # being done
        computer.idle.connect(self._go_on)

    @property
    def is_done(self) -> bool:
        return not self._steps and self._going is None

    def begin(self, steps: list[Step]) -> None:
        """Do these steps from now on, and no others."""
        self._steps = steps
        if self._going not in steps:
            self._going = None
        self._go_on()

    def make_way(self) -> None:
        """A wish stops what is going on; that is done again later."""
        self._going = None

    def stop(self) -> None:
        """Let go of all steps, and of the models that they are for."""
        self._steps = []
        self._going = None
        self._computer.cancel("ahead")

    def _go_on(self) -> None:
        while self._steps and self._going is None:
            path, slot = step = self._steps[0]
            known = self._pictures.get(path)
            if slot.in_use is None or (known and slot.in_use.key(known) in self._traces):
                self._steps.remove(step)
                continue
            self._going = step
            work = partial(read_and_trace, slot.in_use, path, known)
            done, failed = partial(self._end, step), partial(self._give_up, step)
            self._computer.submit("ahead", work, done, failed, AHEAD)

    def _end(self, step: Step, traced: Traced | None) -> None:
        self._going = None
        if step in self._steps:
            self._steps.remove(step)
        if traced is not None:
            self.traced.emit(traced)
        self._go_on()

    def _give_up(self, step: Step, _error: ExplorerError) -> None:
        self._end(step, None)  # the log has it; it is said when somebody chooses the picture

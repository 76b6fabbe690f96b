"""One thread that works through wishes; the newest wish of a kind wins."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from ..errors import Cancelled, ExplorerError

T = TypeVar("T")
NORMAL = 0
AHEAD = -1  # work that nobody waits for: any normal wish stops it
_log = logging.getLogger(__name__)


class Task:
    """What a running function may ask and say; it knows no thread and no window."""

    def __init__(self, report: Callable[[str, float | None], None]) -> None:
        self._stop = threading.Event()
        self._report = report

    def should_stop(self) -> bool:
        """Whether nobody waits for the answer any more; then raise `Cancelled`, or just return."""
        return self._stop.is_set()

    def progress(self, text: str, fraction: float | None = None) -> None:
        """Say what is happening; `fraction` in 0..1, None where nobody knows."""
        if not self.should_stop():
            self._report(text, fraction)

    def stop(self) -> None:
        self._stop.set()


@dataclass(eq=False)
class _Job:
    kind: str
    work: Callable[[Task], Any]
    done: Callable[[Any], None]
    failed: Callable[[ExplorerError], None]
    priority: int
    task: Task


def explain(error: Exception) -> ExplorerError:
    """The sentence for an error; one that no one foresaw leaves its traceback in the log."""
    if isinstance(error, ExplorerError):
        return error
    _log.error("unforeseen error", exc_info=error)
    if isinstance(error, MemoryError):
        return ExplorerError("There is not enough memory for this.", hint="Close other programs.")
    return ExplorerError(
        f"Something unforeseen went wrong ({type(error).__name__}).",
        hint="Help > Show log has the details.",
    )


class Worker(QObject):
    """Runs functions on a thread of its own and brings their answers to this object's thread.

    A new wish drops the pending one of its kind, asks the running one to stop, and keeps its late
    answer away. Every wish ends once, in `done`, in `failed`, or silently where it was replaced.
    """

    started = Signal(str)  # kind, as its work begins
    progressed = Signal(str, str, object)  # kind, text, fraction in 0..1 or None
    ended = Signal(str)  # kind, for every `started`, after `done` or `failed`
    idle = Signal()  # nothing is left to do
    _posted = Signal(object)  # a function to call on this object's thread

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Condition()
        self._pending: list[_Job] = []  # the first of the highest priority is next
        self._running: _Job | None = None
        self._closed = False
        self._latest: dict[str, _Job] = {}  # of each kind; only its answer may arrive
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        kind: str,
        work: Callable[[Task], T],
        done: Callable[[T], None],
        failed: Callable[[ExplorerError], None],
        priority: int = NORMAL,
    ) -> None:
        """Have `work` done; `done` or `failed` is called on the GUI thread unless replaced."""
        job = _Job(kind, work, done, failed, priority, Task(self._report(kind)))
        with self._lock:
            if self._closed:
                return
            self._drop(kind)
            self._latest[kind] = job
            if self._running is not None and self._running.priority < priority:
                self._running.task.stop()
            self._pending.append(job)
            self._lock.notify()

    def cancel(self, kind: str) -> None:
        """Forget the wishes of a kind; neither `done` nor `failed` will be called."""
        with self._lock:
            self._drop(kind)

    def close(self, timeout: float = 5.0) -> bool:
        """End the thread; waits for the running step, False where that took over `timeout` s."""
        with self._lock:
            self._closed = True
            self._pending.clear()
            if self._running is not None:
                self._running.task.stop()
            self._lock.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _drop(self, kind: str) -> None:
        self._latest.pop(kind, None)
        self._pending = [job for job in self._pending if job.kind != kind]
        if self._running is not None and self._running.kind == kind:
            self._running.task.stop()

    def _report(self, kind: str) -> Callable[[str, float | None], None]:
        return lambda text, fraction: self._post(lambda: self.progressed.emit(kind, text, fraction))

    def _post(self, call: Callable[[], None]) -> None:
        if not self._closed:
            self._posted.emit(call)

    # On the worker's thread:

    def _work(self) -> None:
        while (job := self._next()) is not None:
            self._post(partial(self.started.emit, job.kind))
            self._post(self._run(job))
            del job  # or it would keep its picture alive until the next wish

    def _next(self) -> _Job | None:
        with self._lock:
            self._running = None
            if not self._pending and not self._closed:
                self._post(self.idle.emit)
            self._lock.wait_for(lambda: self._pending or self._closed)
            if self._closed:
                return None
            job = max(self._pending, key=lambda job: job.priority)
            self._pending.remove(job)
            self._running = job
            return job

    def _run(self, job: _Job) -> Callable[[], None]:
        """Do the work; returns how its answer is to be told."""
        try:
            answer = job.work(job.task)
        except Cancelled:
            return partial(self.ended.emit, job.kind)
        except Exception as error:
            return partial(self._tell, job, job.failed, explain(error))
        return partial(self._tell, job, job.done, answer)

    # On this object's thread again:

    @Slot(object)
    def _call(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()

    def _tell(self, job: _Job, tell: Callable[[Any], None], what: object) -> None:
        try:
            if self._latest.get(job.kind) is job and not job.task.should_stop():
                del self._latest[job.kind]  # or it would keep alive what it was about
                tell(what)
        finally:
            self.ended.emit(job.kind)

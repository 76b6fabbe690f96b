"""Watches runs and grants wishes about them; the window's thread never touches their folders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ... import paths
from ...errors import ExplorerError
from ...records import Weights
from ...training.runs.run import Run
from ...training.runs.run_tables import TableKind, write_table
from ..once_open import OnceOpen
from ..runs.words import percent
from ..state import Store, Wishes
from ..worker import Task, Worker
from .following import Look, RunFollower
from .seen import RunSeen

WHILE_ALIVE = 500  # ms between two looks while a run lives
AT_REST = 3000  # ms, else: runs may be begun by another program
BEHIND = 20  # ms, where there is more to read


class RunWatch(QObject):
    """Keeps `runs` and `shown_runs` of the state true while trainings begin, go on and end."""

    problem = Signal(ExplorerError)
    told = Signal(str)

    def __init__(self, store: Store, wishes: Wishes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._follower = RunFollower(paths.runs())
        self._worker = Worker("runs", self)
        self._is_looking = False
        self._look_again = False  # something was wished while it looked
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._once_open = OnceOpen(store, wishes, self)
        self._wishes = wishes
        self._listen(wishes)

    def _listen(self, wishes: Wishes) -> None:
        follower = self._follower
        wishes.runs_chosen.connect(self._show)
        wishes.run_begun.connect(self._expect)
        wishes.run_paused.connect(lambda folder: self._do(follower.ask, folder, "pause"))
        wishes.run_stopped.connect(lambda folder: self._do(follower.ask, folder, "stop"))
        wishes.run_resumed.connect(lambda folder: self._do(follower.begin, folder))
        wishes.run_discarded.connect(lambda folder: self._do(follower.discard, folder))
        wishes.run_renamed.connect(self._rename)
        wishes.run_compared.connect(self._compare)
        wishes.runs_exported.connect(self._export)

    def start(self) -> None:
        """Look for runs: once the window is on the screen."""
        self._look()

    def close(self, timeout: float) -> None:
        """End the thread."""
        self._timer.stop()
        self._worker.close(timeout)

    # Looking

    def _look(self) -> None:
        if self._is_looking:
            self._look_again = True
            return
        self._is_looking, self._look_again = True, False
        self._timer.stop()
        shown = self._store.state.shown_runs

        def look(task: Task) -> Look:
            return self._follower.look(shown, task.should_stop)

        self._worker.submit("look", look, self._take, self._fail)

    def _take(self, look: Look) -> None:
        self._is_looking = False
        before = {seen.folder: seen for seen in self._store.state.runs}
        self._store.update(runs=look.runs, shown_runs=self._shown_of(look.runs))
        for seen in look.runs:
            self._tell_end(before.get(seen.folder), seen)
        self._rest(look)

    def _rest(self, look: Look) -> None:
        """Look again, sooner or later."""
        unread = [seen for seen in self._store.state.seen_runs if seen.curves is None]
        if look.is_behind or unread or self._look_again:
            self._timer.start(BEHIND)
        else:
            is_lively = any(seen.is_alive for seen in look.runs)
            self._timer.start(WHILE_ALIVE if is_lively else AT_REST)

    def _fail(self, error: ExplorerError) -> None:
        self._is_looking = False
        self.problem.emit(error)
        self._timer.start(AT_REST)

    def _shown_of(self, runs: tuple[RunSeen, ...]) -> tuple[Path, ...]:
        """The chosen runs that are still there; else those that live, or the newest."""
        there = [seen.folder for seen in runs]
        shown = tuple(folder for folder in self._store.state.shown_runs if folder in there)
        alive = tuple(seen.folder for seen in runs if seen.is_alive)
        return shown or alive[:1] or tuple(there[:1])

    def _tell_end(self, before: RunSeen | None, now: RunSeen) -> None:
        """Say how a run ended that lived when it was seen last."""
        if before is None or not before.is_alive or now.is_alive:
            return
        if now.problem is not None:
            self.problem.emit(now.problem)
        elif now.doing == "interrupted":
            hint = self.tr("Resume it: it goes on from its last checkpoint.")
            self.problem.emit(ExplorerError(self.tr("{0} broke off.").format(now.name), hint))
        elif now.doing == "finished" and now.best is not None:
            text = self.tr("{0} has finished: {1} of the validation pictures right.")
            self.told.emit(text.format(now.name, percent(now.best.top1)))

    # Wishes

    def _show(self, folders: tuple[Path, ...]) -> None:
        self._store.update(shown_runs=folders)
        self._look()

    def _expect(self, folder: Path) -> None:
        self._store.update(shown_runs=(folder,))
        self._do(self._follower.expect, folder)

    def stop_all(self, then: Callable[[], None]) -> None:
        """Ask all runs that live to save all and end; `then` is called when they were asked."""
        alive = [seen.folder for seen in self._store.state.runs if seen.is_alive]

        def ask_all() -> None:
            for folder in alive:
                self._follower.ask(folder, "stop")

        self._do(ask_all, then=lambda _none: then())

    def _rename(self, folder: Path, name: str) -> None:
        def follow(renamed: Path) -> None:
            shown = self._store.state.shown_runs
            told = tuple(renamed if one == folder else one for one in shown)
            self._store.update(shown_runs=told)

        self._do(self._follower.rename, folder, name, then=follow)

    def _compare(self, folder: Path) -> None:
        """Open what a run began with, and beside it what it became."""
        best = partial(self._wishes.second_chosen.emit, Weights("", Run(folder).best))
        open_both = partial(self._once_open.open, then=best)
        self._do(self._follower.starting_weights, folder, then=open_both)

    def _export(self, file: Path, kind: TableKind) -> None:
        runs = [(seen.name, seen.recipe, seen) for seen in self._store.state.runs]

        def tell(_none: None) -> None:
            self.told.emit(self.tr("Written: {0}").format(file))

        self._do(write_table, file, kind, runs, then=tell)

    def _do(
        self,
        work: Callable[..., Any],
        *given: Any,
        then: Callable[[Any], None] | None = None,
    ) -> None:
        """Have something done on the worker's thread, and look what came of it."""

        def done(answer: Any) -> None:
            if then is not None:
                then(answer)
            self._look()

        def failed(error: ExplorerError) -> None:
            self.problem.emit(error)
            self._look()

        kind = f"{work.__name__} {given}"
        self._worker.submit(kind, lambda _task: work(*given), done, failed)

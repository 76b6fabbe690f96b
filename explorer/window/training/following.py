"""Follows the folders of runs: reads the disk, on a worker's thread, and knows no Qt."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...errors import ExplorerError
from ...records import Weights
from ...training.recipes.recipe import Recipe
from ...training.recipes.recipe_changes import differences
from ...training.recipes.starting_model import starting_weights
from ...training.runs.run import Run, is_run, list_runs
from .seen import ALIVE, Asked, Doing, RunSeen
from .thinning import thinned

BITE = 1 << 18  # bytes of events that are read at once: a millisecond's work
BITE_OF_STEPS = 1 << 14  # likewise, where all of them are understood
BREATH = 0.001  # s between two bites in which the window's thread has Python for itself
AT_ONCE = 0.4  # s that one look takes at most; the next one goes on where it ended
PATIENCE = 60.0  # s until a run that was begun elsewhere must have said its first word


@dataclass(frozen=True)
class Look:
    """What a look at all runs found."""

    runs: tuple[RunSeen, ...]  # the newest first
    is_behind: bool  # there is more to read than one look reads


class _Followed:
    """One run, and how far it was read."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.process: subprocess.Popen[bytes] | None = None  # where it was started here
        self._has_begun = False  # whether that process was seen at work
        self.begun_at: float | None = None  # when another one said to have started it
        self.recipe: Recipe | None = None
        self._unreadable: ExplorerError | None = None  # why there is no recipe
        self._history = run.history(steps=False)
        self._has_steps = False
        self.is_behind = False  # whether the last look left something unread
        self.seen = RunSeen(run, "new")
        self._read_recipe()

    def _read_recipe(self) -> None:
        try:
            self.recipe = self.run.recipe
        except ExplorerError as error:
            self._unreadable = error

    def look(self, with_steps: bool, settings: Mapping[str, Any], until: float) -> None:
        """Read what is new, until a time of the monotonic clock, and see anew what changed."""
        if with_steps and not self._has_steps:
            self._history, self._has_steps = self.run.history(), True
        moved = self._read(until)
        doing, asked = self.doing(), self._asked()
        last = self.seen
        moved = moved or (doing, asked) != (last.doing, last.asked) or settings != last.settings
        if moved or (last.curves is None and self._has_steps):
            self.seen = self._see(doing, asked, settings)

    def _read(self, until: float) -> bool:
        """Whether something was new."""
        moved = False
        bite = BITE_OF_STEPS if self._has_steps else BITE
        while self._history.is_behind:
            moved = self._history.update(bite) or moved
            if time.monotonic() > until:
                break
            time.sleep(BREATH)
        self.is_behind = self._history.is_behind
        return moved

    def doing(self) -> Doing:
        """What it does now, or how it ended."""
        state = self.run.state
        if state in ("running", "paused"):
            self.begun_at, self._has_begun = None, True
            return state
        if self.process is not None and self.process.poll() is None:
            return "running" if self._has_begun else "starting"  # it takes a while to end, too
        return "starting" if state == "new" and self._is_expected() else state

    def start(self) -> None:
        """Have it trained by a process of its own."""
        self.process, self._has_begun = self.run.start(), False

    def _is_expected(self) -> bool:
        """Whether another program has only just started it."""
        return self.begun_at is not None and time.monotonic() < self.begun_at + PATIENCE

    def _asked(self) -> Asked:
        asked: tuple[Asked, ...] = ("stop", "pause")
        return next((wish for wish in asked if (self.run.folder / wish).exists()), "")

    def _see(self, doing: Doing, asked: Asked, settings: Mapping[str, Any]) -> RunSeen:
        history, folder = self._history, self.run.folder
        started = history.started or {}
        return RunSeen(
            run=self.run,
            doing=doing,
            recipe=self.recipe,
            asked=asked,
            epochs=tuple(history.epochs),
            best=history.best,
            step=history.progress[0],
            steps=history.progress[1],
            speed=history.speed,
            time_left=history.time_left,
            device=started.get("device", ""),
            problem=self._problem(doing),
            curves=thinned(history) if self._has_steps else None,
            samples={stage: folder / path for stage, path in history.samples.items()},
            probes={epoch: folder / path for epoch, path in history.probes.items()},
            settings=settings,
        )

    def _problem(self, doing: Doing) -> ExplorerError | None:
        if self._unreadable is not None:
            return self._unreadable
        told = self._history.problem
        if told is not None and doing == "failed":
            return ExplorerError(told.message, told.hint)
        if self.process is not None and self.process.poll() and doing in ("new", "interrupted"):
            return ExplorerError(f"{self.run.name} could not go on.", hint=_last_line(self.run.log))
        return None


def _last_line(log: Path) -> str:
    """What a process said last."""
    try:
        lines = log.read_text("utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


class RunFollower:
    """Follows all runs of a folder, and those elsewhere that it was told of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._followed: dict[Path, _Followed] = {}  # by the run's folder
        self._elsewhere: set[Path] = set()
        self._doomed: set[Path] = set()  # to be deleted once their processes have ended
        self._recipes: list[Recipe] = []  # that were compared last
        self._settings: dict[Path, dict[str, Any]] = {}

    def look(self, shown: Collection[Path], should_stop: Callable[[], bool]) -> Look:
        """See all runs; of those that are shown or alive, all steps as well."""
        until = time.monotonic() + AT_ONCE
        self._delete_doomed()
        runs = self._found()
        self._compare(runs)
        followed = [self._followed[run.folder] for run in runs if run.folder in self._followed]
        for one in sorted(followed, key=lambda one: one.run.folder not in shown):
            if should_stop():
                break
            with_steps = one.run.folder in shown or one.seen.is_alive
            one.look(with_steps, self._settings.get(one.run.folder, {}), until)
        is_behind = any(one.is_behind for one in followed)
        return Look(tuple(one.seen for one in followed), is_behind)

    def _found(self) -> list[Run]:
        """All runs that are there; those that came are followed, those that went are not."""
        elsewhere = [Run(folder) for folder in sorted(self._elsewhere) if is_run(folder)]
        runs = [*elsewhere, *list_runs(self._folder)]
        self._followed = {
            run.folder: self._followed.get(run.folder) or self._new(run) for run in runs
        }
        return runs

    def _new(self, run: Run) -> _Followed:
        time.sleep(BREATH)  # reading a recipe takes some milliseconds
        return _Followed(run)

    def _compare(self, runs: Sequence[Run]) -> None:
        """Find the settings in which the runs differ, where there are others than before."""
        known = [(run.folder, self._followed[run.folder].recipe) for run in runs]
        readable = [(folder, recipe) for folder, recipe in known if recipe is not None]
        recipes = [recipe for _, recipe in readable]
        if recipes == self._recipes:
            return
        rows = differences(recipes)
        self._recipes = recipes
        self._settings = {
            folder: {name: row[place] for name, row in rows.items()}
            for place, (folder, _) in enumerate(readable)
        }

    # What is wished of runs; each raises ExplorerError where it cannot be

    def expect(self, folder: Path) -> None:
        """Somebody has just started a run."""
        if folder.parent != self._folder:
            self._elsewhere.add(folder)
        one = self._find(folder)
        if one.process is None:  # else it is known whether it lives
            one.begun_at = time.monotonic()

    def begin(self, folder: Path) -> None:
        """Have a run go on that is paused or has ended, or begin one that is new."""
        one = self._find(folder)
        if one.doing() in ALIVE:
            one.run.take_back("pause", "stop")
        else:
            one.start()

    def ask(self, folder: Path, wish: Literal["stop", "pause"]) -> None:
        """Ask a living run to pause or to stop."""
        one = self._find(folder)
        if one.doing() in ALIVE:
            one.run.ask(wish)

    def rename(self, folder: Path, name: str) -> Path:
        """Give a run another name; returns its new folder."""
        renamed = self._find(folder).run.renamed(name)
        self._followed.pop(folder, None)
        if folder in self._elsewhere:
            self._elsewhere ^= {folder, renamed.folder}
        return renamed.folder

    def discard(self, folder: Path) -> None:
        """Delete a run, after its process has ended, if it has one."""
        one = self._find(folder)
        if one.process is not None:
            one.process.terminate()  # it may not have come so far that it could be asked
        self.ask(folder, "stop")
        self._doomed.add(folder)
        self._delete_doomed()

    def _delete_doomed(self) -> None:
        for folder in list(self._doomed):
            if self._find(folder).doing() not in ALIVE:
                self._doomed.discard(folder)
                self._followed.pop(folder).run.delete()

    def starting_weights(self, folder: Path) -> Weights:
        """The model that a run began with."""
        return starting_weights(self._find(folder).run.recipe)

    def _find(self, folder: Path) -> _Followed:
        found = self._followed.get(folder)
        if found is None:
            if not is_run(folder):
                raise ExplorerError(
                    f"The run {folder.name} is not there any more.", hint="Choose another one."
                )
            found = self._followed[folder] = _Followed(Run(folder))
        return found

"""A run: a folder with what was asked for, what happened, and what was learned.

recipe.toml, data.json     what is trained how, on what; written once
events.jsonl               what happens, for whoever watches
last.safetensors           all that is needed to go on as if nothing had been
best.safetensors           the model of the best epoch, to be opened as any checkpoint
validation.npz             what that model says of each validation picture
sample/, probe/            pictures as the model saw them; where it looked, epoch by epoch
versions.json, log.txt     what trained it; what that printed
lock, stop, pause          held by who trains it; wishes to who trains it
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ... import paths
from ...errors import ExplorerError
from ..data.examples import Dataset
from ..files import write_json, writing
from ..recipes.recipe import Recipe
from ..recipes.recipe_file import read_recipe, write_recipe
from .events import last_event
from .history import History
from .lock import hold, is_held

State = Literal["new", "running", "paused", "stopped", "finished", "failed", "interrupted"]
# stopped: somebody asked for it; failed: it says why; interrupted: its process ended without a word

_ENDS: dict[str, State] = {"stopped": "stopped", "finished": "finished", "problem": "failed"}
_LOCK = "lock"
_BEFORE_LEARNING = {  # files of a run that has saved nothing and finished no epoch
    "recipe.toml", "data.json", "events.jsonl", "versions.json", "log.txt", _LOCK, "stop", "pause",
    "sample", "sample/stage-0.npz", "probe", "probe/epoch-000.npz",
}  # fmt: skip
_NICE = 5  # levels behind the window; a third of its share, where both want the same core
_ODD = set('<>:"/\\|?*')  # in names of folders, on one system or another


@dataclass(frozen=True)
class Run:
    """A run's folder; whoever holds one may look at it, and ask its process for something."""

    folder: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return self.folder.name

    @property
    def recipe(self) -> Recipe:
        """What was asked for; raises ExplorerError as `read_recipe` does."""
        return read_recipe(self.folder / "recipe.toml")

    @property
    def data(self) -> dict[str, Any]:
        """What it learns from, as `create_run` was told; raises ExplorerError if it is damaged."""
        try:
            content: dict[str, Any] = json.loads((self.folder / "data.json").read_text("utf-8"))
            return content
        except (OSError, ValueError) as error:
            raise ExplorerError(
                f"data.json of {self.name} cannot be read: {error}.", hint="Begin another run."
            ) from error

    @property
    def dataset(self) -> Dataset:
        """The pictures it learns from; whether they are still there was not looked at."""
        return Dataset.from_json(self.data)

    @property
    def events(self) -> Path:
        """The file of what happens."""
        return self.folder / "events.jsonl"

    @property
    def best(self) -> Path:
        """The checkpoint of its best epoch; it is there once an epoch has ended."""
        return self.folder / "best.safetensors"

    @property
    def last(self) -> Path:
        """The checkpoint from which it goes on."""
        return self.folder / "last.safetensors"

    @property
    def validation(self) -> Path:
        """What its best model says of each validation picture."""
        return self.folder / "validation.npz"

    @property
    def lock(self) -> Path:
        """Held by the process that trains."""
        return self.folder / _LOCK

    @property
    def log(self) -> Path:
        """What a process printed that was started by `start`."""
        return self.folder / "log.txt"

    @property
    def state(self) -> State:
        """What it does now, or how it ended."""
        last = last_event(self.events)
        kind = last["kind"] if last else ""
        if is_held(self.lock):
            return "paused" if kind == "paused" else "running"
        return _ENDS.get(kind, "interrupted" if kind else "new")

    def history(self, steps: bool = True) -> History:
        """What happened so far, to be read and followed; see there for `steps`."""
        return History(self.events, steps)

    def start(self) -> subprocess.Popen[bytes]:
        """Begin or go on in a process of its own, which outlives this one.

        Raises ExplorerError where one trains it already, or it cannot be started.
        """
        if is_held(self.lock):
            raise ExplorerError(f"{self.name} is being trained already.", hint="Watch it.")
        self.take_back("stop", "pause")
        command = [*paths.program(), "train", str(self.folder.absolute())]
        with writing(self.log), self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                **_detached(),
            )
        _step_back(process)
        return process

    def ask(self, wish: Literal["stop", "pause"]) -> None:
        """Ask its process to stop or to pause, after the step that it is in; both save first."""
        with writing(self.folder / wish):
            (self.folder / wish).touch()

    def take_back(self, *wishes: Literal["stop", "pause"]) -> None:
        """Take wishes back: without the one to pause, a paused run goes on."""
        for wish in wishes:
            (self.folder / wish).unlink(missing_ok=True)

    def renamed(self, name: str) -> Run:
        """The run in a folder of another name; raises ExplorerError where that cannot be."""
        target = self.folder.with_name(checked_name(name))
        if target.exists() and not target.samefile(self.folder):
            raise ExplorerError(f"There is a run “{target.name}” already.", hint="Choose another.")
        self._refuse_alive("renamed")
        with writing(target):
            self.folder.rename(target)
        return Run(target)

    def delete(self) -> None:
        """Remove the folder and all that was learned; raises ExplorerError while it is trained."""
        self._refuse_alive("deleted")
        with writing(self.folder):
            shutil.rmtree(self.folder)

    def _refuse_alive(self, what: str) -> None:
        if is_held(self.lock):
            raise ExplorerError(
                f"{self.name} is being trained and cannot be {what}.", hint="Stop it first."
            )


def _detached() -> dict[str, Any]:
    """How a process is started that lives on when its parent ends, and hears none of its Ctrl-C."""
    if sys.platform == "win32":
        alone = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": alone | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}


def _step_back(process: subprocess.Popen[bytes]) -> None:
    """Let what a person does go first: a run takes what the window leaves, which is most of it.

    Its threads and workers, which begin later, inherit this. On Windows, it is born so.
    """
    if sys.platform != "win32":
        with suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + _NICE)


def checked_name(name: str) -> str:
    """A folder's name that every system allows; raises ExplorerError."""
    name = name.strip()
    if not name or name.startswith(".") or name.endswith(".") or _ODD & set(name):
        raise ExplorerError(
            f"“{name}” cannot be the name of a run.",
            hint="Take letters, digits, spaces and dashes.",
        )
    return name


def create_run(folder: Path, recipe: Recipe, dataset: Dataset) -> Run:
    """Make a run's folder. Files that the recipe names are named from the root of the disk.

    A run that learned nothing, whose first step failed, gives way to the new one. Raises
    ExplorerError where the folder holds something else, or somebody trains in it, or it cannot be
    made, or the probe or pictures are not there; then no new folder is left.
    """
    recipe = _anchored(recipe)
    data = {"fingerprint": dataset.fingerprint(), **dataset.as_json()}
    run = Run(Path(os.path.abspath(folder)))
    with writing(run.folder):
        run.folder.mkdir(parents=True, exist_ok=True)
        _check_room(run.folder)  # at first without a lock, which would lie among somebody's files
    with hold(run.lock), writing(run.folder):
        _check_room(run.folder)  # another process may have been quicker
        _clear(run.folder)
        try:
            write_json(run.folder / "data.json", data)
            write_recipe(recipe, run.folder / "recipe.toml")  # last: it makes the folder a run
        except BaseException:
            shutil.rmtree(run.folder, ignore_errors=True)  # nothing in it is anybody's
            raise
    return run


def learned_nothing(folder: Path) -> bool:
    """Whether a folder holds a run that began, has nothing to keep so far, and holds only that."""
    if not is_run(folder):
        return False
    told = Run(folder).history(steps=False).read()
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*")}
    return told.last is not None and not told.epochs and files <= _BEFORE_LEARNING


def _check_room(folder: Path) -> None:
    """Raise ExplorerError where a folder holds anything but a lock or what may be cleared."""
    is_empty = all(file.name == _LOCK for file in folder.iterdir())
    if not (is_empty or learned_nothing(folder)):
        raise ExplorerError(
            f"{folder} is not empty.",
            hint="To go on with a run, give its folder alone; else choose another folder.",
        )


def _clear(folder: Path) -> None:
    """Remove the files of a run that `learned_nothing`; it is no run from the first one on."""
    (folder / "recipe.toml").unlink(missing_ok=True)
    for file in sorted(folder.rglob("*"), reverse=True):  # what lies in a folder before the folder
        if file.is_dir() and not file.is_symlink():
            file.rmdir()
        elif file.name != _LOCK:  # which is held
            file.unlink()


def _anchored(recipe: Recipe) -> Recipe:
    """The same from whatever folder it is run."""
    model = recipe.model
    if Path(model).exists():
        model = os.path.abspath(model)
    probe = os.path.abspath(recipe.probe) if recipe.probe else None
    if probe and not os.path.isfile(probe):
        hint = "Choose another “probe”, or leave it out."
        raise ExplorerError(f"The picture to be followed, {probe}, does not exist.", hint)
    return replace(recipe, model=model, probe=probe)


def open_run(folder: Path) -> Run:
    """The run in a folder; raises ExplorerError where there is none."""
    folder = Path(os.path.abspath(folder))
    if not is_run(folder):
        raise ExplorerError(
            f"{folder} is no run: it holds no recipe.toml and data.json.",
            hint="Give the folder of a run, or begin one with --recipe and --data.",
        )
    return Run(folder)


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    return (folder / "recipe.toml").is_file() and (folder / "data.json").is_file()


def list_runs(folder: Path | None = None) -> list[Run]:
    """All runs in a folder, the newest first; None = the usual folder."""
    folder = paths.runs() if folder is None else folder
    try:
        runs = [Run(inner) for inner in folder.iterdir() if is_run(inner)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(runs, key=lambda run: (run.folder / "recipe.toml").stat().st_mtime, reverse=True)


def free_name(wanted: str, folder: Path | None = None) -> Path:
    """A folder for a new run: the wanted name, or, where that is taken, with a number behind it."""
    folder = paths.runs() if folder is None else folder
    names = [wanted, *(f"{wanted} {number}" for number in range(2, 10_000))]
    return next(folder / name for name in names if not (folder / name).exists())

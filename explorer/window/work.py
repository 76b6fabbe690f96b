"""What workers run: plain functions that know no thread and no window, and what they answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import ExplorerError
from ..images.reading import read_picture
from ..records import Framing, Picture, Positions, Trace, Weights
from .collector import import_quietly
from .state import Options
from .worker import Task

if TYPE_CHECKING:
    from ..models.vit import ViT

Stamp = tuple[int, int]  # time of change in ns, bytes: another one means another picture
TraceKey = tuple[Path, Stamp, int, Framing]  # int: which loaded model
_numbers = count(1)


class LoadViT(Protocol):
    """`explorer.models.vit.load`."""

    def __call__(
        self,
        weights: Weights,
        device: str,
        precision: str,
        *,
        progress: Callable[[str, float | None], None],
        should_stop: Callable[[], bool],
        may_download: bool,
    ) -> ViT: ...


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """A picture, and the state of its file when it was read."""

    path: Path
    picture: Picture
    stamp: Stamp


@dataclass(frozen=True, eq=False)
class ModelInUse:
    """A loaded model, numbered: another number or framing means other traces."""

    vit: ViT
    positions: Positions
    weights: Weights
    options: Options
    own_framing: Framing  # where none is chosen
    number: int = field(default_factory=partial(next, _numbers))

    def key(self, read: ReadPicture) -> TraceKey:
        return read.path, read.stamp, self.number, self.vit.info.framing


@dataclass(frozen=True, eq=False)
class Traced:
    """A trace, what it is of, and how long it took."""

    read: ReadPicture
    key: TraceKey
    trace: Trace
    seconds: float


def stamp_of(path: Path) -> Stamp:
    """What tells one state of a file from another; zeros where it cannot be asked."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def read(path: Path, known: Stamp | None, _task: Task) -> ReadPicture | None:
    """Decode a picture; None where the file is still as `known`."""
    stamp = stamp_of(path)
    return None if stamp == known else ReadPicture(path, read_picture(path), stamp)


@cache
def _import_load() -> LoadViT:
    """`models.vit.load`: on the worker, when the window is there."""
    with import_quietly():
        from ..models.vit import load
    return load


def load_from_models(weights: Weights, *args: Any, **named: Any) -> ViT:
    """The loader of the program itself; tests give the controller another one."""
    return _import_load()(weights, *args, **named)


def load_model(
    load: LoadViT, weights: Weights, options: Options, may_download: bool, task: Task
) -> ModelInUse:
    """Load a model for the chosen device and precision, with its own framing; read its positions.

    All of it here: the window never waits for it.
    """
    task.progress(f"Loading {weights.file.name if weights.file else weights.name}")
    vit = load(
        weights,
        options.device,
        options.precision,
        progress=task.progress,
        should_stop=task.should_stop,
        may_download=may_download,
    )
    return ModelInUse(vit, vit.positions, weights, options, vit.info.framing)


def trace(model: ModelInUse, found: ReadPicture, task: Task) -> Traced:
    """Trace a picture that was read."""
    start = time.perf_counter()
    made = model.vit.trace(found.picture, should_stop=task.should_stop)
    return Traced(found, model.key(found), made, time.perf_counter() - start)


def read_and_trace(
    model: ModelInUse, path: Path, known: ReadPicture | None, task: Task
) -> Traced | None:
    """Read and trace a picture ahead; None where it cannot be: whoever chooses it learns why."""
    try:
        found = known or read(path, None, task)
        return trace(model, found, task) if found else None
    except ExplorerError:
        return None


def check(vit: ViT, picture: Picture, task: Task) -> str:
    """Compare what is recorded with what the model used, in one sentence."""
    task.progress("Checking the recorded attention")
    return str(vit.self_check(picture))


def release(_task: Task) -> None:
    """Give the memory of a model that went back to the system."""
    if "torch" in sys.modules:  # or there never was one
        from ..models.memory import release_memory

        release_memory()

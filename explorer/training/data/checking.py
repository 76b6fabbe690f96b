"""What is wrong with the pictures themselves: every file is opened, by threads, before training."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import Cancelled, ExplorerError
from ...images.reading import read_picture
from .examples import Dataset, Problem
from .layouts import counted

_GLANCE = 64  # pixels; a JPEG is decoded at an eighth of its size, all of its data still read
_AT_ONCE = 256  # pictures between two looks at the wish to stop
_THREADS = min(8, os.cpu_count() or 1)


@dataclass(frozen=True, eq=False)
class Checked:
    """What a look into every file has found."""

    problems: tuple[Problem, ...]
    sizes: np.ndarray  # int64 (pictures that can be read, 2): width, height
    bytes: int  # of all files

    @property
    def typical_size(self) -> tuple[int, int]:
        """Median width and height."""
        width, height = np.median(self.sizes, axis=0) if len(self.sizes) else (0, 0)
        return int(width), int(height)


@dataclass(frozen=True)
class _Look:
    """One file: what it holds, or why it cannot be read."""

    name: str
    label: int
    half: int  # 0 trains, 1 validates
    content: bytes  # digest; b"" where it cannot be read
    size: tuple[int, int]
    bytes: int
    error: str


def check_pictures(
    dataset: Dataset,
    progress: Callable[[int, int], None] = lambda done, all_of_them: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Checked:
    """Open every picture: which are broken, and which are there twice.

    `progress` is told how many of how many are done. Raises Cancelled where it should stop.
    """
    jobs = [
        (half, examples.path(index), examples.names[index], int(examples.labels[index]))
        for half, examples in enumerate(dataset.halves)
        for index in range(len(examples))
    ]
    looks: list[_Look] = []
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="check") as pool:
        for start in range(0, len(jobs), _AT_ONCE):
            if should_stop():
                raise Cancelled
            looks += pool.map(_look, jobs[start : start + _AT_ONCE])
            progress(len(looks), len(jobs))
    sizes = [look.size for look in looks if not look.error]
    return Checked(
        tuple(_problems(looks, dataset.classes)),
        np.array(sizes, np.int64).reshape(-1, 2),
        sum(look.bytes for look in looks),
    )


def _look(job: tuple[int, Path, str, int]) -> _Look:
    half, path, name, label = job
    try:
        size = read_picture(path, _GLANCE).full_size
        content = path.read_bytes()
    except (ExplorerError, OSError) as error:
        return _Look(name, label, half, b"", (0, 0), 0, str(error))
    digest = hashlib.blake2b(content, digest_size=16).digest()
    return _Look(name, label, half, digest, size, len(content), "")


def _problems(looks: Sequence[_Look], classes: Sequence[str]) -> Iterator[Problem]:
    broken = [look for look in looks if look.error]
    if broken:
        message = f"{counted(len(broken))} broken and will be passed over. {broken[0].error}"
        yield Problem(message, tuple(look.name for look in broken))
    same: dict[bytes, list[_Look]] = {}
    for look in looks:
        same.setdefault(look.content, []).append(look)
    same.pop(b"", None)
    twins = [group for group in same.values() if len(group) > 1]
    yield from _seen_in_training(twins)
    yield from _of_two_classes(twins, classes)


def _seen_in_training(twins: Sequence[Sequence[_Look]]) -> Iterator[Problem]:
    """Validation pictures that the model learns: their accuracy says nothing."""
    leaks = [look for group in twins if any(look.half == 0 for look in group) for look in group
             if look.half == 1]  # fmt: skip
    if leaks:
        message = f"{counted(len(leaks))} in both halves: validation will look better than it is."
        yield Problem(message, tuple(look.name for look in leaks))


def _of_two_classes(twins: Sequence[Sequence[_Look]], classes: Sequence[str]) -> Iterator[Problem]:
    torn = [group for group in twins if len({look.label for look in group}) > 1]
    if torn:
        names = sorted({classes[look.label] for look in torn[0]})
        message = f"{counted(len(torn))} in several classes, such as {' and '.join(names)}."
        yield Problem(message, tuple(look.name for group in torn for look in group))

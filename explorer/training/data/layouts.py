"""How labels can be told: by file names, by folders, by a table; which of them a folder has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .examples import Layout, Problem

TRAIN = ("train", "training", "trn")
VALIDATION = ("val", "valid", "validation", "dev", "test", "testing")
_NUMBERED = re.compile(r"(\d{1,5})_")  # longer ones are dates: 20240131_142301.jpg
_NAMED = re.compile(r"(.*[^_])_[^_]+\.[^.]+")
_MOST = 0.9  # of the pictures must tell their class by one layout


@dataclass(frozen=True, eq=False)
class Labelled:
    """What a layout says about the pictures of a folder."""

    layout: Layout
    said: str  # in words, after “Classes are told by ”
    classes: Mapping[str, str]  # a picture's path below the folder → its class, as it is written
    names: Mapping[str, str] = field(default_factory=dict)  # a class, as written → as people say it
    validation: frozenset[str] | None = None  # those that a table puts there; None: it says nothing
    problems: tuple[Problem, ...] = ()


def half_of(name: str) -> str | None:
    """The half that a folder's or a table's name means, or a word in it; None: it means none."""
    word = name.strip().lower()
    return "train" if word in TRAIN else "validation" if word in VALIDATION else None


def by_folders(pictures: Sequence[str]) -> Labelled | None:
    """A folder per class."""
    classes = {name: name.split(os.sep, 1)[0] for name in pictures if os.sep in name}
    return _labelled("folders", "folders", classes, pictures)


def by_file_names(pictures: Sequence[str]) -> Labelled | None:
    """Names such as 26_5064.jpg or Ragdoll_17.jpg: {class}_{id}."""
    direct = [name for name in pictures if os.sep not in name]
    for pattern in (_NUMBERED, _NAMED):
        matches = {name: pattern.match(name) for name in direct}
        classes = {name: match[1] for name, match in matches.items() if match}
        is_chance = pattern is _NAMED and len(set(classes.values())) > len(classes) / 2
        found = _labelled("file names", "file names, {class}_{id}", classes, pictures)
        if found and not is_chance:
            return found
    return None


def _labelled(
    layout: Layout, said: str, classes: Mapping[str, str], pictures: Sequence[str]
) -> Labelled | None:
    """None where too few pictures are labelled so."""
    if not classes or len(classes) < _MOST * len(pictures):
        return None
    return Labelled(layout, said, classes, problems=left_out(classes, pictures))


def left_out(classes: Mapping[str, str], pictures: Iterable[str]) -> tuple[Problem, ...]:
    """Says which pictures have no class."""
    rest = tuple(name for name in pictures if name not in classes)
    return (Problem(f"{counted(len(rest))} left out: no class is told.", rest),) if rest else ()


def counted(count: int) -> str:
    """So many pictures, and the verb."""
    return f"{count:,} picture{' is' if count == 1 else 's are'}"

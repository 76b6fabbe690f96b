"""Labelled or captioned pictures: what a training learns from, and what it is measured by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Literal

import numpy as np

from ...errors import ExplorerError

Layout = Literal["file names", "folders", "table", "captions"]
Task = Literal["classify", "caption"]  # what is learned of pictures
Half = Literal["train", "validation", "all"]


@dataclass(frozen=True, eq=False)
class Examples:
    """Pictures below one folder, each with the number of its class, or with captions."""

    folder: Path
    names: tuple[str, ...]  # paths below the folder
    labels: np.ndarray  # int64 (pictures,); zeros where there are captions
    captions: tuple[
        tuple[str, ...], ...
    ] = ()  # each picture's, one or more; () where none are told

    def __len__(self) -> int:
        return len(self.names)

    def path(self, index: int) -> Path:
        return self.folder / self.names[index]

    def counts(self, classes: int) -> np.ndarray:
        """Pictures of each class: int64 (classes,)."""
        return np.bincount(self.labels, minlength=classes)

    def of_class(self, label: int, count: int) -> list[Path]:
        """Some pictures of a class, evenly spread over all of them."""
        places = np.flatnonzero(self.labels == label)
        chosen = np.linspace(0, len(places) - 1, min(count, len(places))).round().astype(int)
        return [self.path(int(place)) for place in places[chosen]]

    def chosen(self, places: Sequence[int] | np.ndarray) -> Examples:
        """Only those in the given places."""
        names = tuple(self.names[place] for place in places)
        captions = tuple(self.captions[place] for place in places) if self.captions else ()
        return Examples(self.folder, names, self.labels[places], captions)


@dataclass(frozen=True)
class Problem:
    """Something about the pictures that one should know before training."""

    message: str
    files: tuple[str, ...] = ()  # which pictures; () where it is not about single ones


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled or captioned pictures in two halves."""

    layout: Layout
    said: str  # in words: what was recognised, and how it was divided
    classes: tuple[str, ...]  # their names; a label is a place in here; () where there are captions
    train: Examples
    validation: Examples
    problems: tuple[Problem, ...] = ()
    is_drawn: bool = False  # whether the halves were drawn by lot: nobody says which validates

    @property
    def halves(self) -> tuple[Examples, Examples]:
        return self.train, self.validation

    @property
    def task(self) -> Task:
        """What can be learned of it."""
        return "caption" if self.layout == "captions" else "classify"

    def fingerprint(self) -> str:
        """Changes when pictures come, go, move to another class or half, or differ in size.

        Likewise when their captions change.

        Times of change do not matter: a copy on another machine is the same data. Raises
        ExplorerError where a picture is gone.
        """
        digest = hashlib.sha256("\0".join(self.classes).encode(errors="surrogateescape"))
        for half in self.halves:
            told = half.captions or ((),) * len(half)
            rows = zip(half.names, half.labels.tolist(), _sizes(half), told, strict=True)
            for name, label, size, captions in sorted(rows):
                said = "".join(f"\0{caption}" for caption in captions)
                line = f"\n{PurePath(name).as_posix()}\0{label}\0{size}{said}"
                digest.update(line.encode(errors="surrogateescape"))
            digest.update(b"\n\n")
        return digest.hexdigest()

    def as_json(self) -> dict[str, Any]:
        """All of it in plain values, to be kept beside a run."""
        return {
            "layout": self.layout,
            "said": self.said,
            "classes": list(self.classes),
            "train": _half_as_json(self.train),
            "validation": _half_as_json(self.validation),
            "problems": [{"message": one.message, "files": one.files} for one in self.problems],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Dataset:
        """What `as_json` gave."""
        return cls(
            layout=content["layout"],
            said=content["said"],
            classes=tuple(content["classes"]),
            train=_half_from_json(content["train"]),
            validation=_half_from_json(content["validation"]),
            problems=tuple(
                Problem(one["message"], tuple(one["files"])) for one in content["problems"]
            ),
        )


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Labelled pictures that a model can be measured by."""

    half: Half
    said: str  # in words: how their classes are told
    classes: tuple[str, ...]  # their names; a label is a place in here
    examples: Examples

    @property
    def name(self) -> str:
        """What people call them: the end of their folder's path."""
        return "/".join(self.examples.folder.parts[-2:])

    @classmethod
    def of(cls, dataset: Dataset, half: Half | None = None) -> LabelledPictures:
        """Those of a half; None = those that validate, where anybody says which, else all.

        Raises ExplorerError where there is none.
        """
        wanted: Half = half or ("all" if dataset.is_drawn else "validation")
        examples = joined(dataset.halves) if wanted == "all" else getattr(dataset, wanted)
        if not len(examples):
            others = "the other half, or all of them"
            raise ExplorerError(f"There are no {wanted} pictures there.", hint=f"Take {others}.")
        is_whole = wanted == "all" and dataset.is_drawn
        # Of all of them it does not matter how they would be divided, which is said last.
        said = dataset.said.rpartition("; ")[0] + "." if is_whole else dataset.said
        return cls(wanted, said, dataset.classes, examples)


def joined(halves: Sequence[Examples]) -> Examples:
    """Both halves as one, below the folder that they share; raises ExplorerError without one."""
    folders = {half.folder for half in halves if len(half)}
    try:
        folder = Path(os.path.commonpath(folders))
    except ValueError as error:
        raise ExplorerError(
            "The two halves lie on different disks.", hint="Take one of them."
        ) from error
    names = tuple(
        os.path.relpath(half.path(place), folder) for half in halves for place in range(len(half))
    )
    return Examples(folder, names, np.concatenate([half.labels for half in halves]))


def _sizes(half: Examples) -> list[int]:
    """Bytes of each file."""
    sizes = []
    for name in half.names:
        try:
            sizes.append(os.stat(os.path.join(half.folder, name)).st_size)
        except OSError as error:
            raise gone(half.folder, name) from error
    return sizes


def gone(folder: Path, name: str) -> ExplorerError:
    """What to say where a picture cannot be found any more: its folder is away, or only it."""
    if not folder.is_dir():
        return ExplorerError(
            f"The folder “{folder.name}” is not there any more.",
            hint=f"Connect or mount {folder} again; training then goes on from where it was.",
        )
    return ExplorerError(f"{name} is not in “{folder.name}” any more.", hint="Put it back.")


def _half_as_json(half: Examples) -> dict[str, Any]:
    names = [PurePath(name).as_posix() for name in half.names]
    said = {"folder": str(half.folder), "names": names, "labels": half.labels.tolist()}
    return {**said, "captions": half.captions} if half.captions else said


def _half_from_json(content: Mapping[str, Any]) -> Examples:
    names = tuple(str(Path(PurePosixPath(name))) for name in content["names"])
    captions = tuple(tuple(told) for told in content.get("captions", ()))
    return Examples(Path(content["folder"]), names, np.array(content["labels"], np.int64), captions)

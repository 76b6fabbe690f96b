"""Captioned pictures: a folder with captions.json, laid out as COCO's (Lin et al. 2014).

`images` name files, `annotations` say of each what people wrote about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from ...errors import ExplorerError
from ...images.folder import list_pictures, relative
from .examples import Examples, Problem
from .layouts import counted

FILE = "captions.json"
_COCOS = "annotations"  # where COCO itself keeps such files, beside its folders of pictures
_NEEDED = (
    "It needs “images”, each with id and file_name, and “annotations”, each with image_id and "
    "caption."
)


class Captioned(NamedTuple):
    """What a file of captions tells of the pictures beside it."""

    examples: Examples
    problems: tuple[Problem, ...]


def is_captioned(place: Path) -> bool:
    """Whether a folder holds a file of captions, or is one."""
    return place.suffix == ".json" or (place / FILE).is_file()


def read_captioned(place: Path, should_stop: Callable[[], bool]) -> Captioned:
    """The captioned pictures of a folder with captions.json, or of any such file.

    Raises ExplorerError where there are none, or the file is another; Cancelled.
    """
    file = place if place.suffix == ".json" else place / FILE
    folder = file.parent.parent if file.parent.name == _COCOS else file.parent
    names, captions = _names_and_captions(file)
    listing = list_pictures(folder, include_subfolders=True, should_stop=should_stop)
    found = _found([relative(row) for row in listing.rows], names)
    told = {key: _told(captions.get(key, ())) for key in found}
    usable = {key: path for key, path in found.items() if told[key]}
    if not usable:
        hint = "Put the pictures beside it, or below its folder."
        raise ExplorerError(f"None of the pictures that {file.name} tells of is there.", hint)
    examples = Examples(
        folder,
        tuple(usable.values()),
        np.zeros(len(usable), np.int64),
        tuple(told[key] for key in usable),
    )
    return Captioned(examples, _problems(file, names, captions, found, told))


def _names_and_captions(file: Path) -> tuple[dict[Any, str], dict[Any, list[str]]]:
    """A file's pictures and captions, each by the picture's id; raises ExplorerError."""
    content = _content(file)
    try:
        names = {image["id"]: str(image["file_name"]) for image in content["images"]}
        captions: dict[Any, list[str]] = {}
        for said in content["annotations"]:
            captions.setdefault(said["image_id"], []).append(said["caption"])
    except (LookupError, TypeError) as error:
        reason = f"{file.name} is not laid out as COCO's captions are."
        raise ExplorerError(reason, _NEEDED) from error
    if not names or not captions:
        raise ExplorerError(f"{file.name} tells of no captions.", _NEEDED)
    return names, captions


def _content(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        hint = f"Choose the folder that holds {FILE}, or that above “train” and “val”."
        raise ExplorerError(f"There is no {file.name} in “{file.parent.name}”.", hint) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExplorerError(f"{file.name} cannot be read: {reason}.", "Choose another.") from error
    except (ValueError, RecursionError) as error:
        raise ExplorerError(f"{file.name} is no JSON: {error}.", _NEEDED) from error


def _found(pictures: Sequence[str], names: Mapping[Any, str]) -> dict[Any, str]:
    """Where the named pictures lie: at the path that is told, or in another folder below."""
    by_path = {path: path for path in pictures}
    by_name = {Path(path).name: path for path in reversed(pictures)}
    places = {key: str(Path(PurePosixPath(name))) for key, name in names.items()}
    looked = {k: by_path.get(path) or by_name.get(Path(path).name) for k, path in places.items()}
    return {key: path for key, path in looked.items() if path is not None}


def _told(captions: Sequence[Any]) -> tuple[str, ...]:
    """Those that say something, in one line."""
    texts = (" ".join(one.split()) for one in captions if isinstance(one, str))
    return tuple(text for text in texts if text)


def _problems(
    file: Path,
    names: Mapping[Any, str],
    captions: Mapping[Any, Sequence[Any]],
    found: Mapping[Any, str],
    told: Mapping[Any, Sequence[str]],
) -> tuple[Problem, ...]:
    gone = tuple(name for key, name in names.items() if key not in found)
    silent = tuple(path for key, path in found.items() if not told[key])
    empty = sum(len(captions.get(key, ())) - len(told[key]) for key in found)
    strangers = len(captions.keys() - names.keys())
    told_of = f"{strangers:,} captioned picture{' is' if strangers == 1 else 's are'}"
    cases = (
        (len(gone), f"{counted(len(gone))} told of by {file.name} and not there.", gone),
        (len(silent), f"{counted(len(silent))} left out: no caption is told.", silent),
        (empty, f"{empty:,} caption{' is' if empty == 1 else 's are'} empty.", ()),
        (strangers, f"{told_of} not listed in {file.name}.", ()),
    )
    return tuple(Problem(message, files) for count, message, files in cases if count)

"""Checkpoints in several files, with an index of which tensor lies in which."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ...errors import ExplorerError
from .json_files import read_object

INDEX = ".index.json"
_PART = re.compile(r"(.+)-\d+-of-\d+(\.\w+)")


def index_of(file: Path) -> Path:
    """The index of a checkpoint's part, where there is one beside it; else the file itself."""
    part = _PART.fullmatch(file.name)
    index = file.with_name(f"{part[1]}{part[2]}{INDEX}") if part else file
    return index if index.is_file() else file


def parts_of(index: Path) -> dict[Path, list[str]]:
    """The files of a checkpoint, and which tensors are to be taken from each.

    Raises ExplorerError where that is no index, or names a file that is not there or not beside it.
    """
    parts: dict[Path, list[str]] = {}
    for tensor, name in _places(index).items():
        parts.setdefault(index.with_name(name), []).append(tensor)
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        raise ExplorerError(
            f"{index.name} names a part that is not there: {missing[0]}.",
            hint="Copy or download it, too: all parts belong into one folder.",
        )
    return parts


def _places(index: Path) -> dict[str, str]:
    """Names of files by the names of tensors; files are told by name only, without folders."""
    places = read_object(index).get("weight_map")
    if not isinstance(places, dict) or not all(map(_is_file_name, places.values())):
        raise ExplorerError(
            f"{index.name} is not an index of files beside it.",
            hint="Copy or download it again.",
        )
    return places


def _is_file_name(value: Any) -> bool:
    """Whether it names a part in the same folder, on every system: no path, no other index."""
    is_name = isinstance(value, str) and re.fullmatch(r"\w[\w.-]*", value) is not None
    return is_name and not value.endswith(INDEX)

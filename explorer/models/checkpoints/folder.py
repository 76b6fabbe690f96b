"""Folders of one checkpoint, as Hugging Face's libraries save and cache them; and our runs."""

from __future__ import annotations

import os
from pathlib import Path

from ...errors import ExplorerError
from ..networks.fitting import shortened
from .parts import INDEX, index_of
from .reading import SUFFIXES

_NAMES = ("model.safetensors", "pytorch_model.bin")  # whole, or in parts that an index names
_RUN = "recipe.toml"  # in a folder of our own training
_BEST = "best.safetensors"
_OTHER_LIBRARIES = ("tf_model.h5", "flax_model.msgpack")


def _snapshot(folder: Path) -> Path:
    """Of a folder in Hugging Face's cache the version that was fetched last as its main one."""
    reference = folder / "refs" / "main"
    if not reference.is_file():
        return folder
    version = folder / "snapshots" / Path(reference.read_text("utf-8", "replace").strip()).name
    return version if version.is_dir() else folder


def _what_instead(folder: Path) -> str:
    if any((folder / name).is_file() for name in _OTHER_LIBRARIES):
        return "holds weights for TensorFlow or Flax, which cannot be read here"
    return f"holds no checkpoint ({', '.join(_NAMES)}, or one file {', '.join(SUFFIXES)})"


def _best(run: Path) -> Path:
    """The model of a run's best epoch."""
    if (run / _BEST).is_file():
        return run / _BEST
    raise ExplorerError(
        f"{run.name} has no model yet: no epoch of its training has ended.",
        hint="Wait, or let it go on.",
    )


def _found(path: Path, folder: Path) -> Path:
    """The checkpoint in `folder`, where that of `path` lies."""
    if (folder / _RUN).is_file():
        return _best(folder)
    for name in _NAMES:
        for file in (folder / name, folder / f"{name}{INDEX}"):
            if file.is_file():
                return file
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if len(found) == 1:
        return found[0]
    if found:
        raise ExplorerError(
            f"{path.name} holds several checkpoints: {shortened([file.name for file in found])}.",
            hint="Choose one of them.",
        )
    raise ExplorerError(f"{path.name} {_what_instead(folder)}.", hint="Choose another folder.")


def checkpoint_in(path: Path) -> Path:
    """The checkpoint of a folder: a file, or the index of its parts; a file stays, but for a part.

    Absolute, so that its folder has a name. Raises ExplorerError where a folder holds none, or
    several, or cannot be read.
    """
    path = Path(os.path.abspath(path))
    try:
        return _found(path, _snapshot(path)) if path.is_dir() else index_of(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExplorerError(
            f"{path.name[:80]} cannot be read: {reason}.", hint="Choose another file or folder."
        ) from error

"""What lasts between starts, in an INI file; what cannot be understood there is left aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from PySide6.QtCore import QByteArray, QSettings

from ..errors import ExplorerError
from ..images import colormaps
from ..paths import settings_file
from ..records import (
    DEFAULT_MODEL,
    CaptionerWeights,
    Framing,
    Heads,
    Interpolation,
    Layers,
    PreLogits,
    Resampling,
    Row,
    Weights,
    WordQuery,
    Writing,
)
from .state import Captioning, CaptionView, Options, Overlay, State
from .theme import CHOICES, Choice
from .training.fine_tuning.remembered import Remembered

T = TypeVar("T")
RECENT = 10  # folders and checkpoints that are remembered
DEVICES = ("auto", "cuda", "mps", "cpu")
PRECISIONS = ("float32", "bfloat16")
CAPTION_VIEWS: tuple[CaptionView, ...] = get_args(CaptionView)
FRAMINGS: tuple[Framing, ...] = get_args(Framing)
Together = Literal["mean", "minimum", "maximum"]
TOGETHER: tuple[Together, ...] = get_args(Together)  # how layers, or heads, are put together
_FOREIGN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, ExplorerError)
# what values raise that are not what they should be


class Settings:
    """Reads and writes the settings file. Records are JSON in it, one line each."""

    def __init__(self) -> None:
        self._file = QSettings(str(settings_file()), QSettings.Format.IniFormat)

    def restore(self) -> State:
        """The state to begin with: the last one, as far as it still makes sense.

        A second model is not opened again: comparing is begun anew, and a start stays quick.
        """
        place = self._read("place", _place, dict[str, Any]())
        return State(
            wanted=self._read("model", _weights, DEFAULT_MODEL),
            options=self._read("options", _options, Options()),
            overlay=self._read("overlay", _overlay, Overlay()),
            captioning=self._read("captioner", _captioning, None),
            writing=self._read("writing", _writing, Writing()),
            words=self._read("words", _words, WordQuery()),
            caption_view=self._read("caption_view", _caption_view, "words"),
            **place,
        )

    def remember(self, old: State, new: State) -> None:
        """Write what moved between two states."""
        if (old.folder, old.path, old.include_subfolders) != (
            new.folder,
            new.path,
            new.include_subfolders,
        ):
            self._write(
                "place",
                {
                    "folder": _text(new.folder),
                    "path": _text(new.path),
                    "include_subfolders": new.include_subfolders,
                },
            )
        if new.wanted != old.wanted:
            self._write("model", _plain(new.wanted))
        self._remember_captions(old, new)
        if new.options != old.options:
            self._write("options", asdict(new.options))
        if new.overlay != old.overlay:
            self._write("overlay", asdict(new.overlay))

    def _remember_captions(self, old: State, new: State) -> None:
        """Which captioner is open, how it writes, and how its maps are looked at."""
        wanted = new.captioning.wanted if new.captioning else None
        if wanted != (old.captioning.wanted if old.captioning else None):
            self._write("captioner", _plain(wanted) if wanted else None)
        if new.writing != old.writing:
            self._write("writing", asdict(new.writing))
        look = replace(new.words, places=())  # of any caption: places are one caption's own
        if look != replace(old.words, places=()):
            self._write("words", asdict(look))
        if new.caption_view != old.caption_view:
            self._write("caption_view", new.caption_view)

    @property
    def theme(self) -> Choice:
        return self._read("theme", lambda saved: _one_of(saved, CHOICES), "system")

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._write("theme", choice)

    @property
    def recent_folders(self) -> tuple[Path, ...]:
        """The latest first."""
        none: tuple[Path, ...] = ()
        return self._read("recent_folders", _paths, none)[:RECENT]

    def add_recent_folder(self, folder: Path) -> None:
        """Put a folder before the others."""
        others = [other for other in self.recent_folders if other != folder]
        self._write("recent_folders", [str(path) for path in [folder, *others][:RECENT]])

    @property
    def recent_checkpoints(self) -> tuple[Weights | CaptionerWeights, ...]:
        """The latest first, each with what was answered about it."""
        none: tuple[Weights | CaptionerWeights, ...] = ()
        return self._read("recent_checkpoints", _checkpoints, none)[:RECENT]

    def add_recent_checkpoint(self, weights: Weights | CaptionerWeights) -> None:
        """Put a checkpoint before the others; each file stands there once."""
        others = [other for other in self.recent_checkpoints if other.file != weights.file]
        self._write("recent_checkpoints", [_plain(w) for w in [weights, *others][:RECENT]])

    @property
    def fine_tuning(self) -> Remembered | None:
        """The training that was set up last; None where none was."""
        return self._read("fine_tuning", Remembered.from_plain, None)

    @fine_tuning.setter
    def fine_tuning(self, remembered: Remembered) -> None:
        self._write("fine_tuning", remembered.as_plain())

    def layout(self) -> tuple[QByteArray, QByteArray]:
        """Geometry and dock layout of the window; empty where none was saved."""
        saved = (self._file.value(key) for key in ("window/geometry", "window/docks"))
        geometry, docks = (v if isinstance(v, QByteArray) else QByteArray() for v in saved)
        return geometry, docks

    def remember_layout(self, geometry: QByteArray, docks: QByteArray) -> None:
        self._file.setValue("window/geometry", geometry)
        self._file.setValue("window/docks", docks)

    def _write(self, key: str, value: object) -> None:
        self._file.setValue(key, json.dumps(value, ensure_ascii=False))

    def _read(self, key: str, understand: Callable[[Any], T], otherwise: T) -> T:
        """A saved value, if it is there and what it should be: people and crashes edit files."""
        try:
            return understand(json.loads(str(self._file.value(key))))
        except _FOREIGN:
            return otherwise


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _plain(weights: Weights | CaptionerWeights) -> dict[str, Any]:
    plain = asdict(weights)
    return {key: _text(value) if isinstance(value, Path) else value for key, value in plain.items()}


def _path(saved: Any) -> Path | None:
    return Path(saved) if isinstance(saved, str) and saved else None


def _paths(saved: Any) -> tuple[Path, ...]:
    return tuple(Path(path) for path in saved)


def _one_of(saved: Any, allowed: Sequence[T]) -> T:
    if saved not in allowed:
        raise ValueError(saved)
    return allowed[allowed.index(saved)]


def _place(saved: Any) -> dict[str, Any]:
    """Folder and picture, where they are still there."""
    folder, path = _path(saved["folder"]), _path(saved["path"])
    folder = folder if folder is not None and folder.is_dir() else None
    inside = folder is not None and path is not None and path.is_relative_to(folder)
    return {
        "folder": folder,
        "path": path if inside and path is not None and path.is_file() else None,
        "include_subfolders": bool(saved["include_subfolders"]),
    }


def _weights(saved: Any) -> Weights:
    name, file = str(saved["name"]), _path(saved["file"])
    if not name and file is None:
        raise ValueError(saved)
    heads = saved["heads"]
    return Weights(
        name=name,
        file=file,
        random=bool(saved["random"]),
        heads=None if heads is None else int(heads),
        image_size=_image_size(saved["image_size"]),
        normalisation=_normalisation(saved["normalisation"]),
        interpolation=_chosen(saved, "interpolation", get_args(Interpolation)),
        resampling=_chosen(saved, "resampling", get_args(Resampling)),
        pre_logits=_chosen(saved, "pre_logits", get_args(PreLogits)),
    )


def _chosen(saved: Any, key: str, allowed: Sequence[T]) -> T | None:
    """One of a few answers; None where it was left open, also in files older than the question."""
    return None if saved.get(key) is None else _one_of(saved[key], allowed)


def _checkpoints(saved: Any) -> tuple[Weights | CaptionerWeights, ...]:
    """Of models and of captioners, which alone have a vocabulary."""
    return tuple(_captioner(each) if "vocabulary" in each else _weights(each) for each in saved)


def _captioner(saved: Any) -> CaptionerWeights:
    name, file = str(saved["name"]), _path(saved["file"])
    if not name and file is None:
        raise ValueError(saved)
    heads, dilation = saved["heads"], saved["dilation"]
    return CaptionerWeights(
        name=name,
        file=file,
        vocabulary=_path(saved["vocabulary"]),
        heads=None if heads is None else int(heads),
        dilation=None if dilation is None else bool(dilation),
    )


def _captioning(saved: Any) -> Captioning | None:
    """The captioner that was open, to be loaded again; None where none was."""
    return None if saved is None else Captioning(_captioner(saved))


def _writing(saved: Any) -> Writing:
    temperature, most = saved["temperature"], saved["max_tokens"]
    writing = Writing(
        beams=int(saved["beams"]),
        length_penalty=float(saved["length_penalty"]),
        temperature=None if temperature is None else float(temperature),
        seed=int(saved["seed"]),
        max_tokens=None if most is None else max(1, int(most)),
    )
    writing.check()
    return writing


def _words(saved: Any) -> WordQuery:
    rows: tuple[Row, ...] = get_args(Row)
    layer: Layers = _one_or_together(saved["layer"])
    head: Heads = _one_or_together(saved["head"])
    return WordQuery(
        layer=layer,
        head=head,
        row=_one_of(saved["row"], rows),
        by_piece=bool(saved["by_piece"]),
        with_ends=bool(saved["with_ends"]),
    )


def _caption_view(saved: Any) -> CaptionView:
    return _one_of(saved, CAPTION_VIEWS)


def _one_or_together(saved: Any) -> int | Together:
    """The number of a layer or a head, or how all are put together."""
    return _one_of(saved, TOGETHER) if isinstance(saved, str) else int(saved)


def _image_size(saved: Any) -> tuple[int, int] | None:
    if saved is None:
        return None
    height, width = (int(side) for side in saved)
    return height, width


def _normalisation(saved: Any) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    if saved is None:
        return None
    mean, std = (tuple(float(number) for number in numbers) for numbers in saved)
    return mean, std


def _options(saved: Any) -> Options:
    framing = saved["framing"]
    return Options(
        device=_one_of(saved["device"], DEVICES),
        precision="bfloat16"
        if _one_of(saved["precision"], PRECISIONS) == "bfloat16"
        else "float32",
        framing=None if framing is None else _one_of(framing, FRAMINGS),
    )


def _overlay(saved: Any) -> Overlay:
    return Overlay(
        visible=bool(saved["visible"]),
        opacity=min(max(float(saved["opacity"]), 0.0), 1.0),
        colormap=_one_of(saved["colormap"], colormaps.NAMES),
        smooth=bool(saved["smooth"]),
        shared_scale=bool(saved["shared_scale"]),
        diverging=_one_of(saved.get("diverging", colormaps.ON_PICTURE), colormaps.DIVERGING),
    )

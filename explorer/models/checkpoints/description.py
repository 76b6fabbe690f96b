"""What a checkpoint says about itself: in its file, or in a JSON file beside it."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from ...errors import ExplorerError
from ...records import PreLogits
from ..layouts.transformers_other import check_type
from ..networks.measures import classes_of, depth_of
from .json_files import read_object
from .model_args import is_count, is_number, known_arguments
from .parts import INDEX
from .reading import SAYS_NOTHING, SUFFIXES, Checkpoint
from .transformers_config import (
    check_agreement,
    is_alike,
    is_of_transformers,
    learned_size,
    network_arguments,
    norm_epsilon,
)
from .transformers_processor import preparation, shown_size

_PROCESSOR = "preprocessor_config.json"
_PLACEHOLDER = re.compile(r"LABEL_\d+")  # transformers' names for classes that nobody named
_LABELS = ("label_names", "class_names", "classes", "labels", "class_to_idx", "id2label")


@dataclass(frozen=True)
class Description:
    """A checkpoint's own words, as far as they could be understood."""

    origin: str = ""  # the file that says it; "" where nothing is said
    architecture: str = ""  # timm's name
    model_args: dict[str, Any] = field(default_factory=dict)  # for `timm.create_model`
    ignored: tuple[str, ...] = ()  # names of arguments that were not understood
    input: dict[str, Any] = field(default_factory=dict)  # mean, std, … as in timm's configs
    labels: tuple[str, ...] | None = None
    epsilon: float | None = None  # of every layer norm
    pre_logits: PreLogits | None = None  # where the layer before the classifier stands
    input_origin: str = ""  # the file that says `input`, where it is another
    shown_size: tuple[int, int] | None = None  # height, width of pictures, as that file says


def describe_checkpoint(path: Path, checkpoint: Checkpoint) -> Description:
    """Read `NAME.json` or `config.json` beside a checkpoint, else the checkpoint's own notes.

    Understands the layouts of timm's and of transformers' configs on the hub, and what timm's
    training script notes (`arch`). What it does not understand counts as not said.
    Raises ExplorerError where a config of transformers is of another model, or of a network that
    cannot be explored.
    """
    own = path.with_suffix(".json")
    if path.suffix != ".json" and (said := _read_json(own)):
        return _of_config(said, own, checkpoint)
    common = path.with_name("config.json")
    said = _read_json(common)
    if said and _is_about(said, path, checkpoint):
        return _of_config(said, common, checkpoint)
    noted = _understand(_with_arguments(checkpoint.notes), path.name)
    return _with_processor(noted, path.with_name(_PROCESSOR))


def _of_config(said: Mapping[str, Any], file: Path, checkpoint: Checkpoint) -> Description:
    """What a config says, and, where it is of transformers, the processor's beside it."""
    if not is_of_transformers(said):
        return _understand(said, file.name)
    check_type(said["model_type"], file.name)
    if not depth_of(checkpoint.tensors):
        raise ExplorerError(
            f"{file.name} says it is a “{said['model_type'][:40]}”, and its tensors are named as "
            "no vision transformer's that is known here.",
            hint="Of Hugging Face's, ViT, DeiT, MAE, MSN, I-JEPA, DINOv2 and BEiT can be read.",
        )
    check_agreement(said, checkpoint.tensors, file.name)
    arguments, ignored = network_arguments(said)
    size = learned_size(said)
    description = Description(
        origin=file.name,
        model_args=arguments,
        ignored=ignored,
        input={"input_size": size} if size else {},
        labels=_labels(said),
        epsilon=norm_epsilon(said),
    )
    return _with_processor(description, file.with_name(_PROCESSOR))


def _with_processor(description: Description, file: Path) -> Description:
    """With what transformers' `preprocessor_config.json` says of pictures, if it is there."""
    said = _read_json(file)
    prepared, size = preparation(said), shown_size(said)
    if not prepared and not size:
        return description
    described = {**description.input, **prepared}
    return replace(description, input=described, input_origin=file.name, shown_size=size)


def _with_arguments(notes: Mapping[str, Any]) -> dict[str, Any]:
    """What a training script noted, and what its `args` say beside it, as timm's script has them.

    An empty word there means: as the model wants it.
    """
    args = notes.get("args")
    told = vars(args) if isinstance(args, Namespace) else {}
    said = {name: told[name] for name in _INPUT if told.get(name) not in (None, "")}
    return {"model_args": told.get("model_kwargs"), **said, **notes}


def _is_about(said: Mapping[str, Any], path: Path, checkpoint: Checkpoint) -> bool:
    """Whether a `config.json` speaks for a checkpoint, which may be one of many in its folder."""
    stem = Path(path.name.removesuffix(INDEX)).stem
    if stem in SAYS_NOTHING or said.get("num_classes") == classes_of(checkpoint.tensors):
        return True
    if is_of_transformers(said) and is_alike(said, checkpoint.tensors):
        return True
    labels = _labels(said) or ()
    alone = not any(p.suffix in SUFFIXES and p != path for p in path.parent.glob("*"))
    return alone or len(labels) == classes_of(checkpoint.tensors) > 0


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except OSError:
        return {}


def _understand(said: Mapping[str, Any], origin: str) -> Description:
    nested = said.get("pretrained_cfg")
    config = {**said, **nested} if isinstance(nested, Mapping) else dict(said)
    architecture = config.get("architecture") or config.get("arch") or ""
    args = config.get("model_args")
    known, ignored = known_arguments(args if isinstance(args, Mapping) else {})
    description = Description(
        origin=origin,
        architecture=architecture if isinstance(architecture, str) else "",
        model_args=known,
        ignored=ignored,
        input=_input(config),
        labels=_labels(config),
        epsilon=norm_epsilon(config),
        pre_logits=_pre_logits(config.get("pre_logits")),
    )
    says_nothing = Description(origin=origin)
    return description if description != says_nothing else Description()


def _pre_logits(value: Any) -> PreLogits | None:
    places: tuple[PreLogits, ...] = get_args(PreLogits)
    return next((place for place in places if place == value), None)


def _input(config: Mapping[str, Any]) -> dict[str, Any]:
    """The entries about preprocessing that have the right form."""
    found = {key: config[key] for key in _INPUT if config.get(key) is not None}
    return {key: value for key, value in found.items() if _INPUT[key](value)}


def _are_numbers(value: Any) -> bool:
    is_list = isinstance(value, list | tuple) and len(value) > 0
    return is_list and all(is_number(number) for number in value)


def _is_size(value: Any) -> bool:
    """Channels, height and width."""
    return _are_numbers(value) and len(value) == 3 and all(map(is_count(10_000), value))


def _is_word(value: Any) -> bool:
    return isinstance(value, str)


_INPUT: dict[str, Callable[[Any], bool]] = {
    "mean": _are_numbers,
    "std": _are_numbers,
    "input_size": _is_size,
    "interpolation": _is_word,
    "crop_pct": lambda value: is_number(value) and 0 < value <= 1,
    "crop_mode": _is_word,
}


def _labels(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    """A name per class, in the classes' order."""
    for key in _LABELS:
        names = _in_order(config.get(key))
        if names and not all(map(_PLACEHOLDER.fullmatch, names)):
            readable = config.get("label_descriptions")
            readable = readable if isinstance(readable, Mapping) else {}
            return tuple(str(readable.get(name, name)) for name in names)
    return None


def _in_order(value: Any) -> list[str]:
    """Names from a list, from {"0": name}, or from {name: 0}; empty where it is none of them."""
    if isinstance(value, Mapping) and value:
        pairs = list(value.items())
        if all(isinstance(number, int) for number in value.values()):
            pairs = [(number, name) for name, number in pairs]
        if not all(_is_class_number(number) for number, _ in pairs):
            return []
        return [str(name) for _, name in sorted(pairs, key=lambda pair: int(pair[0]))]
    is_list = isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)
    return list(value) if is_list else []


def _is_class_number(value: Any) -> bool:
    return re.fullmatch("[0-9]{1,7}", str(value)) is not None

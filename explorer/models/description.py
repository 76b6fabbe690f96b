"""What a checkpoint says about itself: in its file, or in a JSON file beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .checkpoints import Checkpoint

_LABELS = ("label_names", "class_names", "classes", "labels", "class_to_idx", "id2label")
_INPUT = ("mean", "std", "input_size", "interpolation", "crop_pct", "crop_mode")


@dataclass(frozen=True)
class Description:
    """A checkpoint's own words, as far as they could be understood."""

    origin: str = ""  # the file that says it; "" where nothing is said
    architecture: str = ""  # timm's name
    model_args: dict[str, Any] = field(default_factory=dict)  # for `timm.create_model`
    input: dict[str, Any] = field(default_factory=dict)  # mean, std, … as in timm's configs
    labels: tuple[str, ...] | None = None


def describe_checkpoint(path: Path, checkpoint: Checkpoint) -> Description:
    """Read `NAME.json` or `config.json` beside a checkpoint, else the checkpoint's own notes.

    Understands the layout of timm's configs on the hub, Hugging Face's `id2label`, and what timm's
    training script notes (`arch`). What it does not understand counts as not said.
    """
    for beside in (path.with_suffix(".json"), path.with_name("config.json")):
        said = _read_json(beside)
        if said:
            return _understand(said, beside.name)
    return _understand(checkpoint.notes, path.name)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _understand(said: Mapping[str, Any], origin: str) -> Description:
    nested = said.get("pretrained_cfg")
    config = {**said, **nested} if isinstance(nested, Mapping) else dict(said)
    architecture = config.get("architecture") or config.get("arch") or ""
    args = config.get("model_args")
    description = Description(
        origin=origin,
        architecture=architecture if isinstance(architecture, str) else "",
        model_args=dict(args) if isinstance(args, Mapping) else {},
        input=_input(config),
        labels=_labels(config),
    )
    understood = any(
        (description.architecture, description.model_args, description.input, description.labels)
    )
    return description if understood else Description()


def _input(config: Mapping[str, Any]) -> dict[str, Any]:
    """The entries about preprocessing that have the right form."""
    found = {key: config[key] for key in _INPUT if config.get(key) is not None}
    for key in ("mean", "std", "input_size"):
        if key in found and not _are_numbers(found[key]):
            del found[key]
    if len(found.get("input_size", (0, 0, 0))) != 3:
        del found["input_size"]
    crop = found.get("crop_pct", 1.0)
    if not isinstance(crop, int | float) or not 0 < crop <= 1:
        del found["crop_pct"]
    return found


def _are_numbers(value: Any) -> bool:
    is_list = isinstance(value, list | tuple) and len(value) > 0
    return is_list and all(isinstance(number, int | float) for number in value)


def _labels(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    """A name per class, in the classes' order."""
    for key in _LABELS:
        names = _in_order(config.get(key))
        if names:
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
        if not all(str(number).isdigit() for number, _ in pairs):
            return []
        return [str(name) for _, name in sorted(pairs, key=lambda pair: int(pair[0]))]
    is_list = isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)
    return list(value) if is_list else []

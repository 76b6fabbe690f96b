"""What Hugging Face's `config.json` says of a network, in timm's words.

Keys are those of transformers' configurations (4.57.6, 5.23.0). What is not understood counts as
not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import ExplorerError
from ..networks.measures import KERNEL, OFFSETS, Size, Tensors, depth_of, patch_of, stored_grid
from .model_args import is_count, is_number, known_arguments
from .transformers_processor import both_sides

_ARGUMENTS = {
    "num_attention_heads": "num_heads",
    "hidden_size": "embed_dim",
    "num_hidden_layers": "depth",
    "patch_size": "patch_size",
    "hidden_act": "act_layer",
}
_ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_accurate": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_python_tanh": "gelu_tanh",
    "quick_gelu": "quick_gelu",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}


def is_of_transformers(config: Mapping[str, Any]) -> bool:
    """Whether a `config.json` is of transformers' own networks, not of timm's that it wraps."""
    return isinstance(config.get("model_type"), str) and "architecture" not in config


def network_arguments(config: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Arguments of timm's networks, and the names of those that were not understood."""
    named = {name: config[key] for key, name in _ARGUMENTS.items() if key in config}
    if "act_layer" in named:
        named["act_layer"] = _ACTIVATIONS.get(str(named["act_layer"]))
    known, _ = known_arguments(named)
    unknown = (key for key, name in _ARGUMENTS.items() if key in config and name not in known)
    return known, tuple(unknown)


def norm_epsilon(config: Mapping[str, Any]) -> float | None:
    """What every layer norm adds to the variance."""
    value: Any = config.get("layer_norm_eps")
    return float(value) if is_number(value) and 0 < value < 1 else None


def learned_size(config: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """Channels, height and width of the pictures that the positions were learned for."""
    sides, channels = both_sides(config.get("image_size")), config.get("num_channels", 3)
    return (channels, *sides) if sides and is_count(1_000)(channels) else None


def is_alike(config: Mapping[str, Any], tensors: Tensors) -> bool:
    """Whether a config is of a model as deep and as wide as tensors in timm's names are."""
    if KERNEL not in tensors or not depth_of(tensors):
        return False
    shape = tensors[KERNEL].shape[0], depth_of(tensors)
    return (config.get("hidden_size"), config.get("num_hidden_layers")) == shape


def check_agreement(config: Mapping[str, Any], tensors: Tensors, origin: str) -> None:
    """Raise ExplorerError where a config and tensors in timm's names are of different models."""
    patch = patch_of(tensors)
    if patch is None or not depth_of(tensors):
        return
    table = next((tensors[name] for name in OFFSETS if name in tensors), None)
    width, channels = tensors[KERNEL].shape[:2]
    _agree(origin, "num_hidden_layers", config, depth_of(tensors), "layers")
    _agree(origin, "hidden_size", config, width, "width")
    _agree(origin, "num_channels", config, channels, "channels")
    _agree(origin, "patch_size", config, patch, "patches")
    if table is not None:
        _agree(origin, "num_attention_heads", config, table.shape[1], "heads")
    said = both_sides(config.get("image_size"))
    grid = stored_grid(tensors, said) if said else None
    if said and grid and (said[0] // patch[0], said[1] // patch[1]) != grid:
        stored = (grid[0] * patch[0], grid[1] * patch[1])
        _agree(origin, "image_size", config, stored, "pictures")


def _agree(origin: str, key: str, config: Mapping[str, Any], found: int | Size, what: str) -> None:
    """Raise where a number, or two sides of which one may stand for both, is said differently."""
    is_size = isinstance(found, tuple)
    said = both_sides(config.get(key)) if is_size else config.get(key)
    if said is None or said == found or not (is_size or is_number(said)):
        return
    raise ExplorerError(
        f"{origin} says {key} {_shown(said)}, but its tensors are of {what} {_shown(found)}.",
        hint=f"Correct {origin}, or move it away.",
    )


def _shown(value: Any) -> str:
    return " × ".join(map(str, value)) if isinstance(value, tuple) else str(value)

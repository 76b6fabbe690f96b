"""What a config may tell `timm.create_model`: known arguments, with values of the right kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]

_ELSEWHERE = {  # said by the checkpoint's tensors, or without effect on a trained model
    *("pretrained", "checkpoint_path", "num_classes", "img_size", "in_chans", "features_only"),
    *("drop_rate", "drop_path_rate", "pos_drop_rate", "patch_drop_rate", "proj_drop_rate"),
    *("attn_drop_rate", "weight_init", "fix_init", "dynamic_img_size", "strict_img_size"),
}
_FLAGS = (
    *("qkv_bias", "qk_norm", "proj_bias", "scale_attn_norm", "scale_mlp_norm"),
    *("class_token", "no_embed_class", "pre_norm", "final_norm"),
)


def is_number(value: Any) -> bool:
    """Whether a value is a number that can be computed with: none too large, no NaN, no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e9 < value < 1e9


def is_count(most: int, least: int = 1) -> Check:
    """A check for whole numbers from `least` to `most`."""
    return lambda value: is_number(value) and isinstance(value, int) and least <= value <= most


def known_arguments(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arguments that are known and make sense, and the names of the others that matter."""
    known = {name: value for name, value in arguments.items() if _is_known(name, value)}
    others = (str(name) for name in arguments if name not in known and name not in _ELSEWHERE)
    return known, tuple(others)


def _is_known(name: str, value: Any) -> bool:
    return name in _CHECKS and _CHECKS[name](value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_patch(value: Any) -> bool:
    sides = value if isinstance(value, list | tuple) and len(value) == 2 else [value]
    return all(map(is_count(256), sides))


def _one_of(*names: str) -> Check:
    return lambda value: isinstance(value, str) and value in names


_CHECKS: dict[str, Check] = {
    "patch_size": _is_patch,
    "depth": is_count(1_000),
    "embed_dim": is_count(16_384),
    "num_heads": is_count(1_024),
    "reg_tokens": is_count(1_024, least=0),
    "mlp_ratio": lambda value: is_number(value) and 0 < value <= 64,
    "init_values": lambda value: value is None or (is_number(value) and value >= 0),
    "global_pool": _one_of("token", "avg", "map"),
    "act_layer": _one_of("gelu", "gelu_tanh", "quick_gelu", "relu", "silu"),
    "norm_layer": _one_of("layernorm", "rmsnorm"),
    "fc_norm": lambda value: value is None or _is_flag(value),
    **dict.fromkeys(_FLAGS, _is_flag),
}

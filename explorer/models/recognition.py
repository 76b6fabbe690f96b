"""What a checkpoint's tensors say about the network they were taken from.

Names are timm's. What tensors cannot say is assumed, and the assumptions are told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import timm
import torch
from timm.layers import Attention, SwiGLU, SwiGLUPacked, resample_abs_pos_embed
from timm.models import VisionTransformer
from timm.models.deit import VisionTransformerDistilled
from torch import Tensor, nn

from ..errors import ExplorerError
from . import catalog
from .fitting import Blueprint, build, embedding, empty, shortened, timm_blueprint

Tensors = Mapping[str, Tensor]

_BLOCK = re.compile(r"blocks\.(\d+)\.")
_OTHERS = re.compile(
    r"blocks\.[1-9]|head\.|head_dist\.|pos_embed|.*relative_position|rope|mask_token"
)
_NEEDED = (
    "patch_embed.proj.weight",
    "pos_embed",
    "blocks.0.attn.qkv.weight",
    "blocks.0.mlp.fc2.weight",
)
_TABLE = "blocks.0.attn.relative_position_bias_table"


_PUBLISHED = {1152: 16, 1280: 16, 1408: 16, 1664: 16}  # heads of 72, 80, 88 and 104


class Recognised(NamedTuple):
    """A network that fits a checkpoint, as far as its tensors tell."""

    blueprint: Blueprint
    summary: str  # “recognised by its tensors: 4 layers of width 64, …”, or “as vit_tiny_…”
    assumed: tuple[str, ...]  # what the tensors do not tell, in words


def usual_heads(width: int) -> int:
    """How many heads attention of this width usually has: tensors do not tell.

    Published models give each head 64 numbers (192 → 3, 768 → 12), but for a few; the small models
    of courses and tutorials, narrower than any published one, 16 (64 → 4, 128 → 8).
    """
    usual = _PUBLISHED.get(width, width / (64 if width >= 192 else 16))
    return min(possible_heads(width), key=lambda heads: abs(heads - usual))


def possible_heads(width: int) -> tuple[int, ...]:
    """Every number of heads that divides a width, from one to heads of width 4."""
    return tuple(n for n in range(1, max(width // 4, 1) + 1) if width % n == 0)


def heads_of(tensors: Tensors) -> tuple[int, tuple[int, ...]] | None:
    """The usual number of heads and all possible ones; None where the names are not timm's."""
    width = attention_width(tensors)
    if width is None:
        return None
    tokens = tensors["blocks.0.attn.qkv.weight"].shape[1]
    # Whoever made the attention wider than the tokens chose the width of a head: mostly 64.
    usual = usual_heads(width) if width == tokens else max(width // 64, 1)
    return usual, possible_heads(width)


def attention_width(tensors: Tensors) -> int | None:
    """The width of all heads together; None where the names are not timm's."""
    qkv = tensors.get("blocks.0.attn.qkv.weight")
    return qkv.shape[0] // 3 if qkv is not None else None


def stored_grid(tensors: Tensors) -> tuple[int, int] | None:
    """Rows and columns of the positions a checkpoint holds, where they are a square; else None."""
    if _TABLE in tensors:  # one bias for each offset, and three for the class token
        side = _root(tensors[_TABLE].shape[0] - 3)
        return ((side + 1) // 2,) * 2 if side else None
    if "pos_embed" not in tensors:
        return None
    count = tensors["pos_embed"].shape[1]
    side = _root(count - _prefix_tokens(tensors)) or _root(count)
    return (side, side) if side else None


def _root(number: int) -> int:
    """The whole square root; 0 where there is none."""
    root = math.isqrt(max(number, 0))
    return root if root * root == number else 0


def _prefix_tokens(tensors: Tensors) -> int:
    registers = tensors["reg_token"].shape[1] if "reg_token" in tensors else 0
    return ("cls_token" in tensors) + ("dist_token" in tensors) + registers


def recognise(
    tensors: Tensors,
    heads: int | None = None,
    image_size: tuple[int, int] | None = None,
    stored_size: tuple[int, int] | None = None,
) -> Recognised:
    """A network for tensors with timm's names for a vision transformer.

    `heads` None = the usual number; `image_size` (height, width) None = the stored one, for which
    `stored_size` speaks where positions do not form a square.
    Raises ExplorerError where the names are others, or where the tensors leave the picture size or
    the architecture open.
    """
    if any(name not in tensors for name in _NEEDED):
        return _by_architecture(tensors, image_size)
    patch = _patch(tensors)
    grid = _grid(tensors, patch, stored_size or image_size)
    size = image_size or (grid[0] * patch[0], grid[1] * patch[1])
    options = options_of(tensors, grid, heads)
    network = _build(tensors, dict(options, img_size=size))
    if network.state_dict().keys() != tensors.keys() and fitting_architectures(tensors):
        return _by_architecture(tensors, image_size)

    def adapt(found: Tensors) -> dict[str, Tensor]:
        return _resampled(found, network, grid)

    blueprint = Blueprint(network, "the network it describes", adapt)
    return Recognised(blueprint, _summary(options), _assumptions(tensors, heads, options))


def _by_architecture(tensors: Tensors, image_size: tuple[int, int] | None) -> Recognised:
    """The one architecture of timm's that has these tensors; raises where it is not just one."""
    fitting = fitting_architectures(tensors)
    if len(fitting) == 1:
        blueprint = for_architecture(fitting[0], tensors, image_size)
        return Recognised(blueprint, f"recognised by its tensors as {fitting[0]}", ())
    if fitting:
        raise ExplorerError(
            "Its tensors fit several architectures, which compute differently.",
            hint=f"Say which one it is: {shortened(fitting, 6)}.",
        )
    raise ExplorerError(
        "Its tensors are not named as timm names a vision transformer's: "
        f"{shortened(list(tensors))}.",
        hint="If it is one of timm's models, say which; other layouts cannot be read.",
    )


def for_architecture(
    name: str, tensors: Tensors, image_size: tuple[int, int] | None = None, **options: Any
) -> Blueprint:
    """A named architecture (with or without a tag), with a checkpoint's own classes and size.

    `image_size` None = the one of the stored positions, else the architecture's.
    """
    size = image_size or _stored_size(tensors)
    blueprint = _adapted_architecture(name, tensors, size, options)
    patch = tuple(embedding(blueprint.network).patch_size)
    if not image_size and size and patch != _patch(tensors):  # resampled: its positions, too
        return _adapted_architecture(name, tensors, None, options)
    return blueprint


def _adapted_architecture(
    name: str, tensors: Tensors, size: tuple[int, int] | None, options: dict[str, Any]
) -> Blueprint:
    config = catalog.config(name)
    channels, height, width = config.input_size
    classes = _classes(tensors) if "blocks.0.norm1.weight" in tensors else config.num_classes
    overlay: dict[str, Any] = {"num_classes": classes}
    kernel = tensors.get("patch_embed.proj.weight")
    if kernel is not None and kernel.ndim == 4 and config.first_conv == "patch_embed.proj":
        channels = kernel.shape[1]
        options = {**options, "in_chans": channels}
    overlay["input_size"] = (channels, *(_stored_size(tensors) or (height, width)))
    if size:
        options = {**options, "img_size": size}
    return timm_blueprint(name, num_classes=classes, pretrained_cfg_overlay=overlay, **options)


def _stored_size(tensors: Tensors) -> tuple[int, int] | None:
    """Height, width of the pictures that stored positions were made for, where that is plain."""
    grid, kernel = stored_grid(tensors), tensors.get("patch_embed.proj.weight")
    is_hybrid = any(name.startswith("patch_embed.backbone.") for name in tensors)
    if not grid or kernel is None or kernel.ndim != 4 or is_hybrid:
        return None
    return grid[0] * kernel.shape[2], grid[1] * kernel.shape[3]


def options_of(tensors: Tensors, grid: tuple[int, int], heads: int | None = None) -> dict[str, Any]:
    """Keyword arguments of timm's VisionTransformer, read from tensors (without `img_size`)."""
    width = tensors["patch_embed.proj.weight"].shape[0]
    options = {
        "patch_size": _patch(tensors),
        "in_chans": tensors["patch_embed.proj.weight"].shape[1],
        "num_classes": _classes(tensors),
        "embed_dim": width,
        "depth": _depth(tensors),
        "num_heads": heads or _usual(tensors),
        "qkv_bias": "blocks.0.attn.qkv.bias" in tensors,
        "qk_norm": "blocks.0.attn.q_norm.weight" in tensors,
        "init_values": 1e-5 if "blocks.0.ls1.gamma" in tensors else None,
        "class_token": "cls_token" in tensors,
        "no_embed_class": tensors["pos_embed"].shape[1] == grid[0] * grid[1],
        "pre_norm": "norm_pre.weight" in tensors,
        **_pooling(tensors),
        **_mlp(tensors, width),
    }
    if "reg_token" in tensors:
        options["reg_tokens"] = tensors["reg_token"].shape[1]
    if "blocks.0.attn.proj.bias" not in tensors:
        options["proj_bias"] = False
    return options


def _usual(tensors: Tensors) -> int:
    offered = heads_of(tensors)
    assert offered is not None, "only asked once the names are known to be timm's"
    return offered[0]


def _classes(tensors: Tensors) -> int:
    return tensors["head.weight"].shape[0] if "head.weight" in tensors else 0


def _patch(tensors: Tensors) -> tuple[int, int]:
    kernel = tensors["patch_embed.proj.weight"]
    if kernel.ndim != 4:
        raise ExplorerError(
            "Its patch embedding is no convolution: the size of its patches cannot be read.",
            hint="Say which timm architecture it is.",
        )
    return kernel.shape[2], kernel.shape[3]


def _grid(
    tensors: Tensors, patch: tuple[int, int], size: tuple[int, int] | None
) -> tuple[int, int]:
    """Rows and columns of the stored positions: by an image size that fits them, or a square."""
    count = tensors["pos_embed"].shape[1]
    counts = (count - _prefix_tokens(tensors), count)
    square = stored_grid(tensors)
    if square:
        return square
    if size:
        rows, columns = size[0] // patch[0], size[1] // patch[1]
        if rows * columns in counts:
            return rows, columns
    raise ExplorerError(
        f"Its {counts[0]} positions form no square: the tensors do not tell the picture size.",
        hint=f"Give the picture size it was trained on, such as {_sizes(counts[0], patch)}.",
    )


def _sizes(count: int, patch: tuple[int, int]) -> str:
    """The two picture sizes nearest to a square that give so many patches, height × width."""
    short = next(n for n in range(math.isqrt(count), 0, -1) if count % n == 0)
    long = count // short
    return f"{short * patch[0]} × {long * patch[1]} or {long * patch[0]} × {short * patch[1]}"


def _pooling(tensors: Tensors) -> dict[str, Any]:
    """Which tokens feed the logits, and which norm comes before them."""
    options: dict[str, Any] = {}
    if "attn_pool.latent" in tensors:
        options["global_pool"] = "map"
    elif "fc_norm.weight" in tensors or "cls_token" not in tensors:
        options["global_pool"] = "avg"
        options["fc_norm"] = "fc_norm.weight" in tensors
    if "norm.weight" not in tensors and "fc_norm.weight" not in tensors:
        options["final_norm"] = False
    return options


def _mlp(tensors: Tensors, width: int) -> dict[str, Any]:
    """The kind of MLP and its width; a ratio, which timm multiplies and cuts to whole numbers."""
    options: dict[str, Any] = {}
    hidden = tensors["blocks.0.mlp.fc2.weight"].shape[1]
    if "blocks.0.mlp.fc1_g.weight" in tensors:
        options["mlp_layer"] = SwiGLU
    elif "blocks.0.mlp.fc1.weight" in tensors:
        rows = tensors["blocks.0.mlp.fc1.weight"].shape[0]
        if rows == 2 * hidden:
            options["mlp_layer"] = SwiGLUPacked
            hidden = rows
    ratio = hidden / width
    return {
        "mlp_ratio": ratio if int(width * ratio) == hidden else (hidden + 0.5) / width,
        **options,
    }


def _build(tensors: Tensors, options: dict[str, Any]) -> nn.Module:
    width, heads = attention_width(tensors) or 0, options["num_heads"]
    if width % heads:
        raise ExplorerError(
            f"{heads} heads do not divide its attention of width {width}.",
            hint=f"Choose {shortened([str(n) for n in possible_heads(width)], 12)}.",
        )
    if width != options["embed_dim"]:
        options = dict(options, attn_layer=_wide_attention(width // heads))
    kind = VisionTransformerDistilled if "dist_token" in tensors else VisionTransformer
    return empty(kind, **options)


def _wide_attention(head_width: int) -> type[Attention]:
    """Attention whose heads together are not as wide as the tokens."""

    class WideAttention(Attention):
        def __init__(self, width: int, **options: Any) -> None:
            super().__init__(width, attn_head_dim=head_width, **options)

    return WideAttention


def _resampled(tensors: Tensors, network: nn.Module, grid: tuple[int, int]) -> dict[str, Tensor]:
    """Positions for the network's own grid, as timm resamples them."""
    target = embedding(network).grid_size
    if tuple(target) == grid:
        return dict(tensors)
    prefix = 0 if network.no_embed_class else network.num_prefix_tokens
    positions = resample_abs_pos_embed(
        tensors["pos_embed"], new_size=list(target), old_size=list(grid), num_prefix_tokens=prefix
    )
    return {**tensors, "pos_embed": positions}


def _summary(options: dict[str, Any]) -> str:
    height, width = options["patch_size"]
    layers, heads = options["depth"], options["num_heads"]
    return (
        "recognised by its tensors: "
        f"{layers} layer{'s' * (layers > 1)} of width {options['embed_dim']}, "
        f"{heads} head{'s' * (heads > 1)}, patches of {height} × {width} pixels"
    )


def _assumptions(tensors: Tensors, heads: int | None, options: dict[str, Any]) -> tuple[str, ...]:
    assumed = []
    if heads is None:
        assumed.append(f"{options['num_heads']} heads, the usual number")
    if "norm_pre.weight" in tensors:  # CLIP's models differ in this
        assumed.append("GELU as the activation")
    return tuple(assumed)


def fitting_architectures(tensors: Tensors) -> list[str]:
    """The architectures of timm that have just these tensors, whatever their classes and size."""
    depth = _depth(tensors)
    if not depth:
        return []
    alike = [name for name, found in _signatures().items() if found == _signature(tensors)]
    return [name for name in alike if _depth(_shape_of(name)) == depth]


@cache
def _signatures() -> dict[str, frozenset[tuple[str, tuple[int, ...]]]]:
    """All architectures' signatures, from networks of one layer: a few seconds, once."""
    signatures = {}
    for name in catalog.architectures():
        with suppress(ExplorerError):  # a few cannot be so shallow
            signatures[name] = _signature(_shape_of(name, depth=1))
    return signatures


def _signature(tensors: Tensors) -> frozenset[tuple[str, tuple[int, ...]]]:
    """Names and shapes that depend neither on depth nor on classes nor on the picture size."""
    return frozenset((n, tuple(t.shape)) for n, t in tensors.items() if not _OTHERS.match(n))


def _shape_of(name: str, **options: Any) -> Tensors:
    """An architecture's tensors, without any values."""
    with torch.device("meta"):
        return build(timm.create_model, name, **options).state_dict()


def _depth(tensors: Tensors) -> int:
    numbers = [int(found[1]) for name in tensors if (found := _BLOCK.match(name))]
    return 1 + max(numbers, default=-1)

"""What a checkpoint's tensors say about the network they were taken from.

Names are timm's. What tensors cannot say is assumed, and the assumptions are told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from timm.layers import Attention, SwiGLU, SwiGLUPacked, resample_abs_pos_embed
from timm.models import VisionTransformer
from timm.models.deit import VisionTransformerDistilled
from torch import Tensor, nn

from ...errors import ExplorerError
from .architectures import fitting_architectures, for_architecture
from .beit import beit_blueprint, beit_options, has_offsets
from .fitting import Blueprint, embedding, empty, shortened
from .measures import (
    KERNEL,
    Size,
    Tensors,
    attention_width,
    classes_of,
    depth_of,
    heads_of,
    patch_of,
    possible_heads,
    stored_grid,
)

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_ATTENTION = re.compile(r"att(n|ention)|qkv|quer(y|ies)|q_proj|to_q")
_CLIPS_EPSILON = 1e-5
_NEEDED = (KERNEL, "blocks.0.attn.qkv.weight", "blocks.0.mlp.fc2.weight", "pos_embed")


class Recognised(NamedTuple):
    """A network that fits a checkpoint, as far as its tensors tell."""

    blueprint: Blueprint
    summary: str  # “recognised by its tensors: 4 layers of width 64, …”, or “as vit_tiny_…”
    assumed: tuple[str, ...]  # what the tensors do not tell, in words


def recognise(
    tensors: Tensors,
    told: Mapping[str, Any] = _NOTHING,
    image_size: Size | None = None,
    said_size: Size | None = None,
) -> Recognised:
    """A network for tensors with timm's names for a vision transformer.

    `told`: keyword arguments of timm's VisionTransformer that its tensors do not tell, such as
    `num_heads`, of which the usual number is taken else. `image_size` (height, width) None = the
    one of the stored positions, for which `said_size` may speak.
    Raises ExplorerError where the names are others, or where the tensors leave the picture size or
    the architecture open.
    """
    patch = patch_of(tensors)
    needed = _NEEDED[:-1] if has_offsets(tensors) else _NEEDED
    if any(name not in tensors for name in needed) or not patch:
        return _by_architecture(tensors, image_size, said_size)
    grid = stored_grid(tensors, said_size, image_size)
    assert grid is not None, "there are positions and patches, or it had raised"
    size = image_size or (grid[0] * patch[0], grid[1] * patch[1])
    if has_offsets(tensors):
        options = {**beit_options(tensors, _plan(tensors)), "img_size": size}
        blueprint = beit_blueprint(tensors, options, grid, told.get("act_layer"))
        return Recognised(blueprint, _summary(options), ())
    options = {**options_of(tensors, grid), **told}
    if "mlp_layer" in options:
        options["act_layer"] = "silu"  # SwiGLU's, whatever else is said
    network = _build(tensors, dict(options, img_size=size))
    is_plain = network.state_dict().keys() == tensors.keys() and not _may_be_turned(tensors)
    if not is_plain and fitting_architectures(tensors):
        return _by_architecture(tensors, image_size, said_size)

    def adapt(found: Tensors) -> dict[str, Tensor]:
        return _resampled(found, network, grid)

    blueprint = Blueprint(network, "the network it describes", adapt)
    return Recognised(blueprint, _summary(options), _assumptions(tensors, told, options))


def _by_architecture(
    tensors: Tensors, image_size: Size | None, said_size: Size | None
) -> Recognised:
    """The one architecture of timm's that has these tensors; raises where it is not just one."""
    fitting = fitting_architectures(tensors)
    if len(fitting) == 1:
        blueprint = for_architecture(fitting[0], tensors, image_size, said_size)
        return Recognised(blueprint, f"recognised by its tensors as {fitting[0]}", ())
    if fitting:
        raise ExplorerError(
            "Its tensors fit several architectures, which compute differently.",
            hint=f"Say which one it is: {shortened(fitting, 6)}.",
        )
    if _is_convolutional(tensors):
        raise ExplorerError(
            "Its tensors are of a convolutional network, such as a ResNet, not of a vision "
            f"transformer: {shortened(list(tensors))}.",
            hint="Choose a checkpoint of a vision transformer.",
        )
    raise ExplorerError(
        "Its tensors are not named as timm or another library that is known here names a vision "
        f"transformer's: {shortened(list(tensors))}.",
        hint="If it is one of timm's models, say which. Known, too: Hugging Face, torchvision, "
        "PyTorch-Pretrained-ViT, Google's .npz, DINO, DINOv2, MAE, DeiT.",
    )


def _may_be_turned(tensors: Tensors) -> bool:
    """Whether it could be a Perception Encoder (Bolya et al. 2025).

    Its tensors are a plain ViT's: the rotations of its queries and keys are in no file.
    """
    has_end = "norm.weight" in tensors or "fc_norm.weight" in tensors
    return "norm_pre.weight" in tensors and ("attn_pool.latent" in tensors or not has_end)


def _is_convolutional(tensors: Tensors) -> bool:
    """Whether a network without attention normalises over batches, as convolutional ones do."""
    has_batches = any(name.endswith("running_mean") for name in tensors)
    return has_batches and not any(_ATTENTION.search(name) for name in tensors)


def options_of(tensors: Tensors, grid: Size) -> dict[str, Any]:
    """Keyword arguments of timm's VisionTransformer, read from tensors (without `img_size`)."""
    options = {
        **_plan(tensors),
        "num_heads": _usual_heads(tensors),
        "qkv_bias": "blocks.0.attn.qkv.bias" in tensors,
        "qk_norm": "blocks.0.attn.q_norm.weight" in tensors,
        "init_values": 1e-5 if "blocks.0.ls1.gamma" in tensors else None,
        "class_token": "cls_token" in tensors,
        "no_embed_class": tensors["pos_embed"].shape[1] == grid[0] * grid[1],
        **_first_norm(tensors),
        **_pooling(tensors),
        **_mlp(tensors),
    }
    if "reg_token" in tensors:
        options["reg_tokens"] = tensors["reg_token"].shape[1]
    if "blocks.0.attn.proj.bias" not in tensors:
        options["proj_bias"] = False
    return options


def _plan(tensors: Tensors) -> dict[str, Any]:
    """Keyword arguments that all of timm's plain ViTs take, in whichever file they are."""
    width, channels = tensors[KERNEL].shape[:2]
    return {
        "patch_size": patch_of(tensors),
        "in_chans": channels,
        "num_classes": classes_of(tensors),
        "embed_dim": width,
        "depth": depth_of(tensors),
        "mlp_ratio": _mlp(tensors)["mlp_ratio"],
    }


def _usual_heads(tensors: Tensors) -> int:
    offered = heads_of(tensors)
    assert offered is not None, "only asked once the names are known to be timm's"
    return offered[0]


def _first_norm(tensors: Tensors) -> dict[str, Any]:
    """CLIP's models have a norm before the first layer, and another epsilon than all others."""
    if "norm_pre.weight" not in tensors:
        return {}
    return {"pre_norm": True, "norm_layer": partial(nn.LayerNorm, eps=_CLIPS_EPSILON)}


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


def _mlp(tensors: Tensors) -> dict[str, Any]:
    """The kind of MLP and its width; a ratio, which timm multiplies and cuts to whole numbers."""
    options: dict[str, Any] = {}
    width = tensors[KERNEL].shape[0]
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
    width, heads = attention_width(tensors), options["num_heads"]
    if heads < 1 or width % heads:
        raise ExplorerError(
            f"{heads} heads do not divide its attention of width {width}.",
            hint=f"Choose {shortened([str(n) for n in possible_heads(width)], 12)}.",
        )
    if width != options["embed_dim"]:
        options = dict(options, attn_layer=_wide_attention(width // heads))
    return empty(_kind(tensors, options), **options)


def _kind(tensors: Tensors, options: Mapping[str, Any]) -> type[VisionTransformer]:
    if "dist_token" not in tensors:
        return VisionTransformer
    reads_class = "head.weight" in tensors or options.get("global_pool") == "token"
    is_alone = reads_class and "head_dist.weight" not in tensors
    return _WithoutTeacher if is_alone else VisionTransformerDistilled


class _WithoutTeacher(VisionTransformerDistilled):
    """DeiT fine-tuned without a teacher: its distillation token is there, but decides nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.head_dist = nn.Identity()

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """Another head; there is still none of a teacher."""
        super().reset_classifier(num_classes, global_pool)
        self.head_dist = nn.Identity()

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Logits of the class token alone: (batch, classes)."""
        logits: Tensor = VisionTransformer.forward_head(self, x, pre_logits)
        return logits


def _wide_attention(head_width: int) -> type[Attention]:
    """Attention whose heads together are not as wide as the tokens."""

    class WideAttention(Attention):
        def __init__(self, width: int, **options: Any) -> None:
            super().__init__(width, attn_head_dim=head_width, **options)

    return WideAttention


def _resampled(tensors: Tensors, network: nn.Module, grid: Size) -> dict[str, Tensor]:
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


def _assumptions(
    tensors: Tensors, told: Mapping[str, Any], options: dict[str, Any]
) -> tuple[str, ...]:
    assumed = []
    if "num_heads" not in told:
        assumed.append(f"{options['num_heads']} heads, the usual number")
    has_captions = "norm_pre.weight" in tensors or "attn_pool.latent" in tensors
    if has_captions and "act_layer" not in told:  # CLIP's and SigLIP's models differ in this
        assumed.append("GELU as the activation")
    if "norm_pre.weight" in tensors:
        assumed.append("a layer norm epsilon of 1e-5, as in CLIP")
    return tuple(assumed)

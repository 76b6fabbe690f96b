"""Hugging Face transformers: what cannot be explored, or not from its files; each is refused.

It is known by names of its tensors, or, where those tell nothing, by the `model_type` of its
config.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from ...errors import ExplorerError
from ..published import catalog
from .base import Origin


class _Other(NamedTuple):
    """A family of networks, and why it is refused."""

    called: str
    types: tuple[str, ...]  # `model_type`s
    names: str  # a pattern of a tensor that only this family has
    reason: str = ""  # "" where only the file's layout is in the way, and timm has the network
    twin: str = ""  # timm's name of one of its networks


_CONVOLUTIONS = "it is a convolutional network, without attention"
_SWIN, _PVT, _LEVIT, _HIERA = (
    catalog.reason(name)
    for name in ("swin_tiny_patch4_window7_224", "pvt_v2_b0", "levit_128", "hiera_tiny_224")
)
_OTHERS = (
    _Other("a PVT", ("pvt", "pvt_v2"), r"pvt(?:_v2)?\.encoder\..+", _PVT),
    _Other(
        "a Swin Transformer",
        ("swin", "swinv2"),
        r"encoder\.layers\.\d+\.blocks\.\d+\.(?:attention|layernorm_before)\..+",
        _SWIN,
    ),
    _Other("a LeViT", ("levit",), r"patch_embeddings\.embedding_layer_1\..+", _LEVIT),
    _Other("a Hiera", ("hiera",), r"encoder\.stages\.\d+\.layers\.\d+\.attn\.qkv\.\w+", _HIERA),
    _Other(
        "a SegFormer",
        ("segformer",),
        r"(?:encoder\.patch_embeddings\.0|stages\.0\.patch_embeddings)\.proj\.\w+",
        _PVT,
    ),
    _Other("a ResNet", ("resnet",), r"embedder\.embedder\.convolution\.\w+", _CONVOLUTIONS),
    _Other(
        "a ConvNeXt",
        ("convnext", "convnextv2"),
        r"stages\.\d+\.layers\.\d+\.dwconv\.weight",
        _CONVOLUTIONS,
    ),
    _Other(
        "a YOLOS",
        ("yolos",),
        r"embeddings\.detection_tokens",
        "it marks objects by tokens of its own, and classifies no picture",
    ),
    _Other(
        "a hybrid of a convolutional network and a ViT",
        ("vit-hybrid",),
        r"embeddings\.patch_embeddings\.backbone\..+",
        twin="vit_base_r50_s16_384",
    ),
    _Other("a BiT", ("bit",), r"bit\.embedder\.convolution\.\w+", _CONVOLUTIONS),
    _Other(
        "a CLIP model",
        ("clip", "clip_vision_model"),
        r"pre_layrnorm\.weight",
        twin="vit_base_patch16_clip_224",
    ),
    _Other(
        "a SigLIP model",
        ("siglip", "siglip_vision_model"),
        r"head\.probe",
        twin="vit_base_patch16_siglip_224",
    ),
    _Other(
        "a DINOv3",
        ("dinov3_vit",),
        r"embeddings\.patch_embeddings\.weight",
        twin="vit_small_patch16_dinov3",
    ),
)


def _refused(what: str, other: _Other) -> ExplorerError:
    if other.reason:
        return ExplorerError(
            f"{what} {other.called}, which cannot be explored: {other.reason}.",
            hint="Choose a plain vision transformer, such as google/vit-base-patch16-384.",
        )
    return ExplorerError(
        f"{what} {other.called} in Hugging Face's layout, which cannot be read here.",
        hint=f"timm has such models, too: choose one from the list, such as {other.twin}.",
    )


def check_type(model_type: str, origin: str) -> None:
    """Raise ExplorerError where a config's `model_type` is of a network that is refused."""
    for other in _OTHERS:
        if model_type in other.types:
            raise _refused(f"{origin} says it is", other)


def translate(tensors: Mapping[str, Tensor], _origin: Origin) -> None:
    """None: these are refused. Raises ExplorerError where tensors are of one of them."""
    for other in _OTHERS:
        own = re.compile(rf"(?:^|\.){other.names}$")
        if any(map(own.search, tensors)):
            raise _refused("it is", other)

"""Hugging Face transformers: ViT, DeiT, MAE, MSN and I-JEPA, which are one network.

Also what was converted into it, such as facebook/dino-*. They are told apart by a token, a
decoder or a second classifier. How pictures are prepared lies in a file beside the checkpoint;
without it, as for Google's ViT (ViTFeatureExtractor: stretched to the input size, bilinear, mean
and standard deviation 0.5) and Facebook's DeiT (DeiTFeatureExtractor: stretched to 256 × 256 for
an input of 224 × 224, its middle, bicubic, ImageNet's mean and standard deviation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ..checkpoints.renaming import fuse_qkv
from ._transformers import LIBRARY, Renamed, renamed
from .base import HALVES, IMAGENET, Origin, Translated

_DEIT: Mapping[str, Any] = {**IMAGENET, "crop_mode": "squash"}
_MASKED = "It was trained to draw the patches that were hidden from it; here it sees them all."
_ALONE = "Its distillation token feeds nothing: its class token alone is read."


def translate(tensors: Mapping[str, Tensor], _origin: Origin) -> Translated | None:
    """A state_dict of any of them; None where the names are others."""
    found = renamed(tensors)
    if found is None or found.family != "ViT":
        return None
    return Translated(
        LIBRARY,
        fuse_qkv(found.tensors),
        found.left_out,
        input=_DEIT if "dist_token" in found.tensors else HALVES,
        model_args={"global_pool": "token"} if _is_alone(found.tensors) else {},
        epsilon=1e-12,
        resampling="bicubic",
        told=_told(found),
    )


def _told(found: Renamed) -> str:
    if "the decoder" in found.left_out:
        return _MASKED
    return _ALONE if _is_alone(found.tensors) else ""


def _is_alone(tensors: Mapping[str, Tensor]) -> bool:
    """Whether a distillation token is there that no classifier reads."""
    return "dist_token" in tensors and "head_dist.weight" not in tensors

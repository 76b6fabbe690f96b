"""Hugging Face transformers: DINOv2, with registers or without.

Its published processor (a BitImageProcessor) resizes the shorter side to 256, bicubic, and shows
the middle 224 × 224, normalised by ImageNet's mean and standard deviation.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..checkpoints.renaming import fold_class_position, fuse_qkv
from ._transformers import LIBRARY, renamed
from .base import IMAGENET, Origin, Translated

_NO_PLACE = "the classifier"
_FEATURES = (
    "Its classifier reads the class token and the mean of the patches side by side, for which "
    "timm has no network: the features of the class token are shown, and no classes."
)


def translate(tensors: Mapping[str, Tensor], _origin: Origin) -> Translated | None:
    """A state_dict of Dinov2 or Dinov2WithRegisters; None where the names are others."""
    found = renamed(tensors)
    if found is None or found.family != "DINOv2":
        return None
    named = _fuse_gates(fuse_qkv(found.tensors))
    has_registers, reads_both = "reg_token" in named, _reads_both(named)
    if has_registers:
        named = fold_class_position(named)
    if reads_both:
        named = {name: t for name, t in named.items() if not name.startswith("head.")}
    return Translated(
        LIBRARY,
        named,
        (*found.left_out, _NO_PLACE) if reads_both else found.left_out,
        input=IMAGENET,
        epsilon=1e-6,
        resampling="timm" if has_registers else "bicubic",  # only the newer one has antialiasing
        told=_FEATURES if reads_both else "",
    )


def _fuse_gates(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """SwiGLU's gate and value as one layer: rows of the gate first, as timm's SwiGLUPacked."""
    fused = dict(tensors)
    for name in tensors:
        block, is_gate, kind = name.rpartition(".mlp.gate.")
        value = f"{block}.mlp.up.{kind}"
        if is_gate and value in tensors:
            both = [fused.pop(name), fused.pop(value)]
            fused[f"{block}.mlp.fc1.{kind}"] = torch.cat(both)
    return fused


def _reads_both(tensors: Mapping[str, Tensor]) -> bool:
    if not {"head.weight", "cls_token"} <= tensors.keys():
        return False
    return tensors["head.weight"].shape[1] == 2 * tensors["cls_token"].shape[-1]

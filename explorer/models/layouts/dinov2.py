"""DINOv2's release files: github.com/facebookresearch/dinov2, models/vision_transformer.py.

Almost timm's names. Its table has a position for the class token but none for registers; where
there are registers, timm has positions of patches only, so that one is added to the class token.
Preprocessing as in its data/transforms.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ..checkpoints.renaming import fold_class_position, rename, rules
from .base import IMAGENET, Origin, Translated

_RULES = rules(
    (r"register_tokens", "reg_token"),
    (r"blocks\.(\d+)\.mlp\.w12\.(\w+)", r"blocks.\1.mlp.fc1.\2"),  # of a gated MLP
    (r"blocks\.(\d+)\.mlp\.w3\.(\w+)", r"blocks.\1.mlp.fc2.\2"),
)


def translate(tensors: Mapping[str, Tensor], _origin: Origin) -> Translated | None:
    """Features of DINOv2, without classes; None where the names are others."""
    if not {"mask_token", "pos_embed", "blocks.0.ls1.gamma"} <= tensors.keys():
        return None
    renamed = rename({n: t for n, t in tensors.items() if n != "mask_token"}, _RULES)
    has_registers = "reg_token" in renamed
    return Translated(
        "DINOv2",
        fold_class_position(renamed) if has_registers else renamed,
        left_out=("mask_token",),
        input=IMAGENET,
        # The models with registers were made to be resampled with antialiasing, as timm does.
        resampling="timm" if has_registers else "bicubic",
    )

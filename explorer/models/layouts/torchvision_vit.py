"""torchvision's VisionTransformer: github.com/pytorch/vision, models/vision_transformer.py.

Queries, keys and values are in one tensor already, in timm's order. Preprocessing as in its
transforms/_presets.py, for weights that were trained on ImageNet from the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ..checkpoints.renaming import rename, rules
from .base import IMAGENET, Origin, Translated

_BLOCK = r"encoder\.layers\.encoder_layer_(\d+)\."
_RULES = rules(
    (r"class_token", "cls_token"),
    (r"conv_proj\.(\w+)", r"patch_embed.proj.\1"),
    (r"encoder\.pos_embedding", "pos_embed"),
    (_BLOCK + r"ln_([12])\.(\w+)", r"blocks.\1.norm\2.\3"),
    (_BLOCK + r"self_attention\.in_proj_(\w+)", r"blocks.\1.attn.qkv.\2"),
    (_BLOCK + r"self_attention\.out_proj\.(\w+)", r"blocks.\1.attn.proj.\2"),
    (_BLOCK + r"mlp\.(?:0|linear_1)\.(\w+)", r"blocks.\1.mlp.fc1.\2"),  # before 0.13: linear_1
    (_BLOCK + r"mlp\.(?:3|linear_2)\.(\w+)", r"blocks.\1.mlp.fc2.\2"),
    (r"encoder\.ln\.(\w+)", r"norm.\1"),
    (r"heads\.pre_logits\.(\w+)", r"pre_logits.\1"),
    (r"heads\.(?:head\.|0\.)?(\w+)", r"head.\1"),  # tutorials put a classifier of their own there
)


def translate(tensors: Mapping[str, Tensor], _origin: Origin) -> Translated | None:
    """Weights of torchvision's, or fine-tuned from them; None where the names are others."""
    attention = "encoder.layers.encoder_layer_0.self_attention.in_proj_weight"
    if not {"conv_proj.weight", attention} <= tensors.keys():
        return None
    renamed = rename(tensors, _RULES)
    return Translated(
        "torchvision",
        renamed,
        input={**IMAGENET, "interpolation": "bilinear"},
        resampling="bicubic corners",  # its interpolate_embeddings
        pre_logits="after norm" if "pre_logits.weight" in renamed else None,
    )

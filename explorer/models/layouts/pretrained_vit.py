"""PyTorch-Pretrained-ViT: github.com/lukemelas/PyTorch-Pretrained-ViT, `pytorch_pretrained_vit`.

Names and shapes are those of its model.py and transformer.py, sizes and heads those of its
configs.py, the resampling of positions that of its utils.py (0.0.7). Its released files were
converted from google-research/vision_transformer, whose order of layers they are meant for.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ...records import PreLogits
from ..checkpoints.renaming import fuse_qkv, rename, rules
from .base import HALVES, Origin, Translated

_RULES = rules(
    (r"class_token", "cls_token"),
    (r"positional_embedding\.pos_embedding", "pos_embed"),
    (r"patch_embedding\.(\w+)", r"patch_embed.proj.\1"),
    (r"transformer\.blocks\.(\d+)\.attn\.proj_([qkv])\.(\w+)", r"blocks.\1.attn.\2.\3"),
    (r"transformer\.blocks\.(\d+)\.proj\.(\w+)", r"blocks.\1.attn.proj.\2"),
    (r"transformer\.blocks\.(\d+)\.(norm[12]\.\w+)", r"blocks.\1.\2"),
    (r"transformer\.blocks\.(\d+)\.pwff\.(fc[12]\.\w+)", r"blocks.\1.mlp.\2"),
    (r"fc\.(\w+)", r"head.\1"),
)
_IMAGENET_21K = 21_843  # classes


def translate(tensors: Mapping[str, Tensor], origin: Origin) -> Translated | None:
    """A state_dict of its `ViT`, released or fine-tuned; None where the names are others.

    The number of heads follows from the width: in all its configs each head has 64 numbers.
    """
    if not {"patch_embedding.weight", "transformer.blocks.0.attn.proj_q.weight"} <= tensors.keys():
        return None
    return Translated(
        "PyTorch-Pretrained-ViT",
        fuse_qkv(rename(tensors, _RULES)),
        input=HALVES,
        model_args=_heads(tensors),
        epsilon=1e-6,
        resampling="corners",
        pre_logits=_pre_logits(tensors, origin),
    )


def _heads(tensors: Mapping[str, Tensor]) -> dict[str, int]:
    width = tensors["patch_embedding.weight"].shape[0]
    return {"num_heads": width // 64} if width in (768, 1024) else {}


def _pre_logits(tensors: Mapping[str, Tensor], origin: Origin) -> PreLogits | None:
    """Where the layer before the classifier stands, if there is one.

    It works in the library only with `load_repr_layer=True`, and then before the last norm. The
    released files, from before torch 1.6, carry it for ImageNet-21k's classes just as the original
    computes it: after the norm.
    """
    if "pre_logits.weight" not in tensors:
        return None
    classes = tensors["fc.weight"].shape[0] if "fc.weight" in tensors else 0
    is_release = origin.is_legacy and classes == _IMAGENET_21K
    return "after norm" if is_release else "before norm"

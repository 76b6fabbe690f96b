"""MAE's release files: github.com/facebookresearch/mae, models_mae.py and models_vit.py.

The encoder has timm's names. It is told by the decoder beside it, or by its positions: a table of
sines that is not trained, and that fine-tuning hardly moves. Preprocessing as in its
util/datasets.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from ..networks.measures import KERNEL
from .base import IMAGENET, Origin, Translated

_PUBLISHED = re.compile(r"mae_(pretrain|finetuned|visualize)_vit_(base|large|huge)")
_DECODER = re.compile(r"decoder_.*|mask_token")
_ALIKE = 0.98  # mean cosine between its positions and sines; trained ones stay far below


def translate(tensors: Mapping[str, Tensor], origin: Origin) -> Translated | None:
    """The encoder, pretrained or fine-tuned; None where nothing says that a file is MAE's."""
    is_vit = {KERNEL, "cls_token", "pos_embed", "blocks.0.attn.qkv.weight"} <= tensors.keys()
    evidence = _evidence(tensors, origin) if is_vit else ""
    if not evidence:
        return None
    decoder = tuple(name for name in tensors if _DECODER.fullmatch(name))
    return Translated(
        "MAE",
        {name: tensor for name, tensor in tensors.items() if name not in decoder},
        left_out=decoder,
        input=IMAGENET,
        resampling="bicubic",
        told=f"Taken for MAE's by {evidence}.",
    )


def _evidence(tensors: Mapping[str, Tensor], origin: Origin) -> str:
    """What says that a file is MAE's; "" where nothing does."""
    if "decoder_embed.weight" in tensors:
        return "its decoder"
    if _has_its_positions(tensors["pos_embed"]):
        return "its positions, MAE's sines"
    return "its name" if _PUBLISHED.match(origin.file.name) else ""


def _has_its_positions(positions: Tensor) -> bool:
    """Whether a table (1, 1 + side², width) is nearly MAE's, whose class token has zeros."""
    if positions.ndim != 3 or positions.shape[2] % 4:
        return False
    side = math.isqrt(max(positions.shape[1] - 1, 0))
    if side < 2 or side * side != positions.shape[1] - 1:
        return False
    patches = positions[0, 1:].float()
    table = sines(side, positions.shape[2])
    return functional.cosine_similarity(patches, table, dim=-1).mean().item() > _ALIKE


def sines(side: int, width: int) -> Tensor:
    """MAE's positions (util/pos_embed.py): float32 (side², width), `width` a multiple of 4.

    The first half of the width says the column, the second the row: sines, then cosines, of its
    number times frequencies falling from 1 to 1 / 10000.
    """
    frequencies = 10000 ** -(torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    angles = torch.arange(side)[:, None] * frequencies  # (side, width / 4)
    waves = torch.cat([angles.sin(), angles.cos()], dim=1)
    columns, rows = waves.repeat(side, 1), waves.repeat_interleave(side, dim=0)
    return torch.cat([columns, rows], dim=1).float()

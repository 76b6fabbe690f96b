"""DINO's release files and training checkpoints: github.com/facebookresearch/dino.

Its vision_transformer.py has timm's names. What tells it from others lies around its tensors: the
student and the teacher of main_dino.py, its arguments, or the published file's name. Preprocessing
as in its eval_knn.py and eval_linear.py. iBOT's checkpoints (github.com/bytedance/ibot) are of the
same kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from ..networks.measures import KERNEL
from .base import IMAGENET, Origin, Translated, arguments_of

_PUBLISHED = re.compile(r"dino_(deitsmall|vitbase)(8|16)_pretrain")
_OTHERS = ("mask_token", "blocks.0.ls1.gamma")  # DINOv2's
_ASIDE = ("masked_embed",)  # iBOT's, for patches that are hidden in training


def translate(tensors: Mapping[str, Tensor], origin: Origin) -> Translated | None:
    """Features of DINO, without classes; None where nothing says that a file is DINO's."""
    is_vit = KERNEL in tensors and "blocks.0.attn.qkv.weight" in tensors
    evidence = _evidence(origin) if is_vit and not any(o in tensors for o in _OTHERS) else ""
    if not evidence:
        return None
    return Translated(
        "DINO",
        {name: tensor for name, tensor in tensors.items() if name not in _ASIDE},
        left_out=tuple(name for name in _ASIDE if name in tensors),
        input=IMAGENET,
        resampling="bicubic",
        told=f"Taken for DINO's by {evidence}.",
    )


def _evidence(origin: Origin) -> str:
    """What says that a file is DINO's; "" where nothing does."""
    if origin.part in ("teacher", "student"):
        return f"its part “{origin.part}”"
    if "local_crops_number" in arguments_of(origin):
        return "its arguments"
    return "its name" if _PUBLISHED.match(origin.file.name) else ""

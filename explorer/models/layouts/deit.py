"""DeiT's release files and training checkpoints: github.com/facebookresearch/deit.

Its models.py, models_v2.py (DeiT III) are made of timm's parts and have timm's names, but for DeiT
III's layer scale. It is told by that, by its distillation token, by the arguments of its main.py,
or by the published file's name. Preprocessing as in its datasets.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from ..checkpoints.renaming import rename, rules
from ..networks.measures import KERNEL
from .base import IMAGENET, Origin, Translated, arguments_of

_PUBLISHED = re.compile(
    r"deit_(tiny|small|base)(_distilled)?_patch16_(224|384)-[0-9a-f]{8}"
    r"|deit_3_(small|medium|base|large|huge)_(224|384)_(1k|21k)"
)
_SCALE = rules((r"blocks\.(\d+)\.gamma_([12])", r"blocks.\1.ls\2.gamma"))


def translate(tensors: Mapping[str, Tensor], origin: Origin) -> Translated | None:
    """A DeiT, plain, distilled or of the third kind; None where nothing says that it is one."""
    is_vit = {KERNEL, "pos_embed", "blocks.0.attn.qkv.bias"} <= tensors.keys()
    evidence = _evidence(tensors, origin) if is_vit else ""
    if not evidence:
        return None
    is_third = "blocks.0.gamma_1" in tensors or origin.file.name.startswith("deit_3")
    return Translated(
        "DeiT",
        rename(tensors, _SCALE),
        input={**IMAGENET, "crop_pct": 1.0} if is_third else IMAGENET,
        resampling="bicubic",
        told=f"Taken for DeiT's by {evidence}.",
    )


def _evidence(tensors: Mapping[str, Tensor], origin: Origin) -> str:
    """What says that a file is DeiT's; "" where nothing does."""
    if "blocks.0.gamma_1" in tensors:  # BEiT has it, too, but no bias of all three, q, k and v
        return "its layer scale"
    if "dist_token" in tensors:
        return "its distillation token"
    if "distillation_type" in arguments_of(origin):
        return "its arguments"
    return "its name" if _PUBLISHED.match(origin.file.name) else ""

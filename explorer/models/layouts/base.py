"""What every layout answers."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor

from ...records import PreLogits, Resampling


@dataclass(frozen=True)
class Origin:
    """What is known of a checkpoint beside its tensors."""

    file: Path
    part: str  # of a training checkpoint
    notes: Mapping[str, Any]  # what the file says beside its tensors
    is_legacy: bool  # pickled as torch did before 1.6


def arguments_of(origin: Origin) -> Mapping[str, Any]:
    """What a training script was told on its command line, if it noted that as `args`."""
    args = origin.notes.get("args")
    return vars(args) if isinstance(args, Namespace) else {}


@dataclass(frozen=True, eq=False)
class Translated:
    """A checkpoint in timm's names, and how the library it comes from computes with it."""

    library: str  # as people call it; "" where the names were timm's
    tensors: Mapping[str, Tensor]  # timm's names; `pre_logits.*` beside them where there is one
    left_out: tuple[str, ...] = ()  # the library's names of tensors that ViTs have no place for
    input: Mapping[str, Any] = field(default_factory=dict)  # as timm's configs: mean, crop_mode, …
    model_args: Mapping[str, Any] = field(default_factory=dict)  # num_heads, act_layer, … of timm
    epsilon: float | None = None  # of every layer norm; None = timm's 1e-6
    resampling: Resampling = "timm"  # of positions, where the input size is another
    pre_logits: PreLogits | None = None  # where that layer stands, if the file has it
    architecture: str = ""  # timm's name, where only one can be meant
    told: str = ""  # a sentence about what the person should know, beside the conversion


Translate = Callable[[Mapping[str, Tensor], Origin], Translated | None]

HALVES: Mapping[str, Any] = {  # Google's: the whole picture, stretched, in -1..1
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
    "crop_mode": "squash",
    "crop_pct": 1.0,
    "interpolation": "bilinear",
}
IMAGENET: Mapping[str, Any] = {  # Facebook's: the middle, normalised by ImageNet's statistics
    "mean": IMAGENET_DEFAULT_MEAN,
    "std": IMAGENET_DEFAULT_STD,
    "crop_mode": "center",
    "crop_pct": 0.875,
    "interpolation": "bicubic",
}

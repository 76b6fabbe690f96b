"""Hugging Face transformers: BEiT and Data2Vec-Vision, which are one network.

Its published processors (BeitFeatureExtractor) stretch to the input size, bilinear, with mean and
standard deviation 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from ..checkpoints.renaming import fuse_qkv
from ._transformers import LIBRARY, renamed
from .base import HALVES, Origin, Translated

_BIAS = re.compile(r"blocks\.\d+\.attn\.[qv]\.bias")
_LAST_NORM = "norm_beside."  # of the head that guesses hidden patches


def translate(tensors: Mapping[str, Tensor], _origin: Origin) -> Translated | None:
    """A state_dict of Beit or Data2VecVision; None where the names are others."""
    found = renamed(tensors)
    if found is None or found.family != "BEiT":
        return None
    named = _with_last_norm(found.tensors)
    has_offsets = any(name.endswith("relative_position_bias_table") for name in named)
    return Translated(
        LIBRARY,
        fuse_qkv(_apart(named) if has_offsets else _as_plain_vit(named)),
        found.left_out,
        input=HALVES,
        epsilon=1e-12,
        resampling="bicubic",
    )


def _with_last_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A model trained to guess patches has its last norm in its head, or one more there."""
    own = {name: t for name, t in tensors.items() if not name.startswith(_LAST_NORM)}
    if "norm.weight" in own or "fc_norm.weight" in own:
        return own
    last = {name: t for name, t in tensors.items() if name.startswith(_LAST_NORM)}
    return {**own, **{name.replace(_LAST_NORM, "norm."): t for name, t in last.items()}}


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Biases as timm's BEiT has them: of queries and of values; keys have none."""
    moved = {name: re.sub(r"([qv])\.bias$", r"\1_bias", name) for name in tensors}
    return {moved[name] if _BIAS.fullmatch(name) else name: t for name, t in tensors.items()}


def _as_plain_vit(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without biases between patches it is a plain ViT whose keys have a bias of zero."""
    named = {re.sub(r"\.gamma_([12])$", r".ls\1.gamma", name): t for name, t in tensors.items()}
    biases = [name for name in named if name.endswith(".attn.q.bias")]
    keys = {name.replace(".q.", ".k."): torch.zeros_like(named[name]) for name in biases}
    return {**named, **keys}

"""Tensors of other libraries, renamed by rules and put together as timm has them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

Rules = tuple[tuple[re.Pattern[str], str], ...]


def rules(*pairs: tuple[str, str]) -> Rules:
    """Patterns of whole names, and what they become."""
    return tuple((re.compile(pattern), name) for pattern, name in pairs)


def rename(tensors: Mapping[str, Tensor], rules: Rules) -> dict[str, Tensor]:
    """The same tensors by other names: the first rule that fits; else their own."""
    return {_renamed(name, rules): tensor for name, tensor in tensors.items()}


def _renamed(name: str, rules: Rules) -> str:
    found = ((pattern.fullmatch(name), new) for pattern, new in rules)
    return next((match.expand(new) for match, new in found if match), name)


def fuse_qkv(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`….attn.q.…`, `….attn.k.…`, `….attn.v.…` as timm's `….attn.qkv.…`: rows of q, of k, of v.

    Parts that are not all there, or not of one shape, stay, and will be told as unknown.
    """
    fused = dict(tensors)
    for name in tensors:
        block, is_query, kind = name.rpartition(".attn.q.")
        parts = [f"{block}.attn.{part}.{kind}" for part in "qkv"]
        shapes = {tensors[part].shape if part in tensors else None for part in parts}
        if is_query and len(shapes) == 1:
            fused[f"{block}.attn.qkv.{kind}"] = torch.cat([fused.pop(part) for part in parts])
    return fused


def fold_class_position(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The position of the class token added to that token, the others left to the patches.

    Of DINOv2's networks with registers, for which timm has positions of patches only.
    """
    positions = tensors["pos_embed"]
    token = tensors["cls_token"] + positions[:, :1]
    return {**tensors, "cls_token": token, "pos_embed": positions[:, 1:]}

"""What the layouts of Hugging Face's transformers share.

Its ViTs have one plan and two generations of names. Files hold those of version 4, which version 5
reads and writes, too; `torch.save(model.state_dict())` of version 5 holds shorter ones. A bare
model (`ViTModel`) has no prefix, a whole one (`ViTForImageClassification`) has `vit.` and a
classifier beside it. Checked against transformers 4.57.6 and 5.23.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ...errors import ExplorerError
from ..checkpoints.renaming import Rules, rename, rules

LIBRARY = "Hugging Face"
Family = Literal["ViT", "DINOv2", "BEiT"]

_KERNEL = "embeddings.patch_embeddings.projection.weight"
_LAYER = r"(?:encoder\.layer|layers)\.(\d+)\."
_BIASES = "relative_position_bias_table"
_BARE = (  # names in the bare model
    (r"embeddings\.cls_token", "cls_token"),
    (r"embeddings\.distillation_token", "dist_token"),
    (r"embeddings\.register_tokens", "reg_token"),
    (r"embeddings\.position_embeddings", "pos_embed"),
    (r"embeddings\.patch_embeddings\.projection\.(\w+)", r"patch_embed.proj.\1"),
    (rf"{_LAYER}(?:layernorm_before|norm1)\.(\w+)", r"blocks.\1.norm1.\2"),
    (rf"{_LAYER}(?:layernorm_after|norm2)\.(\w+)", r"blocks.\1.norm2.\2"),
    (rf"{_LAYER}attention\.(?:attention\.query|q_proj)\.(\w+)", r"blocks.\1.attn.q.\2"),
    (rf"{_LAYER}attention\.(?:attention\.key|k_proj)\.(\w+)", r"blocks.\1.attn.k.\2"),
    (rf"{_LAYER}attention\.(?:attention\.value|v_proj)\.(\w+)", r"blocks.\1.attn.v.\2"),
    (rf"{_LAYER}attention\.(?:output\.dense|o_proj)\.(\w+)", r"blocks.\1.attn.proj.\2"),
    (rf"{_LAYER}(?:intermediate\.dense|mlp\.fc1)\.(\w+)", r"blocks.\1.mlp.fc1.\2"),
    (rf"{_LAYER}(?:output\.dense|mlp\.fc2)\.(\w+)", r"blocks.\1.mlp.fc2.\2"),
    (rf"{_LAYER}mlp\.weights_in\.(\w+)", r"blocks.\1.mlp.fc1.\2"),
    (rf"{_LAYER}mlp\.(gate|up)_proj\.(\w+)", r"blocks.\1.mlp.\2.\3"),
    (rf"{_LAYER}mlp\.(?:weights_out|down_proj)\.(\w+)", r"blocks.\1.mlp.fc2.\2"),
    (rf"{_LAYER}layer_scale([12])\.lambda1", r"blocks.\1.ls\2.gamma"),
    (rf"{_LAYER}lambda_([12])", r"blocks.\1.gamma_\2"),
    (rf"{_LAYER}(?:attention\.attention\.)?relative_position_bias\.{_BIASES}",
     rf"blocks.\1.attn.{_BIASES}"),
    (rf"(?:encoder\.relative_position_bias|shared_position_bias)\.{_BIASES}",
     rf"rel_pos_bias.{_BIASES}"),
    (r"layernorm\.(\w+)", r"norm.\1"),
    (r"pooler\.layernorm\.(\w+)", r"fc_norm.\1"),
)  # fmt: skip
_BESIDE = (  # names beside it in a whole one
    (r"(?:cls_)?classifier\.(\w+)", r"head.\1"),
    (r"distillation_classifier\.(\w+)", r"head_dist.\1"),
    (r"layernorm\.(\w+)", r"norm_beside.\1"),  # of BeitForMaskedImageModeling
)
_ASIDE = (  # what ViTs have no place for, and what it is called
    (r"embeddings\.mask_token", "the mask token"),
    (r"pooler\.dense\.\w+", "the pooler"),
    (r"decoder\..+", "the decoder"),
    (r"lm_head\.\w+", "the head that guesses hidden patches"),
    (r"(?:decode|auxiliary)_head\..+", "the segmentation head"),
    (r"fpn.*\..+", "the feature pyramid"),
    (r".*\.relative_position_index", ""),  # follows from the grid
)


@dataclass(frozen=True, eq=False)
class Renamed:
    """A checkpoint of transformers in timm's names, but for what its family has otherwise."""

    family: Family
    tensors: dict[str, Tensor]  # q, k and v apart, as `blocks.….attn.q.…`
    left_out: tuple[str, ...]  # in words


def renamed(tensors: Mapping[str, Tensor]) -> Renamed | None:
    """A checkpoint whose names are those of a ViT of transformers; None where they are others.

    What is not known keeps its name, to be refused by it. Raises ExplorerError where a tensor is
    there twice, by names of both generations.
    """
    kernels = [name for name in tensors if name.endswith(_KERNEL)]
    if len(kernels) != 1:
        return None
    known, aside = _rules(kernels[0].removesuffix(_KERNEL))
    called = {name: _called(name, aside) for name in tensors}
    kept = {name: tensor for name, tensor in tensors.items() if called[name] is None}
    placed = rename(kept, known)
    if len(placed) < len(kept):
        raise ExplorerError(
            "It holds some of its tensors twice, by older and by newer names.",
            hint="Keep one of them.",
        )
    family = _family(placed)
    left_out = tuple(dict.fromkeys(filter(None, called.values())))
    return Renamed(family, placed, left_out) if family else None


def _rules(prefix: str) -> tuple[Rules, Rules]:
    """Rules for what is placed and for what is left aside; `prefix` is the bare model's."""
    above = prefix.removesuffix(".").rpartition(".")[0]  # "" of "vit.", "model" of "model.vit."
    own, beside = re.escape(prefix), re.escape(f"{above}." if above else "")
    # Version 5.23 writes the layers of ViTMSN without their prefix.
    layers = {pattern for pattern, _ in _BARE if pattern.startswith(_LAYER)}
    bare = [(f"(?:{own})?{p}" if p in layers else own + p, name) for p, name in _BARE]
    whole = [(beside + pattern, name) for pattern, name in _BESIDE]
    aside = [(f"(?:{own}|{beside}){pattern}", called) for pattern, called in _ASIDE]
    return rules(*bare, *whole), rules(*aside)


def _called(name: str, aside: Rules) -> str | None:
    """What a tensor that is left aside is called; None for those that are placed."""
    return next((called for pattern, called in aside if pattern.fullmatch(name)), None)


def _family(tensors: Mapping[str, Tensor]) -> Family | None:
    """Which of the plans it is, by what only one of them has."""
    if not {"blocks.0.norm1.weight", "blocks.0.attn.q.weight"} <= tensors.keys():
        return None
    if "blocks.0.ls1.gamma" in tensors:
        return "DINOv2"
    has_bias = "blocks.0.attn.q.bias" in tensors
    lacks_bias_of_keys = has_bias and "blocks.0.attn.k.bias" not in tensors
    return "BEiT" if lacks_bias_of_keys else "ViT"

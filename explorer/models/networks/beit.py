"""BEiT's networks, read from a checkpoint's tensors: plain ViTs with biases between patches.

Names are timm's. Each layer, or all together, add a learned bias to the scores for each offset
between two patches, and three for the class token (Bao et al. 2021).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from timm.layers import get_act_layer, resample_abs_pos_embed, resize_rel_pos_bias_table
from timm.models.beit import Beit
from torch import Tensor, nn

from .fitting import Blueprint, embedding, empty
from .measures import OFFSETS, Size, Tensors

TABLE = "relative_position_bias_table"


def has_offsets(tensors: Tensors) -> bool:
    """Whether they are a BEiT's, by its biases between patches."""
    return any(name in tensors for name in OFFSETS)


def beit_options(tensors: Tensors, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of timm's Beit; `plan` are those that a VisionTransformer takes, too."""
    layers, shared = (name in tensors for name in OFFSETS)
    table = next(tensors[name] for name in OFFSETS if name in tensors)
    norms = {name for name in ("norm.weight", "fc_norm.weight") if name in tensors}
    return {
        **plan,
        "num_heads": table.shape[1],
        "qkv_bias": "blocks.0.attn.q_bias" in tensors,
        "swiglu_mlp": "blocks.0.mlp.fc1_g.weight" in tensors,
        "scale_mlp": "blocks.0.mlp.norm.weight" in tensors,
        "init_values": 1e-5 if "blocks.0.gamma_1" in tensors else None,
        "use_abs_pos_emb": "pos_embed" in tensors,
        "use_rel_pos_bias": layers,
        "use_shared_rel_pos_bias": shared,
        "global_pool": "token" if norms == {"norm.weight"} else "avg",
    }


def beit_blueprint(
    tensors: Tensors, options: Mapping[str, Any], stored: Size, activation: str | None
) -> Blueprint:
    """A Beit that waits for a checkpoint whose positions have the grid `stored`."""
    network: Any = empty(Beit, **options)
    if activation:  # timm's Beit knows but one
        for block in network.blocks:
            block.mlp.act = get_act_layer(activation)()
    if not {"norm.weight", "fc_norm.weight"} & tensors.keys():  # a backbone, which ends with none
        network.norm = network.fc_norm = nn.Identity()

    def adapt(found: Tensors) -> dict[str, Tensor]:
        kept = {n: t for n, t in found.items() if not n.endswith("relative_position_index")}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about timm's resampling
            return _resampled(kept, network, stored)

    return Blueprint(network, "the network it describes", adapt)


def _resampled(tensors: dict[str, Tensor], network: nn.Module, stored: Size) -> dict[str, Tensor]:
    """Positions and biases for the network's own grid, as timm resamples them."""
    grid = tuple(embedding(network).grid_size)
    if grid == stored:
        return tensors
    resampled = {
        name: resize_rel_pos_bias_table(
            tensor,
            new_window_size=grid,
            new_bias_shape=(offsets_of(grid), tensor.shape[1]),
            old_window_size=stored,
        )
        for name, tensor in tensors.items()
        if name.endswith(TABLE)
    }
    if "pos_embed" in tensors:
        resampled["pos_embed"] = resample_abs_pos_embed(
            tensors["pos_embed"], new_size=list(grid), old_size=list(stored)
        )
    return {**tensors, **resampled}


def offsets_of(grid: Size) -> int:
    """How many biases a grid has: one for each offset, three for the class token."""
    return (2 * grid[0] - 1) * (2 * grid[1] - 1) + 3

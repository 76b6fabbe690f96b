"""All that tells a network where its patches lie, read off timm's attributes."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ..errors import ExplorerError
from ..records import Grid, PositionBias, Positions, PositionTable, RotaryPositions
from .recording import to_numpy

_CLOSE = 2e-3  # relative: what rounding to bfloat16 moves


@torch.inference_mode()
def positions_of(network: Any, grid: Grid, stored: np.ndarray | None = None) -> Positions:
    """A network's positions, as it uses them.

    `stored`: the table's patches as a checkpoint held them, float32 (rows, columns, width), where
    they were resampled.
    """
    return Positions(
        grid.rows,
        grid.columns,
        table=_table(network, grid, stored),
        rotary=_rotary(network, grid),
        bias=_bias(network, grid),
    )


def similarity_of(positions: Positions) -> np.ndarray:
    """Cosine of every two patches' vectors: float32 (patches, patches), row by row.

    Raises ExplorerError where there is no table of them.
    """
    if positions.table is not None:
        return positions.table.similarity()
    has = [name for name in ("rotary", "bias") if getattr(positions, name) is not None]
    instead = " and ".join(f"`positions.{name}`" for name in has)
    raise ExplorerError(
        "This model has no table of position embeddings.",
        hint=f"It tells patches apart by its {instead}." if has else "It has no positions at all.",
    )


def _table(network: Any, grid: Grid, stored: np.ndarray | None) -> PositionTable | None:
    embeddings = getattr(network, "pos_embed", None)
    if embeddings is None:
        return None
    vectors = np.array(to_numpy(embeddings[0]))  # a copy: (tokens that have one, width)
    count = len(vectors) - grid.rows * grid.columns
    patches = vectors[count:].reshape(grid.rows, grid.columns, -1)
    origin = _origin(patches if stored is None else stored)
    return PositionTable(patches, vectors[:count], grid.prefix[:count], stored, origin)


def _origin(patches: np.ndarray) -> Literal["learned", "sines"]:
    """Whether a table (rows, columns, width) is the fixed one of MAE, MoCo v3 and big_vision.

    Those lay the same sines and cosines out in different orders; the products of their vectors
    are the same in any order, and no learned table has them.
    """
    rows, columns, width = patches.shape
    lengths = np.einsum("rcw,rcw->rc", patches, patches)
    if width % 4 or np.abs(lengths - width / 2).max() > _CLOSE * width:
        return "learned"
    flat = patches.reshape(-1, width)
    products = (flat @ flat.T).reshape(rows, columns, rows, columns)
    count = width // 4
    for slowest in (count, max(count - 1, 1)):  # MAE and MoCo v3; big_vision
        waves = _waves(max(rows, columns), 10000.0 ** -(np.arange(count) / slowest))
        expected = waves[:rows, None, :rows, None] + waves[None, :columns, None, :columns]
        if np.abs(products - expected).max() <= _CLOSE * width:
            return "sines"
    return "learned"


def _waves(count: int, frequencies: np.ndarray) -> np.ndarray:
    """Products of the sines and cosines of `count` places in a line: (count, count)."""
    places = np.arange(count)
    far = np.abs(places[:, None] - places)
    return np.cos(places[:, None] * frequencies).sum(axis=-1)[far]


def _rotary(network: Any, grid: Grid) -> RotaryPositions | None:
    rope = getattr(network, "rope", None)
    if rope is None:
        return None
    # As timm's `Eva._pos_embed` asks: what is cached is used, else it is made for the grid.
    is_cached = hasattr(rope, "feat_shape") and not network.dynamic_img_size
    turns = rope.get_embed() if is_cached else rope.get_embed(shape=(grid.rows, grid.columns))
    sin, cos = turns.float().chunk(2, dim=-1)  # ([layers, heads,] patches, width of a head)
    is_halved = network.blocks[0].attn.rotate_half
    return RotaryPositions(*(_pairs(part, is_halved, grid) for part in (cos, sin)))


def _pairs(values: Tensor, is_halved: bool, grid: Grid) -> np.ndarray:
    """One value for each pair of dimensions, which hold it twice: one after the other, or halved.

    float32 (layers or 1, heads or 1, rows, columns, pairs).
    """
    once = values[..., : values.shape[-1] // 2] if is_halved else values[..., ::2]
    shared = (1,) * (4 - once.ndim)  # by all layers and heads
    patches = (grid.rows, grid.columns, once.shape[-1])
    return np.array(to_numpy(once)).reshape(*shared, *once.shape[:-2], *patches)


def _bias(network: Any, grid: Grid) -> PositionBias | None:
    """What BEiT and timm's ViTs with relative positions add; each layer's own and the shared."""
    shared = getattr(network, "rel_pos_bias", None) or getattr(network, "shared_rel_pos", None)
    common = None if shared is None else _offsets(shared, grid)
    own = [_offsets(part, grid) for part in map(_own_bias, network.blocks) if part is not None]
    if not own:
        return None if common is None else PositionBias(common[None])
    return PositionBias(np.stack(own) + (0 if common is None else common))


def _own_bias(block: Any) -> Any:
    """The part of a block that holds its bias; None where it has none."""
    attention = getattr(block, "attn", None)  # timm's fused blocks have no part `attn`
    if getattr(attention, "relative_position_bias_table", None) is not None:
        return attention
    return getattr(attention, "rel_pos", None)


def _offsets(part: Any, grid: Grid) -> np.ndarray:
    """The bias from patch to patch: float32 (heads, 2 · rows - 1, 2 · columns - 1).

    Between them, the patches in the grid's four corners see every offset.
    """
    down, right = grid.rows - 1, grid.columns - 1
    corners = [grid.index(patch) for patch in ((0, 0), (0, right), (down, 0), (down, right))]
    rows = to_numpy(_rows(part, corners))[..., len(grid.prefix) :]
    seen = rows.reshape(len(rows), 2, 2, grid.rows, grid.columns)  # (heads, down, right, key)
    offsets = np.empty((len(rows), 2 * grid.rows - 1, 2 * grid.columns - 1), np.float32)
    offsets[:, down:, right:] = seen[:, 0, 0]
    offsets[:, down:, : right + 1] = seen[:, 0, 1]
    offsets[:, : down + 1, right:] = seen[:, 1, 0]
    offsets[:, : down + 1, : right + 1] = seen[:, 1, 1]
    return offsets


def _rows(part: Any, queries: list[int]) -> Tensor:
    """The bias of some queries to all tokens: (heads, queries, tokens)."""
    table = getattr(part, "relative_position_bias_table", None)
    if table is None:  # it is computed by a small network from the logarithms of the offsets
        return part.get_bias()[0, :, queries]
    # Not by the part's own function: all tokens' rows of a large BEiT take seconds.
    index = part.relative_position_index
    tokens = math.isqrt(index.numel())
    return table[index.view(tokens, tokens)[queries]].permute(2, 0, 1)

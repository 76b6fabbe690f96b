"""What can be measured on a checkpoint's tensors, where they have timm's names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from torch import Tensor

from ...errors import ExplorerError

Tensors = Mapping[str, Tensor]
Size = tuple[int, int]  # height, width in pixels; or rows, columns

KERNEL = "patch_embed.proj.weight"
_QKV = "blocks.0.attn.qkv.weight"
OFFSETS = (  # BEiT's: of each layer, shared by all
    "blocks.0.attn.relative_position_bias_table",
    "rel_pos_bias.relative_position_bias_table",
)
_BLOCK = re.compile(r"blocks\.(\d+)\.")
_DIMENSIONS = {  # how many each tensor has at least, where measures look at its sizes
    "head.weight": 2,
    "pre_logits.weight": 2,
    "pos_embed": 3,
    "reg_token": 3,
    "blocks.0.mlp.fc1.weight": 2,
    "blocks.0.mlp.fc2.weight": 2,
    KERNEL: 2,
    _QKV: 2,
    **dict.fromkeys(OFFSETS, 2),
}
_MOST_LAYERS = 1_000
_PUBLISHED = {1152: 16, 1280: 16, 1408: 16, 1664: 16}  # heads of 72, 80, 88 and 104


def check_sizes(tensors: Tensors) -> None:
    """Raises ExplorerError where a tensor has not the sizes that can be measured on it."""
    for name, dimensions in _DIMENSIONS.items():
        shape = tensors[name].shape if name in tensors else None
        if shape is not None and (len(shape) < dimensions or 0 in shape):
            raise ExplorerError(
                f"Its tensor {name} of {'×'.join(map(str, shape)) or 'a single number'} "
                "is none of a vision transformer.",
                hint="Choose another checkpoint of the model.",
            )


def depth_of(tensors: Tensors) -> int:
    """The number of blocks; 0 where the names are not timm's.

    Raises ExplorerError where blocks are missing, so that one high number would make a network of
    millions, and where there are more than any network has.
    """
    numbers = {found[1] for name in tensors if (found := _BLOCK.match(name))}
    if numbers != {str(number) for number in range(len(numbers))}:
        raise ExplorerError(
            "Its layers are not numbered one after the other.",
            hint="Choose a checkpoint that holds the whole model.",
        )
    if len(numbers) > _MOST_LAYERS:
        raise ExplorerError(
            f"It has {len(numbers):,} layers, more than any vision transformer.",
            hint="Choose another checkpoint.",
        )
    return len(numbers)


def classes_of(tensors: Tensors) -> int:
    """The number of classes; 0 where there is no classifier."""
    return tensors["head.weight"].shape[0] if "head.weight" in tensors else 0


def usual_heads(width: int) -> int:
    """How many heads attention of this width usually has: tensors do not tell.

    Published models give each head 64 numbers (192 → 3, 768 → 12), but for a few; the small models
    of courses and tutorials, narrower than any published one, 16 (64 → 4, 128 → 8).
    """
    usual = _PUBLISHED.get(width, width / (64 if width >= 192 else 16))
    return _nearest(usual, width)


def possible_heads(width: int) -> tuple[int, ...]:
    """Every number of heads that divides a width, from one to heads of width 4."""
    return tuple(n for n in range(1, max(width // 4, 1) + 1) if width % n == 0)


def _nearest(heads: float, width: int) -> int:
    return min(possible_heads(width), key=lambda possible: abs(possible - heads))


def heads_of(tensors: Tensors) -> tuple[int, tuple[int, ...]] | None:
    """The usual number of heads and all possible ones.

    None where there is nothing to ask: the names are not timm's, or a table has a column for each.
    """
    if _QKV not in tensors or any(name in tensors for name in OFFSETS):
        return None
    width, tokens = attention_width(tensors), tensors[_QKV].shape[1]
    # Whoever made the attention wider than the tokens chose the width of a head: mostly 64.
    usual = usual_heads(width) if width == tokens else _nearest(width / 64, width)
    return usual, possible_heads(width)


def attention_width(tensors: Tensors) -> int:
    """The width of all heads of a layer together."""
    return tensors[_QKV].shape[0] // 3


def patch_of(tensors: Tensors) -> Size | None:
    """Height, width of a patch in pixels; None where the embedding is no plain convolution."""
    kernel = tensors.get(KERNEL)
    is_hybrid = any(name.startswith("patch_embed.backbone.") for name in tensors)
    if kernel is None or kernel.ndim != 4 or is_hybrid:
        return None
    return kernel.shape[2], kernel.shape[3]


def stored_grid(
    tensors: Tensors, said: Size | None = None, asked: Size | None = None
) -> Size | None:
    """Rows and columns of the positions in a checkpoint; None where it has none to count.

    `said`: the picture size (height, width) that the checkpoint's config names; it goes before the
    guess that positions form a square. `asked`: the one that somebody wants, taken where it fits
    and they form no square. Raises ExplorerError where nothing fits.
    """
    patch = patch_of(tensors)
    if patch is None:
        return None
    table = next((tensors[name] for name in OFFSETS if name in tensors), None)
    if table is not None:
        offsets = table.shape[0] - 3  # three are of the class token
        return _grid_of_offsets(offsets, patch, said, asked)
    if "pos_embed" not in tensors:
        return None
    count = tensors["pos_embed"].shape[1]
    counts = (count - _prefix_tokens(tensors), count)  # positions may be of patches only
    side = _root(counts[0]) or _root(counts[1])
    square = (side, side) if side else None
    grid = _fitting(said, patch, counts) or square or _fitting(asked, patch, counts)
    if grid is None:
        raise _no_square(counts[0], patch)
    return grid


def _no_square(count: int, patch: Size) -> ExplorerError:
    """Why `count` positions of patches are no grid."""
    if count < 1:
        return ExplorerError(
            "It has no positions of patches.", hint="Choose another checkpoint of the model."
        )
    return ExplorerError(
        f"Its {count} positions form no square: they do not tell the picture size.",
        hint=f"Give the picture size it was trained on, such as {_sizes(count, patch)}.",
    )


def _grid_of_offsets(count: int, patch: Size, *sizes: Size | None) -> Size:
    """The grid that has so many offsets between two patches: of one of `sizes`, or a square."""
    side = (_root(count) + 1) // 2
    grids = [(size[0] // patch[0], size[1] // patch[1]) for size in sizes if size]
    for rows, columns in (*grids[:1], (side, side), *grids[1:]):
        if (2 * rows - 1) * (2 * columns - 1) == count:
            return rows, columns
    raise ExplorerError(
        f"Its {count} biases between patches are of no square: they do not tell the picture size.",
        hint="Give the picture size it was trained on.",
    )


def _prefix_tokens(tensors: Tensors) -> int:
    registers = tensors["reg_token"].shape[1] if "reg_token" in tensors else 0
    return ("cls_token" in tensors) + ("dist_token" in tensors) + registers


def _root(number: int) -> int:
    """The whole square root; 0 where there is none."""
    root = math.isqrt(max(number, 0))
    return root if root * root == number else 0


def _fitting(size: Size | None, patch: Size, counts: tuple[int, int]) -> Size | None:
    """The grid of a picture size, where it has as many patches as there are positions."""
    if size is None:
        return None
    rows, columns = size[0] // patch[0], size[1] // patch[1]
    return (rows, columns) if rows * columns in counts else None


def _sizes(count: int, patch: Size) -> str:
    """The two picture sizes nearest to a square that give so many patches, height × width."""
    short = next(n for n in range(math.isqrt(count), 0, -1) if count % n == 0)
    long = count // short
    return f"{short * patch[0]} × {long * patch[1]} or {long * patch[0]} × {short * patch[1]}"

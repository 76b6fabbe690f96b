"""Position embeddings: what a model knows of where its patches lie, and how they compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import ExplorerError
from ..images.sines import sine_table
from ..records import (
    PositionBias,
    Positions,
    PositionTable,
    RotaryPositions,
    has_direction,
)
from .position_fields import Field, OffsetField, SimilarityField

Kind = Literal["table", "stored", "rotary", "bias", "sines"]


@dataclass(frozen=True)
class Source:
    """Which of a model's position information is looked at."""

    kind: Kind
    layer: int | None = None  # where it differs by layer; None = the mean over layers
    head: int | None = None  # where it differs by head; None = the mean over heads
    pair: int | None = None  # rotary: one frequency (pair of head dimensions); None = all


@dataclass(frozen=True)
class Choices:
    """How many layers, heads and pairs a source can be asked for; 1 where there is no choice."""

    layers: int = 1
    heads: int = 1
    pairs: int = 1


def sources_of(positions: Positions) -> tuple[Source, ...]:
    """What there is to look at, one source of each kind, the default first; () where nothing.

    A table is followed by fixed sines, which are not the model's: to compare with.
    """
    table = positions.table
    there = {
        "table": table is not None,
        "stored": table is not None and table.stored is not None,
        "rotary": positions.rotary is not None,
        "bias": positions.bias is not None,
        "sines": table is not None,
    }
    kinds: tuple[Kind, ...] = ("table", "stored", "rotary", "bias", "sines")
    return tuple(Source(kind) for kind in kinds if there[kind])


def choices_of(positions: Positions, kind: Kind) -> Choices:
    """What a source of this kind can be narrowed down to."""
    if kind == "rotary" and positions.rotary is not None:
        layers, heads, _, _, pairs = positions.rotary.cos.shape
        return Choices(layers, heads, pairs)
    if kind == "bias" and positions.bias is not None:
        return Choices(*positions.bias.offsets.shape[:2])
    return Choices()


def field_of(positions: Positions, source: Source) -> Field:
    """The field of a source; its grid is the model's, but for what is “stored”.

    Raises ExplorerError where the model has no such thing, or no such layer, head or pair.
    """
    table, rotary, bias = positions.table, positions.rotary, positions.bias
    if source.kind == "sines":
        return SimilarityField(sine_table(positions.rows, positions.columns))
    if source.kind == "table" and table is not None:
        return SimilarityField(table.patches)
    if source.kind == "stored" and table is not None and table.stored is not None:
        return SimilarityField(table.stored)
    if source.kind == "rotary" and rotary is not None:
        return OffsetField(_rotary_offsets(rotary, source), "rotary similarity", (-1.0, 1.0))
    if source.kind == "bias" and bias is not None:
        offsets = _narrowed(bias.offsets, source).mean(axis=(0, 1))
        return OffsetField(offsets, "bias", _bias_bounds(bias))
    raise ExplorerError(_MISSING[source.kind], hint=describe_positions(positions))


def describe_positions(positions: Positions) -> str:
    """What a model has, in plain sentences."""
    said = [
        *([_describe_table(positions.table)] if positions.table else ()),
        *([_describe_rotary(positions.rotary)] if positions.rotary else ()),
        *([_describe_bias(positions.bias)] if positions.bias else ()),
    ]
    return " ".join(said) or "None: nothing tells this model where a patch lies."


_MISSING = {
    "table": "This model has no table of position embeddings.",
    "stored": "This model's table is used as it was stored.",
    "rotary": "This model does not turn its queries and keys.",
    "bias": "This model adds no bias to its attention.",
}


def _rotary_offsets(rotary: RotaryPositions, source: Source) -> np.ndarray:
    """Mean cosine of the angle between two patches: float32 (2 · rows - 1, 2 · columns - 1).

    It is what a query finds of an equal key that lies so far away: the score of q turned by one
    patch's angles with the same q turned by the other's, over |q|², in the mean over all q.
    """
    cos, sin = (
        _pick(_narrowed(part, source), 4, source.pair, "pair") for part in (rotary.cos, rotary.sin)
    )
    rows, columns = cos.shape[2:4]
    # Angles grow evenly along rows and columns, so that only the offset counts: two corners of
    # the grid see them all downwards, and a cosine is the same upwards.
    offsets = np.empty((2 * rows - 1, 2 * columns - 1), np.float32)
    offsets[rows - 1 :, columns - 1 :] = _turned(cos, sin, 0)
    offsets[rows - 1 :, :columns] = _turned(cos, sin, columns - 1)
    offsets[: rows - 1] = offsets[: rows - 1 : -1, ::-1]
    return offsets


def _turned(cos: np.ndarray, sin: np.ndarray, column: int) -> np.ndarray:
    """Mean cosine of the angle to the patch in row 0 and a column: (rows, columns)."""
    along = [
        np.einsum("lhrcp,lhp->rc", part, part[:, :, 0, column], dtype=np.float64)
        for part in (cos, sin)
    ]
    return (along[0] + along[1]) / (cos[:, :, 0, 0].size)


def _bias_bounds(bias: PositionBias) -> tuple[float, float]:
    """One scale for all layers and heads, so that their maps can be compared."""
    most = float(np.abs(bias.offsets).max()) or 1.0
    return -most, most


def _narrowed(values: np.ndarray, source: Source) -> np.ndarray:
    """What a source asks for of (layers or 1, heads or 1, …): the same axes."""
    return _pick(_pick(values, 0, source.layer, "layer"), 1, source.head, "head")


def _pick(values: np.ndarray, axis: int, number: int | None, what: str) -> np.ndarray:
    """One of an axis, which stays, or all; what all share is the same for any number."""
    count = values.shape[axis]
    if number is None or count == 1:
        return values
    if not -count <= number < count:
        raise ExplorerError(
            f"There is no {what} {number}.", hint=f"There are {count}, counted from 0."
        )
    return values.take([number], axis=axis)


def _describe_table(table: PositionTable) -> str:
    rows, columns, width = table.patches.shape
    kind = "A learned table" if table.origin == "learned" else "A fixed table of sines and cosines"
    owners = _listed([f"{rows} × {columns} patches", *_named(table.prefix_names)])
    said = f"{kind}: {owners}, width {width}."
    if table.stored is not None:
        said += f" It was stored for {table.stored.shape[0]} × {table.stored.shape[1]} patches."
    lost = int((~has_direction(table.patches)).sum())
    if lost:
        said += (
            f" Patches whose vector has no direction, so that their cosine is drawn as 0: {lost}."
        )
    return said


def _describe_rotary(rotary: RotaryPositions) -> str:
    layers, heads, _, _, pairs = rotary.cos.shape
    shared = {
        (True, True): "the same in every layer and head",
        (True, False): "its own in every head",
        (False, True): "its own in every layer",
        (False, False): "its own in every layer and head",
    }
    return (
        f"Rotary: queries and keys are turned by their patch's angles, {pairs} of them in a head, "
        f"{shared[layers == 1, heads == 1]}."
    )


def _describe_bias(bias: PositionBias) -> str:
    layers, heads, down, right = bias.offsets.shape
    whose = "shared by all layers" if layers == 1 else f"its own in each of {layers} layers"
    return (
        f"Relative bias: a number for each of {down} × {right} offsets and {heads} heads, {whose}."
    )


def _named(prefix: tuple[str, ...]) -> list[str]:
    """Prefix tokens in a sentence; registers are counted."""
    registers = sum(name.startswith("register") for name in prefix)
    named = [f"the {name} token" for name in prefix if not name.startswith("register")]
    return named + ([f"{registers} registers"] if registers > 1 else ["a register"][:registers])


def _listed(things: list[str]) -> str:
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"

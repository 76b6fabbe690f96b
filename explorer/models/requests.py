"""What people may ask of a model: checked before anything is loaded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from operator import index
from typing import Any, get_args

import torch

from ..errors import ExplorerError
from ..records import Framing, Interpolation, PreLogits, Resampling, Weights

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def check_precision(precision: str) -> None:
    """Raise ExplorerError where there is no such precision."""
    if precision not in tuple(PRECISIONS):
        raise ExplorerError(
            f"There is no precision {precision!r}.", hint=f"Choose {_listed(PRECISIONS)}."
        )


def check_framing(framing: Framing | None) -> None:
    """Raise ExplorerError where there is no such framing."""
    if framing is not None and framing not in get_args(Framing):
        raise ExplorerError(
            f"There is no framing {framing!r}.", hint=f"Choose {_listed(get_args(Framing))}."
        )


def check_weights(weights: Weights) -> Weights:
    """The same in plain numbers; raises ExplorerError where they make no sense."""
    _check_choice("interpolation", weights.interpolation, get_args(Interpolation))
    _check_choice("resampling", weights.resampling, get_args(Resampling))
    _check_choice("pre_logits", weights.pre_logits, get_args(PreLogits))
    return replace(
        weights,
        heads=_heads(weights),
        image_size=None if weights.image_size is None else _size(weights.image_size),
        normalisation=None
        if weights.normalisation is None
        else _normalisation(weights.normalisation),
    )


def _check_choice(what: str, chosen: str | None, choices: tuple[str, ...]) -> None:
    if chosen is not None and chosen not in choices:
        raise ExplorerError(f"There is no {what} {chosen!r}.", hint=f"Choose {_listed(choices)}.")


def _heads(weights: Weights) -> int | None:
    if weights.heads is None:
        return None
    if weights.file is None:
        raise ExplorerError(
            "The number of heads can be chosen for a checkpoint only.", hint="Leave out heads."
        )
    heads = _whole(weights.heads)
    if heads is None:
        raise ExplorerError(
            f"A layer cannot have {weights.heads!r} heads.", hint="Give a whole number from 1 on."
        )
    return heads


def _size(size: Any) -> tuple[int, int]:
    try:
        height, width = (_whole(side) for side in size)
    except (TypeError, ValueError):
        height = width = None
    if height is None or width is None:
        raise ExplorerError(
            f"{size!r} is no size of pictures.",
            hint="Give height and width in whole pixels, or one number for both.",
        )
    return height, width


def _normalisation(given: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    try:
        mean, std = (tuple(float(number) for number in numbers) for numbers in given)
    except (TypeError, ValueError):
        mean = std = ()
    fits = len(mean) == len(std) in (1, 3) and all(map(math.isfinite, (*mean, *std)))
    if not fits or min(std) <= 0:
        raise ExplorerError(
            f"{given!r} is no normalisation.",
            hint="Give two lists of equal length, mean and standard deviation, with a number for "
            "each of the 3 colours or one for all; deviations are above 0.",
        )
    return mean, std


def _whole(number: Any) -> int | None:
    """A whole number from 1 on; None where it is none."""
    try:
        return index(number) if index(number) >= 1 else None
    except TypeError:
        return None


def _listed(names: Iterable[str]) -> str:
    return " or ".join(f"“{name}”" for name in names)

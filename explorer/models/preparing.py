"""How pictures are prepared for a network, from what timm's configs say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ExplorerError
from ..records import Framing, Preprocessing

_FRAMINGS: dict[str, Framing] = {"center": "crop", "squash": "squash", "border": "pad"}
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos")


def preprocessing_of(
    config: Mapping[str, Any], input_size: tuple[int, int], channels: int
) -> Preprocessing:
    """The preparation that a config says: mean, std, interpolation, crop_mode and crop_pct.

    `input_size`: height, width. Raises ExplorerError where pictures cannot have so many channels,
    or the standard deviation is none.
    """
    if channels not in (1, 3):
        raise ExplorerError(
            f"This model looks at pictures of {channels} channels, not of 3 or 1.",
            hint="Choose a model for colour or grey pictures.",
        )
    if min(config["std"]) <= 0:
        raise ExplorerError(
            "The standard deviation must be larger than 0.", hint="Give another normalisation."
        )
    interpolation = config["interpolation"]
    return Preprocessing(
        input_size=input_size,
        mean=_per_channel(config["mean"], channels),
        std=_per_channel(config["std"], channels),
        framing=_FRAMINGS.get(config["crop_mode"], "squash"),
        crop_fraction=float(config["crop_pct"]),
        interpolation=interpolation if interpolation in _INTERPOLATIONS else "bicubic",
    )


def _per_channel(values: Sequence[float], channels: int) -> tuple[float, ...]:
    """One value for each channel: as they are, or, where their number is another, their mean."""
    if len(values) == channels:
        return tuple(float(value) for value in values)
    return (sum(values) / len(values),) * channels

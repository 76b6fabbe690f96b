"""An opened checkpoint: its tensors in timm's names, and how its library computes with them.

Where several speak, a person goes before the checkpoint's own words, those before what is known
of a published model, and that before what all checkpoints of a library have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from ..records import PreLogits, Resampling, Weights
from .checkpoints.description import Description
from .checkpoints.reading import Checkpoint
from .layouts import Translated
from .networks.fitting import embedding
from .networks.measures import Size, Tensors, stored_grid
from .networks.variations import PRE_LOGITS
from .published import catalog
from .published.known import Known


@dataclass(frozen=True, eq=False)
class Opened:
    """A checkpoint whose tensors can be measured, and what is said about it."""

    file: Path
    checkpoint: Checkpoint
    layout: Translated  # its tensors in timm's names
    said: Description

    @property
    def size(self) -> Size | None:
        """Height, width of the pictures that its positions are of, where anybody says that."""
        size = {**self.layout.input, **self.said.input}.get("input_size")
        return (int(size[1]), int(size[2])) if size else None

    @property
    def has_pre_logits(self) -> bool:
        """Whether there is a layer before the classifier."""
        return any(name.startswith(PRE_LOGITS) for name in self.layout.tensors)


def known_of(weights: Weights, opened: Opened) -> Known | None:
    """What is known of the published model that is asked for; None in another library's layout."""
    known = catalog.known(weights.name)
    return known if known and known.library == opened.layout.library else None


def input_of(weights: Weights, opened: Opened) -> Mapping[str, Any]:
    """How pictures are prepared, as timm's configs say it, where anybody says something."""
    known = known_of(weights, opened)
    return {**opened.layout.input, **(known.input if known else {}), **opened.said.input}


def epsilon_of(weights: Weights, opened: Opened) -> float | None:
    """What every layer norm adds to the variance; None = as timm has it."""
    known = known_of(weights, opened)
    usual = known.epsilon if known else opened.layout.epsilon
    return usual if opened.said.epsilon is None else opened.said.epsilon


def resampling_of(weights: Weights, opened: Opened) -> Resampling:
    """How positions become those of another grid."""
    return weights.resampling or opened.layout.resampling


def pre_logits_of(weights: Weights, opened: Opened) -> PreLogits | None:
    """Where the layer before the classifier stands; None where the file has none."""
    if not opened.has_pre_logits:
        return None
    own = opened.said.pre_logits or opened.layout.pre_logits
    return weights.pre_logits or own or "after norm"


def stored_positions(
    tensors: Tensors, network: nn.Module, said: Size | None = None, asked: Size | None = None
) -> np.ndarray | None:
    """A checkpoint's own positions of patches, where the network has another grid.

    float32 (rows, columns, width); `said` and `asked` as for `stored_grid`.
    """
    stored = stored_grid(tensors, said, asked)
    if stored is None or "pos_embed" not in tensors:
        return None
    if stored == tuple(embedding(network).grid_size):
        return None
    patches = tensors["pos_embed"][0, -stored[0] * stored[1] :]
    array: np.ndarray = patches.float().reshape(*stored, -1).numpy().copy()
    return array

"""Two pictures in one, with both labels: mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019).

Neighbours in a batch are mixed, whose order is chance already: so it does not matter in how many
parts a batch is learned, as long as neighbours stay together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..recipes.recipe import Mixing


class Mixed(NamedTuple):
    """Pictures, and what they show."""

    pixels: Tensor  # float32 (pictures, 3, height, width)
    labels: Tensor  # int64 (pictures,)
    others: Tensor | None  # int64 (pictures,): what was mixed in; None where nothing is mixed
    shares: Tensor | None  # float32 (pictures,): how much of a picture is still itself

    def targets(self, classes: int, smoothing: float) -> Tensor:
        """What the network should say: float32 (pictures, classes), rows sum to 1."""
        exact = torch.nn.functional.one_hot(self.labels, classes).float()
        if self.others is not None and self.shares is not None:
            other = torch.nn.functional.one_hot(self.others, classes).float()
            exact = torch.lerp(other, exact, self.shares[:, None])
        return exact * (1 - smoothing) + smoothing / classes

    @property
    def likelier(self) -> Tensor:
        """The label that has the greater share: int64 (pictures,)."""
        if self.others is None or self.shares is None:
            return self.labels
        return torch.where(self.shares >= 0.5, self.labels, self.others)


def unmixed(pixels: Tensor, labels: Tensor) -> Mixed:
    """Pictures as they are."""
    return Mixed(pixels, labels, None, None)


def mix(
    pixels: Tensor, labels: Tensor, places: Tensor, total: int, mixing: Mixing, seed: int
) -> Mixed:
    """Mix neighbours: those in places 0 and 1, 2 and 3, … of a batch of `total` pictures.

    `places` int64 (pictures,): of those that are here, neighbours side by side. What becomes of a
    pair depends on the seed and its place alone; a last picture without a neighbour stays as it is.
    """
    order = torch.arange(len(places)) ^ 1 ^ (int(places[0]) & 1)  # each one's neighbour
    alone = (places ^ 1) >= total
    order = torch.where(alone, torch.arange(len(places)), order).to(pixels.device)
    boxes, kept, shares = _plan(mixing, seed, (total + 1) // 2, pixels.shape[2:])
    pairs = (places // 2).numpy()
    shares = np.where(alone.numpy(), 1.0, shares[pairs])
    weights = _weights(boxes[pairs], kept[pairs], pixels)
    mixed = torch.lerp(pixels[order], pixels, weights)
    return Mixed(mixed, labels, labels[order], torch.from_numpy(shares).float().to(pixels.device))


def _plan(
    mixing: Mixing, seed: int, pairs: int, size: torch.Size
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pair: a box, how much of itself a picture keeps outside of it, and in all.

    Boxes are int64 (pairs, 4): top, left, bottom, right, in which the neighbour shows. Of blended
    pairs they are empty.
    """
    chance = np.random.default_rng(seed)
    mixes = chance.random(pairs) < mixing.probability
    switches = chance.random(pairs) < mixing.switch_probability
    pastes = switches if mixing.mixup and mixing.cutmix else np.full(pairs, mixing.cutmix > 0)
    blended = chance.beta(mixing.mixup, mixing.mixup, pairs) if mixing.mixup else np.ones(pairs)
    pasted = chance.beta(mixing.cutmix, mixing.cutmix, pairs) if mixing.cutmix else np.ones(pairs)
    boxes = _boxes(np.where(mixes & pastes, pasted, 1.0), chance.random((pairs, 2)), size)
    outside = np.where(mixes & ~pastes, blended, 1.0)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) / (size[0] * size[1])
    return boxes, outside, np.where(mixes & pastes, 1 - areas, outside)


def _boxes(shares: np.ndarray, centres: np.ndarray, size: torch.Size) -> np.ndarray:
    """Boxes that leave these shares of a picture, cut off at its borders: int64 (pairs, 4)."""
    sides = np.array(size)
    halves = np.sqrt(1 - shares)[:, None] * sides / 2
    middles = centres * sides
    first = np.clip(np.rint(middles - halves), 0, sides)
    last = np.clip(np.rint(middles + halves), 0, sides)
    return np.concatenate([first, last], axis=1).astype(np.int64)


def _weights(boxes: np.ndarray, outside: np.ndarray, pixels: Tensor) -> Tensor:
    """How much of itself each pixel keeps: float32 (pictures, 1, height, width)."""
    height, width = pixels.shape[2:]
    top, left, bottom, right = torch.from_numpy(boxes).to(pixels.device).T[..., None]
    rows = torch.arange(height, device=pixels.device)
    columns = torch.arange(width, device=pixels.device)
    inside = ((rows >= top) & (rows < bottom))[:, :, None]
    inside = inside & ((columns >= left) & (columns < right))[:, None, :]
    kept = torch.from_numpy(outside).to(pixels.device, pixels.dtype)
    return (kept[:, None, None] * ~inside)[:, None]

"""Chance inside the network that depends on nothing but the seed and the picture's place.

So a resumed training, one with more processes and one with batches in more parts draw the same.
"""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import ExplorerError


def seed_of(*place: int | str) -> int:
    """A seed for a place in a training, such as (seed, "mixing", stage, epoch, batch)."""
    digest = hashlib.blake2b(repr(place).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1  # torch takes 63 bits


class Chance:
    """Draws for all pictures of a batch, and gives those that are asked for here their own.

    Every layer that asks gets new numbers; all parts of a batch ask in the same order.
    """

    def __init__(self) -> None:
        self._generator = torch.Generator()
        self._pictures = torch.zeros(0, dtype=torch.int64)
        self._total = 0

    def begin(self, seed: int, pictures: Tensor, total: int) -> None:
        """A forward pass begins, of some `pictures` (their places) of a batch of `total`."""
        self._generator.manual_seed(seed)
        self._pictures, self._total = pictures, total

    def draw(self, like: Tensor, *shape: int) -> Tensor:
        """Numbers in 0..1 for each row of `like`: float32 (rows, *shape), where that lies.

        The rows are the pictures here, or of each picture equally many, such as its captions.
        """
        each = max(1, len(like) // len(self._pictures))
        numbers = torch.rand(self._total, each, *shape, generator=self._generator)
        return numbers[self._pictures].flatten(0, 1).to(like.device, non_blocking=True)


class DropPath(nn.Module):
    """Leaves a block's branch out for some pictures (stochastic depth, Huang et al. 2016)."""

    def __init__(self, rate: float, chance: Chance) -> None:
        super().__init__()
        self.rate = rate
        self._chance = chance

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (pictures, tokens, width), those that stay scaled up: the mean is as without."""
        if not self.training:
            return tokens
        kept = self._chance.draw(tokens) >= self.rate
        factor = kept.to(tokens.dtype) / (1 - self.rate)
        return tokens * factor.view(-1, *(1,) * (tokens.ndim - 1))


class Dropout(nn.Module):
    """Hides some features of each picture from the head."""

    def __init__(self, rate: float, chance: Chance) -> None:
        super().__init__()
        self.rate = rate
        self._chance = chance

    def forward(self, features: Tensor) -> Tensor:
        """Features (pictures, …), those that stay scaled up."""
        if not self.training:
            return features
        kept = self._chance.draw(features, *features.shape[1:]) >= self.rate
        return features * kept.to(features.dtype) / (1 - self.rate)


_BRANCHES = ("drop_path", "drop_path1", "drop_path2")  # as timm's blocks call them


def set_drop_path(network: Any, rate: float, chance: Chance) -> None:
    """Skip the last block this often, earlier ones less, as timm does; 0 skips none.

    Raises ExplorerError where the network's blocks have no place for it.
    """
    blocks = list(network.blocks)
    for number, block in enumerate(blocks):
        own = rate * number / max(1, len(blocks) - 1)
        names = [name for name in _BRANCHES if isinstance(getattr(block, name, None), nn.Module)]
        if rate and not names:
            raise ExplorerError(
                "“drop_path” does not go with this model: its blocks cannot be skipped.",
                hint="Leave it out.",
            )
        for name in names:
            setattr(block, name, DropPath(own, chance) if own else nn.Identity())


def set_dropout(network: Any, rate: float, chance: Chance) -> None:
    """Hide this share of features from the head; raises ExplorerError where that cannot be."""
    if not hasattr(network, "head_drop"):
        if rate:
            raise ExplorerError("“dropout” does not go with this model.", hint="Leave it out.")
        return
    network.head_drop = Dropout(rate, chance) if rate else nn.Identity()

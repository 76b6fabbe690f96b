"""What writing goes by: a picture encoded once, and the words so far."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Memory(NamedTuple):
    """A picture as the decoder sees it, with what each of its layers asks of it computed ahead.

    In training, several pictures, each with as many captions as the others.
    """

    cells: Tensor  # (pictures, cells, width)
    keys: tuple[Tensor, ...]  # per layer (pictures, heads, cells, width of a head)
    values: tuple[Tensor, ...]  # as the keys
    bias: Tensor | None  # (1, 1, 1, cells), -inf where padding hides a cell
    rows: int
    columns: int
    prefix: int = 0  # how many cells stand before those of the picture, such as a class token

    def to(self, device: torch.device) -> Memory:
        """The same on another device; itself where it is there already."""
        if self.cells.device == device:
            return self
        return self._replace(
            cells=self.cells.to(device),
            keys=tuple(keys.to(device) for keys in self.keys),
            values=tuple(values.to(device) for values in self.values),
            bias=None if self.bias is None else self.bias.to(device),
        )

    def seen_by(self, layer: int, captions: int) -> tuple[Tensor, Tensor]:
        """Keys and values for one layer: each picture's for its share of the captions, in turn."""
        keys, values = self.keys[layer], self.values[layer]
        each = captions // len(keys)
        if each == 1:
            return keys, values
        if len(keys) == 1:
            return keys.expand(captions, -1, -1, -1), values.expand(captions, -1, -1, -1)
        return keys.repeat_interleave(each, dim=0), values.repeat_interleave(each, dim=0)


class Past:
    """Keys and values of the words so far, in every layer; it grows with each word."""

    def __init__(self) -> None:
        self._keys: dict[int, Tensor] = {}
        self._values: dict[int, Tensor] = {}

    @property
    def length(self) -> int:
        """How many tokens all layers have seen."""
        return self._keys[0].shape[2] if self._keys else 0

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Append new words' (captions, heads, new, width); returns all of that layer."""
        if layer in self._keys:
            keys = torch.cat([self._keys[layer], keys], dim=2)
            values = torch.cat([self._values[layer], values], dim=2)
        self._keys[layer], self._values[layer] = keys, values
        return keys, values

    def pick(self, captions: Tensor) -> None:
        """Go on with these of the captions, in this order; one may be taken several times."""
        self._keys = {layer: keys[captions] for layer, keys in self._keys.items()}
        self._values = {layer: values[captions] for layer, values in self._values.items()}


def causal(new: int, before: int) -> Tensor:
    """Which tokens each new one may look at, itself the last: bool (new, before + new)."""
    return torch.ones(new, before + new, dtype=torch.bool).tril(before)

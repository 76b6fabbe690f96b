"""Captions while they grow, and where they looked once they are finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...errors import ExplorerError
from ..attention import AttentionCall, attention_weights, listen
from .family import Network
from .memory import Memory, Past


class Draft:
    """Captions of one picture that grow together; each token is read once."""

    def __init__(self, network: Any, memory: Memory) -> None:
        self._network: Network = network
        self._memory = memory
        self._past = Past()

    def read(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Every caption reads equally many new tokens.

        Returns logits of what follows each: float32 (captions, new, vocabulary).
        Raises ExplorerError where they are no numbers: nothing could be chosen by them.
        """
        batch = torch.tensor(tokens, device=self._memory.cells.device)
        written = self._network.write(batch, self._memory, self._past)
        logits = self._network.choose(written).float()
        if not logits.amax().isfinite():  # minus infinity only means that a token never comes
            raise ExplorerError(
                "The captioner computed values that are not numbers (NaN or infinity).",
                hint="Its weights are too large, or the pixels no numbers: choose others.",
            )
        return logits

    def branch(self, captions: Sequence[int]) -> None:
        """Go on with these of the captions, in this order; one may go on several times."""
        self._past.pick(torch.tensor(captions, device=self._memory.cells.device))


def look_back(network: Any, memory: Memory, tokens: Sequence[int]) -> Tensor:
    """Where a finished caption looked at the picture as each of its tokens was read.

    They are read at once: the same as one by one, for no token sees a later one.
    Returns float32 (tokens, layers, heads, rows, columns).
    """
    calls: list[AttentionCall] = []
    with listen(calls.append):
        network.write(torch.tensor([tokens], device=memory.cells.device), memory, Past())
    looks = calls[1::2]  # in each layer words look at words, then at the picture
    return torch.stack([_at_cells(look, memory) for look in looks], dim=1)


def _at_cells(look: AttentionCall, memory: Memory) -> Tensor:
    """One layer's attention to the cells of the picture: (tokens, heads, rows, columns)."""
    weights = attention_weights(look.q.float(), look.k.float(), look.bias, look.scale)[0]
    cells = weights[..., memory.prefix :].transpose(0, 1)
    return cells.reshape(*cells.shape[:2], memory.rows, memory.columns)

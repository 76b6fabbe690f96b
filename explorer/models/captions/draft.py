"""Captions while they grow: what they have read so far, and where they looked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

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
        logits = self._network.choose(self._write(tokens)).float()
        if not logits.amax().isfinite():  # minus infinity only means that a token never comes
            raise ExplorerError(
                "The captioner computed values that are not numbers (NaN or infinity).",
                hint="Its weights are too large, or the pixels no numbers: choose others.",
            )
        return logits

    def branch(self, captions: Sequence[int]) -> None:
        """Go on with these of the captions, in this order; one may go on several times."""
        self._past.pick(torch.tensor(captions, device=self._memory.cells.device))

    def _write(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        batch = torch.tensor(tokens, device=self._memory.cells.device)
        return self._network.write(batch, self._memory, self._past)


class Account(NamedTuple):
    """What happened while a caption was read."""

    logits: Tensor  # float32 (tokens but the last, vocabulary): what followed each
    maps: Tensor  # float32 (tokens, layers, heads, rows, columns)


class Recorded(Draft):
    """One caption, of which everything is kept."""

    def __init__(self, network: Any, memory: Memory) -> None:
        super().__init__(network, memory)
        self._logits: list[Tensor] = []
        self._looks: list[list[AttentionCall]] = []  # by reading, by layer: at the picture

    def read(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """As any draft; what follows is kept."""
        logits = super().read(tokens)
        self._logits.append(logits[0])
        return logits

    def end(self, token: int) -> Account:
        """Read the last token, after which nothing is chosen."""
        self._write([[token]])
        return Account(torch.cat(self._logits), self._maps())

    def _write(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        calls: list[AttentionCall] = []
        with listen(calls.append):
            written = super()._write(tokens)
        self._looks.append(calls[1::2])  # in each layer words look at words, then at the picture
        return written

    def _maps(self) -> Tensor:
        layers = [self._layer(reading) for reading in zip(*self._looks, strict=True)]
        return torch.stack(layers, dim=1)

    def _layer(self, looks: Sequence[AttentionCall]) -> Tensor:
        """One layer's attention to the cells of the picture: (tokens, heads, rows, columns)."""
        memory, look = self._memory, looks[0]
        q = torch.cat([reading.q for reading in looks], dim=2)  # (1, heads, tokens, width)
        weights = attention_weights(q.float(), look.k.float(), look.bias, look.scale)[0]
        cells = weights[..., memory.prefix :].transpose(0, 1)
        return cells.reshape(*cells.shape[:2], memory.rows, memory.columns)

"""What a trace keeps of a forward pass: queries and keys of every layer, lengths of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ExplorerError
from ..records import RecordedAttention
from .attention import AttentionCall, attention_weights


class Kept(NamedTuple):
    """What is kept of an attention call, without the batch dimension, where it was computed."""

    q: Tensor  # float32 (heads, queries, width)
    k: Tensor  # float32 (heads, tokens, width)
    bias: Tensor | None  # float32 (heads or 1, queries or 1, tokens)
    scale: float


def split_calls(
    calls: Sequence[Kept], layers: int, tokens: int
) -> tuple[Sequence[Kept], Kept | None]:
    """The layers' calls, and the pooling head's where there is one.

    Raises ExplorerError where not every layer attends from every token to every token.
    """
    full = [c for c in calls if c.q.ndim == 3 and c.q.shape[1] == c.k.shape[1] == tokens]
    others = len(calls) - len(full)
    pooled = others == 1 and calls[-1].q.ndim == 3 and calls[-1].q.shape[1] == 1
    if len(full) != layers or (others and not pooled):
        raise ExplorerError(
            f"This model cannot be explored: in {len(full)} of its {layers} layers every token "
            "attends to every token.",
            hint="Choose a plain vision transformer, one without windows or pooled tokens.",
        )
    return full, calls[-1] if pooled else None


class Recorder:
    """Keeps calls, and makes records of them.

    A layer's bias rarely changes, and is the largest of all: its traces share one.
    """

    def __init__(self) -> None:
        self._biases: dict[int, tuple[Tensor, np.ndarray]] = {}

    def keep(self, call: AttentionCall, number: int) -> Kept:
        """Copy q and k of the call with this number: they are views of what holds v as well.

        Its bias is replaced by the known one where they are equal, and is free to go.
        """
        bias = None if call.bias is None else self._shared(call.bias, number)
        return Kept(_compact(call.q[0]), _compact(call.k[0]), bias, call.scale)

    def layer(self, call: Kept, number: int) -> RecordedAttention:
        """One layer's attention, of the latest call with this number."""
        bias = None if call.bias is None else self._biases[number][1]
        return RecordedAttention(to_numpy(call.q), to_numpy(call.k), call.scale, bias)

    def _shared(self, bias: Tensor, number: int) -> Tensor:
        bias = bias.reshape(-1, *bias.shape[-2:]).float().contiguous()
        known = self._biases.get(number)
        moved = known is not None and known[0].device != bias.device
        if known is None or moved or not torch.equal(known[0], bias):
            known = self._biases[number] = (bias, to_numpy(bias))  # one memory on the CPU
        return known[0]


def record_pooling(call: Kept, tokens: int) -> RecordedAttention:
    """The pooling head; where it sees patches only, its attention to prefix tokens is zero."""
    hidden = tokens - call.k.shape[1]
    if hidden == 0:
        return RecordedAttention(to_numpy(call.q), to_numpy(call.k), call.scale)
    k = np.pad(to_numpy(call.k), ((0, 0), (hidden, 0), (0, 0)))
    bias = np.zeros((1, 1, tokens), np.float32)
    bias[..., :hidden] = -np.inf
    return RecordedAttention(to_numpy(call.q), k, call.scale, bias)


@torch.inference_mode()
def mean_of_patches(layers: Sequence[Kept], prefix: int) -> np.ndarray:
    """Mean of the patches' rows: float32 (layers, heads, tokens), one layer's matrix at a time."""
    return np.stack([_mean_of_rows(call, prefix) for call in layers])


def _mean_of_rows(call: Kept, first: int) -> np.ndarray:
    """Mean of one layer's rows from `first` on: float32 (heads, tokens)."""
    try:
        return to_numpy(attention_weights(*call)[:, first:].mean(dim=-2))
    except torch.OutOfMemoryError:  # the whole matrix may be too much for a GPU that fits the rest
        q, k, bias, scale = call
        on_cpu = q.cpu(), k.cpu(), None if bias is None else bias.cpu()
        return to_numpy(attention_weights(*on_cpu, scale)[:, first:].mean(dim=-2))


@contextmanager
def token_norms(network: Any) -> Iterator[list[Tensor]]:
    """Lengths of all tokens after each block: float32 (tokens,), as the blocks run."""
    norms: list[Tensor] = []

    def measure(_block: nn.Module, _inputs: Any, output: Tensor) -> None:
        norms.append(output[0].norm(dim=-1, dtype=torch.float32))

    with ExitStack() as stack:
        for block in network.blocks:
            stack.callback(block.register_forward_hook(measure).remove)
        yield norms


def to_numpy(tensor: Tensor) -> np.ndarray:
    """A float32 array on the CPU, without a copy where it is one."""
    array: np.ndarray = tensor.detach().to("cpu", torch.float32).contiguous().numpy()
    return array


def _compact(tensor: Tensor) -> Tensor:
    return torch.empty(tensor.shape, dtype=torch.float32, device=tensor.device).copy_(tensor)

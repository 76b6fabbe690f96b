"""The seam: the one call in which every plain transformer computes attention, and who listens.

timm's ViTs (and Hugging Face's in default mode) all attend through
`torch.nn.functional.scaled_dot_product_attention`. Listening there gives the exact queries and
keys, after rotary embedding and query/key norm, with the fused kernel still running and no model
patched.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode


class AttentionCall(NamedTuple):
    """What one attention call was given, and what it answered."""

    q: Tensor  # (batch, heads, queries, width)
    k: Tensor  # (batch, heads, tokens, width)
    v: Tensor  # (batch, heads, tokens, width)
    bias: Tensor | None  # broadcasts to (batch, heads, queries, tokens); -inf where masked
    scale: float
    output: Tensor  # (batch, heads, queries, width)


def attention_weights(q: Tensor, k: Tensor, bias: Tensor | None, scale: float) -> Tensor:
    """softmax(scale · q kᵀ + bias): (…, heads, queries, tokens), rows sum to 1."""
    scores = q @ k.transpose(-2, -1) * scale
    return (scores if bias is None else scores + bias).softmax(dim=-1)


@contextmanager
def listen(heard: Callable[[AttentionCall], None]) -> Iterator[None]:
    """Tell `heard` of every attention call inside the `with` block, in order.

    What `heard` raises ends the forward pass: that is how a trace nobody waits for is stopped.
    """
    with _Listener(heard):
        yield


class _Listener(TorchFunctionMode):
    def __init__(self, heard: Callable[[AttentionCall], None]) -> None:
        super().__init__()
        self._heard = heard

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        if func is scaled_dot_product_attention:
            self._heard(_as_call(output, *args, **(kwargs or {})))
        return output


def _as_call(
    output: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> AttentionCall:
    """Bind a call's arguments by torch's own signature."""
    if enable_gqa:  # grouped keys and values serve several query heads each
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], dim=-3)
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], dim=-3)
    bias = attn_mask
    if is_causal:
        seen = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
        bias = seen.to(query.device)
    if bias is not None and bias.dtype == torch.bool:
        bias = torch.zeros_like(bias, dtype=query.dtype).masked_fill(~bias, -math.inf)
    if scale is None:
        scale = query.shape[-1] ** -0.5
    return AttentionCall(query, key, value, bias, scale, output)

"""The seam hears every attention call as it was computed."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from explorer.models.attention import AttentionCall, attention_weights, listen

Q, K, V = (torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(i)) for i in range(3))
FLOAT_MASK = torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(4))
BOOL_MASK = torch.eye(6, dtype=torch.bool) | (torch.arange(6) < 3)


def _recomputed(call: AttentionCall) -> Tensor:
    return attention_weights(call.q, call.k, call.bias, call.scale) @ call.v


@pytest.mark.parametrize(
    "options",
    [{}, {"attn_mask": FLOAT_MASK}, {"attn_mask": BOOL_MASK}, {"is_causal": True}, {"scale": 0.5}],
)
def test_recomputes_what_the_kernel_answered(options: dict[str, object]) -> None:
    """softmax(scale · q kᵀ + bias) v equals the fused kernel's answer, however it was asked."""
    calls: list[AttentionCall] = []
    with listen(calls.append):
        output = scaled_dot_product_attention(Q, K, V, **options)
    assert len(calls) == 1
    torch.testing.assert_close(_recomputed(calls[0]), output)


def test_grouped_keys_serve_all_heads() -> None:
    """Grouped-query attention is heard as if each head had its own keys."""
    calls: list[AttentionCall] = []
    with listen(calls.append):
        output = scaled_dot_product_attention(Q, K[:, :2], V[:, :2], enable_gqa=True)
    assert calls[0].k.shape == Q.shape
    torch.testing.assert_close(_recomputed(calls[0]), output)


def test_hears_nothing_outside_the_block() -> None:
    """A listener lives as long as its `with` block, also when the block fails."""
    calls: list[AttentionCall] = []

    def fail() -> None:
        with listen(calls.append):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    scaled_dot_product_attention(Q, K, V)
    assert calls == []

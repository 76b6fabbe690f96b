"""DINOv2's release files become timm's network: registers, gated MLPs, hidden patches."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from timm.models.vision_transformer import VisionTransformer, _convert_dinov2

from explorer.models.loading import load_network
from explorer.records import Weights


def released(network: VisionTransformer) -> dict[str, torch.Tensor]:
    """A timm network by the release's names, its class token and that token's position apart."""
    state = network.state_dict()
    if "reg_token" in state:
        state["register_tokens"] = state.pop("reg_token")
        position = torch.full((1, 1, 48), 0.25)
        state["cls_token"] = state["cls_token"] - position
        state["pos_embed"] = torch.cat([position, state["pos_embed"]], dim=1)
    renamed = {
        name.replace("fc1", "w12").replace("fc2", "w3") if is_gated(network) else name: tensor
        for name, tensor in state.items()
    }
    return {**renamed, "mask_token": torch.ones(1, 48)}


def is_gated(network: Any) -> bool:
    return isinstance(network.blocks[0].mlp, timm.layers.GluMlp)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"reg_tokens": 4, "no_embed_class": True},
        {"mlp_layer": timm.layers.SwiGLUPacked, "mlp_ratio": 5.3334, "act_layer": "silu"},
    ],
    ids=["plain", "registers", "gated"],
)
def test_release(
    tmp_path: Path,
    small: Callable[..., Any],
    logits: Callable[..., Any],
    options: dict[str, Any],
) -> None:
    """Features are the same; the token for hidden patches is left out, and said."""
    network = small(num_classes=0, init_values=1e-5, **options)
    path = tmp_path / "dinov2_vits14_pretrain.pth"
    torch.save(released(network), path)
    loaded = load_network(Weights("", file=path))
    torch.testing.assert_close(logits(loaded.network), logits(network), rtol=0, atol=1e-5)
    assert "without mask_token, which it has no place for" in loaded.source
    assert "normalised as DINOv2 does" in loaded.source
    assert loaded.preprocessing.mean == (0.485, 0.456, 0.406)


def test_as_timm_converts_it(tmp_path: Path, small: Callable[..., Any]) -> None:
    """Every tensor is the one that timm's own conversion gives."""
    network = small(num_classes=0, init_values=1e-5, reg_tokens=4, no_embed_class=True)
    state = released(network)
    torch.save(state, tmp_path / "dinov2_vits14_reg4_pretrain.pth")
    loaded = load_network(Weights("", file=tmp_path / "dinov2_vits14_reg4_pretrain.pth"))
    expected = _convert_dinov2(dict(state), network)
    found = loaded.network.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)

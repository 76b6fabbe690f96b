"""torchvision's own networks, and classifiers that people put on them, give the same logits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

from explorer.models.loading import load_network
from explorer.records import Weights

SMALL = {"image_size": 32, "patch_size": 8, "hidden_dim": 48, "mlp_dim": 96}
LAYERS = {"num_layers": 2, "num_heads": 3}


def replaced(heads: nn.Module) -> Callable[..., VisionTransformer]:
    """A network whose classifier was replaced, as tutorials do it."""

    def make(**options: Any) -> VisionTransformer:
        network = VisionTransformer(**options)
        network.heads = heads
        return network

    return make


KINDS: dict[str, tuple[Callable[..., VisionTransformer], dict[str, Any]]] = {
    "plain": (VisionTransformer, {"num_classes": 10}),
    "a layer before the classifier": (
        VisionTransformer,
        {"num_classes": 10, "representation_size": 24},
    ),
    "another classifier": (replaced(nn.Linear(48, 10)), {}),
    "a sequence of one": (replaced(nn.Sequential(nn.Linear(48, 10))), {}),
    "features": (replaced(nn.Identity()), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_same_logits(
    tmp_path: Path, trained: Callable[..., Any], logits: Callable[..., Any], kind: str
) -> None:
    """Whatever stands at the end."""
    make, options = KINDS[kind]
    network = trained(make, **SMALL, **LAYERS, **options)
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    loaded = load_network(Weights("", file=tmp_path / "mine.pth"))
    torch.testing.assert_close(logits(loaded.network), logits(network), rtol=0, atol=1e-5)
    assert "converted from torchvision's names" in loaded.source
    assert "normalised as torchvision does" in loaded.source
    assert loaded.preprocessing.interpolation == "bilinear"


def test_another_input_size(
    tmp_path: Path, trained: Callable[..., Any], logits: Callable[..., Any]
) -> None:
    """Positions are resampled as torchvision does it."""
    network = trained(VisionTransformer, **SMALL, **LAYERS, num_classes=10)
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    larger = VisionTransformer(**{**SMALL, "image_size": 56}, **LAYERS, num_classes=10).eval()
    larger.load_state_dict(interpolate_embeddings(56, 8, network.state_dict()))
    loaded = load_network(Weights("", file=tmp_path / "mine.pth", image_size=(56, 56)))
    pixels = torch.randn(2, 3, 56, 56)
    torch.testing.assert_close(loaded.network(pixels), larger(pixels), rtol=0, atol=1e-5)


def test_names_of_before(
    tmp_path: Path, trained: Callable[..., Any], logits: Callable[..., Any]
) -> None:
    """Until 0.12 the layers of its MLP had names, not numbers."""
    network = trained(VisionTransformer, **SMALL, **LAYERS)
    state = {
        name.replace("mlp.0", "mlp.linear_1").replace("mlp.3", "mlp.linear_2"): tensor
        for name, tensor in network.state_dict().items()
    }
    torch.save(state, tmp_path / "mine.pth")
    loaded = load_network(Weights("", file=tmp_path / "mine.pth"))
    torch.testing.assert_close(logits(loaded.network), logits(network), rtol=0, atol=1e-5)

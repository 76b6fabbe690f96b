"""Small networks as after training, and files of them."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import nn

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 3}


@pytest.fixture
def trained() -> Callable[..., Any]:
    """Make a network of any kind: no tensor of it is constant, and twice it is the same."""

    def make(kind: Callable[..., nn.Module], **options: Any) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            network = kind(**options).eval()
            for parameter in network.parameters():
                parameter.data += 0.1 * torch.randn_like(parameter)
        return network

    return make


@pytest.fixture
def small(trained: Callable[..., Any]) -> Callable[..., Any]:
    """Make a small one of timm's."""

    def make(kind: Callable[..., nn.Module] = VisionTransformer, **options: Any) -> nn.Module:
        return trained(kind, **{**SMALL, **options})

    return make


@pytest.fixture
def logits() -> Callable[[nn.Module], torch.Tensor]:
    """What a network says of two pictures of noise, 32 pixels high and wide."""

    def run(network: nn.Module) -> torch.Tensor:
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            return network(torch.randn(2, 3, 32, 32, generator=generator))

    return run

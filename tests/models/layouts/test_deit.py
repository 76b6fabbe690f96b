"""DeiT's files have timm's names: something beside them says whose they are."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from timm.models.deit import VisionTransformerDistilled

from explorer.models.loading import load_network
from explorer.records import Weights


def is_deit(loaded: Any) -> bool:
    is_told = "normalised as DeiT does" in loaded.source
    assert is_told == (loaded.preprocessing.mean == (0.485, 0.456, 0.406))
    return is_told


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("deit_tiny_patch16_224-a1311bcf.pth", True),
        ("deit_base_patch16_384-8de9b5d1.pth", True),
        ("deit_3_base_384_21k.pth", True),
        ("deit_of_my_own.pth", False),
    ],
)
def test_published_names(
    tmp_path: Path, small: Callable[..., Any], name: str, expected: bool
) -> None:
    """A release file is known by its name; what merely sounds like one is not."""
    torch.save({"model": small(num_classes=10).state_dict()}, tmp_path / name)
    loaded = load_network(Weights("", file=tmp_path / name))
    assert is_deit(loaded) == expected
    assert ("Taken for DeiT's by its name." in loaded.source) == expected


def test_distilled(tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any]) -> None:
    """A distilled one has a second class token, and says the mean of both classifiers."""
    network = small(VisionTransformerDistilled, num_classes=10)
    torch.save({"model": network.state_dict()}, tmp_path / "mine.pth")
    loaded = load_network(Weights("", file=tmp_path / "mine.pth"))
    torch.testing.assert_close(logits(loaded.network), logits(network))
    assert is_deit(loaded)
    assert "by its distillation token" in loaded.source


def test_third_kind(tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any]) -> None:
    """DeiT III has a layer scale of another name, and no position for the class token."""
    network = small(num_classes=10, init_values=1e-6, no_embed_class=True)
    state = {
        name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"): tensor
        for name, tensor in network.state_dict().items()
    }
    torch.save({"model": state}, tmp_path / "mine.pth")
    loaded = load_network(Weights("", file=tmp_path / "mine.pth"))
    torch.testing.assert_close(logits(loaded.network), logits(network))
    assert is_deit(loaded)
    assert "converted from DeiT's names" in loaded.source
    assert loaded.preprocessing.crop_fraction == 1.0


def test_training_checkpoint(tmp_path: Path, small: Callable[..., Any]) -> None:
    """What its main.py saves is known by its arguments; averaged weights come first."""
    state = small(num_classes=10).state_dict()
    args = Namespace(model="deit_tiny_patch16_224", distillation_type="none", input_size=224)
    content = {"model": {n: t + 1 for n, t in state.items()}, "model_ema": state, "args": args}
    torch.save(content, tmp_path / "checkpoint.pth")
    loaded = load_network(Weights("", file=tmp_path / "checkpoint.pth"))
    assert torch.equal(loaded.network.cls_token, state["cls_token"])
    assert is_deit(loaded)
    assert "checkpoint.pth (its “model_ema”), recognised by its tensors" in loaded.source
    assert "Taken for DeiT's by its arguments." in loaded.source

"""DINO's files open by what lies around their tensors: parts, arguments, published names."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

from explorer.models.loading import load_network
from explorer.records import Preprocessing, Weights

ARGUMENTS = Namespace(arch="vit_small", patch_size=8, local_crops_number=8, out_dim=65536)


def backbone(small: Callable[..., Any]) -> dict[str, torch.Tensor]:
    return small(num_classes=0).state_dict()


def with_projection(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """A backbone and its projection as main_dino.py saves them."""
    head = {"head.mlp.0.weight": torch.ones(8, 48), "head.last_layer.weight_g": torch.ones(9, 1)}
    return {
        **{f"{prefix}backbone.{name}": tensor for name, tensor in state.items()},
        **{f"{prefix}{name}": tensor for name, tensor in head.items()},
    }


@pytest.mark.parametrize("number", [8, 16])
def test_release(
    tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any], number: int
) -> None:
    """A release file is known by its name: ImageNet's statistics, features of the class token."""
    network = small(num_classes=0)
    path = tmp_path / f"dino_deitsmall{number}_pretrain.pth"
    torch.save(network.state_dict(), path)
    loaded = load_network(Weights("", file=path))
    torch.testing.assert_close(logits(loaded.network), logits(network))
    assert loaded.preprocessing == Preprocessing(
        (32, 32), IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, "crop", 0.875
    )
    assert "normalised as DINO does. Taken for DINO's by its name." in loaded.source
    assert "converted" not in loaded.source


def test_training_checkpoint(
    tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any]
) -> None:
    """Of student and teacher the teacher is taken, and said; its projection is left out."""
    state = backbone(small)
    content = {
        "student": with_projection({n: t + 1 for n, t in state.items()}, "module."),
        "teacher": with_projection(state, ""),
        "optimizer": {"state": {}, "param_groups": []},
        "epoch": 100,
        "args": ARGUMENTS,
        "dino_loss": {"center": torch.zeros(1, 9)},
    }
    torch.save(content, tmp_path / "checkpoint.pth")
    loaded = load_network(Weights("", file=tmp_path / "checkpoint.pth"))
    torch.testing.assert_close(logits(loaded.network), logits(small(num_classes=0)))
    assert "checkpoint.pth (its “teacher”)" in loaded.source
    assert "without 2 tensors beside the model" in loaded.source
    assert "Taken for DINO's by its part “teacher”." in loaded.source


def test_arguments(tmp_path: Path, small: Callable[..., Any]) -> None:
    """A backbone that was saved alone is known by the arguments beside it."""
    content = {"model": backbone(small), "args": ARGUMENTS}
    torch.save(content, tmp_path / "mine.pth")
    assert "by its arguments" in load_network(Weights("", file=tmp_path / "mine.pth")).source


def test_hidden_patches(tmp_path: Path, small: Callable[..., Any]) -> None:
    """IBOT's token for hidden patches is left out, and said."""
    state = backbone(small) | {"masked_embed": torch.ones(1, 48)}
    torch.save({"student": with_projection(state, "module.")}, tmp_path / "ibot.pth")
    loaded = load_network(Weights("", file=tmp_path / "ibot.pth"))
    assert "without masked_embed, which it has no place for" in loaded.source


def test_nothing_says_so(tmp_path: Path, small: Callable[..., Any]) -> None:
    """The same tensors under another name are timm's, as far as anybody can tell."""
    torch.save(backbone(small), tmp_path / "mine.pth")
    loaded = load_network(Weights("", file=tmp_path / "mine.pth"))
    assert ("Layout", "timm") in loaded.details
    assert loaded.preprocessing.mean == (0.5, 0.5, 0.5)


def test_other_picture_size(tmp_path: Path, small: Callable[..., Any]) -> None:
    """Positions are resampled without antialiasing, as DINO does."""
    path = tmp_path / "dino_vitbase8_pretrain.pth"
    torch.save(backbone(small), path)
    loaded = load_network(Weights("", file=path, image_size=(16, 16)))
    assert "bicubic without antialiasing" in dict(loaded.details)["Positions"]

"""PyTorch-Pretrained-ViT: what its `ViT` saves opens by its tensors, and computes the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from explorer.errors import ExplorerError
from explorer.models.examining import examine
from explorer.models.layouts import Origin
from explorer.models.layouts.pretrained_vit import translate
from explorer.models.loading import Loaded, load_network
from explorer.records import Preprocessing, Weights

RELEASED = 21_843  # classes of ImageNet-21k


class Block(nn.Module):
    """The names of the library's Block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn = nn.ModuleDict({f"proj_{part}": nn.Linear(width, width) for part in "qkv"})
        self.proj = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.pwff = nn.ModuleDict(
            {"fc1": nn.Linear(width, 2 * width), "fc2": nn.Linear(2 * width, width)}
        )
        self.norm2 = nn.LayerNorm(width, eps=1e-6)


class ViT(nn.Module):
    """The names of the library's ViT, and what it computes, in heads of width 16."""

    def __init__(self, size: int = 32, classes: int = 37, layer: int | None = None) -> None:
        super().__init__()
        width = 48
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.patch_embedding = nn.Conv2d(3, width, 8, stride=8)
        self.positional_embedding = nn.Module()
        self.positional_embedding.pos_embedding = nn.Parameter(
            torch.zeros(1, 1 + (size // 8) ** 2, width)
        )
        self.transformer = nn.ModuleDict({"blocks": nn.ModuleList([Block(width), Block(width)])})
        if layer:
            self.pre_logits = nn.Linear(width, layer)
        self.norm = nn.LayerNorm(layer or width, eps=1e-6)
        self.fc = nn.Linear(layer or width, classes)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        x = self.patch_embedding(pictures).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], dim=1)
        x = x + self.positional_embedding.pos_embedding
        for block in self.transformer.blocks:
            x = x + block.proj(attention(block, block.norm1(x)))
            x = x + block.pwff.fc2(nn.functional.gelu(block.pwff.fc1(block.norm2(x))))
        if hasattr(self, "pre_logits"):
            x = torch.tanh(self.pre_logits(x))
        return self.fc(self.norm(x)[:, 0])


def attention(block: nn.Module, x: torch.Tensor) -> torch.Tensor:
    q, k, v = (
        block.attn[f"proj_{part}"](x).unflatten(-1, (3, 16)).transpose(1, 2) for part in "qkv"
    )
    weights = (q @ k.transpose(-2, -1) / 4).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).flatten(2)


def saved(path: Path, content: Any, is_legacy: bool = False) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=not is_legacy)
    return path


def opened(path: Path, **wishes: Any) -> Loaded:
    return load_network(Weights("", file=path, **wishes))


def renamed(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


WHOLE = {"epoch": 3, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}, "best": 0.9}
FORMS: dict[str, Callable[[dict[str, torch.Tensor]], Any]] = {
    "state_dict": lambda state: state,
    "DataParallel": lambda state: renamed(state, "module."),
    "part of a model": lambda state: renamed(state, "model."),
    "Lightning": lambda state: {
        **WHOLE,
        "state_dict": renamed(state, "vit.") | {"loss.weight": torch.ones(37)},
    },
    "model in a checkpoint": lambda state: {**WHOLE, "model": state},
    "state_dict in a checkpoint": lambda state: {**WHOLE, "state_dict": renamed(state, "module.")},
}


@pytest.mark.parametrize("is_legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("form", FORMS)
def test_fine_tuned(
    tmp_path: Path,
    trained: Callable[..., Any],
    logits: Callable[..., Any],
    form: str,
    is_legacy: bool,
) -> None:
    """A user's own weights open in whatever they were wrapped, and give the same logits."""
    network = trained(ViT)
    path = saved(tmp_path / "pets.pth", FORMS[form](network.state_dict()), is_legacy)
    loaded = opened(path)
    torch.testing.assert_close(logits(loaded.network), logits(network), rtol=0, atol=1e-5)
    assert loaded.labels is not None
    assert loaded.labels[0] == "Abyssinian"
    assert "converted from PyTorch-Pretrained-ViT's names" in loaded.source
    assert "normalised as PyTorch-Pretrained-ViT does" in loaded.source
    assert ("without 1 tensor beside the model" in loaded.source) == (form == "Lightning")


def test_preprocessing(tmp_path: Path, trained: Callable[..., Any]) -> None:
    """Pictures are stretched as in its README: bilinear, in -1..1."""
    loaded = opened(saved(tmp_path / "pets.pth", trained(ViT).state_dict()))
    assert loaded.preprocessing == Preprocessing(
        (32, 32), (0.5,) * 3, (0.5,) * 3, "squash", interpolation="bilinear"
    )


def test_all_architectures(shared: Callable[[str], Path]) -> None:
    """All eight become the network of timm's that has the same layers, by their tensors alone."""
    text = shared("golden/vit-lukemelas/architectures.json").read_text()
    for name, said in json.loads(text).items():
        with torch.device("meta"):
            tensors = {key: torch.empty(shape) for key, shape in said["keys"].items()}
            twin = VisionTransformer(
                img_size=tuple(said["image_size"]),
                patch_size=tuple(said["patch"]),
                num_classes=said["num_classes"],
                embed_dim=said["dim"],
                depth=said["layers"],
                num_heads=said["heads"],
            )
        found = translate(tensors, Origin(Path(f"{name}.pth"), "", {}, True))
        assert found is not None
        shapes = {key: tensor.shape for key, tensor in twin.state_dict().items()}
        assert {key: tensor.shape for key, tensor in found.tensors.items()} == shapes, name
        assert found.model_args == {"num_heads": said["heads"]}
        assert set(said["layer_norm_eps"]) == {1e-6}  # timm's: nothing to change


@pytest.mark.parametrize("width", [48, 32])
def test_pre_logits_of_a_state(
    tmp_path: Path, trained: Callable[..., Any], logits: Callable[..., Any], width: int
) -> None:
    """With `load_repr_layer=True` the layer stands before the last norm, as the library has it."""
    network = trained(ViT, layer=width)
    path = saved(tmp_path / "pets.pth", network.state_dict())
    loaded = opened(path)
    torch.testing.assert_close(logits(loaded.network), logits(network), rtol=0, atol=1e-5)
    told = dict(loaded.details)["Pre-logits layer"]
    assert told == "before the last norm, as in PyTorch-Pretrained-ViT"
    assert examine(path).has_pre_logits


def test_pre_logits_of_a_release(
    tmp_path: Path, trained: Callable[..., Any], logits: Callable[..., Any]
) -> None:
    """The released files' layer stands after the norm, as JAX computes it; both can be chosen."""
    network = trained(ViT, layer=48, classes=RELEASED)
    path = saved(tmp_path / "B_16.pth", network.state_dict(), is_legacy=True)
    features = trained(ViT, layer=48, classes=RELEASED)
    layer, features.norm, features.fc = features.pre_logits, nn.Identity(), nn.Identity()
    del features.pre_logits
    with torch.no_grad():
        expected = network.fc(torch.tanh(layer(network.norm(logits(features)))))
    by_default = opened(path)
    torch.testing.assert_close(logits(by_default.network), expected, rtol=0, atol=1e-5)
    as_theirs = opened(path, pre_logits="before norm")
    torch.testing.assert_close(logits(as_theirs.network), logits(network), rtol=0, atol=1e-5)


def test_other_picture_size(tmp_path: Path, trained: Callable[..., Any]) -> None:
    """Positions are resampled in straight lines between aligned corners, as the library does."""
    network = trained(ViT)
    loaded = opened(saved(tmp_path / "pets.pth", network.state_dict()), image_size=(56, 56))
    stored = network.positional_embedding.pos_embedding.data[:, 1:].reshape(4, 4, 48)
    used = loaded.network.pos_embed[:, 1:].reshape(7, 7, 48)
    torch.testing.assert_close(used[::2, ::2], stored)
    torch.testing.assert_close(used[0, 1], (stored[0, 0] + stored[0, 1]) / 2)
    assert "bilinear with aligned corners" in dict(loaded.details)["Positions"]


def test_heads_can_be_given(tmp_path: Path, trained: Callable[..., Any]) -> None:
    """Where the width is none of the library's own, heads are asked for."""
    path = saved(tmp_path / "pets.pth", trained(ViT).state_dict())
    examined = examine(path)
    assert examined.heads == (3, (1, 2, 3, 4, 6, 8, 12))
    assert examined.library == "PyTorch-Pretrained-ViT"
    assert opened(path, heads=6).network.blocks[0].attn.num_heads == 6


def test_what_does_not_fit(tmp_path: Path, trained: Callable[..., Any]) -> None:
    """What has no place is listed, by the library's names where they could not be translated."""
    state = trained(ViT).state_dict()
    state |= {"transformer.blocks.0.adapter.weight": torch.ones(2), "my_head.bias": torch.ones(2)}
    path = saved(tmp_path / "mine.pth", state)
    with pytest.raises(ExplorerError, match=r"blocks\.0\.adapter\.weight, my_head\.bias"):
        opened(path)
    del state["transformer.blocks.1.attn.proj_k.weight"]
    with pytest.raises(ExplorerError, match=r"lacks 1 tensor .*: blocks\.1\.attn\.qkv\.weight"):
        opened(saved(path, state))


@pytest.mark.parametrize("is_legacy", [False, True], ids=["zip", "legacy"])
def test_broken_training(tmp_path: Path, trained: Callable[..., Any], is_legacy: bool) -> None:
    """Values that are no numbers are found, and named by timm's name for their place."""
    state = trained(ViT).state_dict()
    state["transformer.blocks.1.attn.proj_v.weight"][3, 4] = torch.nan
    path = saved(tmp_path / "mine.pth", state, is_legacy)
    with pytest.raises(ExplorerError, match=r"not numbers .*: blocks\.1\.attn\.qkv\.weight\."):
        opened(path)

"""PyTorch-Pretrained-ViT's own weights give the logits and the attention that it computed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import explorer
from explorer.models.loading import load_network
from explorer.models.networks.variations import resampled
from explorer.models.vit import ViT
from explorer.records import Trace, Weights

LOGITS, ATTENTION = 1e-4, 2e-5  # what honest implementations agree to in float32
RELEASED = "B_16_imagenet1k"  # opened as its released file is: legacy, by its name
MODELS = [RELEASED, "B_32_imagenet1k", "L_16_imagenet1k", "L_32_imagenet1k"]
EMBEDDINGS = (
    *("class_token", "positional_embedding.pos_embedding"),
    *("patch_embedding.weight", "patch_embedding.bias"),
)
KINDS = ("weight", "bias")
State = dict[str, torch.Tensor]


@dataclass
class Golden:
    manifest: dict[str, Any]
    arrays: dict[str, np.ndarray]
    vit: ViT
    traces: list[Trace]


@pytest.fixture(scope="module")
def folder(shared: Callable[[str], Path]) -> Path:
    return shared("golden/vit-lukemelas")


@pytest.fixture(scope="module")
def filled(folder: Path, fill: Callable[..., str]) -> Callable[..., State]:
    """Recreate weights by the library's own names and shapes."""
    architectures = json.loads((folder / "architectures.json").read_text())

    def make(name: str, manifest: dict[str, Any], has_layer: bool = False) -> State:
        said = architectures[name]
        shapes = {**said["keys"], **(said["extra_keys_with_load_repr_layer"] if has_layer else {})}
        state = {key: torch.empty(shape) for key, shape in shapes.items()}
        assert fill(state, manifest["seed"]) == manifest["weights_sha256"]
        return state

    return make


@pytest.fixture(scope="module", params=MODELS)
def golden(
    request: pytest.FixtureRequest,
    folder: Path,
    filled: Callable[..., State],
    golden_pictures: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Golden:
    name = request.param
    manifest = json.loads((folder / "manifest.json").read_text())[name]
    path = tmp_path_factory.mktemp(name) / f"{name}.pth"
    is_released = name == RELEASED
    torch.save(filled(name, manifest), path, _use_new_zipfile_serialization=not is_released)
    vit = explorer.load_vit(name if is_released else None, weights=path, device="cpu")
    path.unlink()
    traces = [vit.trace(pixels=pixels) for pixels in golden_pictures(manifest)]
    with np.load(folder / f"{name}.npz") as arrays:
        return Golden(manifest, dict(arrays), vit, traces)


def test_logits(golden: Golden) -> None:
    """Logits agree."""
    ours = np.stack([trace.logits for trace in golden.traces])
    np.testing.assert_allclose(ours, golden.arrays["logits"], rtol=0, atol=LOGITS)


def test_attention_of_the_class_token(golden: Golden) -> None:
    """The class token's row agrees in every layer and head."""
    assert golden.vit.info.heads == golden.manifest["heads"]
    for trace, rows in zip(golden.traces, golden.arrays["cls_rows"], strict=True):
        np.testing.assert_allclose(trace.rows("class"), rows, rtol=0, atol=ATTENTION)


def test_whole_maps(golden: Golden, mean_entropy: Callable[..., np.ndarray]) -> None:
    """The mean entropy over all queries agrees: no row of the whole map is wrong."""
    for layer, expected in enumerate(golden.arrays["entropy_mean"][0]):
        entropy = mean_entropy(golden.traces[0], layer)
        np.testing.assert_allclose(entropy, expected, rtol=0, atol=1e-4)


def test_where_all_look(golden: Golden) -> None:
    """So does what each token of the last layer gets from all the others."""
    for trace, expected in zip(golden.traces, golden.arrays["key_mean"], strict=True):
        last = trace.layers[-1]
        mean = np.mean([last.row(i) for i in range(trace.grid.tokens)], axis=0)
        np.testing.assert_allclose(mean, expected, rtol=0, atol=ATTENTION)


def test_what_is_told(golden: Golden) -> None:
    """Size, preprocessing and classes are the library's; the conversion is said."""
    info = golden.vit.info
    assert info.input_size == (384, 384)
    assert info.grid.tokens == golden.manifest["tokens"]
    assert (info.framing, info.classes) == ("squash", 1000)
    assert info.labels is not None
    assert "converted from PyTorch-Pretrained-ViT's names" in info.source
    assert ("Layout", "PyTorch-Pretrained-ViT") in info.details


def logits(vit: ViT, pictures: list[torch.Tensor]) -> np.ndarray:
    return np.stack([vit.trace(pixels=pixels).logits for pixels in pictures])


def test_epsilon(
    tmp_path: Path, folder: Path, filled: Callable[..., State], golden_pictures: Callable[..., Any]
) -> None:
    """With embeddings so small that layer norm's epsilon matters, logits still agree."""
    manifest = json.loads((folder / "manifest.json").read_text())["B_32_imagenet1k"]
    state = filled("B_32_imagenet1k", manifest)
    with np.load(folder / "eps_probe_B_32_imagenet1k.npz") as arrays:
        scale, expected = float(arrays["scale"]), arrays["logits"]
    torch.save({n: t * scale if n in EMBEDDINGS else t for n, t in state.items()}, tmp_path / "a")
    pictures = golden_pictures(manifest)
    for name in (None, "B_32_imagenet1k"):
        ours = logits(explorer.load_vit(name, weights=tmp_path / "a", device="cpu"), pictures)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=LOGITS)


def test_layer_before_the_classifier(
    tmp_path: Path, folder: Path, filled: Callable[..., State], golden_pictures: Callable[..., Any]
) -> None:
    """With `load_repr_layer=True` the library's order is the default; JAX's is another one."""
    manifest = json.loads((folder / "B_32_load_repr_layer.json").read_text())
    torch.save(filled("B_32", manifest, has_layer=True), tmp_path / "mine.pth")
    pictures = golden_pictures(manifest)
    vit = explorer.load_vit(weights=tmp_path / "mine.pth", device="cpu")
    traces = [vit.trace(pixels=pixels) for pixels in pictures]
    ours = np.stack([trace.logits for trace in traces])
    with np.load(folder / "B_32_load_repr_layer.npz") as arrays:
        expected = arrays["logits_first1000"]
        np.testing.assert_allclose(ours[:, :1000], expected, rtol=0, atol=LOGITS)
        assert ours.argmax(axis=1).tolist() == arrays["logits_argmax"].tolist()
        for trace, rows in zip(traces, arrays["cls_rows"], strict=True):
            np.testing.assert_allclose(trace.rows("class"), rows, rtol=0, atol=ATTENTION)
    vit = explorer.load_vit(
        "B_32", weights=tmp_path / "mine.pth", device="cpu", pre_logits="after norm"
    )
    assert abs(logits(vit, pictures)[:, :1000] - expected).max() > 1


@pytest.mark.parametrize(("stored", "used"), [(14, 24), (7, 12), (24, 14)])
def test_positions_of_another_size(tmp_path: Path, folder: Path, stored: int, used: int) -> None:
    """Positions are resampled as the library does, unless timm's way is asked for."""
    with np.load(folder / "posembed_resize.npz") as arrays:
        positions = torch.from_numpy(arrays[f"in_{stored}"])
        theirs = torch.from_numpy(arrays[f"zoom_{stored}_to_{used}"])
        timms = torch.from_numpy(arrays[f"timm_bicubic_{stored}_to_{used}"])
    torch.save(narrow(positions), tmp_path / "mine.pth")
    wanted = Weights("", file=tmp_path / "mine.pth", image_size=(16 * used, 16 * used))
    found = load_network(wanted).network.pos_embed
    torch.testing.assert_close(found, theirs, rtol=0, atol=1e-5)
    as_timm = resampled(positions, (stored, stored), (used, used), "timm")
    torch.testing.assert_close(as_timm, timms, rtol=0, atol=1e-5)
    assert (found - as_timm).abs().max() > 0.1


def narrow(positions: torch.Tensor) -> State:
    """Weights of the library's ViT of one layer, as wide as a table of positions."""
    width = positions.shape[-1]
    matrix, vector = torch.eye(width), torch.ones(width)
    block = "transformer.blocks.0."
    linear = (*(f"attn.proj_{part}" for part in "qkv"), "proj", "pwff.fc1", "pwff.fc2")
    return {
        "class_token": vector[None, None],
        "positional_embedding.pos_embedding": positions,
        "patch_embedding.weight": torch.ones(width, 3, 16, 16),
        "patch_embedding.bias": vector,
        **{f"{block}{name}.weight": matrix for name in linear},
        **{f"{block}{name}.bias": vector for name in linear},
        **{f"{block}{norm}.{kind}": vector for norm in ("norm1", "norm2") for kind in KINDS},
        **{f"norm.{kind}": vector for kind in KINDS},
        "fc.weight": matrix,
        "fc.bias": vector,
    }

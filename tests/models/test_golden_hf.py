"""Hugging Face's own weights, in both generations of names, give the logits that it computed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import explorer
from explorer.images.reading import read_picture
from explorer.models.vit import ViT
from explorer.records import Trace

NAME = "google/vit-base-patch16-384"
LOGITS, ATTENTION = 1e-4, 2e-5  # what honest implementations agree to in float32
EMBEDDINGS = ("cls_token", "position_embeddings", "patch_embeddings.projection.")
State = dict[str, torch.Tensor]


@dataclass
class Golden:
    manifest: dict[str, Any]
    arrays: dict[str, np.ndarray]
    state: State  # by the names of version 4


@pytest.fixture(scope="module")
def golden(shared: Callable[[str], Path], fill: Callable[..., str]) -> Golden:
    folder = shared("golden/vit-hf")
    manifest = json.loads((folder / "manifest.json").read_text())
    state = {name: torch.empty(said["shape"]) for name, said in manifest["keys_4x"].items()}
    assert fill(state, manifest["seed"]) == manifest["weights_sha256_4x_names"]
    with np.load(folder / "vit_base_patch16_384.npz") as arrays:
        return Golden(manifest, dict(arrays), state)


def save_folder(folder: Path, state: State, config: dict[str, Any]) -> Path:
    """A folder as `save_pretrained` of either version writes it."""
    save_file(state, folder / "model.safetensors")
    said = {"model_type": "vit", "architectures": ["ViTForImageClassification"], **config}
    (folder / "config.json").write_text(json.dumps(said))
    return folder


@dataclass
class Seen:
    vit: ViT
    traces: list[Trace]


@pytest.fixture(scope="module", params=["files", "memory of version 5"])
def seen(
    request: pytest.FixtureRequest,
    golden: Golden,
    golden_pictures: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Seen:
    place = tmp_path_factory.mktemp("vit-base-patch16-384")
    if request.param == "files":
        weights = save_folder(place, golden.state, golden.manifest["config"])
    else:
        renamed = golden.manifest["map_4x_to_5x"]
        weights = place / "vit.pth"
        torch.save({renamed[name]: tensor for name, tensor in golden.state.items()}, weights)
    vit = explorer.load_vit(NAME, weights=weights, device="cpu")
    return Seen(vit, [vit.trace(pixels=pixels) for pixels in golden_pictures(golden.manifest)])


def test_logits(golden: Golden, seen: Seen) -> None:
    """Logits agree."""
    ours = np.stack([trace.logits for trace in seen.traces])
    np.testing.assert_allclose(ours, golden.arrays["logits"], rtol=0, atol=LOGITS)


def test_attention_of_the_class_token(golden: Golden, seen: Seen) -> None:
    """The class token's row agrees in every layer and head."""
    for trace, rows in zip(seen.traces, golden.arrays["cls_rows"], strict=True):
        np.testing.assert_allclose(trace.rows("class"), rows, rtol=0, atol=ATTENTION)


def test_whole_maps(golden: Golden, seen: Seen, mean_entropy: Callable[..., np.ndarray]) -> None:
    """The mean entropy over all queries agrees: no row of the whole map is wrong."""
    for layer, expected in enumerate(golden.arrays["entropy_mean"][0]):
        entropy = mean_entropy(seen.traces[0], layer)
        np.testing.assert_allclose(entropy, expected, rtol=0, atol=1e-4)


def test_where_all_look(golden: Golden, seen: Seen) -> None:
    """So does what each token of the last layer gets from all the others."""
    for trace, expected in zip(seen.traces, golden.arrays["key_mean"], strict=True):
        last = trace.layers[-1]
        mean = np.mean([last.row(i) for i in range(trace.grid.tokens)], axis=0)
        np.testing.assert_allclose(mean, expected, rtol=0, atol=ATTENTION)


def test_what_is_told(seen: Seen) -> None:
    """Size, heads, epsilon and preprocessing are the library's; the conversion is said."""
    info = seen.vit.info
    assert (info.input_size, info.heads, info.classes) == ((384, 384), 12, 1000)
    assert info.framing == "squash"
    assert "converted from Hugging Face's names" in info.source
    assert {("Layout", "Hugging Face"), ("Layer norm epsilon", "1e-12")} <= set(info.details)


@pytest.mark.parametrize(
    ("config", "expected"),
    [({}, "eps_probe_logits"), ({"layer_norm_eps": 1e-6}, "eps_probe_logits_if_1e_6")],
    ids=["its own 1e-12", "1e-6 of a config"],
)
def test_layer_norm_epsilon(
    golden: Golden,
    golden_pictures: Callable[..., Any],
    tmp_path: Path,
    config: dict[str, Any],
    expected: str,
) -> None:
    """Embeddings so small that the epsilon decides: without a config it is the library's."""
    scale = torch.from_numpy(golden.arrays["eps_probe_scale"])
    probe = {
        name: tensor * scale if any(part in name for part in EMBEDDINGS) else tensor
        for name, tensor in golden.state.items()
    }
    vit = explorer.load_vit(weights=save_folder(tmp_path, probe, config), device="cpu")
    (tmp_path / "model.safetensors").unlink()
    ours = [vit.trace(pixels=pixels).logits for pixels in golden_pictures(golden.manifest)]
    np.testing.assert_allclose(np.stack(ours), golden.arrays[expected], rtol=0, atol=LOGITS)


@pytest.mark.parametrize("version", ["hf4", "hf5"])
@pytest.mark.parametrize("name", ["astronaut", "chelsea"])
def test_pixels(seen: Seen, shared: Callable[[str], Path], name: str, version: str) -> None:
    """Pictures of any size become the pixels that the library's processor makes of them."""
    with np.load(shared("golden/preprocess.npz")) as arrays:
        expected = {what: arrays[f"{version}|{name}|{what}"] for what in ("pix", "mean", "std")}
    pixels = seen.vit.prepare(read_picture(shared(f"golden/images/{name}.png")))
    places = np.linspace(0, 383, 16).round().astype(int)
    np.testing.assert_allclose(pixels[:, places][:, :, places], expected["pix"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(pixels.mean(axis=(1, 2)), expected["mean"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(pixels.std(axis=(1, 2)), expected["std"], rtol=0, atol=1e-5)

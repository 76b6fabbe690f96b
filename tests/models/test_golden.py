"""Our traces are what independent programs compute on the same weights."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
from safetensors.torch import save_file

import explorer
from explorer.models.vit import ViT
from explorer.records import Grid, Token, Trace

LOGITS, ATTENTION = 1e-4, 2e-5  # what honest implementations agree to in float32
MODELS = [
    "deit_tiny_patch16_224",
    "deit_tiny_distilled_patch16_224",
    "vit_base_patch16_384",
    "vit_small_patch14_reg4_dinov2",
    "vit_base_patch16_224_240x320",
    "eva02_tiny_patch14_224",
    "beit_base_patch16_224",
]
PREFIX = {
    "deit_tiny_distilled_patch16_224": ("class", "distillation"),
    "vit_small_patch14_reg4_dinov2": ("class", *(f"register {i}" for i in range(1, 5))),
}
POOLED = {"eva02_tiny_patch14_224", "beit_base_patch16_224"}


@dataclass
class Golden:
    name: str
    manifest: dict[str, Any]
    arrays: dict[str, np.ndarray]
    vit: ViT
    traces: list[Trace]


@pytest.fixture(scope="module", params=MODELS)
def golden(
    request: pytest.FixtureRequest,
    shared: Callable[[str], Path],
    fill: Callable[..., str],
    golden_pictures: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Golden:
    folder = shared("golden")
    name = request.param
    manifest = json.loads((folder / "vit-timm/manifest.json").read_text())[name]
    weights = _saved_weights(fill, manifest, tmp_path_factory.mktemp(name))
    rows, columns = manifest["input_hw"]
    vit = explorer.load_vit(
        manifest["timm_name"], weights=weights, device="cpu", image_size=(rows, columns)
    )
    weights.unlink()
    traces = [vit.trace(pixels=pixels) for pixels in golden_pictures(manifest)]
    with np.load(folder / f"vit-timm/{name}.npz") as arrays:
        return Golden(name, manifest, dict(arrays), vit, traces)


def _saved_weights(fill: Callable[..., str], manifest: dict[str, Any], place: Path) -> Path:
    state = timm.create_model(manifest["timm_name"], **manifest["create_kwargs"]).state_dict()
    assert fill(state, manifest["seed"]) == manifest["weights_sha256"]
    path = place / "weights.safetensors"
    save_file(state, path)
    return path


def test_logits(golden: Golden) -> None:
    """Logits agree."""
    ours = np.stack([trace.logits for trace in golden.traces])
    np.testing.assert_allclose(ours, golden.arrays["logits"], rtol=0, atol=LOGITS)


def test_attention_of_the_class_token(golden: Golden) -> None:
    """The class token's row agrees in every layer and head."""
    for trace, rows in zip(golden.traces, golden.arrays["cls_rows"], strict=True):
        np.testing.assert_allclose(trace.rows("class"), rows, rtol=0, atol=ATTENTION)


def test_attention_of_other_queries(golden: Golden) -> None:
    """So do the rows of prefix tokens and of patches all over the grid."""
    grid = golden.vit.info.grid
    queries, layers = golden.arrays["q_idx"], golden.arrays["q_layers"]
    for trace, expected in zip(golden.traces, golden.arrays["q_rows"], strict=True):
        for number, index in enumerate(queries):
            token = _token_at(grid, int(index))
            for place, layer in enumerate(layers):
                row = trace.attention_row(int(layer), token)
                np.testing.assert_allclose(row, expected[place, :, number], rtol=0, atol=ATTENTION)


def _token_at(grid: Grid, index: int) -> Token:
    if index < len(grid.prefix):
        return grid.prefix[index]
    return divmod(index - len(grid.prefix), grid.columns)


def test_whole_maps(golden: Golden, mean_entropy: Callable[..., np.ndarray]) -> None:
    """The mean entropy over all queries agrees: no row of the whole map is wrong."""
    for layer, expected in enumerate(golden.arrays["entropy_mean"][0]):
        entropy = mean_entropy(golden.traces[0], layer)
        np.testing.assert_allclose(entropy, expected, rtol=0, atol=1e-4)


def test_tokens_have_their_names(golden: Golden) -> None:
    """Grid and prefix tokens are the model's, in its order."""
    grid = golden.vit.info.grid
    assert [grid.rows, grid.columns] == golden.manifest["grid"]
    assert grid.prefix == PREFIX.get(golden.name, ("class",))
    assert golden.vit.info.layers == golden.manifest["layers"]
    assert golden.vit.info.heads == golden.manifest["heads"]


def test_default_query_feeds_the_decision(golden: Golden) -> None:
    """Where patches are pooled, their mean is asked, not a class token that decides nothing."""
    trace = golden.traces[0]
    if golden.name not in POOLED:
        assert trace.default_query == "class"
        return
    assert trace.default_query == "mean of patches"
    prefix = len(trace.grid.prefix)
    last = trace.layers[-1]
    mean = np.mean([last.row(i) for i in range(prefix, trace.grid.tokens)], axis=0)
    np.testing.assert_allclose(trace.attention_row(-1), mean, rtol=0, atol=ATTENTION)


def test_self_check(golden: Golden, shared: Callable[[str], Path]) -> None:
    """softmax(q kᵀ) v of what was recorded is what the model used."""
    assert golden.vit.self_check(shared("golden/images/coffee.png")).passed


def test_maps_are_rows_and_columns(golden: Golden) -> None:
    """A map is the row without its prefix tokens, laid out row by row."""
    trace = golden.traces[1]
    manifest = golden.manifest
    expected = golden.arrays["cls_rows"][1, -1].mean(axis=0)[manifest["num_prefix_tokens"] :]
    shown = trace.attention(layer=-1, head=None, query="class")
    np.testing.assert_allclose(shown, expected.reshape(manifest["grid"]), rtol=0, atol=ATTENTION)

"""`config.json` of Hugging Face says what tensors cannot; what it says of others is refused."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

import explorer
from explorer.errors import ExplorerError
from explorer.models.checkpoints.transformers_config import (
    learned_size,
    network_arguments,
    norm_epsilon,
)
from explorer.models.loading import load_network
from explorer.records import Preprocessing, Weights

CONFIG = {
    "architectures": ["ViTForImageClassification"],
    "model_type": "vit",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "image_size": 32,
    "patch_size": 8,
    "num_channels": 3,
    "qkv_bias": True,
    "id2label": {"0": "cat", "1": "dog", "2": "eel"},
}
PROCESSOR = {
    "image_processor_type": "ViTImageProcessor",
    "size": {"height": 32, "width": 32},
    "resample": 3,
    "image_mean": [0.4, 0.5, 0.6],
    "image_std": [0.1, 0.2, 0.3],
}


def vit_state(width: int = 32, classes: int = 3, patches: int = 16) -> dict[str, torch.Tensor]:
    """A ViTForImageClassification of two layers, by its names in files."""
    state = {
        "vit.embeddings.cls_token": torch.zeros(1, 1, width),
        "vit.embeddings.position_embeddings": torch.zeros(1, patches + 1, width),
        "vit.embeddings.patch_embeddings.projection.weight": torch.zeros(width, 3, 8, 8),
        "vit.embeddings.patch_embeddings.projection.bias": torch.zeros(width),
        "vit.layernorm.weight": torch.ones(width),
        "vit.layernorm.bias": torch.zeros(width),
        "classifier.weight": torch.zeros(classes, width),
        "classifier.bias": torch.zeros(classes),
    }
    for layer in ("vit.encoder.layer.0.", "vit.encoder.layer.1."):
        for norm in ("layernorm_before", "layernorm_after"):
            state |= {
                f"{layer}{norm}.weight": torch.ones(width),
                f"{layer}{norm}.bias": torch.zeros(width),
            }
        for part in ("attention.query", "attention.key", "attention.value", "output.dense"):
            state[f"{layer}attention.{part}.weight"] = torch.zeros(width, width)
            state[f"{layer}attention.{part}.bias"] = torch.zeros(width)
        state |= {
            f"{layer}intermediate.dense.weight": torch.zeros(48, width),
            f"{layer}intermediate.dense.bias": torch.zeros(48),
            f"{layer}output.dense.weight": torch.zeros(width, 48),
            f"{layer}output.dense.bias": torch.zeros(width),
        }
    return state


def folder_of(
    place: Path,
    config: dict[str, Any] | None = None,
    processor: dict[str, Any] | None = None,
    **sizes: int,
) -> Path:
    save_file(vit_state(**sizes), place / "model.safetensors")
    for name, said in (("config", config), ("preprocessor_config", processor)):
        if said is not None:
            (place / f"{name}.json").write_text(json.dumps(said))
    return place


def test_a_folder(tmp_path: Path) -> None:
    """Heads, classes' names and preparation are what the folder's files say; so is the name."""
    place = tmp_path / "my-vit"
    place.mkdir()
    vit = explorer.load_vit(weights=folder_of(place, CONFIG, PROCESSOR), device="cpu")
    assert (vit.info.heads, vit.info.labels) == (4, ("cat", "dog", "eel"))
    assert vit.info.name == "my-vit/model"
    assert "normalised as preprocessor_config.json says" in vit.info.source
    assert "Assumed" not in vit.info.source
    loaded = load_network(Weights("", file=place))
    assert loaded.preprocessing == Preprocessing(
        (32, 32), (0.4, 0.5, 0.6), (0.1, 0.2, 0.3), "squash", 1.0, "bicubic"
    )


def test_a_file_of_a_folder(tmp_path: Path) -> None:
    """A file is described by the same files beside it."""
    place = folder_of(tmp_path, CONFIG, PROCESSOR)
    vit = explorer.load_vit(weights=place / "model.safetensors", device="cpu")
    assert (vit.info.heads, vit.info.labels) == (4, ("cat", "dog", "eel"))


def test_a_known_name(tmp_path: Path) -> None:
    """A folder that is not what a published name stands for is refused."""
    folder_of(tmp_path, CONFIG)
    with pytest.raises(ExplorerError, match=r"patches are of 8 × 8 .* google/vit-base-patch16-384"):
        explorer.load_vit("google/vit-base-patch16-384", weights=tmp_path)


def test_nobody_named_the_classes(tmp_path: Path) -> None:
    """LABEL_0 is no name."""
    labels = {str(number): f"LABEL_{number}" for number in range(3)}
    folder_of(tmp_path, {**CONFIG, "id2label": labels})
    assert load_network(Weights("", file=tmp_path)).labels is None


def test_only_a_processor(tmp_path: Path) -> None:
    """`preprocessor_config.json` counts without a `config.json`, too."""
    folder_of(tmp_path, None, PROCESSOR)
    assert load_network(Weights("", file=tmp_path)).preprocessing.mean == (0.4, 0.5, 0.6)


def test_the_library_prepares_else(tmp_path: Path) -> None:
    """Without its file, pictures are prepared as the library does for this family."""
    loaded = load_network(Weights("", file=folder_of(tmp_path, CONFIG)))
    halves = (0.5, 0.5, 0.5)
    assert loaded.preprocessing == Preprocessing(
        (32, 32), halves, halves, "squash", 1.0, "bilinear"
    )
    assert "normalised as Hugging Face does" in loaded.source


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"hidden_size": 64}, "config.json says hidden_size 64, but its tensors are of width 32"),
        ({"num_hidden_layers": 12}, "says num_hidden_layers 12, but its tensors are of layers 2"),
        ({"patch_size": 16}, "says patch_size 16 × 16, but its tensors are of patches 8 × 8"),
        ({"patch_size": [8, 4]}, "says patch_size 8 × 4, but its tensors are of patches 8 × 8"),
        ({"image_size": 64}, "says image_size 64 × 64, but its tensors are of pictures 32 × 32"),
        ({"num_channels": 1}, "says num_channels 1, but its tensors are of channels 3"),
        ({"num_attention_heads": 5}, "5 heads do not divide its attention of width 32"),
        ({"model_type": "swin"}, "config.json says it is a Swin Transformer"),
    ],
    ids=str,
)
def test_contradictions(tmp_path: Path, said: dict[str, Any], sentence: str) -> None:
    """A config of another model is refused with what contradicts what."""
    folder = folder_of(tmp_path, CONFIG | said)
    with pytest.raises(ExplorerError, match=sentence) as caught:
        explorer.load_vit(weights=folder)
    assert caught.value.hint


def test_wide_pictures(tmp_path: Path) -> None:
    """`image_size` tells the grid where positions form no square."""
    folder = folder_of(tmp_path, CONFIG | {"image_size": [16, 64]})
    info = explorer.load_vit(weights=folder, device="cpu").info
    assert (info.grid.rows, info.grid.columns) == (2, 8)


def test_activation(tmp_path: Path) -> None:
    """`hidden_act` is the network's; one that nobody knows is told as left out."""
    folder = folder_of(tmp_path, CONFIG | {"hidden_act": "gelu_new"})
    network: Any = load_network(Weights("", file=folder)).network
    assert type(network.blocks[1].mlp.act).__name__ == "GELUTanh"
    folder_of(tmp_path, CONFIG | {"hidden_act": "mine"})
    assert "without “hidden_act” of config.json" in load_network(Weights("", file=folder)).source


def test_unknown_types(tmp_path: Path) -> None:
    """A network that is not known is refused by its type, even among names that tell nothing."""
    save_file({"encoder.block.weight": torch.ones(2)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ExplorerError, match=r"config\.json says it is a “bert”") as caught:
        explorer.load_vit(weights=tmp_path)
    assert "DINOv2" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"a":' * 9999, "\0", '{"model_type": []}']
)
def test_damaged_files(tmp_path: Path, text: str) -> None:
    """Files that are no configs count as not there."""
    folder_of(tmp_path)
    (tmp_path / "config.json").write_text(text)
    (tmp_path / "preprocessor_config.json").write_text(text)
    assert load_network(Weights("", file=tmp_path)).labels is None


def test_endless_files(tmp_path: Path) -> None:
    """A config larger than any is not read."""
    folder_of(tmp_path)
    with (tmp_path / "config.json").open("wb") as file:
        file.truncate(10_000_000_000)
    assert load_network(Weights("", file=tmp_path)).labels is None


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries(dict.fromkeys(CONFIG, ODD)))
def test_odd_configs(said: dict[str, Any]) -> None:
    """Whatever stands there, nothing breaks, and what comes out can be used."""
    arguments, ignored = network_arguments(said)
    assert {*arguments} <= {"num_heads", "embed_dim", "depth", "patch_size", "act_layer"}
    assert {*ignored} <= said.keys()
    assert 0 < (norm_epsilon(said) or 1e-6) < 1
    assert min(learned_size(said) or (1,)) > 0


@pytest.mark.parametrize("key", [*CONFIG, "rescale_factor"])
@pytest.mark.parametrize("value", [None, [], {}, "x", -1, 0, 1e308, 10**30, [1, 2, 3], {"0": {}}])
def test_odd_values(tmp_path: Path, key: str, value: Any) -> None:
    """A folder with a strange config opens, or is refused with a sentence."""
    folder = folder_of(tmp_path, {**CONFIG, key: value}, {**PROCESSOR, key: value})
    with suppress(ExplorerError):  # and nothing else
        load_network(Weights("", file=folder))


def test_a_processor_of_another_size(tmp_path: Path) -> None:
    """The positions' own size is taken, and that the processor makes another one is told."""
    folder_of(tmp_path, CONFIG, {**PROCESSOR, "size": 24, "crop_size": 16, "do_center_crop": True})
    details = dict(explorer.load_vit(weights=tmp_path, device="cpu").info.details)
    told = "32 × 32, as its positions are of; preprocessor_config.json makes it 16 × 16"
    assert details["Input size"] == told
    asked = explorer.load_vit(weights=tmp_path, device="cpu", image_size=16).info
    assert "Input size" not in dict(asked.details)
    assert asked.input_size == (16, 16)

"""Every family of Hugging Face's gives what the real library computed, whatever names a file has.

The numbers were made by ../transformers_peer/networks.py.
"""

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
from explorer.errors import ExplorerError
from explorer.models.layouts import Origin, transformers_other
from explorer.models.layouts._transformers import renamed

from ..conftest import module_of

PEER = Path(__file__).parents[1] / "transformers_peer"
TOLERANCE = 1e-5
State = dict[str, torch.Tensor]
make = module_of(PEER / "networks.py")


@dataclass
class Peer:
    """One small model, and what the library computed with it."""

    name: str
    config: dict[str, Any]
    file: State  # by the names in files
    memory: State  # by the names that version 5 has in memory
    expected: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def peers() -> Callable[[str], Peer]:
    with np.load(PEER / "networks.npz") as arrays:
        found = dict(arrays)
    told = json.loads(str(found.pop("told")))["models"]

    def one(name: str) -> Peer:
        said = told[name]
        shapes = said["file"].items()
        file = {key: torch.from_numpy(make.values(key, tuple(shape))) for key, shape in shapes}
        memory = {
            key: file[whole][first:last].clone()
            for key, (whole, first, last) in said["memory"].items()
        }
        own = {key.split("|")[1]: a for key, a in found.items() if key.split("|")[0] == name}
        return Peer(name, said["config"], file, memory, own)

    return one


def save_folder(folder: Path, state: State, config: dict[str, Any] | None = None) -> Path:
    save_file(state, folder / "model.safetensors")
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("names", ["file", "memory"])
@pytest.mark.parametrize("name", make.MODELS)
def test_same_as_the_library(
    tmp_path: Path, peers: Callable[[str], Peer], name: str, names: str
) -> None:
    """Outputs and the first token's attention agree, in both generations of names."""
    peer = peers(name)
    folder = save_folder(tmp_path, getattr(peer, names), peer.config)
    vit = explorer.load_vit(weights=folder, device="cpu")
    trace = vit.trace(pixels=make.pixels(make.SIZE))
    np.testing.assert_allclose(trace.logits, peer.expected["outputs"], rtol=0, atol=TOLERANCE)
    rows = np.stack([layer.row(0) for layer in trace.layers])
    np.testing.assert_allclose(rows, peer.expected["attention"], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", make.MODELS)
def test_positions_of_another_size(tmp_path: Path, peers: Callable[[str], Peer], name: str) -> None:
    """Positions, and biases between patches, are resampled as the library does."""
    peer = peers(name)
    folder = save_folder(tmp_path, peer.file, peer.config)
    vit = explorer.load_vit(weights=folder, device="cpu", image_size=make.OTHER_SIZE)
    logits = vit.trace(pixels=make.pixels(make.OTHER_SIZE)).logits
    expected = peer.expected["outputs of another size"]
    np.testing.assert_allclose(logits, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", ["vit", "mae", "ijepa", "deit with teacher", "dinov2", "beit"])
def test_without_a_config(tmp_path: Path, peers: Callable[[str], Peer], name: str) -> None:
    """A file alone is enough: the epsilon is the library's own, which these small values show."""
    peer = peers(name)
    torch.save(peer.memory, tmp_path / "mine.pth")
    vit = explorer.load_vit(weights=tmp_path / "mine.pth", device="cpu")
    logits = vit.trace(pixels=make.pixels(make.SIZE)).logits
    np.testing.assert_allclose(logits, peer.expected["outputs"], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", ["vit", "beit", "dinov2"])
def test_wrong_epsilon_would_show(tmp_path: Path, peers: Callable[[str], Peer], name: str) -> None:
    """With 1e-5, torch's, the same values give something else."""
    peer = peers(name)
    folder = save_folder(tmp_path, peer.file, {**peer.config, "layer_norm_eps": 1e-5})
    logits = (
        explorer.load_vit(weights=folder, device="cpu").trace(pixels=make.pixels(make.SIZE)).logits
    )
    assert np.abs(logits - peer.expected["outputs"]).max() > 100 * TOLERANCE


@pytest.mark.parametrize("prefix", ["module.", "model.", "module.model.", "backbone.", "mine."])
def test_wrapped(tmp_path: Path, peers: Callable[[str], Peer], prefix: str) -> None:
    """A wrapper's prefix before all names does not matter; nor does one of one's own."""
    peer = peers("vit")
    torch.save({f"{prefix}{n}": t for n, t in peer.file.items()}, tmp_path / "mine.pth")
    vit = explorer.load_vit(weights=tmp_path / "mine.pth", device="cpu")
    logits = vit.trace(pixels=make.pixels(make.SIZE)).logits
    np.testing.assert_allclose(logits, peer.expected["outputs"], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    ("name", "told", "classes"),
    [
        ("vit", "", 5),
        ("vit features", "without the pooler, which", 0),
        ("vit masked", "without the decoder, the mask token, which", 0),
        ("mae", "here it sees them all", 0),
        ("deit", "Its distillation token feeds nothing", 5),
        ("deit with teacher", "", 5),
        ("dinov2 classes", "the class token and the mean of the patches side by side", 0),
        ("beit masked", "the head that guesses hidden patches", 0),
    ],
)
def test_what_is_told(
    tmp_path: Path, peers: Callable[[str], Peer], name: str, told: str, classes: int
) -> None:
    """What has no place in the network, and what a person should know, is said."""
    peer = peers(name)
    info = explorer.load_vit(weights=save_folder(tmp_path, peer.file, peer.config)).info
    assert told in info.source
    assert "converted from Hugging Face's names" in info.source
    assert info.classes == classes
    assert info.grid.prefix == ("class", "distillation")[: 1 + name.startswith("deit")]


def test_registers_have_their_names(tmp_path: Path, peers: Callable[[str], Peer]) -> None:
    """DINOv2's registers follow the class token."""
    peer = peers("dinov2 registers")
    info = explorer.load_vit(weights=save_folder(tmp_path, peer.file, peer.config)).info
    assert info.grid.prefix == ("class", *(f"register {n}" for n in range(1, 5)))


@pytest.mark.parametrize("name", ["ijepa", "beit", "data2vec", "beit absolute"])
def test_patches_are_pooled(tmp_path: Path, peers: Callable[[str], Peer], name: str) -> None:
    """Where the patches' mean is classified, it is the default query."""
    peer = peers(name)
    info = explorer.load_vit(weights=save_folder(tmp_path, peer.file, peer.config)).info
    assert info.decision == "mean of patches"


def test_details_of_biases(tmp_path: Path, peers: Callable[[str], Peer]) -> None:
    """That biases between patches were resampled, and how, is a detail of the model."""
    folder = save_folder(tmp_path, peers("beit").file)
    for resampling, how in ((None, "bilinear, as transformers does"), ("timm", "as timm does")):
        vit = explorer.load_vit(weights=folder, image_size=48, resampling=resampling)
        (told,) = (value for key, value in vit.info.details if key == "Biases between patches")
        assert told.startswith("of 4 × 4 patches stored, resampled to 6 × 6: ")
        assert told.endswith(how)


def test_what_has_no_place_is_refused(tmp_path: Path, peers: Callable[[str], Peer]) -> None:
    """A head of one's own is refused by its name; it is not left out in silence."""
    state = {**peers("vit features").file, "fc.weight": torch.ones(3, 32), "fc.bias": torch.ones(3)}
    with pytest.raises(ExplorerError, match=r"2 tensors .* does not know: fc.bias, fc.weight"):
        explorer.load_vit(weights=save_folder(tmp_path, state))


def test_both_generations(tmp_path: Path, peers: Callable[[str], Peer]) -> None:
    """A file with old and new names for the same tensors does not say which are right."""
    peer = peers("vit")
    with pytest.raises(ExplorerError, match="tensors twice, by older and by newer names"):
        explorer.load_vit(weights=save_folder(tmp_path, {**peer.file, **peer.memory}))


@pytest.mark.parametrize("part", ["query", "key", "value"])
def test_a_missing_part(tmp_path: Path, peers: Callable[[str], Peer], part: str) -> None:
    """A layer whose attention is not whole is refused."""
    state = peers("vit").file
    del state[f"vit.encoder.layer.1.attention.attention.{part}.weight"]
    with pytest.raises(ExplorerError, match=r"blocks.1.attn.qkv.weight"):
        explorer.load_vit(weights=save_folder(tmp_path, state))


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["encoder.layers.0.blocks.0.layernorm_before.weight"], "a Swin Transformer"),
        (["pvt_v2.encoder.layers.0.blocks.0.layer_norm_1.weight"], "a PVT"),
        (["hiera.encoder.stages.0.layers.0.attn.qkv.weight"], "a Hiera"),
        (["segformer.encoder.patch_embeddings.0.proj.weight"], "a SegFormer"),
        (["segformer.stages.0.patch_embeddings.proj.weight"], "a SegFormer"),
        (["resnet.embedder.embedder.convolution.weight"], "a ResNet"),
        (["convnext.encoder.stages.0.layers.0.dwconv.weight"], "a ConvNeXt"),
        (["bit.embedder.convolution.weight"], "a BiT"),
        (["vit.embeddings.patch_embeddings.backbone.bit.embedder.convolution.weight"], "a hybrid"),
        (["vision_model.pre_layrnorm.weight"], "a CLIP model"),
        (["pre_layrnorm.weight"], "a CLIP model"),
        (["vision_model.head.probe"], "a SigLIP model"),
        (["embeddings.patch_embeddings.weight", "layer.0.norm1.weight"], "a DINOv3"),
        (["vit.embeddings.detection_tokens"], "a YOLOS"),
        (["levit.patch_embeddings.embedding_layer_1.convolution.weight"], "a LeViT"),
    ],
)
def test_other_networks(tmp_path: Path, names: list[str], what: str) -> None:
    """What cannot be explored is refused by what it is, not by a list of names."""
    save_file({name: torch.ones(2, 2) for name in (*names, "classifier.weight")}, tmp_path / "a")
    with pytest.raises(ExplorerError, match=f"^a cannot be opened: it is {what}") as caught:
        explorer.load_vit(weights=tmp_path / "a")
    assert caught.value.hint


def test_others_leave_the_known_alone(peers: Callable[[str], Peer]) -> None:
    """None of the families that can be read is taken for one that cannot."""
    origin = Origin(Path("a"), "", {}, False)
    for name in make.MODELS:
        for state in (peers(name).file, peers(name).memory):
            assert transformers_other.translate(state, origin) is None
            assert renamed(state) is not None

"""From a name in the list to a model: over a line that is slow, cut, redirected, or lied on."""

import io
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save

import explorer
from explorer import paths
from explorer.errors import Cancelled, ExplorerError
from explorer.models.loading import load_network
from explorer.models.published import catalog, download
from explorer.models.published.known import Known, known_models
from explorer.records import Weights

from ..conftest import RELEASES, Hub
from ..other_names import HUB_NAMES, RELEASE_NAMES, renamed

NETWORK = "test_vit"  # timm's own, for tests: 6 layers of width 64
HALVES = {"mean": (0.5,) * 3, "std": (0.5,) * 3, "interpolation": "bilinear"}
SQUASHED = {**HALVES, "crop_mode": "squash", "crop_pct": 1.0}
State = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE", 0.01)


@pytest.fixture(scope="module")
def state() -> State:
    """Values as after training: no tensor is constant."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        state = timm.create_model(NETWORK).state_dict()
        return {name: tensor + 0.02 * torch.randn_like(tensor) for name, tensor in state.items()}


CONFIG = {
    "model_type": "vit",
    "architectures": ["ViTForImageClassification"],
    "hidden_size": 64,
    "num_hidden_layers": 6,
    "num_attention_heads": 2,
    "intermediate_size": 192,
    "image_size": 160,
    "patch_size": 16,
    "layer_norm_eps": 1e-12,
}


@dataclass
class Offer:
    """One model that the server has."""

    name: str
    path: str  # of its weights on the server
    files: list[str]  # what lies in the folder of weights afterwards
    epsilon: float


def _timm(hub: Hub, state: State) -> Offer:
    name = f"{NETWORK}.r160_in1k"
    hub.put(name, save(state))
    path = f"/timm/{name}/resolve/main/model.safetensors"
    return Offer(name, path, [f"{name}.safetensors"], 1e-6)


def _release(hub: Hub, state: State) -> Offer:
    content = io.BytesIO()
    tensors = renamed(state, RELEASE_NAMES)
    torch.save(tensors, content, _use_new_zipfile_serialization=False)  # as those of 2020
    hub.release("tiny.pth", content.getvalue())
    return Offer("tiny", f"{RELEASES}/tiny.pth", ["tiny.pth"], 1e-6)


def _folder(hub: Hub, state: State) -> Offer:
    name = "somebody/tiny"
    hub.put(name, save(renamed(state, HUB_NAMES)))
    hub.put(name, json.dumps(CONFIG).encode(), "config.json")
    path = f"/{name}/resolve/main/model.safetensors"
    return Offer(name, path, [f"{name}/config.json", f"{name}/model.safetensors"], 1e-12)


def _known(name: str, library: str, url: str | None, epsilon: float) -> Known:
    repository = None if url else name
    return Known(name, library, NETWORK, (160, 160), 1000, url, repository, SQUASHED, epsilon)


@pytest.fixture(autouse=True)
def _in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small networks stand among the known models."""
    url = f"https://github.com{RELEASES}/tiny.pth"
    release = _known("tiny", "PyTorch-Pretrained-ViT", url, 1e-6)
    folder = _known("somebody/tiny", "Hugging Face", None, 1e-12)
    for known in (release, folder):
        monkeypatch.setitem(known_models(), known.name, known)


@pytest.fixture(params=[_timm, _release, _folder])
def offer(request: pytest.FixtureRequest, hub: Hub, state: State) -> Offer:
    return request.param(hub, state)


def twin(state: State, epsilon: float) -> torch.nn.Module:
    """The network of timm with the same weights."""
    network = timm.create_model(NETWORK).eval()
    network.load_state_dict(state)
    for module in network.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.eps = epsilon
    return network


def on_shelf() -> list[str]:
    home = paths.weights()
    files = (file.relative_to(home).as_posix() for file in home.rglob("*") if file.is_file())
    return sorted(files)


def load(offer: Offer, told: Callable[[str, float | None], None] = lambda *_: None):
    return load_network(Weights(offer.name), told)


def test_from_name_to_model(hub, offer: Offer, state: State) -> None:
    """A name is downloaded once and loaded; what it computes is what its library would."""
    told: list[tuple[str, float | None]] = []
    vit = explorer.load_vit(offer.name, progress=lambda *step: told.append(step))
    assert vit.info.name == offer.name
    assert on_shelf() == offer.files
    again = load_network(Weights(offer.name), may_download=False).network
    pixels = torch.rand(1, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(again(pixels), twin(state, offer.epsilon)(pixels))
    texts = [text for text, _ in told]
    called = offer.name if len(offer.files) > 1 else offer.files[0]
    expected = rf"Downloading {re.escape(called)}: .* MB of 1\.. MB"
    assert any(re.fullmatch(expected, text) for text in texts)
    assert hub.paths.count(Path(offer.path).name) == (2 if offer.name == "tiny" else 1)
    assert catalog.is_here(offer.name)


def test_slow_line(hub, offer: Offer) -> None:
    """What a slow line brings is counted as it comes."""
    hub.pause = 0.05
    shares: list[float] = []

    def told(text: str, done: float | None) -> None:
        if done is not None and text.endswith("MB"):  # not what describes the weights
            shares.append(done)

    load(offer, told)
    assert shares == sorted(shares)
    assert len(set(shares)) > 3
    assert shares[-1] == 1.0


def test_cut_line(hub, offer: Offer) -> None:
    """A line that is cut is taken up again, without a word."""
    hub.cuts[offer.path] = 2
    hub.cut_after = 600_000
    assert load(offer).network.num_classes == 1000
    assert on_shelf() == offer.files


def test_cancelled_and_resumed(hub, offer: Offer) -> None:
    """A cancelled download is no model yet; the next one goes on from there."""
    arrived = threading.Event()
    hub.hold_after = 700_000
    with pytest.raises(Cancelled):
        load_network(
            Weights(offer.name),
            lambda text, done: arrived.set() if done and text.endswith("MB") else None,
            arrived.is_set,
        )
    assert not catalog.is_here(offer.name)
    entry = catalog.describe(offer.name)
    assert entry.file is None
    assert entry.size > 0
    hub.hold_after = None
    hub.go_on.set()
    assert load(offer).network.num_classes == 1000
    assert on_shelf() == offer.files
    assert re.fullmatch(r"bytes=\d+-", hub.ranges[-1])


@pytest.mark.parametrize(
    ("lie", "sentence"), [(100_000, "broke off after"), (-100_000, "damaged on its way")]
)
def test_lies_about_the_length(hub, offer: Offer, lie: int, sentence: str) -> None:
    """A server that promises more, or less, than there is brings no model, but a sentence."""
    hub.length_of[offer.path] = len(hub.files[offer.path]) + lie
    with pytest.raises(ExplorerError, match=sentence):
        load(offer)
    assert not catalog.is_here(offer.name)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(404, "has no weights under"), (500, "answered with error 500"), (403, "to everybody")],
)
def test_refusals(hub, offer: Offer, status: int, sentence: str) -> None:
    """A server that refuses brings no model, but its name and a next step."""
    hub.status_of[offer.path] = status
    with pytest.raises(ExplorerError, match=rf"127\.0\.0\.1.*{sentence}") as caught:
        load(offer)
    assert caught.value.hint
    assert not catalog.is_here(offer.name)


def test_redirected(hub, offer: Offer) -> None:
    """Files that lie elsewhere are fetched from there."""
    hub.files["/elsewhere"] = hub.files.pop(offer.path)
    hub.moved[offer.path] = f"{hub.address}/elsewhere"
    assert load(offer).network.num_classes == 1000


def test_folder_is_complete_once_it_has_weights(hub, state: State) -> None:
    """What describes the weights comes first; that there is no preprocessing is no error."""
    offer = _folder(hub, state)
    load(offer)
    assert hub.paths == ["config.json", "model.safetensors"]
    hub.put(offer.name, b"{}", "preprocessor_config.json")
    (paths.weights() / offer.name / "model.safetensors").unlink()
    load(offer)
    assert f"{offer.name}/preprocessor_config.json" in on_shelf()


def test_folder_of_the_older_format(hub, state: State) -> None:
    """Where a repository has no safetensors, its pickle is fetched, and opened with care."""
    offer = _folder(hub, state)
    del hub.files[offer.path]
    content = io.BytesIO()
    torch.save(renamed(state, HUB_NAMES), content)
    hub.put(offer.name, content.getvalue(), "pytorch_model.bin")
    assert load(offer).network.num_classes == 1000
    assert f"{offer.name}/pytorch_model.bin" in on_shelf()


def test_page_instead_of_a_release(hub, state: State) -> None:
    """A network that answers everything with its own page brings no model."""
    offer = _release(hub, state)
    hub.release("tiny.pth", b"<html>Log in first.</html>")
    with pytest.raises(ExplorerError, match="damaged on its way"):
        load(offer)
    assert on_shelf() == []


def test_nothing_is_published(hub) -> None:
    """A network without published weights says so; it can be had with random ones."""
    with pytest.raises(ExplorerError, match="no published weights of L_16") as caught:
        load_network(Weights("L_16"))
    assert caught.value.hint
    assert hub.requests == []

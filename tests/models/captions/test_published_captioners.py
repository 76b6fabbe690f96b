"""Captioners that are folders on the hub come whole: weights, configs and words."""

import json

import pytest
from safetensors.torch import save

import explorer
from explorer import paths
from explorer.errors import ExplorerError, WeightsMissing
from explorer.models.captions.loading import load_captioner
from explorer.models.published.captioners import known_captioner, known_captioners
from explorer.records import CaptionerWeights

from ..conftest import Hub
from .peers import Peer, make, read_peers

BLIP, VIT_GPT2 = "Salesforce/blip-image-captioning-base", "nlpconnect/vit-gpt2-image-captioning"


@pytest.fixture(scope="module")
def peers() -> dict[str, Peer]:
    return read_peers(4)


@pytest.fixture(params=[("blip", BLIP, "vocab.txt"), ("vit-gpt2", VIT_GPT2, "tokenizer.json")])
def published(request: pytest.FixtureRequest, hub: Hub, peers: dict[str, Peer]):
    """A server that has a small captioner under the name of a known one."""
    kind, name, words = request.param
    peer = peers[kind]
    hub.put(name, save(peer.file))
    for file, text in {**peer.files, words: peer.vocabulary[words]}.items():
        hub.put(name, text.encode(), file)
    return name, peer


def test_from_name_to_caption(published: tuple[str, Peer], hub: Hub):
    """All that it needs is fetched once; then it needs no network."""
    name, peer = published
    captioner = explorer.load_captioner(name, device="cpu")
    assert captioner.info.name == name
    assert captioner.info.source.startswith(f"Published as {name}: ")
    fetched = len(hub.requests)
    assert all(f"/{name}/" in path for _, path, _ in hub.requests)
    again = load_captioner(CaptionerWeights(name), "cpu", may_download=False)
    assert len(hub.requests) == fetched
    for each in (captioner, again):
        caption = each.describe(pixels=make.pixels((32, 32)), max_tokens=11)
        assert caption.tokens == tuple(peer.expected["greedy"].tolist())


def test_nothing_is_fetched_unasked(published: tuple[str, Peer], hub: Hub):
    """Where a download is not allowed, it is offered with its size."""
    name, _ = published
    with pytest.raises(WeightsMissing, match="are not on this machine") as error:
        load_captioner(CaptionerWeights(name), "cpu", may_download=False)
    assert f"at least {known_captioner(name).megabytes} MB" in error.value.hint
    assert not hub.requests


def test_a_hub_that_lacks_the_words(published: tuple[str, Peer], hub: Hub):
    """Words that a folder has not are those that everybody has, if they are as many."""
    name, _ = published
    for path in [path for path in hub.files if path.endswith(("vocab.txt", "tokenizer.json"))]:
        del hub.files[path]
    with pytest.raises(ExplorerError, match="needs its own vocabulary"):
        explorer.load_captioner(name, device="cpu")
    assert json.loads((paths.weights() / name / "config.json").read_text())["model_type"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("blip", BLIP),
        ("BLIP", BLIP),
        (BLIP.upper(), BLIP),
        (f"https://huggingface.co/{BLIP}/", BLIP),
        (f"hf-hub:{VIT_GPT2}", VIT_GPT2),
        (" vit-gpt2 ", VIT_GPT2),
        ("blip-large", "Salesforce/blip-image-captioning-large"),
        ("CATR-v3", "catr-v3"),
    ],
)
def test_names_that_people_use(asked: str, name: str):
    """Long and short, in any case, with the hub's address or without."""
    assert known_captioner(asked).name == name


def test_where_they_are_published():
    """Every one has a page or a file that people can look at."""
    addresses = [known.address for known in known_captioners().values()]
    assert all(address.startswith("https://") for address in addresses)
    assert known_captioner("blip").address == f"https://huggingface.co/{BLIP}"
    assert known_captioner("catr-v3").address.endswith("0.2/weight493084032.pth")

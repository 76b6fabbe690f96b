"""BLIP and ViT-GPT2 write what the real transformers wrote, and looked where it looked.

The numbers were made by ../transformers_peer/captioners.py, with its fourth and fifth version.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import explorer
from explorer.errors import ExplorerError
from explorer.models.attention import listen
from explorer.models.captions.captioner import Captioner
from explorer.models.captions.draft import Draft
from explorer.models.captions.families import open_captioner, recognise_captioner
from explorer.models.captions.family import Asked
from explorer.models.checkpoints.reading import Checkpoint
from explorer.records import Picture

from .peers import Peer, State, make, read_peers

NAMES = ("blip", "blip of another config", "vit-gpt2", "vit-gpt2 of another config")
TOLERANCE = 1e-5
LONGEST = 11  # tokens after begin


@pytest.fixture(scope="module", params=[4, 5], ids=["transformers 4", "transformers 5"])
def peers(request: pytest.FixtureRequest) -> dict[str, Peer]:
    return read_peers(request.param)


@pytest.fixture(params=NAMES)
def peer(request: pytest.FixtureRequest, peers: dict[str, Peer]) -> Peer:
    return peers[request.param]


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return make.pixels((32, 32))


@pytest.fixture(scope="module")
def loaded(peers: dict[str, Peer], tmp_path_factory: pytest.TempPathFactory):
    place = tmp_path_factory.mktemp("captioners")
    folders = {name: peer.save(place / name / "folder") for name, peer in peers.items()}
    return {n: explorer.load_captioner(weights=f, device="cpu") for n, f in folders.items()}


@pytest.fixture
def captioner(peer: Peer, loaded: dict[str, Captioner]) -> Captioner:
    return loaded[peer.name]


def test_greedy_words_and_where_it_looked(peer: Peer, captioner: Captioner, pixels: np.ndarray):
    """Tokens are the library's; so are logits and cross-attention, row by row, to 1e-5."""
    caption = captioner.describe(pixels=pixels, max_tokens=LONGEST)
    expected = peer.expected
    assert caption.tokens == tuple(expected["greedy"].tolist())
    assert caption.ended == (" of " in peer.name)
    np.testing.assert_allclose(caption.scores, expected["logits"][:-1], rtol=0, atol=TOLERANCE)
    maps = expected["maps"][..., 1:].reshape(caption.maps.shape)  # without the class token
    np.testing.assert_allclose(caption.maps, maps, rtol=0, atol=TOLERANCE)


def test_which_row_chose_the_word(peer: Peer, captioner: Captioner, pixels: np.ndarray):
    """The library's row that chose a word is that word's map; off by one is another word's."""
    caption = captioner.describe(pixels=pixels, max_tokens=LONGEST)
    maps = peer.expected["maps"][..., 1:].reshape(caption.maps.shape)
    logits, tokens = peer.expected["logits"], peer.expected["greedy"]
    for place in range(1, len(caption.token_ids) + 1):
        row = place - 1
        assert logits[row].argmax() == tokens[place]
        chose = caption.heatmap_at([place], layer=-1, head="mean")
        np.testing.assert_allclose(chose, maps[row, -1].mean(0), rtol=0, atol=TOLERANCE)
        stands = caption.heatmap_at([place], layer=0, head=1, row="stands")
        np.testing.assert_allclose(stands, maps[row + 1, 0, 1], rtol=0, atol=TOLERANCE)
        assert np.abs(chose - maps[row + 1, -1].mean(0)).max() > 100 * TOLERANCE


def test_transformers_is_not_needed(
    peer: Peer, pixels: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where it cannot be imported, its captioners write all the same."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    captioner = explorer.load_captioner(weights=peer.save(tmp_path), device="cpu")
    assert len(captioner.describe(pixels=pixels, max_tokens=3).token_ids) == 3


@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0])
def test_beams(peer: Peer, captioner: Captioner, pixels: np.ndarray, penalty: float):
    """The best of three beams is the library's, whatever length is worth."""
    caption = captioner.describe(pixels=pixels, max_tokens=LONGEST, beams=3, length_penalty=penalty)
    assert caption.tokens == tuple(peer.expected[f"beams {penalty}"].tolist())


def test_pixels_are_prepared_as_the_library_does(peer: Peer, captioner: Captioner):
    """Stretched, filtered and normalised as its config says: to the last bit."""
    picture = Picture(None, make.picture(), (131, 97))
    prepared = captioner._opened.prepare(picture)
    assert prepared.shape == (3, 32, 32)
    expected = peer.expected["prepared"]
    np.testing.assert_allclose(make.samples(prepared), expected, rtol=0, atol=1e-6)
    frame = captioner.look(picture).frame
    assert frame.box == (0, 0, 131, 97)
    assert (frame.rows, frame.columns) == (4, 4)


def test_names_in_memory_and_pickles(peer: Peer, pixels: np.ndarray, tmp_path: Path):
    """What torch.save wrote of a model in memory is the same captioner."""
    folder = peer.save(tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save(peer.memory, folder / "pytorch_model.bin")
    captioner = explorer.load_captioner(weights=folder, device="cpu")
    caption = captioner.describe(pixels=pixels, max_tokens=LONGEST)
    assert caption.tokens == tuple(peer.expected["greedy"].tolist())


def test_heads_that_nobody_says(peers: dict[str, Peer], pixels: np.ndarray, tmp_path: Path):
    """Without a config, the usual number is taken and told; who knows better says so."""
    for name, heads in (("blip", 4), ("vit-gpt2", 4)):
        peer = peers[name]
        folder = peer.save(tmp_path / name)
        (folder / "config.json").unlink()
        recognised = recognise_captioner(_checkpoint(peer), folder / "model.safetensors")
        assert recognised.heads == (1, 2, 4, 8)
        assumed = explorer.load_captioner(weights=folder, device="cpu")
        assert "as usual for" in dict(assumed.info.details)["Heads"]
        told = explorer.load_captioner(weights=folder, device="cpu", heads=heads)
        assert told.info.heads == heads
        assert dict(told.info.details)["Heads"] == f"{heads}, as was said"
        for number in (0, 5):
            with pytest.raises(ExplorerError, match=f"cannot have {number} heads"):
                explorer.load_captioner(weights=folder, heads=number)


def _checkpoint(peer: Peer) -> Checkpoint:
    return Checkpoint(dict(peer.file), "", {})


def test_what_is_said_of_them(captioner: Captioner, peer: Peer):
    """What was recognised is in words, and the name is that of the folder."""
    library = "BLIP" if "blip" in peer.name else "ViT-GPT2"
    assert captioner.info.library == library
    assert captioner.info.name == "folder/model"
    assert f"{library}, recognised by its tensors: an encoder of 2 layers" in captioner.info.source
    assert captioner.info.longest == 15
    assert dict(captioner.info.details)["Preparation of pictures"] == "as its config says"


def test_recognised_by_shapes_alone(peer: Peer, tmp_path: Path):
    """A dialog learns what a file is before anything is filled."""
    recognised = recognise_captioner(_checkpoint(peer), tmp_path / "model.safetensors")
    assert recognised.tokens == (62 if "blip" in peer.name else 300)
    assert recognised.usual_heads is None  # narrower than any published one
    broken = _checkpoint(peer)
    name = next(name for name in broken.tensors if "crossattention" in name and "bias" in name)
    del broken.tensors[name]
    with pytest.raises(ExplorerError, match="lacks"):
        recognise_captioner(broken, tmp_path / "model.safetensors")


def test_memory_is_computed_once(captioner: Captioner, pixels: np.ndarray):
    """A further word asks nothing of the picture but one row, however many there are."""
    seen = captioner.look(pixels=pixels)
    calls: list[tuple[int, int]] = []
    draft = Draft(captioner._network, seen.memory)
    with (
        torch.inference_mode(),
        listen(lambda call: calls.append((call.q.shape[2], call.k.shape[2]))),
    ):
        for token in (5, 6, 7):
            draft.read([[token]])
    layers = captioner.info.layers
    for number in range(3):
        reading = calls[2 * layers * number :][: 2 * layers]
        assert reading == [(1, number + 1), (1, 17)] * layers


def test_pixels_of_another_size(captioner: Captioner):
    """Positions are of one size: others are refused in a sentence."""
    with pytest.raises(ExplorerError, match="cannot see 40 × 32 pixels"):
        captioner.describe(pixels=np.zeros((3, 40, 32), np.float32))


def test_a_head_of_its_own(peers: dict[str, Peer], pixels: np.ndarray, tmp_path: Path):
    """Where words are chosen by other vectors than they are read by, these count."""
    for name, head in (
        ("blip", "text_decoder.cls.predictions.decoder.weight"),
        ("vit-gpt2", "decoder.lm_head.weight"),
    ):
        peer = peers[name]
        words = next(t for n, t in peer.file.items() if "word_embeddings" in n or "wte" in n)
        tied = _scores({**peer.file, head: words.clone()}, tmp_path, pixels)
        own = _scores({**peer.file, head: words.flip(0)}, tmp_path, pixels)
        plain = _scores(peer.file, tmp_path, pixels)
        torch.testing.assert_close(tied, plain)
        assert (own - plain).abs().max() > 0.1


def _scores(tensors: State, place: Path, pixels: np.ndarray) -> torch.Tensor:
    opened: Any = open_captioner(Checkpoint(tensors, "", {}), Asked(place / "model.safetensors"))
    with torch.inference_mode():
        memory = opened.network.see(torch.from_numpy(pixels)[None])
        return Draft(opened.network, memory).read([[1, 2, 3]])


@pytest.mark.parametrize(
    ("name", "place", "wrong", "sentence"),
    [
        ("blip", "text_config", {"hidden_act": "mystery"}, "activation “mystery”"),
        ("blip", "vision_config", {"num_hidden_layers": 7}, "num_hidden_layers 7"),
        ("blip", "text_config", {"num_attention_heads": 5}, "cannot have 5 heads"),
        ("vit-gpt2", "decoder", {"scale_attn_by_inverse_layer_idx": True}, "scaled in another"),
        ("vit-gpt2", "encoder", {"hidden_size": 48}, "hidden_size 48"),
    ],
)
def test_a_config_of_something_else(
    peers: dict[str, Peer], tmp_path: Path, name: str, place: str, wrong: dict, sentence: str
):
    """What a config says that cannot be is refused with the file's name."""
    folder = peers[name].save(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config[place] |= wrong
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ExplorerError, match=sentence) as error:
        explorer.load_captioner(weights=folder)
    assert error.value.message.startswith("model.safetensors cannot be opened: ")


@pytest.mark.parametrize("name", ["blip", "vit-gpt2"])
@pytest.mark.parametrize("part", ["look", "eye"])
def test_shapes_that_cannot_be(peers: dict[str, Peer], tmp_path: Path, name: str, part: str):
    """Odd tensors get a sentence, not a traceback."""
    odd = {"look": "crossattention", "eye": "patch_embedding"}[part]
    for shape in ((), (0,), (3,), (7, 7)):
        tensors = {
            key: torch.zeros(shape) if odd in key and key.endswith("weight") else tensor
            for key, tensor in peers[name].file.items()
        }
        with pytest.raises(ExplorerError):
            open_captioner(Checkpoint(tensors, "", {}), Asked(tmp_path / "odd.safetensors"))

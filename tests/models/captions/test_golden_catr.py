"""What our CATR computes is what CATR's own code computed, on the same weights."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.images.reading import read_picture
from explorer.models.attention import AttentionCall, attention_weights, listen
from explorer.models.captions.decoding import Task, write
from explorer.models.captions.families import open_captioner
from explorer.models.captions.family import Asked, Opened
from explorer.models.captions.memory import Memory, Past
from explorer.models.checkpoints.reading import Checkpoint, read_checkpoint
from explorer.models.watch import never
from explorer.records import Writing

LOGITS = {"tiny": 1e-4, "full": 4e-4}  # float32 is 1.9e-4 from float64 at the full size
MAPS = {"tiny": 2e-5, "full": 6e-5}
MEMORY = {"tiny": 2e-5, "full": 9e-5}
BEGIN, END = 101, 102
SIDE = 299  # of the square that training pads to

Shared = Callable[[str], Path]


@dataclass
class Golden:
    size: str
    picture: str
    arrays: dict[str, np.ndarray]
    opened: Opened

    @property
    def network(self) -> Any:
        return self.opened.network

    @property
    def pixels(self) -> torch.Tensor:
        return torch.from_numpy(self.arrays["input"])[None]

    @cached_property
    def seen(self) -> tuple[Memory, list[AttentionCall]]:
        """The encoded picture, and what was heard meanwhile."""
        calls: list[AttentionCall] = []
        with torch.inference_mode(), listen(calls.append):
            return self.network.see(self.pixels), calls


@pytest.fixture(
    scope="module",
    params=["tiny coffee", "tiny astronaut", "full coffee", "full astronaut"],
)
def golden(request: pytest.FixtureRequest, shared: Shared) -> Golden:
    size, picture = request.param.split()
    with np.load(shared(f"golden/catr/{size}_{picture}.npz")) as arrays:
        return Golden(size, picture, dict(arrays), request.getfixturevalue(size))


@pytest.fixture(autouse=True)
def _only_inference():
    with torch.inference_mode():
        yield


def _close(ours: object, expected: np.ndarray, tolerance: float) -> None:
    np.testing.assert_allclose(np.asarray(ours), expected, rtol=0, atol=tolerance)


def _rows(calls: list[AttentionCall]) -> np.ndarray:
    """Every call's attention: (calls, heads, queries, tokens)."""
    return np.stack([attention_weights(c.q, c.k, c.bias, c.scale)[0].numpy() for c in calls])


def _fed(tokens: np.ndarray) -> torch.Tensor:
    """The caption as the decoder reads it, up to the row that chooses the last token."""
    return torch.tensor([[BEGIN, *tokens[:-1]]])


def test_preparation(golden: Golden, shared: Shared):
    """A picture is prepared to the last bit as CATR prepares it."""
    picture = read_picture(shared(f"golden/images/{golden.picture}.png"))
    np.testing.assert_array_equal(golden.opened.prepare(picture), golden.arrays["input"])


def test_what_it_sees(golden: Golden):
    """Features, memory and the encoder's attention agree."""
    memory, calls = golden.seen
    arrays, size = golden.arrays, golden.size
    assert [memory.rows, memory.columns] == arrays["grid_hw"].tolist()
    features = golden.network.features(golden.pixels)[0, arrays["feat_channels"]]
    largest = np.abs(arrays["feat"]).max()
    _close(features, arrays["feat"], 1e-5 * largest)
    _close(memory.cells[0], arrays["memory"], MEMORY[size])
    _close(_rows(calls)[:, :, arrays["enc_q"]], arrays["enc_rows"], MAPS[size])


def test_what_it_writes(golden: Golden):
    """Of the finished caption, logits, chosen tokens and both kinds of attention agree."""
    calls: list[AttentionCall] = []
    arrays, size = golden.arrays, golden.size
    with listen(calls.append):
        written = golden.network.write(_fed(arrays["tokens"]), golden.seen[0], Past())
    logits = golden.network.choose(written)[0].numpy()
    assert logits.argmax(-1).tolist() == arrays["tokens"].tolist()
    _check_logits(logits, arrays, size)
    _close(
        np.logaddexp.reduce(logits.astype(np.float64), axis=-1), arrays["logsumexp"], LOGITS[size]
    )
    _close(_rows(calls[0::2]).transpose(2, 0, 1, 3), arrays["dec_self"], MAPS[size])
    _close(_rows(calls[1::2]).transpose(2, 0, 1, 3), arrays["cross"], MAPS[size])


def test_word_by_word(golden: Golden):
    """Greedy decoding with all that it remembers writes the same caption, maps included."""
    arrays, size = golden.arrays, golden.size
    task = Task(golden.network, golden.seen[0], BEGIN, END, (), longest=len(arrays["tokens"]))
    written = write(task, Writing(), never)
    assert written.tokens == (BEGIN, *arrays["tokens"].tolist())
    _check_logits(written.logits.numpy(), arrays, size)
    _close(written.maps[:-1].flatten(3), arrays["cross"], MAPS[size])


def _check_logits(logits: np.ndarray, arrays: dict[str, np.ndarray], size: str) -> None:
    best = np.take_along_axis(logits, arrays["top20_ids"].astype(np.int64), axis=-1)
    _close(best, arrays["top20_logits"], LOGITS[size])
    if "logits" in arrays:
        _close(logits, arrays["logits"], LOGITS[size])


def _padded(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture in the corner of a square, as in training; True where it is not."""
    _, _, height, width = pixels.shape
    square, padding = torch.zeros(1, 3, SIDE, SIDE), torch.ones(SIDE, SIDE, dtype=torch.bool)
    square[..., :height, :width] = pixels
    padding[:height, :width] = False
    return square, padding


def test_padded(golden: Golden, shared: Shared):
    """A padded picture is seen through its mask, from the features to each word's map."""
    size, network = golden.size, golden.network
    with np.load(shared(f"golden/catr/{size}_{golden.picture}.padded299.npz")) as arrays:
        arrays = dict(arrays)
    memory: Memory = network.see(*_padded(golden.pixels))
    calls: list[AttentionCall] = []
    with listen(calls.append):
        logits = network.choose(network.write(_fed(arrays["tokens"]), memory, Past()))[0].numpy()
    maps = _rows(calls[1::2]).transpose(2, 0, 1, 3)
    _close(memory.cells[0], arrays["memory"], MEMORY[size])
    assert logits.argmax(-1).tolist() == arrays["tokens"].tolist()
    _check_logits(logits, arrays, size)
    _close(maps, arrays["cross"], MAPS[size])
    assert (maps[..., arrays["feat_mask"].ravel()] == 0).all()


def test_layer_norm_epsilons(tiny_file: Path, shared: Shared):
    """Where inputs are tiny each layer norm's epsilon shows: ours are CATR's."""
    with np.load(shared("golden/catr/tiny_eps_probe.npz")) as probe:
        probe = dict(probe)
    tensors = {name: tensor.float() for name, tensor in read_checkpoint(tiny_file).tensors.items()}
    for name, scale in zip(probe["scale_names"], probe["scale"], strict=True):
        tensors[str(name)] = tensors[str(name)] * float(scale)
    opened = open_captioner(Checkpoint(tensors, "", {}), Asked(tiny_file, heads=4))
    network: Any = opened.network
    with np.load(shared("golden/catr/tiny_coffee.npz")) as coffee:
        memory = network.see(torch.from_numpy(coffee["input"])[None])
    tokens = torch.from_numpy(probe["caption"])[None]
    logits = network.choose(network.write(tokens, memory, Past()))
    _close(memory.cells[0], probe["memory"], MEMORY["tiny"])
    _close(logits[0], probe["logits"], LOGITS["tiny"])

"""Captions are written word by word, and come out as if everything were computed each time."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import Cancelled, ExplorerError
from explorer.models.captions.decoding import Task, search, write
from explorer.models.captions.draft import Draft, look_back
from explorer.models.captions.family import Opened
from explorer.models.captions.memory import Memory, Past
from explorer.models.watch import never
from explorer.records import Writing

BEGIN, END = 101, 102
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def network(tiny: Opened) -> Any:
    return tiny.network


@pytest.fixture(scope="module")
def memory(network: Any) -> Memory:
    """Of a picture of noise."""
    pixels = torch.rand(1, 3, 120, 180, generator=torch.Generator().manual_seed(3)) * 2 - 1
    with torch.inference_mode():
        return network.see(pixels)


def task(network: Any, memory: Memory, given: tuple[int, ...] = (), longest: int = 12, end=END):
    return Task(network, memory, BEGIN, end, given, longest)


@torch.inference_mode()
def uncached(network: Any, memory: Memory, tokens: list[int]) -> torch.Tensor:
    """Logits of what follows tokens, everything read again."""
    return network.choose(network.write(torch.tensor([tokens]), memory, Past()))[0, -1]


def test_greedy_is_the_loop_that_recomputes(network: Any, memory: Memory):
    """What is cached changes no word."""
    tokens = [BEGIN]
    for _ in range(12):
        tokens.append(int(uncached(network, memory, tokens).argmax()))
    assert write(task(network, memory), Writing(), never).tokens == tuple(tokens)


@settings(deadline=None, max_examples=20)
@given(tokens=st.lists(st.integers(0, 999), min_size=1, max_size=12), data=st.data())
def test_reading_in_pieces(network: Any, memory: Memory, tokens: list[int], data: st.DataObject):
    """Read at once, word by word, or in any pieces: what follows is the same."""
    cuts = data.draw(st.sets(st.integers(1, len(tokens))))
    whole, pieces = Draft(network, memory), Draft(network, memory)
    ends = [*sorted(cuts - {len(tokens)}), len(tokens)]
    with torch.inference_mode():
        at_once = whole.read([tokens])
        read = [pieces.read([tokens[i:j]]) for i, j in zip([0, *ends], ends, strict=False)]
    torch.testing.assert_close(torch.cat(read, dim=1), at_once, rtol=0, atol=TOLERANCE)


@settings(deadline=None, max_examples=20)
@given(tokens=st.lists(st.integers(0, 999), min_size=2, max_size=12), data=st.data())
def test_looking_back(network: Any, memory: Memory, tokens: list[int], data: st.DataObject):
    """Where a token looked hangs on those before it, and on none behind it."""
    cut = data.draw(st.integers(1, len(tokens) - 1))
    with torch.inference_mode():
        maps, begin = (look_back(network, memory, read) for read in (tokens, tokens[:cut]))
    torch.testing.assert_close(maps[:cut], begin, rtol=0, atol=TOLERANCE)
    totals = maps.sum(dim=(-2, -1))
    torch.testing.assert_close(totals, torch.ones_like(totals))


@settings(deadline=None, max_examples=10)
@given(given_tokens=st.lists(st.integers(0, 999).filter(lambda token: token != END), max_size=5))
def test_one_beam_is_greedy(network: Any, memory: Memory, given_tokens: list[int]):
    """A search that keeps one sentence finds what greedy decoding writes."""
    wanted = task(network, memory, tuple(given_tokens))
    greedy = write(wanted, Writing(), never).tokens
    assert tuple(search(wanted, Writing(beams=1), never)) == greedy


def _score(network: Any, memory: Memory, tokens: tuple[int, ...]) -> float:
    """Log probability of a caption, each word computed from all before it."""
    rows = [uncached(network, memory, list(tokens[:i])) for i in range(1, len(tokens))]
    chosen = zip(rows, tokens[1:], strict=True)
    return sum(float(row.log_softmax(-1)[token]) for row, token in chosen)


def test_wide_enough_a_search_finds_the_best(network: Any, memory: Memory):
    """With a beam for every sentence of two words none is lost."""
    with torch.inference_mode():
        logits = uncached(network, memory, [BEGIN])
        draft = Draft(network, memory)
        draft.read([[BEGIN]])
        draft.branch([0] * 1000)
        second = draft.read([[token] for token in range(1000)])[:, 0]
        totals = logits.log_softmax(-1)[:, None] + second.log_softmax(-1)
    best = divmod(int(totals.argmax()), 1000)
    no_end = task(network, memory, longest=2, end=-1)
    assert search(no_end, Writing(beams=1000), never)[1:] == list(best)


def test_a_search_beats_greedy(network: Any, memory: Memory):
    """More beams find a likelier caption, and tell its own maps and logits."""
    wanted = task(network, memory, longest=8)
    greedy, beams = (write(wanted, Writing(beams=width), never) for width in (1, 6))
    scores = [_score(network, memory, written.tokens) for written in (greedy, beams)]
    assert scores[1] > scores[0]
    rows = [uncached(network, memory, list(beams.tokens[:i])) for i in range(1, 9)]
    torch.testing.assert_close(beams.logits, torch.stack(rows), rtol=0, atol=TOLERANCE)


def test_length_penalty(network: Any, memory: Memory):
    """The sentences that compete are compared by their length, as the penalty says."""
    end = int(uncached(network, memory, [BEGIN]).topk(3).indices[2])  # ends early, or not at all
    lengths = [
        len(search(task(network, memory, end=end), Writing(beams=4, length_penalty=p), never))
        for p in (0.0, 5.0)
    ]
    assert lengths[0] < lengths[1]


def test_chance(network: Any, memory: Memory):
    """The same seed gives the same caption, another one another; coldness gives the likeliest."""
    wanted = task(network, memory)
    first, again, other = (
        write(wanted, Writing(temperature=1.0, seed=seed), never).tokens for seed in (1, 1, 2)
    )
    assert first == again != other
    for temperature in (1e-4, 1e-320):
        cold = write(wanted, Writing(temperature=temperature), never).tokens
        assert cold == write(wanted, Writing(), never).tokens


def test_going_on(network: Any, memory: Memory):
    """Given its own beginning, a caption goes on as it did; given another, it goes elsewhere."""
    free = write(task(network, memory), Writing(), never)
    given_five = write(task(network, memory, free.tokens[1:6]), Writing(), never)
    assert given_five.tokens == free.tokens
    torch.testing.assert_close(given_five.maps, free.maps, rtol=0, atol=TOLERANCE)
    forced = write(task(network, memory, (7, 8, 9)), Writing(), never)
    assert forced.tokens[:4] == (BEGIN, 7, 8, 9)
    assert forced.tokens[4:] != free.tokens[4:]


def test_nothing_follows_the_end(network: Any, memory: Memory):
    """A given caption that ends is only read."""
    written = write(task(network, memory, (7, 8, END)), Writing(beams=3), never)
    assert written.tokens == (BEGIN, 7, 8, END)
    assert len(written.logits) == 3
    assert len(written.maps) == 4


def test_threads_are_as_before(network: Any, memory: Memory):
    """Words are written in one thread, and whatever comes then has as many as it had."""
    threads = torch.get_num_threads()
    used: list[int] = []

    def should_stop() -> bool:
        used.append(torch.get_num_threads())
        return len(used) > 2

    torch.set_num_threads(3)
    try:
        with pytest.raises(Cancelled):
            write(task(network, memory), Writing(), should_stop)
        assert used == [1, 1, 1]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)


def test_a_look_moves_whole(network: Any, memory: Memory):
    """A captioner that moved to another device takes all along that it saw."""
    padding = torch.zeros(120, 180, dtype=torch.bool)
    padding[60:] = True
    with torch.inference_mode():
        moved = network.see(torch.zeros(1, 3, 120, 180), padding).to(torch.device("meta"))
    tensors = (moved.cells, *moved.keys, *moved.values, moved.bias)
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert memory.to(torch.device("cpu")) is memory


@pytest.mark.parametrize("writing", [Writing(), Writing(beams=3), Writing(temperature=1.0)])
def test_stopped_between_two_words(network: Any, memory: Memory, writing: Writing):
    """Who stops it waits for one word at most."""
    asked: list[int] = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) > 4

    with pytest.raises(Cancelled):
        write(task(network, memory), writing, should_stop)
    assert len(asked) == 5


@pytest.mark.parametrize(
    ("writing", "sentence"),
    [
        (Writing(beams=0), "There cannot be 0 beams"),
        (Writing(temperature=0.0), "A temperature of 0 makes no sense"),
        (Writing(temperature=float("nan")), "A temperature of nan makes no sense"),
        (Writing(beams=2, temperature=1.0), "exclude each other"),
        (Writing(length_penalty=1e9), "A length penalty of 1e\\+09 makes no sense"),
        (Writing(length_penalty=float("nan")), "A length penalty of nan makes no sense"),
        (Writing(seed=-1), "There is no seed -1"),
        (Writing(seed=2**63), "There is no seed 9223372036854775808"),
    ],
)
def test_manners_that_make_no_sense(writing: Writing, sentence: str):
    """They are refused in words."""
    with pytest.raises(ExplorerError, match=sentence):
        writing.check()

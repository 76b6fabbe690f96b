"""Beam search finds what it says, on captions so short that all of them can be tried."""

from itertools import product
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from explorer.models.captions.decoding import Task, search
from explorer.models.captions.memory import Memory, Past
from explorer.models.watch import never
from explorer.records import Writing

END, TOKENS, LONGEST = 0, 4, 4  # the longest caption, its end included
BEGIN = 3


class Table:
    """What follows every sentence is a row of random numbers; a sentence is known by its past."""

    def __init__(self, seed: int) -> None:
        chance = torch.Generator().manual_seed(seed)
        self._rows = torch.randn(TOKENS ** (LONGEST + 1), TOKENS, generator=chance) * 1.5

    def write(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        new = tokens[:, None, :, None]
        sentence, _ = past.extend(0, new, new)
        powers = TOKENS ** torch.arange(sentence.shape[2])
        return (sentence[:, 0, :, 0] * powers).sum(dim=1)[:, None].repeat(1, tokens.shape[1])

    def choose(self, written: Tensor) -> Tensor:
        return self._rows[written]

    def follow(self, sentence: tuple[int, ...]) -> list[float]:
        """Log probabilities of what follows a sentence."""
        written = self.write(torch.tensor([sentence]), NOTHING, Past())[:, -1]
        return self.choose(written)[0].log_softmax(-1).tolist()


NOTHING = Memory(torch.zeros(1, 1, 1), (), (), None, 1, 1)


class Sentence(NamedTuple):
    score: float
    tokens: tuple[int, ...]


def goes_on(sentence: Sentence, table: Table) -> list[Sentence]:
    after = table.follow(sentence.tokens)
    return [Sentence(sentence.score + after[t], (*sentence.tokens, t)) for t in range(TOKENS)]


def is_finished(sentence: Sentence) -> bool:
    return sentence.tokens[-1] == END or len(sentence.tokens) > LONGEST


def best_of(sentences: list[Sentence], given: int, penalty: float) -> tuple[int, ...]:
    """By log probability / length ** penalty; what was given counts for nobody."""
    return max(sentences, key=lambda s: s.score / (len(s.tokens) - 1 - given) ** penalty).tokens


def searched(table: Table, given: tuple[int, ...], writing: Writing) -> tuple[int, ...]:
    task = Task(table, NOTHING, BEGIN, END, given, LONGEST)
    return tuple(search(task, writing, never))


@pytest.mark.parametrize("penalty", [-1.0, 0.0, 0.7, 1.0, 3.0])
@pytest.mark.parametrize("given", [(), (2,), (1, 2)])
def test_with_room_for_all_the_best_is_found(given: tuple[int, ...], penalty: float):
    """Of all captions that there can be, the best by the formula."""
    for seed in range(10):
        table = Table(seed)
        alive, ended = [Sentence(0.0, (BEGIN, *given))], []
        while alive:
            further = [each for sentence in alive for each in goes_on(sentence, table)]
            ended += filter(is_finished, further)
            alive = [each for each in further if not is_finished(each)]
        wide = Writing(beams=TOKENS**LONGEST, length_penalty=penalty)
        assert searched(table, given, wide) == best_of(ended, len(given), penalty)


@pytest.mark.parametrize(("beams", "penalty"), list(product((1, 2, 3), (0.0, 1.0))))
def test_the_narrow_rule(beams: int, penalty: float):
    """As transformers has it: of twice as many candidates as beams the first unended go on.

    Who ends is kept only among the first `beams`; it is over once so many have ended.
    """
    for seed in range(40):
        table = Table(seed)
        alive, ended = [Sentence(0.0, (BEGIN,))], []
        while len(ended) < beams and alive:
            further = sorted((e for s in alive for e in goes_on(s, table)), reverse=True)
            candidates = further[: 2 * beams]
            ended += [each for each in candidates[:beams] if is_finished(each)]
            alive = [each for each in candidates if not is_finished(each)][:beams]
        narrow = Writing(beams=beams, length_penalty=penalty)
        assert searched(table, (), narrow) == best_of(ended, 0, penalty)

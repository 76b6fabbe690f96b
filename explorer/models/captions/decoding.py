"""Ways to choose each next word: the likeliest, the best of several sentences, or by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...errors import Cancelled
from ...records import Writing
from ..devices import one_thread
from .draft import Draft, look_back
from .memory import Memory


class Task(NamedTuple):
    """What is to be written about what."""

    network: Any  # a family's Network
    memory: Memory
    begin: int
    end: int
    given: tuple[int, ...]  # tokens that stand already
    longest: int  # tokens after begin, the end included

    def is_finished(self, tokens: Sequence[int]) -> bool:
        """Whether nothing can follow; one token may mean begin and end."""
        return (len(tokens) > 1 and tokens[-1] == self.end) or len(tokens) > self.longest


class Written(NamedTuple):
    """A finished caption, and what happened while it was read."""

    tokens: tuple[int, ...]  # with begin, and end where there is one
    logits: Tensor  # float32 (tokens without begin, vocabulary): what each was chosen from
    maps: Tensor  # float32 (tokens, layers, heads, rows, columns): where each looked when read


@torch.inference_mode()
@one_thread()
def write(task: Task, writing: Writing, should_stop: Callable[[], bool]) -> Written:
    """Write a caption, one word after the other.

    Raises Cancelled between two words once `should_stop` answers True.
    """
    started = [task.begin, *task.given]
    if task.is_finished(started):
        return _read_again(task, started)
    if writing.beams > 1:
        return _read_again(task, search(task, writing, should_stop))
    return _follow(task, _chooser(writing), should_stop)


def _read_again(task: Task, tokens: Sequence[int]) -> Written:
    """A finished caption, whose logits nobody kept."""
    return _finished(task, tokens, Draft(task.network, task.memory).read([tokens[:-1]])[0])


def _finished(task: Task, tokens: Sequence[int], logits: Tensor) -> Written:
    return Written(tuple(tokens), logits, look_back(task.network, task.memory, tokens))


def _follow(
    task: Task, choose: Callable[[Tensor], int], should_stop: Callable[[], bool]
) -> Written:
    """Choose one word after the other, and never change one."""
    draft, logits = Draft(task.network, task.memory), list[Tensor]()
    tokens = unread = [task.begin, *task.given]
    while not task.is_finished(tokens):
        _go_on(should_stop)
        logits.append(draft.read([unread])[0])
        unread = [choose(logits[-1][-1])]
        tokens = tokens + unread
    return _finished(task, tokens, torch.cat(logits))


def _go_on(should_stop: Callable[[], bool]) -> None:
    if should_stop():
        raise Cancelled


def _chooser(writing: Writing) -> Callable[[Tensor], int]:
    """From logits (vocabulary,) to a token."""
    temperature = writing.temperature
    if temperature is None:
        return lambda logits: int(logits.argmax())
    # Chance on the CPU: the same seed gives the same caption on every device.
    chance = torch.Generator().manual_seed(writing.seed)

    def choose(logits: Tensor) -> int:
        below = (logits - logits.max()).cpu().double()  # none overflows, however low temperature is
        return int(torch.multinomial((below / temperature).softmax(-1), 1, generator=chance))

    return choose


class _Beam(NamedTuple):
    """A sentence that competes."""

    tokens: list[int]
    score: float  # log probability of all that was written


class _Candidate(NamedTuple):
    """A sentence with one more word."""

    parent: int  # number of the beam that it goes on from
    beam: _Beam


def search(task: Task, writing: Writing, should_stop: Callable[[], bool]) -> list[int]:
    """The best of the first `beams` sentences that come to an end (beam search)."""
    draft = Draft(task.network, task.memory)
    alive = [_Beam([task.begin, *task.given], 0.0)]
    unread, ended = [alive[0].tokens], list[_Beam]()
    while len(ended) < writing.beams:
        _go_on(should_stop)
        candidates = _candidates(alive, draft.read(unread)[:, -1], 2 * writing.beams)
        finished = [task.is_finished(candidate.beam.tokens) for candidate in candidates]
        # Who ends below the first `beams` is out of the race: it would have been dropped.
        ends = zip(candidates[: writing.beams], finished, strict=False)
        ended += [candidate.beam for candidate, is_end in ends if is_end]
        goes_on = zip(candidates, finished, strict=True)
        kept = [candidate for candidate, is_end in goes_on if not is_end][: writing.beams]
        if not kept:  # all are as long as they may be
            break
        draft.branch([candidate.parent for candidate in kept])
        alive = [candidate.beam for candidate in kept]
        unread = [beam.tokens[-1:] for beam in alive]
    written = 1 + len(task.given)
    return max(ended, key=lambda beam: _worth(beam, written, writing.length_penalty)).tokens


def _candidates(alive: Sequence[_Beam], logits: Tensor, count: int) -> list[_Candidate]:
    """The likeliest sentences with one more word, the best first; logits (beams, vocabulary)."""
    scores = torch.tensor([beam.score for beam in alive], device=logits.device)
    totals = (logits.log_softmax(dim=-1) + scores[:, None]).flatten()
    best = totals.topk(min(count, len(totals)))
    found = []
    for total, place in zip(best.values.tolist(), best.indices.tolist(), strict=True):
        parent, token = divmod(place, logits.shape[-1])
        found.append(_Candidate(parent, _Beam([*alive[parent].tokens, token], total)))
    return found


def _worth(beam: _Beam, written: int, length_penalty: float) -> float:
    """Log probability per length (Wu et al. 2016, eq. 14, in the simple form).

    `written`: tokens that stood already, which nobody competes by.
    """
    return beam.score / (len(beam.tokens) - written) ** length_penalty

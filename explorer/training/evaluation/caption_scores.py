"""How good captions are, beside what people wrote of the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from ...models.captions.word_pieces import words_of

Told = Sequence[Sequence[str]]  # each picture's captions, one or more


def exact(written: Sequence[str], told: Told) -> float:
    """The share of captions that are one of their picture's, word for word: 0 to 1."""
    hits = (
        words_of(one) in map(words_of, theirs) for one, theirs in zip(written, told, strict=True)
    )
    return sum(hits) / len(written)


def bleu4(written: Sequence[str], told: Told) -> float:
    """BLEU of up to four words in a row, over all captions: 0 to 1 (Papineni et al. 2002).

    By sacrebleu (Post 2018), of words as the captioner knows them.
    """
    from sacrebleu.metrics.bleu import BLEU  # here, because it takes a while to be loaded

    answers = [" ".join(words_of(one)) for one in written]
    spaced = [[" ".join(words_of(one)) for one in theirs] for theirs in told]
    references = [list(column) for column in zip_longest(*spaced)]  # None where one has no more
    return float(BLEU(tokenize="none", force=True).corpus_score(answers, references).score) / 100

"""Words of a caption: where the captioner's decoder looked for each (Xu et al. 2015, fig. 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from ..records import Caption, Heatmap, Row, Word, WordQuery


@dataclass(frozen=True)
class Part:
    """What a caption is shown as a row of: a word, one of its pieces, or one of its ends."""

    text: str
    places: tuple[int, ...]  # of its tokens in the caption
    probability: float | None  # None of the begin token, which nothing chose
    is_end: bool = False  # the begin or the end token, which are no words


def parts_of(caption: Caption, query: WordQuery) -> tuple[Part, ...]:
    """A caption as a row of parts, each of which has a map.

    Nothing chose the begin token: it is among them only for the rows that stand on tokens.
    """
    return tuple(_parts(caption, query))


def _parts(caption: Caption, query: WordQuery) -> Iterator[Part]:
    if query.with_ends and query.row == "stands":
        yield Part("begin", (0,), None, is_end=True)
    for word in caption.words:
        yield from _of_word(word, query.by_piece)
    if query.with_ends and caption.ended:
        yield Part("end", (len(caption.tokens) - 1,), _end_probability(caption), is_end=True)


def _of_word(word: Word, by_piece: bool) -> Iterator[Part]:
    if not by_piece or len(word.pieces) == 1:
        yield Part(word.text, tuple(word.places), word.probability)
        return
    for place, piece, probability in zip(word.places, word.pieces, word.probabilities, strict=True):
        yield Part(piece, (place,), probability)


def _end_probability(caption: Caption) -> float:
    scores = caption.scores[-1]
    powers = np.exp(scores - scores.max())
    return float(powers[caption.tokens[-1]] / powers.sum())


def parts_at(caption: Caption, query: WordQuery, places: Iterable[int]) -> tuple[Part, ...]:
    """The parts that any of these places belongs to, in the caption's order."""
    wanted = set(places)
    return tuple(part for part in parts_of(caption, query) if wanted & set(part.places))


def heatmap(
    caption: Caption, query: WordQuery, parts: tuple[Part, ...], shared_scale: bool = False
) -> Heatmap:
    """Where the captioner looked for some parts, at least one: the mean of their maps.

    In probability: a head's cells sum to 1 (with those of a class token, where there is one). The
    scale begins at 0 and ends at the map's own maximum, or, `shared_scale`, at the greatest of all
    parts, so that words can be compared.
    """
    values = np.stack(_maps(caption, query, parts)).mean(axis=0)
    high = _greatest(caption, query) if shared_scale else float(values.max())
    return Heatmap(values, 0.0, high, "attention", describe(caption, query, parts))


def _greatest(caption: Caption, query: WordQuery) -> float:
    """The greatest value of all parts' maps; kept, for it is asked at every word under a mouse."""
    known, asked = _known.setdefault(caption, {}), replace(query, places=())
    if asked not in known:
        maps = _maps(caption, query, parts_of(caption, query))
        known[asked] = max(float(each.max()) for each in maps)
    return known[asked]


_known: WeakKeyDictionary[Caption, dict[WordQuery, float]] = WeakKeyDictionary()


def _maps(caption: Caption, query: WordQuery, parts: tuple[Part, ...]) -> list[np.ndarray]:
    """The map of each part."""
    return [caption.heatmap_at(part.places, query.layer, query.head, query.row) for part in parts]


def describe(caption: Caption, query: WordQuery, parts: tuple[Part, ...]) -> str:
    """What a map is of: “umbrella · row that chose it · layer 6 · mean of heads”."""
    words = ", ".join(f"“{part.text}”" for part in parts)
    return f"{words} · {describe_query(caption, query, len(parts))}"


def describe_query(caption: Caption, query: WordQuery, count: int = 1) -> str:
    """Which of a word's maps is meant: “row that chose it · layer 6 · mean of heads”."""
    layers, heads = caption.maps.shape[1:3]
    layer, head = _which(query.layer, layers, "layer"), _which(query.head, heads, "head")
    return f"{describe_row(query.row, count)} · {layer} · {head}"


def _which(asked: int | str, count: int, thing: str) -> str:
    """One of a captioner's things, counted from 1, or how all are put together."""
    return f"{asked} of {thing}s" if isinstance(asked, str) else f"{thing} {asked % count + 1}"


def describe_row(row: Row, count: int = 1) -> str:
    """Which of a word's two rows of attention is meant, in words."""
    it = "it" if count == 1 else "them"
    return f"row that chose {it}" if row == "chose" else f"row that stands on {it}"

"""Words of a caption: parts, their maps, and the row that each map is read from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.explain.words import describe, heatmap, parts_at, parts_of
from explorer.records import Caption, Frame, Word, WordQuery


@pytest.fixture
def caption() -> Caption:
    """The words "a skateboard", of which the second word has two pieces; five rows of attention."""
    random = np.random.default_rng(0)
    maps = random.random((5, 3, 2, 4, 6)).astype(np.float32)
    return Caption(
        frame=Frame("squash", (60, 40), (40, 60), (0, 0, 60, 40), 4, 6),
        text="a skateboard",
        words=(
            Word("a", 1, ("a",), (0.5,)),
            Word("skateboard", 2, ("skate", "##board"), (0.4, 0.9)),
        ),
        tokens=(0, 4, 5, 6, 1),
        ended=True,
        given=0,
        maps=maps,
        scores=random.normal(size=(4, 8)).astype(np.float32),
        vocabulary=("[CLS]", "[SEP]", "x", "y", "a", "skate", "##board", "z"),
    )


def texts(caption: Caption, query: WordQuery) -> list[str]:
    return [part.text for part in parts_of(caption, query)]


def test_words_pieces_and_ends(caption: Caption):
    """Words by default; their pieces and the ends where they are asked for."""
    assert texts(caption, WordQuery()) == ["a", "skateboard"]
    assert texts(caption, WordQuery(by_piece=True)) == ["a", "skate", "##board"]
    assert texts(caption, WordQuery(with_ends=True)) == ["a", "skateboard", "end"]
    both = WordQuery(with_ends=True, row="stands")
    assert texts(caption, both) == ["begin", "a", "skateboard", "end"]


def test_probability_of_the_end(caption: Caption):
    """The end token's probability is what the last row of scores gives it."""
    end = parts_of(caption, WordQuery(with_ends=True))[-1]
    powers = np.exp(caption.scores[-1])
    assert end.probability == pytest.approx(powers[1] / powers.sum(), rel=1e-5)


def test_a_place_asks_for_its_word(caption: Caption):
    """Any piece's place finds the whole word, or, by piece, that piece alone."""
    assert [part.text for part in parts_at(caption, WordQuery(), [3])] == ["skateboard"]
    by_piece = WordQuery(by_piece=True)
    assert [part.text for part in parts_at(caption, by_piece, [3])] == ["##board"]
    assert parts_at(caption, WordQuery(), [4]) == ()


def test_maps_are_of_the_row_that_is_asked_for(caption: Caption):
    """The row that chose a token stands one before it: never off by one."""
    chose, stands = WordQuery(by_piece=True), WordQuery(by_piece=True, row="stands")
    for query, shift in ((chose, 1), (stands, 0)):
        for part in parts_of(caption, query):
            (place,) = part.places
            expected = caption.maps[place - shift, -1].mean(axis=0)
            np.testing.assert_allclose(heatmap(caption, query, (part,)).values, expected, rtol=1e-6)


def test_several_words_show_the_mean_of_their_maps(caption: Caption):
    """A word of two pieces counts as one word."""
    query = WordQuery(layer=0, head=1)
    a, skateboard = parts_of(caption, query)
    both = heatmap(caption, query, (a, skateboard)).values
    one, two = caption.maps[0, 0, 1], caption.maps[[1, 2], 0, 1].mean(axis=0)
    np.testing.assert_allclose(both, (one + two) / 2, rtol=1e-6)
    np.testing.assert_allclose(caption.heatmap([0, 1], 0, 1), both, rtol=1e-6)


def test_shared_scale_compares_all_words(caption: Caption):
    """On the shared scale every word's map ends at the greatest of all of them."""
    query = WordQuery()
    own = [heatmap(caption, query, (part,)).high for part in parts_of(caption, query)]
    shared = {heatmap(caption, query, (p,), True).high for p in parts_of(caption, query)}
    assert shared == {max(own)}
    assert len(set(own)) == 2


def test_the_shared_scale_is_of_what_is_asked(caption: Caption):
    """It follows layer, head, row and pieces, and is computed once for each."""
    for query in (
        WordQuery(),
        WordQuery(layer=0),
        WordQuery(head=1),
        WordQuery(row="stands"),
        WordQuery(by_piece=True, with_ends=True, row="stands"),
    ):
        parts = parts_of(caption, query)
        expected = max(heatmap(caption, query, (part,)).high for part in parts)
        for places in ((), parts[0].places):
            asked = replace(query, places=places)
            assert heatmap(caption, asked, parts[:1], shared_scale=True).high == expected


def test_described_in_words(caption: Caption):
    """A map says of which words, row, layer and head it is, counted from 1."""
    parts = parts_of(caption, WordQuery())
    said = describe(caption, WordQuery(), parts[1:])
    assert said == "“skateboard” · row that chose it · layer 3 · mean of heads"
    said = describe(caption, WordQuery(layer="maximum", head=0, row="stands"), parts)
    assert said == "“a”, “skateboard” · row that stands on them · maximum of layers · head 1"
    assert describe(caption, WordQuery(head=-1), parts).endswith("layer 3 · head 2")

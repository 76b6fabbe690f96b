"""The records say true things about themselves."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.records import (
    POOLING_HEAD,
    Caption,
    Frame,
    Grid,
    RecordedAttention,
    Trace,
    Word,
    combine_heads,
)

SIZES = st.floats(1, 5000)


def _trace(rows: int = 3, columns: int = 4, layers: int = 2, heads: int = 3) -> Trace:
    grid = Grid(rows, columns, ("class",))
    random = np.random.default_rng(5)

    def attention() -> RecordedAttention:
        q, k = random.normal(size=(2, heads, grid.tokens, 5)).astype(np.float32)
        return RecordedAttention(q, k, 0.4)

    return Trace(
        frame=Frame("squash", (40, 30), (30, 40), (0, 0, 40, 30), rows, columns),
        grid=grid,
        decision="class token",
        logits=np.zeros(2, np.float32),
        probability=np.full(2, 0.5, np.float32),
        layers=tuple(attention() for _ in range(layers)),
        pooling=None,
        patch_mean=None,
        token_norms=np.zeros((layers, grid.tokens), np.float32),
    )


@given(left=st.floats(-500, 500), top=st.floats(-500, 500), width=SIZES, height=SIZES)
def test_the_middle_of_a_patch_is_in_that_patch(
    left: float, top: float, width: float, height: float
) -> None:
    """`patch_rect` and `patch_at` agree for every patch of a non-square grid."""
    box = (left, top, left + width, top + height)
    frame = Frame("crop", (10, 10), (30, 50), box, rows=3, columns=5)
    for row in range(3):
        for column in range(5):
            x, y, w, h = frame.patch_rect(row, column)
            assert frame.patch_at(x + w / 2, y + h / 2) == (row, column)


@pytest.mark.parametrize("point", [(-0.01, 5), (5, -0.01), (50, 5), (5, 30), (1e9, 1e9)])
def test_outside_the_box_there_is_no_patch(point: tuple[float, float]) -> None:
    """Where the model saw nothing, no patch answers; not even just left of the first."""
    assert Frame("squash", (50, 30), (3, 5), (0, 0, 50, 30), 3, 5).patch_at(*point) is None


def test_rows_are_softmax_rows() -> None:
    """A row is softmax(scale · q kᵀ + bias) and sums to 1."""
    q, k = np.random.default_rng(0).normal(size=(2, 2, 6, 4)).astype(np.float32)
    bias = np.random.default_rng(1).normal(size=(1, 6, 6)).astype(np.float32)
    scores = np.einsum("hqd,hkd->hqk", q, k).astype(np.float64) * 0.5 + bias
    expected = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    recorded = RecordedAttention(q, k, 0.5, bias)
    for index in range(6):
        np.testing.assert_allclose(recorded.row(index), expected[:, index], atol=1e-6)


def test_asking_again_gives_the_same_and_another_query_another_answer() -> None:
    """The one remembered query never answers for another."""
    trace = _trace()
    first = trace.attention(query=(1, 2)).copy()
    assert not np.allclose(trace.attention(query=(2, 1)), first)
    np.testing.assert_array_equal(trace.attention(query=(1, 2)), first)


def test_heads_are_put_together_patch_by_patch() -> None:
    """Mean, minimum and maximum are taken over heads; None is the mean."""
    values = np.array([[1.0, 5.0], [3.0, 2.0]])
    assert (
        combine_heads(values, None).tolist() == combine_heads(values, "mean").tolist() == [2, 3.5]
    )
    assert combine_heads(values, "minimum").tolist() == [1, 2]
    assert combine_heads(values, "maximum").tolist() == [3, 5]
    assert combine_heads(values, -1).tolist() == [3, 2]


@pytest.mark.parametrize(
    "wish",
    [
        *({"layer": layer} for layer in (2, -3, None, 1.0, True, "0")),
        *({"head": head} for head in (3, "max", 1.5, True, np.ones(2))),
        *({"query": query} for query in ("register 1", POOLING_HEAD, (3, 0), (-1, 0))),
        *({"query": query} for query in (5, (1,), (1, 2, 3), (1.0, 2.0), ("a", "b"), np.eye(3))),
    ],
)
def test_what_is_not_there_is_refused_in_words(wish: dict[str, object]) -> None:
    """A layer, head, token or patch that the model lacks is an ExplorerError with a hint."""
    with pytest.raises(ExplorerError) as refused:
        _trace().attention(**wish)
    assert refused.value.hint


def test_a_patch_may_be_any_pair_of_whole_numbers() -> None:
    """A list, an array and numpy's own integers ask for the same patch as a tuple."""
    trace = _trace()
    expected = trace.attention(layer=0, head=1, query=(1, 2))
    for query in ([1, 2], np.array([1, 2]), (np.int64(1), np.uint8(2))):
        asked = trace.attention(layer=np.int64(0), head=np.int32(1), query=query)
        np.testing.assert_array_equal(asked, expected)
        np.testing.assert_array_equal(trace.maps(query)[0, 1], expected)
    with pytest.raises(ExplorerError):
        trace.attention_row(0, 0)


def test_the_hint_names_what_can_be_asked() -> None:
    """Also the queries that are no tokens of the grid."""
    trace = _trace()
    pooling = replace(trace, pooling=trace.layers[0], decision="pooling head")
    with pytest.raises(ExplorerError, match="“pooling head”, “class” or a patch"):
        pooling.attention(query="cls")
    pooled = replace(trace, patch_mean=trace.rows(), decision="mean of patches")
    with pytest.raises(ExplorerError, match="“mean of patches”, “class” or a patch"):
        pooled.attention(query=7)


def _caption(ended: bool = True) -> Caption:
    """“a skater.”: the second word has two pieces; 2 layers, 3 heads, 3 × 4 cells, 9 tokens."""
    random = np.random.default_rng(7)
    tokens = (7, 0, 1, 2, 3, *((8,) if ended else ()))
    return Caption(
        frame=Frame("squash", (40, 30), (30, 40), (0, 0, 40, 30), 3, 4),
        text="a skater.",
        words=(
            Word("a", 1, ("a",), (0.5,)),
            Word("skater", 2, ("skate", "##r"), (0.5, 0.2)),
            Word(".", 4, (".",), (1.0,)),
        ),
        tokens=tokens,
        end=8,
        ended=ended,
        given=0,
        maps=random.random((len(tokens), 2, 3, 3, 4), np.float32),
        scores=random.normal(size=(len(tokens) - 1, 9)).astype(np.float32),
        vocabulary=("a", "skate", "##r", ".", "e", "f", "g", "[CLS]", "[SEP]"),
    )


@pytest.mark.parametrize("ended", [True, False])
def test_begin_and_end_are_no_words(ended: bool):
    """Tokens, logits and attention of the words only, each beside the others."""
    caption = _caption(ended)
    assert caption.token_ids == (0, 1, 2, 3)
    assert len(caption.logits) == len(caption.attention) == 4
    assert caption.words[1].probability == pytest.approx(0.1)
    assert caption.nbytes == caption.maps.nbytes + caption.scores.nbytes


def test_a_words_map():
    """Mean of its pieces or one of them, by either row, of any layers and heads together."""
    caption = _caption()
    maps = caption.maps
    np.testing.assert_allclose(caption.heatmap(1), maps[1:3, -1].mean((0, 1)), rtol=1e-6)
    np.testing.assert_allclose(caption.heatmap(1, piece=1), maps[2, -1].mean(0), rtol=1e-6)
    stands = caption.heatmap(-1, layer=0, head=2, row="stands")
    np.testing.assert_array_equal(stands, maps[4, 0, 2])
    np.testing.assert_allclose(caption.heatmap(0, None), maps[0].mean((0, 1)), rtol=1e-6)
    strongest = caption.heatmap(0, "maximum", "maximum")
    np.testing.assert_array_equal(strongest, maps[0].max((0, 1)))
    several = caption.heatmap([0, 2], head=1)
    np.testing.assert_allclose(several, maps[[0, 3], -1, 1].mean(0), rtol=1e-6)
    np.testing.assert_array_equal(caption.heatmap("end", 0, 0), maps[4, 0, 0])
    np.testing.assert_array_equal(caption.heatmap("begin", 0, 0, "stands"), maps[0, 0, 0])


def test_what_else_might_have_been_said():
    """Alternatives come from what chose the piece; what stands before it is where to go on."""
    caption = _caption()
    found = caption.alternatives(1, count=9, piece=1)
    powers = np.exp(caption.scores[2])
    expected = np.sort(powers / powers.sum())[::-1]
    np.testing.assert_allclose([one.probability for one in found], expected, rtol=1e-5)
    assert found[0].token == caption.scores[2].argmax()
    assert found[0].text == caption.vocabulary[found[0].token]
    assert caption.before(1, piece=1) == (0, 1)
    assert caption.before("end") == caption.token_ids
    assert len(caption.alternatives("end", 3)) == 3


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ((3,), "There is no word 3"),
        ((True,), "There is no word True"),
        ((1.0,), "There is no word 1.0"),
        (([1.0],), "There is no word 1.0"),
        (([],), "no word to look at"),
        (([0, 9],), "There is no word 9"),
        (("middle",), "no token “middle”"),
        (("begin",), "Nothing chose the begin token"),
        ((0, 2), "There is no layer 2"),
        ((0, "median"), "There is no layer 'median'"),
        ((0, 0, 3), "There is no head 3"),
        ((0, 0, 0, "next"), "no row 'next'"),
        ((1, 0, 0, "chose", 2), "“skater” has no piece 2"),
    ],
)
def test_what_a_caption_has_not(asked: tuple, sentence: str):
    """It is told in words."""
    with pytest.raises(ExplorerError, match=sentence):
        _caption().heatmap(*asked)

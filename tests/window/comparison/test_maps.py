"""Two models' maps for one query: the same place, comparable scales, and everything said."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.explain.attention import heatmap
from explorer.records import Frame, ModelInfo, Query, Trace, Weights
from explorer.window.comparison.maps import compare
from explorer.window.state import Overlay, Second, State

SHARED = Overlay(shared_scale=True)


def frame(rows: int, columns: int, box=(0.0, 0.0, 240.0, 160.0)) -> Frame:
    return Frame("crop", (240, 160), (rows * 16, columns * 16), box, rows, columns)


@pytest.fixture
def of(make_model):
    """A state with these two traces: `of(first, second, …)`."""

    def info(trace: Trace) -> ModelInfo:
        layers, heads = len(trace.layers), len(trace.layers[0].q)
        return make_model(
            grid=trace.grid, layers=layers, heads=heads, decision=trace.decision, classes=10
        )

    def build(first: Trace, second: Trace, **state: object) -> State:
        other = Second(Weights("second"), info(second), trace=second)
        return State(trace=first, model=info(first), second=other, **state)

    return build


def test_nothing_is_compared_until_both_have_looked(of, make_trace):
    """One map alone has no difference."""
    whole = of(make_trace(), make_trace(seed=1))
    assert compare(whole, Query()) is not None
    assert compare(replace(whole, trace=None), Query()) is None
    assert compare(replace(whole, second=None), Query()) is None
    waiting = replace(whole.second, trace=None)
    assert compare(replace(whole, second=waiting), Query()) is None


def test_models_of_one_kind_are_compared_as_they_are(of, make_trace):
    """Both are asked the same, each on its own scale, and there is nothing to note."""
    first, second = make_trace(), make_trace(seed=1)
    query = Query(1, 2, (3, 4))
    made = compare(of(first, second), query)
    own = first.attention(1, 2, (3, 4)), second.attention(1, 2, (3, 4))
    np.testing.assert_array_equal(made.first.values, own[0])
    np.testing.assert_array_equal(made.second.values, own[1])
    np.testing.assert_array_equal(made.difference.heatmap.values, own[0] - own[1])
    assert (made.first.high, made.second.high) == (own[0].max(), own[1].max())
    assert made.second_query == query
    assert made.notes == ()


def test_what_the_second_has_not_is_replaced_and_said(of, make_trace):
    """Fewer layers, heads and tokens: the second shows what it has instead."""
    first = make_trace(layers=4, heads=3, prefix=("class", "register 1"))
    made = compare(of(first, make_trace(layers=2, heads=2)), Query(3, 2, "register 1"))
    assert made.second_query == Query(-1, "mean", None)
    assert made.notes == (
        "The second (2 layers × 2 heads) shows layer 2 · mean of heads · from class token.",
    )


def test_a_pooling_head_has_no_layers(of, make_trace):
    """Where the second decides by a pooling head, its own default query is shown."""
    pooling = make_trace(decision="pooling head", prefix=(), seed=2)
    made = compare(of(make_trace(), pooling), Query(1, 0))
    np.testing.assert_array_equal(made.second.values, pooling.attention(head=0))
    assert made.notes == ("The second (4 layers × 3 heads) shows head 1 · from pooling head.",)


def test_shared_scale_is_the_largest_of_both(of, make_trace):
    """It ends where either model's largest attention of any layer and head is."""
    first, second = make_trace(), make_trace(seed=1, hot=(2, 2))
    made = compare(of(first, second, overlay=SHARED), Query())
    largest = max(heatmap(trace, Query(), True).high for trace in (first, second))
    assert made.first.high == made.second.high == made.difference.heatmap.high == largest
    assert made.difference.heatmap.low == -largest


def test_larger_patches_hold_more_on_a_shared_scale(of, make_trace):
    """Equal attention per area has one colour in both maps."""
    second = make_trace(2, 3, frame=frame(2, 3))
    made = compare(of(make_trace(6, 9), second, overlay=SHARED), Query())
    assert made.second.high == pytest.approx(9 * made.first.high)
    assert made.difference.heatmap.high == made.first.high


@pytest.mark.parametrize(("framing", "advised"), [("crop", True), ("squash", False)])
def test_advises_a_framing_that_both_share(of, make_trace, framing, advised):
    """Where a crop hides part of the picture from one model, a framing that does not is named."""
    seen = replace(frame(6, 6, (60.0, 0.0, 180.0, 160.0)), framing=framing)
    first = make_trace(6, 9, frame=replace(frame(6, 9), framing="squash"))
    made = compare(of(first, make_trace(6, 6, frame=seen)), Query())
    assert ("Squash" in made.notes[-1]) == advised


def test_words_of_a_patch(of, make_trace):
    """Both numbers and their difference; a place that the second did not see says so."""
    first = make_trace(6, 9)
    right = make_trace(6, 3, frame=frame(6, 3, (160.0, 0.0, 240.0, 160.0)))
    made = compare(of(first, right), Query())
    values = made.first.values[2, 8], made.second.values[2, 2]
    told = made.describe((2, 8))
    assert told.startswith("row 3, column 9 · 0.0")
    for value in values:
        assert f"{value:.4f}" in told
    assert f"= {values[0] - values[1]:+.4f}".replace("-", "−") in told
    assert made.describe((2, 1)).endswith(", not seen by the second")

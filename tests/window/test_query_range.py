"""A query stays within what a model has, and keeps its meaning from model to model."""

from dataclasses import replace

import pytest

from explorer.records import DEFAULT_MODEL, MEAN_OF_PATCHES, POOLING_HEAD, Frame, Grid, Query
from explorer.window.query_range import QueryRange, carried_over
from explorer.window.state import Second, State

from .conftest import FAKE_INFO, squashed, synthetic_trace

GRID = Grid(14, 16, ("class", "register 1"))
RANGE = QueryRange(layers=12, heads=6, tokens=("class", "register 1"), grid=GRID)


@pytest.mark.parametrize(
    ("asked", "fitting"),
    [
        (Query(3, 2, (13, 15)), Query(3, 2, (13, 15))),
        (Query(-1, "maximum", "register 1"), Query(-1, "maximum", "register 1")),
        (Query(12, 2, None), Query(-1, 2, None)),
        (Query(-13, 6, (14, 0)), Query(-1, "mean", None)),
        (Query(0, 0, "distillation"), Query(0, 0, None)),
        (Query(0, 0, "mean of patches"), Query(0, 0, None)),
    ],
)
def test_fit(asked: Query, fitting: Query):
    """What there is not becomes the default; all else stays."""
    assert RANGE.fit(asked) == fitting


def test_a_single_layer_is_the_last():
    """A model of one layer has no other; only the pooling head keeps one for other queries."""
    assert QueryRange(1, 6, ("class",), GRID).fit(Query(3)) == Query(-1)


def test_last_layer_and_default_token_are_kept_as_such():
    """The last layer is the last of the next model, too; so is the token that decides."""
    assert RANGE.at_layer(Query(3), 11).layer == -1
    assert RANGE.at_layer(Query(3), 99).layer == -1
    assert RANGE.at_layer(Query(3), -5).layer == 0
    assert RANGE.layer(Query(-1)) == 11
    assert RANGE.at_token(Query(token=(1, 1)), "class").token is None
    assert RANGE.token(Query()) == "class"


def test_steps_through_heads():
    """Steps lead from all heads together to single ones, and stop at the ends."""
    assert RANGE.at_next_head(Query(), 1).head == 0
    assert RANGE.at_next_head(Query(), -1).head == 5
    assert RANGE.at_next_head(Query(head=5), 1).head == 5
    assert RANGE.at_next_head(Query(head=0), -1).head == 0


def test_pooling_head_has_one_layer(make_trace):
    """The pooling head attends once; from a patch there are all layers again."""
    trace = make_trace(decision="pooling head", prefix=())
    assert QueryRange.of_trace(trace, Query()).layers == 1
    assert QueryRange.of_trace(trace, Query()).tokens == (POOLING_HEAD,)
    assert QueryRange.of_trace(trace, Query(3)).fit(Query(3)) == Query(3)
    assert QueryRange.of_trace(trace, Query(token=(0, 0))).layers == 4


@pytest.mark.parametrize("decision", ["class token", "mean of patches"])
def test_model_and_its_trace_agree(make_trace, make_model, decision: str):
    """What a model promises is what its traces hold."""
    trace = make_trace(6, 9, decision=decision)
    model = make_model(decision=decision)
    assert QueryRange.of_model(model) == QueryRange.of_trace(trace, Query())
    assert (QueryRange.of_model(model).tokens[0] == MEAN_OF_PATCHES) == (decision != "class token")


def test_named_tokens_are_carried_over():
    """A prefix token stays where the other model has it; the rest of the query is fitted."""
    here, there = State(model=FAKE_INFO), Second(DEFAULT_MODEL, model=FAKE_INFO)
    assert carried_over(Query(9, 1, "class"), here, there) == Query(-1, 1, "class")
    assert carried_over(Query(1, "mean", "register 1"), here, there) == Query(1, "mean", None)
    assert carried_over(Query(9, 9, (1, 1)), here, Second(DEFAULT_MODEL)) == Query(9, 9, (1, 1))


def test_patches_are_carried_over():
    """A patch becomes the other's over the same place; the default, where the other crops it."""
    size = 240, 160
    crop = Frame("crop", size, (160, 160), (40.0, 0.0, 200.0, 160.0), 4, 4)
    traces = [synthetic_trace(4, 6, 1, 1, frame=squashed(size, 4, 6))]
    traces.append(synthetic_trace(4, 4, 1, 1, frame=crop))
    models = [replace(FAKE_INFO, grid=trace.grid) for trace in traces]
    here = State(model=models[0], trace=traces[0])
    there = Second(DEFAULT_MODEL, model=models[1], trace=traces[1])
    assert carried_over(Query(2, 1, (1, 0)), here, there) == Query(2, 1, None)
    assert carried_over(Query(2, 1, (1, 1)), here, there) == Query(2, 1, (1, 0))

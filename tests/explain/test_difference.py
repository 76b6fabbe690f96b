"""The difference of two maps: shares of attention stay shares, whatever both grids are."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.explain.difference import Difference, difference, resample
from explorer.records import Frame, Heatmap

SIZE = (480, 320)  # of the picture
WHOLE = (0.0, 0.0, 480.0, 320.0)

unhurried = settings(deadline=None)  # other programs may keep the machine busy
sides = st.integers(1, 30)
seeds = st.integers(0, 99)


def frame(rows: int, columns: int, box=WHOLE) -> Frame:
    return Frame("crop", SIZE, (rows * 16, columns * 16), box, rows, columns)


@st.composite
def boxes(draw) -> tuple[float, float, float, float]:
    """Regions in the picture, across its edge, or beside it."""
    left, top = (draw(st.floats(-200, 400)) for _ in range(2))
    return left, top, left + draw(st.floats(20, 600)), top + draw(st.floats(20, 600))


frames = st.builds(frame, sides, sides, boxes())


def attention(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Shares that sum to 1."""
    values = np.random.default_rng(seed).random((rows, columns)).astype(np.float32) ** 3
    return values / values.sum()


def heatmap(values: np.ndarray) -> Heatmap:
    return Heatmap(values, 0.0, float(values.max()), "attention", "layer 12")


def compare(first: np.ndarray, second: np.ndarray, boxes=(WHOLE, WHOLE), **more) -> Difference:
    seen = [frame(*values.shape, box) for values, box in zip((first, second), boxes, strict=True)]
    return difference(heatmap(first), heatmap(second), *seen, **more)


def uniform(rows: int, columns: int) -> np.ndarray:
    return np.full((rows, columns), 1 / (rows * columns), np.float32)


# The difference


def test_of_one_grid_it_is_the_plain_difference():
    """Nothing is resampled where nothing need be; the scale is as far below 0 as above."""
    first, second = attention(3, 4, 0), attention(3, 4, 1)
    made = compare(first, second)
    np.testing.assert_array_equal(made.heatmap.values, first - second)
    assert made.second is second
    assert made.heatmap.high == -made.heatmap.low == np.abs(first - second).max()
    assert made.heatmap.diverging
    assert made.heatmap.title == "layer 12 · first − second"
    assert made.note == ""


def test_scale_may_be_given():
    """A scale that several maps share is kept."""
    made = compare(attention(3, 4, 0), attention(3, 4, 1), most=0.5)
    assert (made.heatmap.low, made.heatmap.high) == (-0.5, 0.5)


@unhurried
@given(sides, sides, sides, sides)
def test_uniform_maps_do_not_differ(rows, columns, other_rows, other_columns):
    """Patches of another size hold more or less attention; that is no difference."""
    made = compare(uniform(rows, columns), uniform(other_rows, other_columns))
    np.testing.assert_allclose(made.heatmap.values, 0, atol=1e-6)


@unhurried
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), st.integers(1, 4), seeds)
def test_finer_patches_are_summed(rows, columns, down, across, seed):
    """Where a grid is a multiple of the other, a coarse patch gets exactly what lies in it."""
    fine = attention(rows * down, columns * across, seed)
    coarse = fine.reshape(rows, down, columns, across).sum(axis=(1, 3))
    given_to, seen = resample(fine, frame(*fine.shape), frame(rows, columns))
    np.testing.assert_allclose(given_to, coarse, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(seen, 1)


@unhurried
@given(frames, frames, seeds)
def test_no_attention_is_made_up(own, to, seed):
    """What is given away is what lies in the common region: never more, never less than nothing."""
    values = attention(own.rows, own.columns, seed)
    given_to, seen = resample(values, own, to)
    assert (given_to.shape, given_to.dtype) == ((to.rows, to.columns), np.float32)
    assert given_to.min() >= 0
    assert given_to.sum() <= 1 + 1e-5
    assert ((seen >= 0) & (seen <= 1)).all()
    assert not given_to[seen == 0].any()
    _, kept = resample(seen, to, own)  # how much of each patch lies in the other region
    assert given_to.sum() == pytest.approx((values * kept).sum(), abs=1e-5)


@unhurried
@given(frames, frames)
def test_seen_is_the_common_area(own, to):
    """The shares of the patches add up to the area that both regions have in common."""
    _, seen = resample(uniform(own.rows, own.columns), own, to)
    sides = [
        max(0.0, min(own.box[i + 2], to.box[i + 2]) - max(own.box[i], to.box[i])) for i in (0, 1)
    ]
    area = (to.box[2] - to.box[0]) * (to.box[3] - to.box[1])
    assert seen.mean() == pytest.approx(math.prod(sides) / area, abs=1e-5)


def test_attention_stays_in_its_place():
    """One patch that is looked at gives to those under it, and to no others."""
    hot = np.zeros((2, 2), np.float32)
    hot[1, 0] = 1
    given_to, _ = resample(hot, frame(2, 2), frame(6, 3))
    expected = np.zeros((6, 3))
    expected[3:, 0], expected[3:, 1] = 2 / 9, 1 / 9  # the middle column is half under it
    np.testing.assert_allclose(given_to, expected, atol=1e-6)


def test_what_one_did_not_see_counts_as_nothing():
    """A model that crops attends to nothing outside its crop, and the note says so."""
    middle = (120.0, 0.0, 360.0, 320.0)
    made = compare(uniform(4, 8), uniform(4, 4), (WHOLE, middle))
    np.testing.assert_allclose(made.heatmap.values[:, [0, 1, 6, 7]], 1 / 32)
    np.testing.assert_allclose(made.heatmap.values[:, 2:6], 1 / 32 - 1 / 16)
    assert made.note == (
        "The second’s 4 × 4 map was resampled to 4 × 8. "
        "The second did not see 50 % of what the first saw: 0 there."
    )
    turned = compare(uniform(4, 4), uniform(4, 8), (middle, WHOLE))
    assert turned.second.sum() == pytest.approx(0.5)
    assert turned.note == (
        "The second’s 4 × 8 map was resampled to 4 × 4. "
        "50 % of its attention lies beyond what the first saw and is left out."
    )


def test_only_one_picture_is_compared():
    """Maps of two pictures have no common places."""
    other = Frame("squash", (100, 100), (32, 32), (0, 0, 100, 100), 2, 2)
    maps = [heatmap(uniform(2, 2))] * 2
    with pytest.raises(ExplorerError, match="two different pictures"):
        difference(*maps, frame(2, 2), other)


# How far two maps agree


@unhurried
@given(sides, sides, seeds)
def test_a_map_agrees_with_itself(rows, columns, seed):
    """Nothing differs, whatever the map; one that has a shape is correlated with itself."""
    assume(rows * columns > 1)
    values = attention(rows, columns, seed)
    made = compare(values, values.copy())
    assert made.correlation == pytest.approx(1)
    assert made.divergence == pytest.approx(0, abs=1e-9)
    assert made.heatmap.high == 0


@unhurried
@given(sides, sides, seeds, seeds)
def test_agreement_has_no_direction(rows, columns, seed, other_seed):
    """Both numbers are the same from either side, and within their bounds."""
    assume(rows * columns > 1)
    first, second = attention(rows, columns, seed), attention(rows, columns, other_seed)
    made, turned = compare(first, second), compare(second, first)
    assert made.correlation == pytest.approx(turned.correlation)
    assert made.divergence == pytest.approx(turned.divergence)
    assert -1 <= made.correlation <= 1
    assert 0 <= made.divergence <= 1


def test_agreement_is_what_the_formulas_say():
    """Pearson's r as numpy computes it; the divergence of two coins, by hand."""
    first, second = attention(5, 6, 0), attention(5, 6, 1)
    expected = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    assert compare(first, second).correlation == pytest.approx(expected)
    coins = [np.array([[0.5, 0.5]], np.float32), np.array([[1.0, 0.0]], np.float32)]
    by_hand = (0.5 * math.log2(0.5 / 0.75) + 0.5 * math.log2(0.5 / 0.25) + math.log2(1 / 0.75)) / 2
    assert compare(*coins).divergence == pytest.approx(by_hand)


def test_opposite_maps_do_not_agree():
    """Maps that share no patch are one bit apart; a falling and a rising map are at −1."""
    left, right = np.eye(2, dtype=np.float32)[:, None]
    assert compare(left, right).divergence == pytest.approx(1)
    assert compare(left, right).correlation == pytest.approx(-1)


def test_sums_do_not_count():
    """How much attention goes to the prefix tokens instead is no disagreement about the place."""
    values = attention(4, 5)
    made = compare(values, values / 7)
    assert made.correlation == pytest.approx(1)
    assert made.divergence == pytest.approx(0, abs=1e-9)


def test_only_what_both_saw_is_compared():
    """A crop agrees with the whole map wherever it looked."""
    whole = attention(4, 8)
    crop = whole[:, 2:6] * 2
    made = compare(whole, crop, (WHOLE, (120.0, 0.0, 360.0, 320.0)))
    assert made.correlation == pytest.approx(1, abs=1e-5)
    assert made.divergence == pytest.approx(0, abs=1e-9)


def test_agreement_that_means_nothing_is_none():
    """A flat map is correlated with nothing; models that saw nothing in common share no map."""
    assert compare(uniform(3, 3), attention(3, 3)).correlation is None
    apart = compare(attention(3, 3), attention(3, 3), (WHOLE, (480.0, 0.0, 960.0, 320.0)))
    assert apart.correlation is None
    assert apart.divergence is None

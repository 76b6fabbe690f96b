"""Two models' positions: the same place, whatever their grids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.explain.position_change import change, patch_beside, resampled
from explorer.explain.position_fields import OffsetField, SimilarityField
from explorer.images.sines import sine_table

SIDES = st.integers(1, 40)


def field(rows: int, columns: int, seed: int = 0) -> SimilarityField:
    vectors = np.random.default_rng(seed).standard_normal((rows, columns, 8), np.float32)
    return SimilarityField(vectors)


def test_one_grid_is_taken_as_it_is():
    """Both maps are the fields' own, their difference is exact, and there is nothing to tell."""
    first, second = field(3, 5), field(3, 5, seed=1)
    both = change(first, second, (2, 4))
    assert (both.first == first.map_from((2, 4))).all()
    assert (both.second == second.map_from((2, 4))).all()
    assert (both.difference == both.first - both.second).all()
    assert both.note == ""


def test_a_model_does_not_differ_from_itself():
    """The difference is 0 everywhere."""
    assert not change(field(4, 4), field(4, 4), (1, 2)).difference.any()


def test_other_grids_are_resampled_and_say_so():
    """The second's map comes to the first's grid, from the patch at the same place."""
    smooth = [SimilarityField(sine_table(rows, columns)) for rows, columns in ((4, 6), (8, 12))]
    both = change(*smooth, (3, 1))
    assert both.second.shape == (4, 6)
    assert "8 × 12" in both.note
    assert "4 × 6" in both.note
    assert both.second[3, 1] == both.second.max()  # the place is where the patch is like itself


def test_what_is_not_alike_is_not_compared():
    """A cosine less a bias would mean nothing."""
    bias = OffsetField(np.ones((7, 7), np.float32), "bias", (-1.0, 1.0))
    with pytest.raises(ExplorerError, match="cosine"):
        change(field(4, 4), bias, (0, 0))


@given(rows=SIDES, columns=SIDES, data=st.data())
def test_patches_keep_their_place(rows: int, columns: int, data: st.DataObject):
    """On the same grid a patch is itself; on one twice as fine, and back, too."""
    patch = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    grid, finer = (rows, columns), (2 * rows, 2 * columns)
    assert patch_beside(patch, grid, grid) == patch
    assert patch_beside(patch_beside(patch, grid, finer), finer, grid) == patch


@given(rows=SIDES, columns=SIDES, to_rows=SIDES, to_columns=SIDES)
def test_resampling_invents_nothing(rows: int, columns: int, to_rows: int, to_columns: int):
    """No value leaves the range; even a slope stays one; a map on its own grid stays itself."""
    values = np.random.default_rng(0).standard_normal((rows, columns)).astype(np.float32)
    there = resampled(values, to_rows, to_columns)
    assert there.shape == (to_rows, to_columns)
    assert there.dtype == np.float32
    assert there.min() >= values.min() - 1e-6
    assert there.max() <= values.max() + 1e-6
    np.testing.assert_allclose(resampled(values, rows, columns), values, atol=1e-6)


def test_resampling_is_linear_between_middles():
    """Twice as fine, a step of 4 becomes quarters of it; the outer halves are constant."""
    np.testing.assert_allclose(
        resampled(np.float32([[0, 4]]), 2, 4), np.float32([[0, 1, 3, 4], [0, 1, 3, 4]])
    )

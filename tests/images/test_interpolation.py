"""Smooth maps show what is there: no peak, ring or shift that is not in the values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from explorer.images.interpolation import interpolated

FACTOR = 8
MAPS = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.floats(0, 1, width=32),
)


@given(values=MAPS)
def test_no_value_is_invented(values: np.ndarray):
    """Every sample lies between the values of the four patches around it."""
    smooth = interpolated(values, FACTOR)
    padded = np.pad(values, 1, mode="edge")
    for row in range(smooth.shape[0]):
        for column in range(0, smooth.shape[1], 3):
            r, c = (row + FACTOR // 2) // FACTOR, (column + FACTOR // 2) // FACTOR
            around = padded[r : r + 2, c : c + 2]
            assert around.min() - 1e-5 <= smooth[row, column] <= around.max() + 1e-5


def test_middles_keep_their_values():
    """In the middle of each patch the map has that patch's value, on a grid that is not square."""
    values = np.random.default_rng(3).random((5, 7), dtype=np.float32)
    smooth = interpolated(values, 256)
    assert smooth.shape == (5 * 256, 7 * 256)
    np.testing.assert_allclose(smooth[128::256, 128::256], values, atol=2e-3)


def test_borders_are_constant():
    """Beyond the outermost middles nothing is extrapolated."""
    values = np.random.default_rng(3).random((4, 6), dtype=np.float32)
    smooth = interpolated(values, FACTOR)
    assert (smooth[: FACTOR // 2] == smooth[0]).all()
    assert (smooth[:, -FACTOR // 2 :] == smooth[:, -1:]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (2, 1), (2, 2)])
def test_smallest_grids(shape: tuple[int, int]):
    """A grid of one or two rows is a map, too."""
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    smooth = interpolated(values, FACTOR)
    assert smooth.shape == (shape[0] * FACTOR, shape[1] * FACTOR)
    assert smooth[0, 0] == values[0, 0]
    assert smooth[-1, -1] == values[-1, -1]


def test_mirrored_maps_are_mirrored():
    """No side is preferred: the mirrored map gives the mirrored picture."""
    values = np.random.default_rng(4).random((6, 5), dtype=np.float32)
    smooth = interpolated(values, FACTOR)
    mirrored = interpolated(np.ascontiguousarray(values[::-1, ::-1]), FACTOR)
    np.testing.assert_allclose(mirrored[::-1, ::-1], smooth, atol=1e-6)

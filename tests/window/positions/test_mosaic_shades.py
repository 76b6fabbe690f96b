"""Shades of all maps: the right scale, within bounds, stopped when nobody waits."""

import numpy as np
import pytest

from explorer.errors import Cancelled
from explorer.explain.position_fields import OffsetField, SimilarityField
from explorer.images.colormaps import shades
from explorer.window.positions.mosaic_shades import averaged, shade_maps


@pytest.fixture
def field() -> SimilarityField:
    vectors = np.random.default_rng(0).standard_normal((4, 6, 8), np.float32)
    return SimilarityField(vectors)


def test_absolute_scale_is_that_of_the_map(field):
    """Each value has the shade that the large map gives it."""
    assert (shade_maps(field, own_scale=False) == shades(field.maps(), -1.0, 1.0)).all()


def test_own_scale_spans_each_map(field):
    """From the least of each map to its most."""
    kept = shade_maps(field, own_scale=True)
    assert (kept.min(axis=(2, 3)) == 0).all()
    assert (kept.max(axis=(2, 3)) == 255).all()


def test_a_bias_keeps_its_zero_in_the_middle():
    """On both scales 0 has the middle shade; signs are on their sides."""
    offsets = np.zeros((7, 7), np.float32)
    offsets[3, 4], offsets[3, 2] = 2.0, -0.5  # to the right neighbour, and to the left
    bias = OffsetField(offsets, "bias", (-4.0, 4.0))
    for own, right, left in ((False, 128 + 64, 112), (True, 255, 96)):
        kept = shade_maps(bias, own)[2, 2]
        assert kept[0, 0] == 128
        assert kept[2, 3] == pytest.approx(right, abs=1)
        assert kept[2, 1] == pytest.approx(left, abs=1)


def test_flat_maps():
    """Where all values are one, there is one shade and no warning."""
    flat = SimilarityField(np.ones((3, 3, 2), np.float32))
    assert len(np.unique(shade_maps(flat, own_scale=True))) == 1


def test_bounded_memory(field):
    """Of too many maps, neighbours share their mean; every patch still has its map."""
    whole = shade_maps(field, own_scale=False)
    small = shade_maps(field, own_scale=False, at_most=200)
    assert small.shape == (4, 6, 2, 3)
    assert small.nbytes <= 200
    blocks = whole.reshape(4, 6, 2, 2, 3, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(small, blocks, atol=1.5)


def test_means_of_uneven_shares():
    """Each patch counts once, in the pixel that it falls on; fewer patches stay as they are."""
    line = np.uint8([10, 20, 30, 40, 50]).reshape(1, 1, 1, 5)
    assert averaged(line, 1, 2).ravel().tolist() == [15, 40]
    assert (averaged(line, 4, 9) == line).all()


def test_large_means_do_not_overflow():
    """A hundred of the highest shade are the highest shade."""
    high = np.full((1, 1, 100, 100), 255, np.uint8)
    assert (averaged(high, 1, 1) == 255).all()


def test_stops_when_nobody_waits(field):
    """Between two rows it asks."""
    with pytest.raises(Cancelled):
        shade_maps(field, own_scale=False, should_stop=lambda: True)

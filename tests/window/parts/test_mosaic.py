"""Many small maps as one image: each patch in its place, no peak lost."""

import numpy as np
import pytest

from explorer.window.parts.argb import packed
from explorer.window.parts.mosaic import color_indices, mosaic

COLORS = packed(np.stack([np.arange(256)] * 3, axis=-1).astype(np.uint8))  # greys: index = level
LEVEL = 0xFF


def levels(pixels: np.ndarray) -> np.ndarray:
    """The grey levels of opaque pixels; -1 where an image is transparent."""
    return np.where(pixels >> 24 == LEVEL, (pixels & LEVEL).astype(int), -1)


def test_own_scale_reaches_the_top_in_every_map():
    """Each map from 0 to its own maximum."""
    maps = np.random.default_rng(0).random((3, 2, 4, 5), dtype=np.float32)
    maps *= np.float32([1, 10, 1000])[:, None, None, None]
    indices = color_indices(maps, shared_scale=False)
    assert (indices.max(axis=(2, 3)) == 255).all()


def test_shared_scale_keeps_maps_comparable():
    """Values, not maps, decide the colour: a tenth of the peak is a tenth of the colours."""
    maps = np.zeros((1, 2, 2, 2), np.float32)
    maps[0, 0, 0, 0], maps[0, 1, 1, 1] = 1.0, 0.1
    indices = color_indices(maps, shared_scale=True)
    assert indices[0, 0, 0, 0] == 255
    assert indices[0, 1, 1, 1] == 26  # 25.5, rounded


@pytest.mark.parametrize("shared_scale", [False, True])
@pytest.mark.parametrize("odd", [0.0, np.nan, np.inf, -1.0])
def test_odd_values(odd, shared_scale):
    """Empty maps, and numbers that are none, count as zero; nothing warns."""
    maps = np.full((1, 2, 2, 2), odd, np.float32)
    maps[0, 1, 0, 0] = 0.5
    indices = color_indices(maps, shared_scale)
    assert (indices[0, 0] == 0).all()
    assert indices[0, 1, 0, 0] == 255


def test_each_patch_in_its_place():
    """Magnified, every patch is a block of its own colour; the gaps are transparent."""
    indices = np.random.default_rng(1).integers(0, 256, (2, 3, 4, 5), dtype=np.uint8)
    image = levels(mosaic(indices, COLORS, (8, 15), gap=2))
    assert image.shape == (2 * 10, 3 * 17)
    for row, column in np.ndindex(2, 3):
        cell = image[row * 10 : row * 10 + 8, column * 17 : column * 17 + 15]
        assert (cell == indices[row, column].repeat(2, axis=0).repeat(3, axis=1)).all()
    assert (image[8:10] == -1).all()
    assert (image[:, 15:17] == -1).all()


def test_uneven_magnification_keeps_order():
    """Where patches do not divide the pixels, no patch is missing and none is out of order."""
    indices = np.arange(7, dtype=np.uint8)[None, None, None].repeat(7, axis=2)
    line = levels(mosaic(indices, COLORS, (9, 10), gap=1))[0, :10]
    assert (np.diff(line) >= 0).all()
    assert set(line) == set(range(7))


@pytest.mark.parametrize("size", [(5, 5), (5, 24), (24, 5), (1, 1)])
def test_no_peak_is_lost(size):
    """A single hot patch is seen however small its map is painted."""
    for row, column in ((0, 0), (11, 13), (23, 23)):
        indices = np.zeros((1, 1, 24, 24), np.uint8)
        indices[0, 0, row, column] = 200
        assert levels(mosaic(indices, COLORS, size, gap=1)).max() == 200

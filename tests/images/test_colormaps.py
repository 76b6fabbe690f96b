"""What the colour maps promise."""

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.images import colormaps

# How eyes that lack one kind of cone see linear RGB (Machado et al. 2009, severity 1).
COLOUR_BLIND = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def _linear(colours: np.ndarray) -> np.ndarray:
    srgb = colours / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _cie(shares: np.ndarray) -> np.ndarray:
    """CIE's f of X, Y, Z as shares of white."""
    return np.where(shares > 0.008856, np.cbrt(shares), 7.787 * shares + 16 / 116)


def _lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*, a*, b* of linear RGB (…, 3)."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.moveaxis(_cie(linear @ to_xyz.T / to_xyz.sum(axis=1)), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _lightness(colours: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours (…, 3)."""
    return _lab(_linear(colours))[..., 0]


@pytest.mark.parametrize("name", colormaps.NAMES)
def test_a_higher_value_is_never_darker(name: str) -> None:
    """Every map grows lighter from end to end, so that it is also read without colours."""
    lightness = _lightness(colormaps.table(name))
    assert lightness.shape == (256,)
    assert lightness[-1] - lightness[0] > 60
    assert np.diff(lightness).min() > -0.3  # a level of eight bits is as coarse as this


@pytest.mark.parametrize("name", colormaps.DIVERGING)
def test_a_diverging_map_leaves_its_middle_alike_on_both_sides(name: str) -> None:
    """From the middle to each end lightness goes one way, about equally far."""
    lightness = _lightness(colormaps.table(name))
    below, above = lightness[127::-1], lightness[128:]
    steps = np.diff([below, above], axis=1)
    steps *= np.sign(below[-1] - below[0])
    assert steps.min() > -0.5  # a level of eight bits is as coarse as this
    assert steps.sum(axis=1).min() > 40
    assert abs(below[0] - above[0]) < 1
    assert np.abs(below - above).max() < 12


@pytest.mark.parametrize("eyes", COLOUR_BLIND)
@pytest.mark.parametrize("name", colormaps.DIVERGING)
def test_colour_blind_eyes_tell_both_signs(name: str, eyes: str) -> None:
    """Equal values of both signs look different to who lacks any kind of cone."""
    seen = _lab((_linear(colormaps.table(name)) @ np.transpose(COLOUR_BLIND[eyes])).clip(0, 1))
    distance = np.linalg.norm(seen[::-1] - seen, axis=-1)[:128]  # of the ends first
    assert distance[:96].min() > 10  # from a quarter of the scale; 2 can be told apart
    assert distance[:64].min() > 20


def test_signed_values_take_the_colours_of_their_place() -> None:
    """Nothing is in the middle, and so is what is no number; ends and beyond are the ends."""
    values = np.array([-9, -2, -1e-9, 0, np.nan, 2, 9], np.float32)
    assert colormaps.signed_shades(values, 2.0).tolist() == [0, 0, 128, 128, 128, 255, 255]
    assert colormaps.signed_shades(values, 0.0)[[3, 5]].tolist() == [128, 128]
    halves = colormaps.signed_shades(np.array([-1.0, 1.0]), 2.0)
    assert halves.dtype == np.uint8
    assert halves.tolist() == [64, 191]


def test_values_take_the_colours_of_their_place_on_the_scale() -> None:
    """Ends, middle and what lies outside: each gets the colour it should."""
    table = colormaps.table("viridis")
    values = np.array([[-5.0, 1.0, 2.0], [3.0, 99.0, np.nan]])
    colours = colormaps.colorize(values, 1.0, 3.0, "viridis")
    assert colours.dtype == np.uint8
    assert colours.shape == (2, 3, 3)
    np.testing.assert_array_equal(colours, table[[[0, 0, 128], [255, 255, 0]]])


def test_an_empty_scale_is_one_colour() -> None:
    """A map whose values are all the same is drawn, not divided by zero."""
    colours = colormaps.colorize(np.full((2, 2), 7, np.float32), 7, 7, "magma")
    np.testing.assert_array_equal(colours, np.broadcast_to(colormaps.table("magma")[0], (2, 2, 3)))


def test_a_table_cannot_be_changed_by_who_looks_at_it() -> None:
    """Tables are shared: writing to one raises."""
    with pytest.raises(ValueError, match="read-only"):
        colormaps.table("grey")[0] = 1


def test_an_unknown_map_says_which_there_are() -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(ExplorerError, match="no colour map “jet”") as caught:
        colormaps.table("jet")
    assert "inferno" in caught.value.hint

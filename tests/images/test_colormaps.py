"""What the colour maps promise."""

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.images import colormaps


def _lightness(colours: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours (…, 3)."""
    srgb = colours / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


@pytest.mark.parametrize("name", colormaps.NAMES)
def test_a_higher_value_is_never_darker(name: str) -> None:
    """Every map grows lighter from end to end, so that it is also read without colours."""
    lightness = _lightness(colormaps.table(name))
    assert lightness.shape == (256,)
    assert lightness[-1] - lightness[0] > 60
    assert np.diff(lightness).min() > -0.3  # a level of eight bits is as coarse as this


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

"""The overlay's colours are those of the colour map, as far as they are not see-through."""

import numpy as np
import pytest

from explorer.images.colormaps import NAMES, table
from explorer.window.picture.heat_layer import inks


def channels(argb: np.ndarray) -> np.ndarray:
    """Premultiplied ARGB as int (256, 4): alpha, red, green, blue."""
    return np.stack([argb >> shift & 255 for shift in (24, 16, 8, 0)], axis=-1).astype(int)


@pytest.mark.parametrize("name", NAMES)
def test_full_opacity_is_the_colour_map(name: str):
    """At full opacity every colour is the map's own: the colour bar can be read off the picture."""
    alpha, *colors = channels(inks(name, 1.0)).T
    assert (alpha == 255).all()
    assert (np.stack(colors, axis=-1) == table(name)).all()


@pytest.mark.parametrize("opacity", [0.1, 0.65, 0.9])
def test_low_values_let_the_picture_through(opacity: float):
    """The highest value is as opaque as chosen; lower ones never more than higher ones."""
    ink = channels(inks("inferno", opacity))
    assert ink[-1, 0] == round(opacity * 255)
    assert (np.diff(ink[:, 0]) >= 0).all()
    assert (ink[:, 1:] <= ink[:, :1]).all()  # as premultiplied colours must be
    straight = ink[:, 1:] / ink[:, :1].clip(1) * 255
    assert np.abs(straight - table("inferno"))[-64:].max() <= 3 / opacity  # of 8 bits


def test_no_opacity_paints_nothing():
    """At zero the picture is as it was."""
    assert (inks("viridis", 0.0) == 0).all()

"""The overlay's colours are those of the colour map, as far as they are not see-through."""

import numpy as np
import pytest

from explorer.images.colormaps import DIVERGING, NAMES, table
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


@pytest.mark.parametrize("opacity", [0.3, 0.65, 1.0])
@pytest.mark.parametrize("name", DIVERGING)
def test_both_signs_are_alike_and_nothing_is_clear(name: str, opacity: float):
    """The further a value is from 0, the less of the picture shows; at 0 all of it does."""
    ink = channels(inks(name, opacity))
    alpha = ink[:, 0]
    assert alpha[127] == alpha[128] == 0
    assert (ink[127:129] == 0).all()
    assert alpha[0] == alpha[255] == round(opacity * 255)
    assert (np.diff(alpha[128:]) >= 0).all()
    assert (alpha == alpha[::-1]).all()
    straight = ink[[0, -1], 1:] / ink[[0, -1], :1] * 255
    assert np.abs(straight - table(name)[[0, -1]]).max() <= 2 / opacity  # of 8 bits

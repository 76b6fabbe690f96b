"""Smaller versions of a picture are made once, however many views show it."""

import weakref

import numpy as np

from explorer.records import Picture
from explorer.window.picture.backdrop import pyramid_of


def test_one_pyramid_for_all_who_show_a_picture():
    """Who shows the same picture shares its levels; when nobody does, they and it are gone."""
    picture = Picture(None, np.zeros((64, 96, 3), np.uint8), (96, 64))
    shown = pyramid_of(picture)
    assert shown.level(0.25) is pyramid_of(picture).level(0.25)
    assert shown.level(0.25).size().toTuple() == (24, 16)
    forgotten = weakref.ref(picture)
    del shown, picture
    assert forgotten() is None

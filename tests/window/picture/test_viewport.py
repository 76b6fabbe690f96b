"""Zoom and pan keep what is under the mouse, and never lose the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.records import Frame
from explorer.window.picture.viewport import Viewport

SIDES = st.integers(1, 5000)
VIEWS = st.tuples(st.integers(160, 3000), st.integers(120, 2000))


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    """A view of a picture after some zooming and panning."""
    picture = draw(SIDES), draw(SIDES)
    viewport = Viewport().showing((0, 0, *picture)).resized(*draw(VIEWS), margin=5)
    for factor in draw(st.lists(st.floats(0.3, 4), max_size=4)):
        viewport = viewport.zoomed(factor, (draw(st.floats(0, 160)), draw(st.floats(0, 120))))
        viewport = viewport.panned(draw(st.floats(-500, 500)), draw(st.floats(-500, 500)))
    return viewport


@given(viewport=viewports(), x=st.floats(-100, 5000), y=st.floats(-100, 5000))
def test_places_go_there_and_back(viewport: Viewport, x: float, y: float):
    """A picture pixel's place in the view leads back to that pixel."""
    assert viewport.to_picture(*viewport.to_view(x, y)) == pytest.approx((x, y), abs=1e-3)


@given(viewport=viewports())
def test_the_picture_is_never_lost(viewport: Viewport):
    """However one zooms and pans, the view is full of picture, or holds all of it."""
    left, top, right, bottom = viewport.rect_to_view(viewport.scene)
    for low, high, view in ((left, right, viewport.view[0]), (top, bottom, viewport.view[1])):
        fills = low <= 1 and high >= view - 1
        holds = low >= -1 and high <= view + 1
        assert fills or holds


@given(picture=st.tuples(SIDES, SIDES), view=VIEWS)
def test_fit_shows_all_within_the_margin(picture: tuple[int, int], view: tuple[int, int]):
    """All of the picture is seen, in the middle, and one side uses the room or is large enough."""
    viewport = Viewport().resized(*view, margin=5).showing((0, 0, *picture))
    left, top, right, bottom = viewport.rect_to_view(viewport.scene)
    assert left >= 4
    assert top >= 4
    assert right <= view[0] - 4
    assert bottom <= view[1] - 4
    assert abs((left + right) - view[0]) <= 3
    uses_room = right - left >= view[0] - 13 or bottom - top >= view[1] - 13
    assert uses_room or viewport.scale >= 4


def test_zoom_keeps_what_is_under_the_mouse():
    """Where the zoomed picture is larger than the view, the point at the mouse stays."""
    viewport = Viewport().showing((0, 0, 1000, 800)).resized(900, 700, 20).zoomed(3)
    mouse = 700, 200
    before = viewport.to_picture(*mouse)
    after = viewport.zoomed(1.25, mouse).to_picture(*mouse)
    assert after == pytest.approx(before, abs=1)


def test_zooming_out_ends_in_fit():
    """Zooming out stops at the whole picture, which then follows the view's size."""
    viewport = Viewport().showing((0, 0, 1000, 800)).resized(900, 700, 20).zoomed(3)
    for _ in range(20):
        viewport = viewport.zoomed(0.8)
    assert viewport.fits
    assert viewport.resized(450, 350, 20).scale < viewport.scale


def test_hundred_percent_is_pixel_for_pixel():
    """At 100 % a picture pixel is a pixel of the view, at a whole place."""
    viewport = Viewport().showing((0, 0, 3001, 2001)).resized(900, 701, 20).zoomed_to(1.0)
    assert viewport.scale == 1.0
    assert all(place == int(place) for place in viewport.to_view(0, 0))


def test_tiny_pictures_are_enlarged():
    """A picture of 32 pixels is enlarged so that its patches can be hit; others at most 4 times."""
    view = Viewport().resized(1600, 1600, 20)
    assert view.showing((0, 0, 32, 32)).scale == 16
    assert view.showing((0, 0, 300, 300)).scale == 4


@given(viewport=viewports(), rows=st.integers(1, 40), columns=st.integers(1, 40))
def test_patches_tile_the_box(viewport: Viewport, rows: int, columns: int):
    """Rows and columns of patches share their edges and fill the box, without gap or overlap."""
    box = viewport.scene
    frame = Frame("squash", (1, 1), (1, 1), box, rows, columns)
    y, x = viewport.patch_edges(frame)
    assert len(y) == rows + 1
    assert len(x) == columns + 1
    assert (np.diff(y) >= 0).all()
    assert (np.diff(x) >= 0).all()
    left, top, right, bottom = viewport.rect_to_view(box)
    assert (x[0], y[0], x[-1], y[-1]) == pytest.approx((left, top, right, bottom), abs=1)


@given(viewport=viewports(), samples=st.integers(1, 4096))
def test_only_what_is_seen_is_scaled(viewport: Viewport, samples: int):
    """The part of an image that is painted covers the view, and lies near it however far zoomed."""
    part = viewport.visible_part(viewport.scene, (samples, samples))
    assert part is not None
    (x, y, width, height), (first_x, first_y, columns, rows) = part
    left, top, right, bottom = viewport.rect_to_view(viewport.scene)
    assert x <= max(0, left) + 1
    assert y <= max(0, top) + 1
    assert x + width >= min(viewport.view[0], right) - 1
    assert y + height >= min(viewport.view[1], bottom) - 1
    sample = viewport.scale * (viewport.scene[2] - viewport.scene[0]) / samples
    assert width <= viewport.view[0] + 6 * sample
    assert 0 <= first_x <= samples - columns
    assert 0 <= first_y <= samples - rows


@given(viewport=viewports(), view=VIEWS)
def test_another_view_holds_the_same_region(viewport: Viewport, view: tuple[int, int]):
    """Whatever its size, a view that follows another one shows all that is seen there."""
    follower = Viewport().showing(viewport.scene).resized(*view, margin=5)
    follower = follower.holding(viewport.region)
    if follower.fits or follower.scale >= 64:
        return
    left, top, right, bottom = follower.region
    scene, seen = viewport.scene, viewport.region
    slack = 2 / follower.scale
    assert left <= max(seen[0], scene[0]) + slack
    assert top <= max(seen[1], scene[1]) + slack
    assert right >= min(seen[2], scene[2]) - slack
    assert bottom >= min(seen[3], scene[3]) - slack


def test_a_view_of_the_same_shape_follows_exactly():
    """A small view shows just what a large one of its shape shows; all where that shows all."""
    large = Viewport().showing((0, 0, 1000, 800)).resized(900, 600, 0).zoomed(5).panned(300, 200)
    small = Viewport().showing((0, 0, 1000, 800)).resized(180, 120, 0)
    assert small.holding(large.region).region == pytest.approx(large.region, abs=4)
    assert small.holding(large.fit().region).fits

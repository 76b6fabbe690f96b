"""The mosaic's layout: whole pixels, nothing lost, what is under the mouse stays there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.window.positions.mosaic_layout import MosaicLayout

SIDES = st.integers(1, 64)


@st.composite
def fitted(draw: st.DrawFn) -> MosaicLayout:
    """All maps of a grid in a view."""
    rows, columns = draw(SIDES), draw(SIDES)
    view = draw(st.integers(20, 2000)), draw(st.integers(20, 1500))
    unit = draw(st.sampled_from([1.0, 1.25, 1.5, 2.0]))
    return MosaicLayout().showing((rows, columns, rows, columns)).resized(*view, unit)


@st.composite
def explored(draw: st.DrawFn) -> MosaicLayout:
    """After some zooming and panning."""
    layout = draw(fitted())
    places = st.tuples(st.floats(0, 2000), st.floats(0, 1500))
    for factor in draw(st.lists(st.floats(0.3, 4), max_size=4)):
        layout = layout.zoomed(factor, draw(places))
        layout = layout.panned(draw(st.floats(-900, 900)), draw(st.floats(-900, 900)))
    return layout


@given(layout=fitted())
def test_all_maps_are_seen(layout: MosaicLayout):
    """Where a pixel per map has room, all fit the view, and the mosaic is in its middle."""
    rows, columns = layout.shape[:2]
    left, top, width, height = layout.rect(rows - 1, columns - 1)
    if layout.cell[0] > 1:
        first = layout.rect(0, 0)
        assert first[0] >= 0
        assert first[1] >= 0
        assert left + width <= layout.view[0]
        assert top + height <= layout.view[1]
        assert abs(first[0] - (layout.view[0] - left - width)) <= 1
        assert abs(first[1] - (layout.view[1] - top - height)) <= 1
    assert layout.visible() == ((0, rows), (0, columns)) or layout.cell[0] == 1


@given(layout=fitted())
def test_maps_are_as_large_as_they_can_be(layout: MosaicLayout):
    """One pixel more, and they would not fit."""
    rows, columns = layout.shape[:2]
    width = layout.cell[0] + 1
    height = max(1, round(width * rows / columns))
    assert width * columns > layout.view[0] - columns * 4 * layout.unit or (
        height * rows > layout.view[1] - rows * 4 * layout.unit
    )


@given(layout=explored())
def test_places_lead_to_their_maps(layout: MosaicLayout):
    """The middle of every seen map belongs to that map."""
    (first_row, last_row), (first, last) = layout.visible()
    for row, column in ((first_row, first), (last_row - 1, last - 1)):
        left, top, width, height = layout.rect(row, column)
        assert layout.at(left + width / 2, top + height / 2) == (row, column)


@given(layout=explored())
def test_nothing_is_lost(layout: MosaicLayout):
    """However one zooms and pans, the view is full of maps, or holds all of them."""
    for axis in (0, 1):
        start, count = layout.origin[axis], layout.shape[1 - axis]
        end = start + count * layout.pitch[axis]
        fills = start <= 1 and end >= layout.view[axis] - 1
        holds = start >= -1 and end - layout.gap <= layout.view[axis] + 1
        assert fills or holds or layout.fits


@given(layout=explored(), share=st.tuples(st.floats(0.2, 0.8), st.floats(0.2, 0.8)))
def test_zoom_keeps_what_is_under_the_mouse(layout: MosaicLayout, share: tuple[float, float]):
    """The place in the mosaic stays there, unless an edge of the mosaic is held to the view's."""
    at = share[0] * layout.view[0], share[1] * layout.view[1]
    nearer = layout.zoomed(1.25, at)
    for axis in (0, 1) if not nearer.fits else ():
        count = layout.shape[1 - axis]
        start, end = nearer.origin[axis], nearer.origin[axis] + count * nearer.pitch[axis]
        if start < -1 and end > nearer.view[axis] + 1:
            before = (at[axis] - layout.origin[axis]) / layout.pitch[axis]
            after = (at[axis] - start) / nearer.pitch[axis]
            assert after == pytest.approx(before, abs=2 / layout.pitch[axis])


def test_zooming_in_and_out_ends_where_it_began():
    """All the way in, one map fills the view; all the way out, all are seen again."""
    layout = MosaicLayout().showing((24, 24, 24, 24)).resized(300, 300, 1.0)
    near = layout
    for _ in range(60):
        near = near.zoomed(1.25, (10, 10))
    assert near.cell == (300, 300)
    far = near
    for _ in range(60):
        far = far.zoomed(0.8)
    assert far.fits
    assert far.cell == layout.cell


def test_each_step_zooms():
    """Also where a map has so few pixels that a quarter more is none."""
    layout = MosaicLayout().showing((64, 64, 64, 64)).resized(200, 200, 1.0)
    assert layout.zoomed(1.25).cell[0] > layout.cell[0]


def test_another_grid_is_seen_whole():
    """Zoom stays for other maps of the same grid, and is gone for another one."""
    layout = MosaicLayout().showing((24, 24, 24, 24)).resized(300, 300, 1.0).zoomed(8)
    assert layout.showing((24, 24, 24, 24)) == layout
    assert layout.showing((14, 14, 14, 14)).fits


@pytest.mark.parametrize("patch", [(0, 0), (23, 23), (0, 23), (12, 5)])
def test_walking_reveals(patch: tuple[int, int]):
    """A map that keys walk to is brought into the view, all of it."""
    layout = MosaicLayout().showing((24, 24, 24, 24)).resized(300, 200, 1.0).zoomed(6)
    left, top, width, height = layout.revealing(*patch).rect(*patch)
    assert left >= -1
    assert top >= -1
    assert left + width <= 301
    assert top + height <= 201

"""Cells fill their area, keep their proportions, and are found again under the mouse."""

from hypothesis import given
from hypothesis import strategies as st

from explorer.window.parts.cells import SMALLEST, Cells

UNITS = st.sampled_from([1.0, 1.25, 1.5, 2.0])
SHAPES = st.tuples(*[st.integers(1, 40)] * 4).filter(lambda shape: shape[1] > 1)
AREAS = st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(20, 2000)] * 2)


@given(SHAPES, AREAS, UNITS)
def test_every_cell_is_found_under_the_mouse(shape, area, unit):
    """First and last pixel of a cell belong to it; no two cells overlap."""
    cells = Cells.fitted(shape, area, unit)
    for row, column in {(0, 0), (shape[0] - 1, 0), (0, shape[1] - 2), (0, shape[1] - 1)}:
        left, top, width, height = cells.rect(row, column)
        assert cells.at(left, top) == (row, column)
        assert cells.at(left + width - 1, top + height - 1) == (row, column)


@given(SHAPES, AREAS, UNITS)
def test_cells_stay_inside(shape, area, unit):
    """Unless there is too little room for any cells, all are inside the area."""
    cells = Cells.fitted(shape, area, unit)
    left, top, width, height = cells.rect(shape[0] - 1, shape[1] - 1)
    if min(width, height) > SMALLEST:
        assert left + width <= area[0] + area[2]
        assert top + height <= area[1] + area[3]


def test_outside_is_nothing():
    """Left of, above and beyond the cells there is none."""
    cells = Cells.fitted((2, 3, 4, 4), (10, 10, 300, 200), 1.0)
    right = cells.rect(0, 2)[0] + cells.width + cells.gap
    bottom = cells.rect(1, 0)[1] + cells.height + cells.gap
    for place in ((cells.left - 1, 20), (cells.left, 9), (right, 20), (cells.left, bottom)):
        assert cells.at(*place) is None


def test_proportions_of_the_maps():
    """Wide grids get wide cells: a patch stays about square."""
    cells = Cells.fitted((4, 4, 10, 20), (0, 0, 800, 800), 1.0)
    assert cells.width == 2 * cells.height

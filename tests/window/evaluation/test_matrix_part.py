"""Which cells of a matrix are seen where, for two classes and for thousands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.window.evaluation.matrix_part import MatrixPart


@given(st.integers(2, 3000), st.integers(1, 900), st.floats(0.1, 30), st.data())
def test_every_place_is_a_cell_that_is_seen(classes, side, zoom, data):
    """Whatever is shown of it: a pixel belongs to cells of the matrix, and they lie there."""
    cell = data.draw(st.tuples(*[st.integers(0, classes - 1)] * 2))
    whole = MatrixPart.whole(classes, side)
    part = whole.zoomed(zoom, cell, whole.share(cell))
    place = data.draw(st.tuples(*[st.integers(0, part.extent - 1)] * 2))
    rows, columns = part.cells_at(*place)
    seen = part.seen
    for found, shown in zip((rows, columns), seen, strict=True):
        assert shown.start <= found.start < found.stop <= shown.stop <= classes


@given(st.integers(2, 300), st.integers(20, 400), st.data())
def test_a_mistake_is_where_it_is_painted(classes, side, data):
    """The one cell with a number is found at its pixel, also where pixels are shared."""
    row, column = data.draw(st.tuples(*[st.integers(0, classes - 1)] * 2))
    values = np.zeros((classes, classes), np.float32)
    values[row, column] = 1
    part = MatrixPart.whole(classes, side)
    pixels = part.pixels(values)
    assert pixels.shape == (part.extent, part.extent)
    y, x = np.argwhere(pixels == 1)[0].tolist()
    rows, columns = part.cells_at(x, y)
    assert row in range(rows.start, rows.stop)
    assert column in range(columns.start, columns.stop)


def test_of_cells_in_one_pixel_the_largest_is_seen():
    """No mistake is lost between a thousand classes."""
    values = np.zeros((1000, 1000), np.float32)
    values[500, 400], values[501, 401] = 0.2, 0.9
    pixels = MatrixPart.whole(1000, 100).pixels(values)
    assert pixels[50, 40] == pytest.approx(0.9)
    assert np.count_nonzero(pixels) == 1


def zoomed(part: MatrixPart, factor: float, cell: tuple[int, int]) -> MatrixPart:
    """To a cell that stays where it is."""
    return part.zoomed(factor, cell, part.share(cell))


def test_zooming_keeps_the_cell_in_its_place():
    """What the mouse is over stays there, and the edges of the matrix stay at the edges."""
    whole = MatrixPart.whole(100, 400)
    part = zoomed(whole, 2, (50, 50))
    assert part.shown == 50
    assert (part.row, part.column) == (25, 25)
    assert zoomed(whole, 2, (0, 99)).seen == (slice(0, 50), slice(50, 100))
    assert zoomed(part, 0.01, (50, 50)) == whole
    assert zoomed(part, 1000, (50, 50)).shown == 4


def test_many_small_steps_lead_to_the_same_cell():
    """Rounding does not add up: the mouse is still over it."""
    part = MatrixPart.whole(1000, 300)
    share = part.share((997, 2))
    for _ in range(24):
        part = part.zoomed(1.25, (997, 2), share)
    assert part.share((997, 2)) == pytest.approx(share, abs=0.5 / part.shown + 0.1)


def test_a_cell_is_brought_into_sight():
    """By as little as is needed."""
    part = zoomed(MatrixPart.whole(100, 400), 4, (0, 0))
    assert part.revealing((24, 0)) == part
    assert part.revealing((30, 99)).seen == (slice(6, 31), slice(75, 100))

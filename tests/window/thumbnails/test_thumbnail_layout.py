"""Where thumbnails lie: arithmetic that holds for any width and any number of them."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint

from explorer.window.thumbnails.thumbnail_layout import MARGIN, NARROWEST, ThumbnailLayout

widths = st.integers(60, 3000)
places = st.integers(0, 10_000_000)


@given(widths, places)
def test_a_cell_is_found_by_its_corners_and_its_middle(width, place):
    """Whatever point of a cell is asked for, its place is the answer."""
    layout = ThumbnailLayout.fitted(width, 17)
    cell = layout.cell(place)
    for point in (cell.topLeft(), cell.center(), cell.bottomRight() - QPoint(1, 1)):
        assert layout.place_at(point.x(), point.y()) == place


@given(widths)
def test_columns_fill_the_width(width):
    """Tiles stay between the margins, as many as may be, none too narrow."""
    layout = ThumbnailLayout.fitted(width, 17)
    last = layout.tile(layout.columns - 1)
    assert layout.width >= NARROWEST
    if width >= NARROWEST + 2 * MARGIN:
        assert last.right() < width - MARGIN
        assert width - MARGIN - last.right() <= layout.columns
        assert layout.width < 2 * NARROWEST + 2 * MARGIN


@given(widths, st.integers(0, 10**9), st.integers(0, 5000), st.integers(0, 100_000))
def test_between_two_heights_lie_just_the_cells_that_are_seen(width, top, height, count):
    """No cell of the screen is missing, and none beyond it is painted."""
    layout = ThumbnailLayout.fitted(width, 17)
    seen = layout.between(top, top + height, count)
    for place in seen[:1], seen[-1:]:
        for number in place:
            cell = layout.cell(number)
            assert cell.bottom() >= top
            assert cell.top() <= top + height
    for number in {seen.start - 1, seen.stop} & set(range(count)):
        cell = layout.cell(number)
        assert cell.bottom() < top or cell.top() > top + height


@given(widths, st.integers(1, 1_000_000))
def test_the_last_picture_lies_within_the_total_height(width, count):
    """So that scrolling to the end shows all of it, and no empty line after it."""
    layout = ThumbnailLayout.fitted(width, 17)
    total = layout.total_height(count)
    assert layout.cell(count - 1).bottom() < total < layout.cell(count - 1).bottom() + layout.line


def test_at_the_docks_width_there_are_two_columns():
    """As in the design."""
    assert ThumbnailLayout.fitted(237, 17).columns == 2

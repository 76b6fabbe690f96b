"""Parts in lines: in their order, inside the room, and walked by keys."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize, Qt

from explorer.window.captions.lines import Lines

SPACING, HEIGHT = 6, 20
WIDTHS = st.lists(st.integers(1, 300), max_size=60)


def filled(widths: list[int], room: int = 200, gaps: list[int] | None = None) -> Lines:
    gaps = gaps or [SPACING] * len(widths)
    return Lines.filled(widths, gaps, QRect(10, 5, room, HEIGHT), SPACING)


@given(WIDTHS, st.integers(30, 400))
def test_all_parts_have_room(widths, room):
    """Each lies inside the room, right of the one before it or in the next line; none overlap."""
    rects = filled(widths, room).rects
    assert len(rects) == len(widths)
    for rect, width in zip(rects, widths, strict=True):
        assert rect.width() == min(width, room)
        assert rect.left() >= 10
        assert rect.right() < 10 + room
    for one, other in zip(rects, rects[1:], strict=False):  # noqa: RUF007 - a tuple may be empty
        is_beside = other.top() == one.top() and other.left() == one.right() + 1 + SPACING
        is_below = other.top() == one.bottom() + 1 + SPACING and other.left() == 10
        assert is_beside or is_below


@given(WIDTHS.filter(bool), st.integers(30, 400))
def test_lines_are_as_full_as_they_can_be(widths, room):
    """A part begins a line only where it had no room in the last one."""
    lines = filled(widths, room)
    for line, following in zip(lines.lines, lines.lines[1:], strict=False):
        end = lines.rects[line[-1]].right() + 1
        assert end + SPACING + lines.rects[following[0]].width() > 10 + room


def test_pieces_stand_closer():
    """Each part has the gap of its own."""
    first, second = filled([40, 40], gaps=[SPACING, 2]).rects
    assert second.left() == first.right() + 1 + 2


@given(WIDTHS, st.integers(30, 400), st.integers(1, 200))
def test_behind_the_last_part(widths, room, width):
    """What stands behind all parts covers none of them."""
    lines = filled(widths, room)
    place = lines.after(QSize(width, 10))
    assert not any(place.intersects(rect) for rect in lines.rects)


@given(WIDTHS)
def test_every_part_is_found_where_it_lies(widths):
    """By its middle, and by the gap beside it: the mouse never falls between two parts."""
    lines = filled(widths)
    for number, rect in enumerate(lines.rects):
        assert lines.at(rect.center()) == number
        assert lines.at(QPoint(rect.right() + 2, rect.center().y())) == number
    assert lines.at(QPoint(-50, -50)) is None


@given(WIDTHS.filter(bool), st.data())
def test_keys_lead_somewhere(widths, data):
    """Every key leads to a part there is; up and down change lines, or stay at the edge."""
    lines = filled(widths)
    start = data.draw(st.integers(0, len(widths) - 1))
    here = next(number for number, line in enumerate(lines.lines) if start in line)
    for key, step in ((Qt.Key.Key_Up, -1), (Qt.Key.Key_Down, 1)):
        there = lines.walked(key, start)
        line = min(max(here + step, 0), len(lines.lines) - 1)
        assert there in lines.lines[line]
        assert (there == start) == (line == here)
    assert lines.walked(Qt.Key.Key_Left, start) == max(0, start - 1)
    assert lines.walked(Qt.Key.Key_Right, start) == min(len(widths) - 1, start + 1)
    assert lines.walked(Qt.Key.Key_Home, start) == 0
    assert lines.walked(Qt.Key.Key_End, start) == len(widths) - 1
    assert lines.walked(Qt.Key.Key_X, start) is None


def test_no_parts():
    """Nothing lies anywhere, and keys lead nowhere."""
    lines = filled([])
    assert lines.at(QPoint(20, 10)) is None
    assert lines.walked(Qt.Key.Key_Right, 0) is None
    assert lines.bottom == 5

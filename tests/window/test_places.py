"""Patches of one model lie among those of another where they lie in the picture."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.records import DEFAULT_MODEL, Frame, Grid
from explorer.window.places import fitting_patches, same_place
from explorer.window.state import Second, State

from .conftest import FAKE_INFO, squashed, synthetic_trace

PICTURE = (240, 160)


def first(rows: int, columns: int, frame: Frame | None = None) -> State:
    """A state whose model has this grid, and, with a frame, a trace."""
    return State(**told(rows, columns, frame))


def second(rows: int, columns: int, frame: Frame | None = None) -> Second:
    return Second(DEFAULT_MODEL, **told(rows, columns, frame))


def told(rows: int, columns: int, frame: Frame | None) -> dict[str, object]:
    trace = synthetic_trace(rows, columns, 1, 1, frame=frame) if frame is not None else None
    return {"model": replace(FAKE_INFO, grid=Grid(rows, columns, ("class",))), "trace": trace}


def whole(rows: int, columns: int) -> Frame:
    """All of the picture, squashed."""
    return squashed(PICTURE, rows, columns)


def middle(rows: int, columns: int) -> Frame:
    """The middle of the picture, cropped to a square."""
    return Frame("crop", PICTURE, (160, 160), (40.0, 0.0, 200.0, 160.0), rows, columns)


def test_patches_fit():
    """Those that the model has stay, each once, in their order."""
    assert fitting_patches(((5, 8), (0, 9), (1, 1), (5, 8), (6, 0)), FAKE_INFO) == ((5, 8), (1, 1))


@given(st.integers(1, 40), st.integers(1, 40), st.booleans(), st.data())
def test_one_grid_keeps_its_patches(rows, columns, is_traced, data):
    """Between models of one grid and framing, a patch stays itself, whatever the picture's size."""
    patch = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    frame = whole(rows, columns) if is_traced else None
    assert same_place(patch, first(rows, columns, frame), second(rows, columns, frame)) == patch


@pytest.mark.parametrize("is_traced", [True, False])
@pytest.mark.parametrize(
    ("patch", "expected"), [((0, 0), (0, 0)), ((23, 23), (13, 13)), ((12, 6), (7, 3))]
)
def test_same_place_of_another_grid(patch, expected, is_traced):
    """The patch over the same place, from 24 × 24 to 14 × 14, before and after the traces."""
    frames = (whole(24, 24), whole(14, 14)) if is_traced else (None, None)
    assert same_place(patch, first(24, 24, frames[0]), second(14, 14, frames[1])) == expected


def test_middle_between_patches():
    """Where the middle lies between others, rounding does not choose: it is always the next."""
    for size in ((10, 10), (240, 160), (333, 77), (1999, 3001)):
        frames = squashed(size, 5, 7), squashed(size, 10, 14)
        for patch in ((0, 0), (2, 3), (4, 6)):
            found = same_place(patch, first(5, 7, frames[0]), second(10, 14, frames[1]))
            assert found == (2 * patch[0] + 1, 2 * patch[1] + 1)


def test_place_that_the_other_does_not_see():
    """Where the other model crops, it has no patch for what it does not see."""
    here, there = first(4, 6, whole(4, 6)), second(4, 4, middle(4, 4))
    assert same_place((1, 0), here, there) is None
    assert same_place((1, 1), here, there) == (1, 0)

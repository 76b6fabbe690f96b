"""Which names stand beside small cells."""

import pytest
from PySide6.QtCore import QRectF

from explorer.window.parts.cell_labels import _readable


def places(count: int, pitch: float, wide: float, last: float) -> list[QRectF]:
    """Names in a line, each in the middle of its cell; the last one as wide as `last`."""
    widths = [wide] * (count - 1) + [last]
    return [
        QRectF(pitch * (number + 0.5) - width / 2, 0, width, 10)
        for number, width in enumerate(widths)
    ]


@pytest.mark.parametrize(
    ("pitch", "shown"),
    [
        (40, [*range(13)]),  # all have room
        (21, [0, 2, 4, 6, 8, 10, 12]),  # “12” would touch “mean”: every second is left out
        (12, [0, 3, 6, 9, 12]),
        (1, [12]),
    ],
)
def test_names_that_are_left_out_are_evenly_apart(pitch, shown):
    """Not one alone where the last name is wide: twelve heads and their mean."""
    assert _readable(places(13, pitch, 20, 30), None) == shown


def test_the_chosen_name_is_always_there():
    """And those that it would touch are not."""
    assert _readable(places(13, 21, 20, 30), 12) == [12, 0, 2, 4, 6, 8, 10]
    assert _readable(places(13, 12, 20, 30), 4) == [4, 0, 6, 9, 12]
    assert _readable(places(1, 12, 20, 30), None) == [0]

"""What is said of a patch: numbers that can be compared, and no noise."""

import numpy as np
import pytest

from explorer.window.positions.sentences import of_change


@pytest.mark.parametrize(
    ("hovered", "said"),
    [
        (None, "difference −1.00 to +0.04"),
        ((0, 1), "cosine −0.04 (1), 0.96 (2), difference −1.00"),
        ((1, 0), "cosine 0.20 (1), 0.20 (2), difference 0"),
        ((1, 1), "cosine 0.50 (1), 0.46 (2), difference +0.04"),
    ],
)
def test_differences_have_the_places_of_their_numbers(hovered, said):
    """What only rounding leaves of two equal numbers is nothing, not a power of ten."""
    first = np.array([[1.0, -0.04], [0.2, 0.5]], np.float32)
    second = np.array([[1.0, 0.96], [0.2, 0.46]], np.float32)
    left = first - second
    left[1, 0] = 6e-8
    assert of_change("cosine", [first, second, left], (0, 0), hovered).endswith(said)

"""Colours of curves are told apart by everybody, on both grounds."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from explorer.window.runs.styles import COLORS, MOST, STYLES, Styles
from explorer.window.theme import DARK, LIGHT

# How light arrives where one kind of cones is missing (Machado et al. 2009, severity 1).
EYES = {
    "all cones": np.eye(3),
    "no red": np.array(
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    ),
    "no green": np.array(
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    ),
    "no blue": np.array(
        [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def light(color: str) -> np.ndarray:
    values = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(XYZ @ rgb.clip(0, 1) / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(XYZ[1] @ light(color)) + 0.05 for color in (one, other))
    return high / low


@pytest.mark.parametrize("ground", [DARK.window, LIGHT.window])
@pytest.mark.parametrize("color", COLORS)
def test_colors_are_seen_on_both_grounds(color, ground):
    """3 : 1, as WCAG asks of what is drawn."""
    assert contrast(color, ground) >= 2.9


@pytest.mark.parametrize("eye", EYES)
def test_colors_are_told_apart(eye):
    """By any eye, much further than the least difference that is seen (2.3)."""
    seen = [lab(EYES[eye] @ light(color)) for color in COLORS]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 12


def test_a_run_keeps_its_style_while_it_is_shown():
    """Others come and go; who comes gets a style that is free."""
    styles, runs = Styles(), [Path(name) for name in "abcd"]
    first = dict(styles.give(runs[:3]))
    second = dict(styles.give([runs[2], runs[3]]))
    assert second[runs[2]] == first[runs[2]]
    assert second[runs[3]] == first[runs[0]]


def test_there_are_as_many_as_can_be_told_apart():
    """More runs than styles leave some without."""
    given = Styles().give([Path(str(number)) for number in range(MOST + 5)])
    assert len(given) == len(set(given.values())) == len(STYLES) == MOST

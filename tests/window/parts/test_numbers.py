"""Numbers on the screen have as many digits as mean something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.window.parts.numbers import (
    signed,
    significant,
    subtraction,
    tick_texts,
    ticks,
    times_mean,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0214, "0.0214"),
        (0.02137, "0.0214"),
        (0.9996, "1.00"),
        (1.5, "1.50"),
        (123.4, "123"),
        (0, "0"),
        (-0.02, "−0.0200"),
        (0.00012, "0.000120"),
        (3.14e-6, "3.1e−6"),
        (2.5e-12, "2.5e−12"),
        (float("nan"), "nan"),
    ],
)
def test_significant_digits(value: float, text: str):
    """Three digits that count; powers of ten only where zeros would hide them."""
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0106, "+0.0106"),
        (-0.02, "−0.0200"),
        (0.0, "0"),
        (-0.0, "0"),
        (3.14e-6, "+3.1e−6"),
        (12, "+12.0"),
    ],
)
def test_signs(value: float, text: str):
    """Both signs are written, the minus as long as the plus; nothing has none."""
    assert signed(value) == text


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (0.0214, 0.0108, "0.0214 − 0.0108 = +0.0106"),
        (0.0108, 0.0214, "0.0108 − 0.0214 = −0.0106"),
        (0.5, 0.000123, "0.500 − 0.000 = +0.500"),
        (0.25, 0.25, "0.250 − 0.250 = 0"),
        (0.0, 0.0, "0 − 0 = 0"),
        (3.2e-7, 1.1e-7, "3.2e−7 − 1.1e−7 = +2.1e−7"),
        (12.5, 0.25, "12.5 − 0.2 = +12.2"),
    ],
)
def test_subtraction(first: float, second: float, text: str):
    """Terms and result have as many places as the largest needs."""
    assert subtraction(first, second) == text


@pytest.mark.parametrize(
    ("value", "mean", "text"),
    [(0.0214, 0.00178, "12×"), (0.5, 0.25, "2.0×"), (1, 1000, "< 0.01×"), (0, 1, "0×"), (1, 0, "")],
)
def test_times_mean(value: float, mean: float, text: str):
    """A value in multiples of a mean; nothing is a multiple of nothing."""
    assert times_mean(value, mean) == text


@given(st.floats(-10, 10), st.floats(1e-9, 100), st.integers(0, 12))
def test_ticks_lie_between(low: float, span: float, at_most: int):
    """Ticks are few, rise, and lie between both ends."""
    high = low + span
    between = ticks(low, high, at_most)
    assert len(between) <= at_most + 1
    assert between == sorted(between)
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in between)


def test_ticks_are_round():
    """Steps are 1, 2 or 5 of a power of ten; an empty scale has none."""
    assert ticks(0, 0.024, 4) == pytest.approx([0.005, 0.01, 0.015, 0.02])
    assert ticks(0.3, 0.3, 4) == []


def test_ticks_are_written_alike():
    """All have as many places; a scale with both signs writes both."""
    assert tick_texts([-0.5, 0.0, 0.5, 1.0]) == ["−0.5", "0", "0.5", "1.0"]
    assert tick_texts([10.0, 20.0]) == ["10", "20"]
    assert tick_texts([-0.05, 0.0, 0.05], plus="+") == ["−0.05", "0", "+0.05"]
    assert tick_texts([-2e-6, 2e-6], plus="+") == ["−2e−6", "+2e−6"]

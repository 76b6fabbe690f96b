"""The time left is told once something was measured, and no odd moment spoils it."""

from __future__ import annotations

import pytest

from explorer.training.engine import pace as module
from explorer.training.engine.pace import Pace

from ..tiny import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def _steps(pace: Pace, clock: Clock, *seconds: float) -> None:
    """Steps of ten pictures each."""
    for each in seconds:
        clock.now += each
        assert pace.took(10) == pytest.approx(each)


def test_the_first_step_of_a_training_is_not_believed(clock: Clock):
    """Workers start beside it, and torch prepares: nothing is told before the second step."""
    pace = Pace()
    _steps(pace, clock, 30.0)
    assert pace.left(pictures=1000, ends=0, validated=0) is None
    _steps(pace, clock, 2.0)
    assert pace.left(pictures=1000, ends=0, validated=0) == pytest.approx(200)


def test_one_slow_step_changes_nothing(clock: Clock):
    """A machine that is suspended for an hour is as fast afterwards."""
    pace = Pace()
    _steps(pace, clock, 2, 2, 2, 3600, 2)
    assert pace.left(pictures=10, ends=0, validated=0) == pytest.approx(2)


def test_a_pause_and_the_end_of_an_epoch_are_no_steps(clock: Clock):
    """The end is measured by itself: all of it, once an epoch."""
    pace = Pace()
    _steps(pace, clock, 2, 2)
    guess = pace.left(pictures=10, ends=1, validated=10)
    assert 2 < guess < 4  # a picture that is validated costs less than one that is learned from
    pace.restart()
    clock.now += 7.0
    pace.ended_epoch()
    clock.now += 1000.0
    pace.restart()
    _steps(pace, clock, 2)
    assert pace.left(pictures=10, ends=3, validated=10) == pytest.approx(2 + 3 * 7)


def test_a_new_stage_is_soon_believed(clock: Clock):
    """Many quick steps of a frozen network say little of those that train all of it."""
    pace = Pace()
    _steps(pace, clock, *[1.0] * 100)
    pace.begin_stage()
    _steps(pace, clock, 50.0)
    assert pace.left(pictures=10, ends=0, validated=0) == pytest.approx(1)
    _steps(pace, clock, 4.0, 4.0)
    assert pace.left(pictures=10, ends=0, validated=0) == pytest.approx(4)

"""What is said of runs in a line."""

import pytest

from explorer.errors import ExplorerError
from explorer.window.runs import words


def test_a_living_run(make_seen):
    """Where it is, how fast, how long still."""
    seen = make_seen("one", doing="running", speed=52.31, time_left=250.0, device="CPU")
    assert words.corner([seen]) == "epoch 4 of 20 · 4 min left · 52 pictures/s"
    assert words.line([seen]) == (
        "epoch 4 of 20 · step 30 of 200 · 4 min left · 52 pictures/s · best 70.0 %, epoch 2 · CPU"
    )


@pytest.mark.parametrize(
    ("doing", "asked", "said"),
    [
        ("running", "pause", "pausing…"),
        ("running", "stop", "stopping…"),
        ("paused", "pause", "paused"),
        ("starting", "", "starting…"),
        ("interrupted", "", "broke off"),
        ("new", "", "not begun"),
    ],
)
def test_states(make_seen, doing, asked, said):
    """What it does, or is about to."""
    assert words.state_of(make_seen("one", doing=doing, asked=asked)) == said


def test_an_end(make_seen):
    """How good, in which epoch, in what time; or what went wrong."""
    assert words.line([make_seen("one", step=200)]) == "finished · best 70.0 %, epoch 2 · 3 min"
    problem = ExplorerError("It broke.", hint="Mend it.")
    assert words.line([make_seen("one", doing="failed", problem=problem)]) == "It broke. Mend it."


def test_several(make_seen):
    """The best of them."""
    runs = [make_seen("good", (0.9,)), make_seen("bad", (0.2,)), make_seen("new", ())]
    assert words.line(runs) == "best of 3 runs: good, 90.0 %"
    assert words.corner(runs) == "3 runs"
    assert words.line(runs[2:] * 2) == "2 runs, none of them judged yet"
    assert words.line([]) == words.corner([]) == ""

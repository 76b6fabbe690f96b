"""What of runs is drawn: of one all there is, of several what compares."""

import pytest

from explorer.window.runs.curves import FEW, QUANTITIES, Sight, curves
from explorer.window.runs.styles import Styles


def drawn(runs, quantity, by="epoch"):
    made, axes = curves(runs, Styles().give([seen.folder for seen in runs]), quantity, Sight(by))
    return {one.name: one for one in made}, axes


def test_one_run(make_seen):
    """Training, validation, and what others published of its recipe."""
    made, axes = drawn([make_seen("one")], "accuracy")
    assert set(made) == {"training", "validation", "published"}
    assert made["validation"].y.tolist() == [0.5, 0.7, 0.6]
    assert made["validation"].x.tolist() == [1, 2, 3]
    assert made["published"].y.tolist() == [0.95, 0.95]
    assert (axes.x, axes.y) == ("epoch", "accuracy")
    assert made["training"].kind != made["validation"].kind


def test_steps(make_seen):
    """The loss of steps with its spread behind it; epochs stand at the steps of their ends."""
    seen = make_seen("one")
    made, axes = drawn([seen], "loss", "step")
    assert made["training"].x is seen.curves.steps
    assert made["validation"].x.tolist() == [10, 20, 30]
    assert made[""].y.min() < made["training"].y.min()
    assert not made[""].is_read
    assert axes.x == "step"
    rates, _ = drawn([seen], "learning rate", "step")
    assert rates["learning rate"].x.size == 30


def test_several_runs_have_their_names(make_seen):
    """One curve each that is read; training stands faint behind it, while they are few."""
    runs = [make_seen(name) for name in ("one", "two")]
    made, _ = curves(runs, Styles().give([seen.folder for seen in runs]), "accuracy", Sight())
    assert [one.name for one in made if one.is_read] == ["one", "two"]
    assert len(made) == 4
    assert len({(one.color, one.kind) for one in made if one.is_read}) == 2
    many = [make_seen(f"run {number}") for number in range(FEW + 1)]
    made, _ = curves(many, Styles().give([seen.folder for seen in many]), "loss", Sight())
    assert len(made) == FEW + 1


def test_runs_of_other_lengths_are_read_at_one_place(make_seen):
    """Between their own points, too; where a run had ended, it says nothing."""
    runs = [make_seen("long", (0.1, 0.2, 0.3, 0.4)), make_seen("short", (0.5, 0.7))]
    made, _ = drawn(runs, "accuracy", "step")
    assert made["long"].value_at(15) == pytest.approx(0.15)
    assert made["short"].value_at(15) == 0.6
    assert made["short"].value_at(30) is None


def test_nothing_yet(make_seen):
    """A run that has just begun has no curve, and its first epoch is a point."""
    for quantity in QUANTITIES:
        assert not drawn([make_seen("new", (), curves=None)], quantity)[0]
    made, _ = drawn([make_seen("young", (0.4,))], "accuracy")
    assert made["validation"].kind == "points"


def test_a_constant_learning_rate_is_seen_to_be_more_than_none(make_seen):
    """Its chart begins at 0, and ends a little above it."""
    _, axes = drawn([make_seen("one")], "learning rate", "step")
    assert axes.y_range == pytest.approx((0, 1.05e-3))

"""What is where in a scene: the same for ever, and clear to whoever looks."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from explorer.scenes.facts import INVERSE, Facts, Mention, Relation
from explorer.scenes.kinds import KINDS
from explorer.scenes.palette import COLOURS, difference
from explorer.scenes.plans import SIZES, Plan, generator, plan_scene


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    """Four hundred scenes."""
    return [plan_scene(4, number) for number in range(400)]


def test_the_content_is_pinned():
    """A seed and a number mean these things for ever: figures in model cards rest on them."""
    assert plan_scene(1, 0).facts == Facts(
        (
            Mention("heart", "black", "striped", "large"),
            Mention("moon", "blue", "plain", "small"),
        ),
        frozenset(),
        "heart",
        0,
    )
    assert plan_scene(1, 9).facts == Facts(
        (
            Mention("circle", "yellow", "striped", "large"),
            Mention("star", "black", "plain", "medium"),
            Mention("circle", "purple", "plain", "small"),
        ),
        frozenset({Relation(1, "front", 0), Relation(0, "behind", 1)}),
        "circle",
        0,
    )


def test_a_scene_does_not_depend_on_others():
    """Whatever was asked for before."""
    first = plan_scene(7, 3)
    for seed, number in product((7, 8), range(3)):
        assert plan_scene(seed, number).things != first.things
    assert plan_scene(7, 3) == first


def test_everything_comes_up(plans: list[Plan]):
    """Every kind, colour, pattern, size and count, and every way to stand to each other."""
    things = [thing for plan in plans for thing in plan.facts.things]
    assert {thing.kind for thing in things} == set(KINDS)
    assert {thing.colour for thing in things} == set(COLOURS)
    assert {thing.pattern for thing in things} == {"plain", "striped", "dotted"}
    assert {thing.size for thing in things} == set(SIZES)
    assert {len(plan.things) for plan in plans} == {1, 2, 3, 4}
    assert {name for plan in plans for _, name, _ in plan.facts.relations} == set(INVERSE)


def test_no_kind_is_the_label_by_far_more_often(plans: list[Plan]):
    """So that a classifier that guesses is right in few."""
    labels = Counter(plan.facts.label for plan in plans)
    mean = len(plans) / len(KINDS)
    assert min(labels.values()) > mean / 2
    assert max(labels.values()) < mean * 2


def test_sizes_are_clearly_distinct():
    """The largest small thing is much smaller than the smallest medium one."""
    small, medium, large = SIZES.values()
    assert medium[0] > 1.3 * small[1]
    assert large[0] > 1.3 * medium[1]


def test_things_lie_inside_the_picture(plans: list[Plan]):
    """Nothing is cut off by its rim."""
    boxes = np.array([thing.box for plan in plans for thing in plan.things])
    assert boxes.min() > 0
    assert boxes.max() < 1


def test_things_stand_out_from_the_ground(plans: list[Plan]):
    """Their colours differ from both of the ground's."""
    contrasts = [
        difference(thing.rgb, behind)
        for plan in plans
        for thing, behind in product(plan.things, plan.ground)
    ]
    assert min(contrasts) > 0.18


def test_a_colour_is_nearest_to_its_own_name(plans: list[Plan]):
    """However it varies."""
    for thing in (thing for plan in plans for thing in plan.things):
        assert thing.colour == min(COLOURS, key=lambda name: difference(COLOURS[name], thing.rgb))


def test_relations_hold_both_ways(plans: list[Plan]):
    """What is left of another has that on its right."""
    for relations in (plan.facts.relations for plan in plans):
        assert all(Relation(b, INVERSE[name], a) in relations for a, name, b in relations)


def test_relations_are_what_is_seen(plans: list[Plan]):
    """By the middles of the things, and by who hides whom."""
    for plan in plans:
        for a, name, b in plan.facts.relations:
            one, other = plan.things[a], plan.things[b]
            if name == "left":
                assert one.x < other.x - abs(one.y - other.y)
            if name == "above":
                assert one.y < other.y - abs(one.x - other.x)
            if name == "front":
                assert a > b  # drawn later
                assert (one.coverage & other.coverage).any()
            if name == "beside":
                assert not (one.coverage & other.coverage).any()


def test_the_parts_of_a_scene_have_chances_of_their_own():
    """More drawn from one changes nothing in another."""
    first, second = generator(1, 2, 0), generator(1, 2, 1)
    assert not np.allclose(first.random(4), second.random(4))

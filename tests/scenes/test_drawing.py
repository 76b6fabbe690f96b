"""A drawn scene: the same wherever it is drawn, and what is told of it can be seen."""

from hashlib import sha256

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.scenes.drawing import Scene, draw_scene
from explorer.scenes.kinds import KINDS, kind_of
from explorer.scenes.palette import COLOURS, difference
from explorer.scenes.plans import Thing, plan_scene

SIZE = 192


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    """A hundred and fifty scenes."""
    return [draw_scene(5, number, SIZE) for number in range(150)]


def _hash(scene: Scene) -> str:
    return sha256(scene.pixels.tobytes() + scene.mask.tobytes()).hexdigest()


def test_a_scene_is_the_same_whenever_it_is_drawn(scenes: list[Scene]):
    """Pixels, masks and words, whatever was drawn before."""
    for number in (149, 3):
        again = draw_scene(5, number, SIZE)
        assert _hash(again) == _hash(scenes[number])
        assert again.captions == scenes[number].captions
    assert len({_hash(scene) for scene in scenes}) == len(scenes)


@pytest.mark.parametrize("number", range(6))
def test_another_size_shows_the_same(number: int, scenes: list[Scene]):
    """The same things in the same places, and the same words."""
    small, large = scenes[number], draw_scene(5, number, 2 * SIZE)
    assert large.captions == small.captions
    assert large.facts == small.facts
    shrunk = np.asarray(Image.fromarray(large.pixels).reduce(2), float)
    assert np.abs(shrunk - small.pixels).mean() < 4
    for one, other in zip(small.objects, large.objects, strict=True):
        halved = other.mask[::2, ::2]
        assert (one.mask & halved).sum() > 0.9 * (one.mask | halved).sum()


def test_what_is_drawn_is_a_picture(scenes: list[Scene]):
    """RGB, as large as asked for."""
    assert scenes[0].pixels.shape == (SIZE, SIZE, 3)
    assert scenes[0].pixels.dtype == np.uint8
    assert draw_scene(5, 0).pixels.shape == (384, 384, 3)


def test_masks_and_boxes_fit_each_other(scenes: list[Scene]):
    """A pixel belongs to one object at most; a box is as tight as can be."""
    for scene in scenes:
        for number, each in enumerate(scene.objects, 1):
            assert np.array_equal(scene.mask == number, each.mask)
            left, top, right, bottom = each.box
            inside = each.mask[top:bottom, left:right]
            assert inside.sum() == each.mask.sum()
            edges = (inside[0], inside[-1], inside[:, 0], inside[:, -1])
            assert all(edge.any() for edge in edges)


def test_under_the_mask_lies_the_colour(scenes: list[Scene]):
    """What is plain has, at most places of its mask, the colour that it is called by."""
    plain = [(scene, each) for scene in scenes for each in scene.objects if each.pattern == "plain"]
    right = sum(_colour_under(scene.pixels[each.mask]) == each.colour for scene, each in plain)
    assert right > 0.97 * len(plain)


def _colour_under(pixels: np.ndarray) -> str:
    """The name of the commonest colour."""
    coarse, often = np.unique(pixels // 16, axis=0, return_counts=True)
    commonest = (pixels // 16 == coarse[often.argmax()]).all(axis=1)
    red, green, blue = pixels[commonest].mean(axis=0)
    return min(COLOURS, key=lambda name: difference(COLOURS[name], (red, green, blue)))


def test_most_of_each_object_is_seen(scenes: list[Scene]):
    """At least 65 % of its area."""
    for scene in scenes:
        plan = plan_scene(scene.seed, scene.number)
        for thing, each in zip(plan.things, scene.objects, strict=True):
            assert each.mask.mean() > 0.65 * _area(thing)


def test_a_mask_is_as_large_as_its_object(scenes: list[Scene]):
    """Half a pixel's worth of an edge counts, and less does not."""
    for scene in (scene for scene in scenes if len(scene.objects) == 1):
        (thing,), (each,) = plan_scene(scene.seed, scene.number).things, scene.objects
        assert each.mask.mean() == pytest.approx(_area(thing), rel=0.03)


def _area(thing: Thing) -> float:
    """As a part of the picture's, with what is hidden."""
    side = 5 * SIZE
    image = Image.new("1", (side, side))
    for _, outline in thing.parts(side, 0.5):
        ImageDraw.Draw(image).polygon(outline.ravel().tolist(), fill=1)
    return float(np.asarray(image).mean())


def test_some_objects_are_partly_hidden(scenes: list[Scene]):
    """So that a classifier has something to learn."""
    relations = [name for scene in scenes for _, name, _ in scene.facts.relations]
    assert relations.count("behind") > 10


def test_the_label_is_clear(scenes: list[Scene]):
    """It is the kind of the object that most is seen of, by a quarter at least."""
    for scene in scenes:
        areas = [each.mask.sum() for each in scene.objects]
        main = int(np.argmax(areas))
        assert scene.facts.main == main
        assert scene.label == scene.objects[main].kind
        assert all(areas[main] > 1.25 * area for area in areas[:main] + areas[main + 1 :])


def test_objects_and_facts_agree(scenes: list[Scene]):
    """They tell the same of the same thing."""
    for scene in scenes:
        for each, thing in zip(scene.objects, scene.facts.things, strict=True):
            told = (each.kind, each.colour, each.pattern, each.size)
            assert told == (thing.kind, thing.colour, thing.pattern, thing.size)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_fills_its_square(name: str):
    """So that sizes mean the same of all: the longer side is from -1 to 1, and in the middle."""
    low, high = kind_of(name).points.min(axis=0), kind_of(name).points.max(axis=0)
    assert (high - low).max() == pytest.approx(2)
    assert np.allclose(low + high, 0)

"""What is where in a scene, at no size in particular: the picture's side is 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from typing import TypeVar

import numpy as np
from PIL import Image, ImageDraw

from .facts import INVERSE, Facts, Mention, Pattern, Relation, RelationName, SizeName
from .kinds import KINDS, Part, kind_of
from .outlines import rotation
from .palette import COLOURS, Rgb, difference, from_lab, of_hue, varied

T = TypeVar("T")

SIZES: dict[SizeName, tuple[float, float]] = {  # the longer side, from to
    "small": (0.17, 0.21),
    "medium": (0.3, 0.36),
    "large": (0.48, 0.6),
}
_PATTERNS: tuple[Pattern, ...] = ("plain", "striped", "dotted")
_GRID = 128  # pixels a side, on which areas are counted
_EDGE = 0.015  # of the picture, that stays free on each side
_VISIBLE = 0.7  # of each thing, at least
_LEADS = 1.35  # times the area of the next, the main thing has at least
_CONTRAST = 0.19  # of a thing's colour with the ground's, in Oklab
_TRIES = 60  # scenes; every tenth that fails has one thing less
_PLACES = 24  # tried for a thing


@dataclass(frozen=True)
class Thing:
    """One thing of a scene."""

    kind: str
    colour: str
    rgb: Rgb
    pattern: Pattern
    pattern_angle: float  # degrees
    size: SizeName
    x: float  # of its middle
    y: float
    radius: float  # half its longer side
    angle: float  # degrees, clockwise
    is_mirrored: bool

    @property
    def mention(self) -> Mention:
        """Everything that words can say of it."""
        return Mention(self.kind, self.colour, self.pattern, self.size)

    @property
    def matrix(self) -> np.ndarray:
        """From the kind's own outlines to the picture, but for the middle: (2, 2)."""
        mirror = np.diag([-1.0, 1.0]) if self.is_mirrored else np.eye(2)
        matrix: np.ndarray = self.radius * rotation(self.angle) @ mirror
        return matrix

    @cached_property
    def points(self) -> np.ndarray:
        """Those of all its outlines, in the picture: float64 (points, 2)."""
        points: np.ndarray = kind_of(self.kind).points @ self.matrix.T + (self.x, self.y)
        return points

    def parts(self, scale: float, origin: np.ndarray | float) -> Iterator[Part]:
        """Tone and outline of each part, from back to front, in pixels of `scale` to a picture."""
        kind = kind_of(self.kind)
        outlines = np.split(self.points * scale - origin, kind.ends)
        return zip(kind.tones, outlines, strict=True)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of all of it, also what is hidden."""
        (left, top), (right, bottom) = self.points.min(axis=0), self.points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @cached_property
    def coverage(self) -> np.ndarray:
        """Where it lies, with what is hidden: bool (128, 128)."""
        image = Image.new("L", (_GRID, _GRID))
        draw = ImageDraw.Draw(image)
        for _, outline in self.parts(_GRID, 0.5):
            draw.polygon(outline.ravel().tolist(), fill=1)
        return np.asarray(image) > 0


@dataclass(frozen=True)
class Light:
    """Where the light comes from, and how much less there is on the other side."""

    angle: float  # degrees
    fall: float  # 0..1
    blur: float  # standard deviation, as a part of the picture's side


@dataclass(frozen=True)
class Plan:
    """A scene before it is drawn."""

    seed: int
    number: int
    ground: tuple[Rgb, Rgb]  # the two colours of what is behind the things
    things: tuple[Thing, ...]  # from back to front
    light: Light
    facts: Facts


def generator(seed: int, number: int, part: int) -> np.random.Generator:
    """Chance for one part of one scene, whatever other parts and scenes use."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number, part])))


def plan_scene(seed: int, number: int) -> Plan:
    """What is where in a scene; the same wherever and whenever it is asked for."""
    rng = generator(seed, number, 0)
    ground = _ground(rng)
    main, count = _chosen(rng, KINDS), 1 + int(np.searchsorted([0.2, 0.58, 0.86], rng.random()))
    things = _things(rng, main, count, ground)
    fall = 0.2 * rng.random()
    blur = 0.003 * rng.random() if rng.random() < 0.3 else 0.0
    light = Light(rng.random() * 360, fall, blur)
    return Plan(seed, number, ground, things, light, _facts(things))


def _chosen(rng: np.random.Generator, choices: tuple[T, ...]) -> T:
    return choices[int(rng.integers(len(choices)))]


def _ground(rng: np.random.Generator) -> tuple[Rgb, Rgb]:
    """Two calm colours that go together: light ones mostly, else of dusk or of night."""
    kind, hue = rng.random(), rng.random() * 2 * np.pi
    low, high = (0.8, 0.94) if kind < 0.6 else (0.52, 0.72) if kind < 0.85 else (0.24, 0.34)
    lightness, chroma = low + (high - low) * rng.random(), 0.015 + 0.05 * rng.random()
    first = of_hue(lightness, chroma, hue)
    turned, lighter = rng.random(2) * 2 - 1
    second = of_hue(lightness + 0.06 * lighter, chroma, hue + turned)
    return from_lab(first), from_lab(second)


def _things(
    rng: np.random.Generator, main: str, count: int, ground: tuple[Rgb, Rgb]
) -> tuple[Thing, ...]:
    """Things of which the main kind's is the largest, by far; fewer where they do not fit."""
    for attempt in range(_TRIES):
        things = _placed(rng, main, max(1, count - attempt // 10), ground)
        if things and _is_clear(things, main):
            return things
    raise AssertionError("one thing alone always fits")


def _placed(
    rng: np.random.Generator, main: str, count: int, ground: tuple[Rgb, Rgb]
) -> tuple[Thing, ...] | None:
    """Things in free places or, in some scenes, partly behind each other; None: no place is left.

    From back to front.
    """
    may_overlap = rng.random() < 0.45
    things: list[Thing] = []
    for thing in _wished(rng, main, count, ground):
        place = _find_place(rng, thing, things, may_overlap)
        if place is None:
            return None
        things.append(place)
    rest = things[1:]
    behind = int(rng.integers(len(things))) if may_overlap else 0  # the main thing: how many
    ordered = (*rest[:behind], things[0], *rest[behind:])
    return ordered if min(_visible_shares(ordered)) >= _VISIBLE else None


def _wished(
    rng: np.random.Generator, main: str, count: int, ground: tuple[Rgb, Rgb]
) -> list[Thing]:
    """The main thing and others, which have no place yet."""
    first = _thing(rng, main, ground)
    kinds = [_chosen(rng, KINDS) for _ in range(count - 1)]
    if kinds and rng.random() < 0.15:
        kinds[0] = main  # else there would seldom be two of one kind
    return [first, *(_thing(rng, kind, ground, beside=first.size) for kind in kinds)]


def _thing(
    rng: np.random.Generator,
    kind: str,
    ground: tuple[Rgb, Rgb],
    beside: SizeName | None = None,
) -> Thing:
    """A thing that stands out from the ground, in the middle of the picture."""
    colour, rgb = _colour(rng, ground)
    size = _size(rng, beside)
    low, high = SIZES[size]
    swing, turn, slant = rng.random(3)
    angle = (2 * swing - 1) * kind_of(kind).swing
    return Thing(
        kind,
        colour,
        rgb,
        pattern=_PATTERNS[int(np.searchsorted([0.56, 0.78], rng.random()))],
        pattern_angle=(0.0, 45.0, 90.0, 135.0)[int(slant * 4)],
        size=size,
        x=0.5,
        y=0.5,
        radius=(low + (high - low) * rng.random()) / 2,
        angle=float(angle),
        is_mirrored=bool(turn < 0.5),
    )


def _size(rng: np.random.Generator, beside: SizeName | None) -> SizeName:
    """Of the main thing, or of one `beside` a main thing of that size."""
    chance = rng.random()
    if beside is None:
        return "large" if chance < 0.55 else "medium" if chance < 0.88 else "small"
    if beside == "large":
        return "large" if chance < 0.06 else "medium" if chance < 0.55 else "small"
    return "medium" if beside == "medium" and chance < 0.25 else "small"


def _colour(rng: np.random.Generator, ground: tuple[Rgb, Rgb]) -> tuple[str, Rgb]:
    while True:
        name = _chosen(rng, tuple(COLOURS))
        rgb = varied(name, rng)
        if min(difference(rgb, behind) for behind in ground) >= _CONTRAST:
            return name, rgb


def _find_place(
    rng: np.random.Generator, thing: Thing, others: list[Thing], may_overlap: bool
) -> Thing | None:
    for _ in range(_PLACES):
        placed = _moved(rng, thing, others, may_overlap)
        if all(_get_along(placed, other, may_overlap) for other in others):
            return placed
    return None


def _moved(rng: np.random.Generator, thing: Thing, others: list[Thing], may_overlap: bool) -> Thing:
    """The thing somewhere in the picture; at times at the rim of another, to overlap it."""
    left, top, right, bottom = thing.box
    low = np.array([thing.x - left, thing.y - top]) + _EDGE
    high = 1 - _EDGE - np.array([right - thing.x, bottom - thing.y])
    share = rng.random(2) if others else rng.random((2, 2)).mean(axis=0)  # the first: more central
    at = low + (high - low) * share
    if may_overlap and others and rng.random() < 0.6:
        other = _chosen(rng, tuple(others))
        way, near = rng.random() * 2 * np.pi, 0.6 + 0.35 * rng.random()
        reach = (thing.radius + other.radius) * near
        at = np.clip([other.x + reach * np.cos(way), other.y + reach * np.sin(way)], low, high)
    return replace(thing, x=float(at[0]), y=float(at[1]))


def _get_along(first: Thing, second: Thing, may_overlap: bool) -> bool:
    """Whether two things stand apart or, where they may, overlap clearly."""
    if _gap(first.box, second.box) > _EDGE:
        return True
    if not may_overlap or first.colour == second.colour:
        return False
    shared = np.count_nonzero(first.coverage & second.coverage)
    return shared >= 0.06 * min(first.coverage.sum(), second.coverage.sum())


def _gap(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Between two boxes, along the axis where they are farther apart; below 0: they overlap."""
    across = max(first[0] - second[2], second[0] - first[2])
    down = max(first[1] - second[3], second[1] - first[3])
    return max(across, down)


def _visible(things: tuple[Thing, ...]) -> list[np.ndarray]:
    """What is seen of each, things being given from back to front."""
    hidden, seen = np.zeros((_GRID, _GRID), bool), []
    for thing in reversed(things):
        seen.append(thing.coverage & ~hidden)
        hidden = hidden | thing.coverage
    return seen[::-1]


def _visible_shares(things: tuple[Thing, ...]) -> list[float]:
    seen = _visible(things)
    return [part.sum() / thing.coverage.sum() for part, thing in zip(seen, things, strict=True)]


def _is_clear(things: tuple[Thing, ...], main: str) -> bool:
    """Whether most is seen of the main kind's thing, by far."""
    areas = [int(part.sum()) for part in _visible(things)]
    order = np.argsort(areas)[::-1]
    leads = len(areas) == 1 or areas[order[0]] >= _LEADS * areas[order[1]]
    return leads and things[order[0]].kind == main


def _facts(things: tuple[Thing, ...]) -> Facts:
    main = int(np.argmax([part.sum() for part in _visible(things)]))
    pairs = permutations(range(len(things)), 2)
    relations = {
        relation
        for first, second in pairs
        for name in _relations(first, second, things)
        for relation in (Relation(first, name, second), Relation(second, INVERSE[name], first))
    }
    return Facts(
        tuple(thing.mention for thing in things), frozenset(relations), things[main].kind, main
    )


def _relations(first: int, second: int, things: tuple[Thing, ...]) -> Iterator[RelationName]:
    """How the first stands to the second: left, above, in front, beside."""
    one, other = things[first], things[second]
    across, down = other.x - one.x, other.y - one.y
    overlap = np.count_nonzero(one.coverage & other.coverage) / other.coverage.sum()
    if first > second and overlap >= 0.05:
        yield "front"
    if across > 1.4 * abs(down) and one.box[2] - other.box[0] < 0.5 * min(one.radius, other.radius):
        yield "left"
    if down > 1.4 * abs(across) and one.box[3] - other.box[1] < 0.5 * min(one.radius, other.radius):
        yield "above"
    gap = max(one.box[0] - other.box[2], other.box[0] - one.box[2])
    if 0 < gap < 0.1 and abs(down) < 0.7 * max(one.radius, other.radius):
        yield "beside"

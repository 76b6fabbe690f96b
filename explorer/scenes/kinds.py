"""What the things of a scene look like: each kind is a stack of flat, closed parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np

from .outlines import (
    Outline,
    arc,
    band,
    box,
    disc,
    grown,
    mirrored,
    polygon,
    smooth,
    stroke,
    turned,
)
from .palette import Rgb, darker, is_light, paler

EDGE = 0.05  # the width of the line around a thing; its own half is 1


class Tone(IntEnum):
    """What a part is painted with; 0 is where there is nothing."""

    EDGE = 1
    BODY = 2  # the colour that a thing is called by; patterns are on it only
    PATTERN = 3
    SHADE = 4
    PALE = 5
    DARK = 6
    PAPER = 7
    GLASS = 8
    WOOD = 9
    LEAF = 10
    SUN = 11
    DETAIL = 12  # can be seen on the body, whatever colour that has


Part = tuple[Tone, Outline]


@dataclass(frozen=True, eq=False)
class Kind:
    """The parts of a kind from back to front, the longer side of all from -1 to 1."""

    name: str
    plural: str
    tones: tuple[Tone, ...]  # of the parts
    points: np.ndarray  # float64 (points, 2), those of all parts
    ends: tuple[int, ...]  # where in `points` each part ends, but for the last
    swing: float  # degrees that it may be turned by, either way: a house on its roof is none


def tones(rgb: Rgb, colour: str) -> list[Rgb]:
    """The paint of each tone for a thing of this colour; that of nothing is the edge's."""
    light, dark, paper = is_light(rgb), (44, 46, 58), (250, 249, 244)
    edge = darker(rgb, 0.52)
    pattern = darker(rgb, 0.66) if light else paler(rgb, 0.72)
    shade = darker(rgb, 0.86 if light else 0.78)
    sun = (168, 98, 44) if colour in ("yellow", "orange") else (252, 206, 74)
    paints = {
        Tone.EDGE: edge,
        Tone.BODY: rgb,
        Tone.PATTERN: pattern,
        Tone.SHADE: shade,
        Tone.PALE: paler(rgb, 0.45) if not light else darker(rgb, 0.88),
        Tone.DARK: dark,
        Tone.PAPER: paper,
        Tone.GLASS: (190, 222, 238),
        Tone.WOOD: (122, 84, 56),
        Tone.LEAF: (88, 148, 82),
        Tone.SUN: sun,
        Tone.DETAIL: darker(rgb, 0.4) if light else paper,
    }
    return [edge, *(paints[tone] for tone in Tone)]


def _circle() -> list[Part]:
    return [(Tone.BODY, disc(0, 0, 1))]


def _square() -> list[Part]:
    return [(Tone.BODY, box(-1, -1, 1, 1, 0.08))]


def _triangle() -> list[Part]:
    return [(Tone.BODY, polygon((0, -0.9), (1, 0.8), (-1, 0.8)))]


def _star() -> list[Part]:
    angles = np.radians(np.arange(10) * 36 - 90)
    reach = np.where(np.arange(10) % 2, 0.46, 1.0)
    return [(Tone.BODY, np.stack([reach * np.cos(angles), reach * np.sin(angles)], axis=1))]


def _heart() -> list[Part]:
    t = np.radians(np.arange(3.75, 360, 7.5))  # not the cusp itself: its edge has no way
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    notch = stroke(
        (0, -0.33), (0, -0.42), 0.03
    )  # where the edges of both halves run into each other
    return [(Tone.EDGE, notch), (Tone.BODY, np.stack([x, -y], axis=1) / 16)]


def _moon() -> list[Part]:
    # Both arcs end in the same two points, above and below.
    outer = arc(0, 0, 1, 1, 60, 300)
    inner = arc(0.62, 0, 0.875, 0.875, 262, 98)
    return [(Tone.BODY, np.vstack([outer, inner]))]


def _house() -> list[Part]:
    window = [
        (Tone.GLASS, box(0.14, 0.16, 0.56, 0.54)),
        (Tone.PAPER, box(0.32, 0.16, 0.38, 0.54)),
        (Tone.PAPER, box(0.14, 0.32, 0.56, 0.38)),
    ]
    return [
        (Tone.SHADE, box(0.42, -0.86, 0.66, -0.3)),
        (Tone.BODY, box(-0.78, -0.15, 0.78, 0.95)),
        (Tone.SHADE, polygon((0, -0.95), (1.02, -0.08), (-1.02, -0.08))),
        (Tone.DARK, box(-0.5, 0.3, -0.08, 0.95)),
        (Tone.SUN, disc(-0.16, 0.64, 0.045)),
        *window,
    ]


def _tree() -> list[Part]:
    crown = [disc(0, -0.42, 0.56), disc(-0.42, -0.02, 0.42), disc(0.42, -0.02, 0.42)]
    crown += [arc(0, 0.06, 0.4, 0.36)]
    trunk = polygon((-0.13, 0.2), (0.13, 0.2), (0.2, 1), (-0.2, 1))
    return [(Tone.WOOD, trunk), *((Tone.BODY, part) for part in crown)]


def _car() -> list[Part]:
    wheels = [
        (tone, disc(x, 0.44, radius))
        for x in (-0.52, 0.54)
        for tone, radius in ((Tone.DARK, 0.25), (Tone.PAPER, 0.11))
    ]
    body = smooth(
        (-0.98, 0.36), (-0.96, 0.02), (-0.66, -0.08), (0.6, -0.08), (0.96, 0.08), (1, 0.36), steps=5
    )
    return [
        (Tone.BODY, polygon((-0.74, 0), (-0.5, -0.52), (0.24, -0.52), (0.62, 0))),
        (Tone.BODY, body),
        (Tone.BODY, box(-0.98, 0.14, 1, 0.42, 0.08)),
        (Tone.GLASS, polygon((-0.58, -0.06), (-0.41, -0.42), (-0.13, -0.42), (-0.13, -0.06))),
        (Tone.GLASS, polygon((-0.02, -0.06), (-0.02, -0.42), (0.19, -0.42), (0.45, -0.06))),
        (Tone.SUN, arc(0.93, 0.13, 0.07, 0.09)),
        *wheels,
    ]


def _fish() -> list[Part]:
    tail = smooth((0.5, 0), (0.98, -0.46), (0.84, 0), (0.98, 0.46), steps=8)
    fin = smooth((-0.2, -0.36), (0.1, -0.66), (0.34, -0.26), steps=8)
    below = smooth((-0.1, 0.34), (0.16, 0.58), (0.24, 0.26), steps=8)
    body = smooth((-1, 0.04), (-0.62, -0.36), (-0.1, -0.48), (0.68, 0), (-0.1, 0.46), (-0.62, 0.36))
    return [
        (Tone.SHADE, tail),
        (Tone.SHADE, fin),
        (Tone.SHADE, below),
        (Tone.BODY, body),
        (Tone.DETAIL, band(-0.72, 0.02, 0.4, 0.045, -50, 50)),
        (Tone.PAPER, disc(-0.64, -0.1, 0.12)),
        (Tone.DARK, disc(-0.66, -0.1, 0.065)),
    ]


def _umbrella() -> list[Part]:
    scallops = [arc(x, 0, 0.25, 0.13, 0, -180) for x in (0.75, 0.25, -0.25, -0.75)]
    canopy = np.vstack([arc(0, 0, 1, 0.82, 180, 360), *scallops])
    ribs = [polygon((0, -0.82), (0.25 * side, -0.02), (0.32 * side, -0.1)) for side in (-1, 1)]
    hook = band(0.16, 0.74, 0.16, 0.1, 0, 180)
    return [
        (Tone.DARK, stroke((0, -0.95), (0, -0.7), 0.08)),
        (Tone.DARK, box(-0.05, -0.3, 0.05, 0.76)),
        (Tone.DARK, hook),
        (Tone.BODY, canopy),
        *((Tone.SHADE, rib) for rib in ribs),
    ]


def _boat() -> list[Part]:
    hull = polygon((-1, 0.42), (1, 0.42), (0.68, 0.9), (-0.66, 0.9))
    return [
        (Tone.WOOD, box(-0.06, -0.98, 0.03, 0.45)),
        (Tone.BODY, polygon((0.09, -0.9), (0.82, 0.26), (0.09, 0.26))),
        (Tone.PALE, polygon((-0.12, -0.66), (-0.12, 0.26), (-0.68, 0.26))),
        (Tone.BODY, hull),
        (Tone.SHADE, polygon((-1, 0.42), (1, 0.42), (0.93, 0.53), (-0.93, 0.53))),
    ]


def _flower() -> list[Part]:
    petal = arc(0, -0.42, 0.24, 0.34)
    petals = [turned(petal, 60 * turn) - np.array([0, 0.3]) for turn in range(6)]
    leaf = smooth((0.02, 0.8), (0.2, 0.52), (0.52, 0.46), (0.34, 0.74), steps=8)
    return [
        (Tone.LEAF, box(-0.05, -0.1, 0.05, 1.1)),
        (Tone.LEAF, leaf),
        (Tone.LEAF, mirrored(leaf) + np.array([0, 0.14])),
        *((Tone.BODY, petal) for petal in petals),
        (Tone.SUN, disc(0, -0.3, 0.22)),
    ]


def _cup() -> list[Part]:
    bottom = arc(-0.2, 0.68, 0.44, 0.16, 0, 180)
    body = np.vstack([polygon((-0.84, -0.6), (0.44, -0.6)), bottom])
    return [
        (Tone.BODY, band(0.44, 0, 0.36, 0.17, -90, 90)),
        (Tone.BODY, box(0.3, -0.445, 0.46, -0.275)),
        (Tone.BODY, box(0.2, 0.275, 0.46, 0.445)),
        (Tone.BODY, body),
        (Tone.BODY, arc(-0.2, -0.6, 0.64, 0.17)),
        (Tone.SHADE, arc(-0.2, -0.6, 0.56, 0.115)),
        (Tone.WOOD, arc(-0.2, -0.575, 0.47, 0.08)),
    ]


def _butterfly() -> list[Part]:
    upper = smooth((0.04, -0.05), (0.3, -0.72), (0.86, -0.84), (0.98, -0.4), (0.6, 0.02), steps=8)
    lower = smooth((0.04, 0), (0.56, 0.06), (0.78, 0.42), (0.5, 0.8), (0.16, 0.5), steps=8)
    spots = [disc(0.66, -0.48, 0.13), disc(0.46, 0.4, 0.11)]
    feeler = stroke((0.03, -0.4), (0.22, -0.86), 0.05)
    wings: list[Part] = [(Tone.SHADE, lower), (Tone.BODY, upper)]
    half = [*wings, *((Tone.PALE, spot) for spot in spots), (Tone.DARK, feeler)]
    return [*half, *_mirrored(half), (Tone.DARK, arc(0, 0, 0.09, 0.5))]


def _rocket() -> list[Part]:
    hull = smooth(
        (0, -1),
        (0.32, -0.45),
        (0.34, 0.1),
        (0.24, 0.56),
        (-0.24, 0.56),
        (-0.34, 0.1),
        (-0.32, -0.45),
    )
    nose = smooth((0, -1), (0.2, -0.7), (0.3, -0.5), (0, -0.44), (-0.3, -0.5), (-0.2, -0.7))
    fin = polygon((0.28, 0.08), (0.66, 0.5), (0.62, 0.82), (0.2, 0.52))
    flame = smooth((-0.2, 0.54), (0.2, 0.54), (0, 1.02), steps=8)
    return [
        (Tone.SUN, flame),
        (Tone.SHADE, fin),
        (Tone.SHADE, mirrored(fin)),
        (Tone.BODY, hull),
        (Tone.SHADE, nose),
        (Tone.PAPER, disc(0, -0.16, 0.19)),
        (Tone.GLASS, disc(0, -0.16, 0.135)),
    ]


def _cat() -> list[Part]:
    ear = polygon((0.78, -0.92), (0.14, -0.5), (0.8, -0.08))
    inside = polygon((0.7, -0.74), (0.36, -0.5), (0.7, -0.28))
    eye = [
        (Tone.SUN, arc(0.34, 0.02, 0.14, 0.17)),
        (Tone.DARK, arc(0.34, 0.02, 0.06, 0.15)),
    ]
    whiskers = [
        (Tone.DETAIL, stroke((0.3, 0.38 + 0.05 * turn), (0.78, 0.34 + 0.13 * turn), 0.035))
        for turn in (0, 1)
    ]
    half: list[Part] = [(Tone.PALE, inside), *eye, *whiskers]
    nose = polygon((-0.1, 0.26), (0.1, 0.26), (0, 0.38))
    return [
        (Tone.BODY, ear),
        (Tone.BODY, mirrored(ear)),
        (
            Tone.BODY,
            smooth(
                (0, -0.62),
                (0.7, -0.4),
                (0.92, 0.18),
                (0.5, 0.7),
                (-0.5, 0.7),
                (-0.92, 0.18),
                (-0.7, -0.4),
            ),
        ),
        *half,
        *_mirrored(half),
        (Tone.DETAIL, nose),
        (Tone.DETAIL, band(-0.11, 0.4, 0.11, 0.04, 0, 170)),
        (Tone.DETAIL, band(0.11, 0.4, 0.11, 0.04, 10, 180)),
    ]


def _crown() -> list[Part]:
    points = polygon(
        (-0.84, 0.6), (-1, -0.42), (-0.48, 0.02), (0, -0.66), (0.48, 0.02), (1, -0.42), (0.84, 0.6)
    )
    return [
        *((Tone.BODY, disc(x, y, 0.11)) for x, y in ((-0.98, -0.46), (0, -0.7), (0.98, -0.46))),
        (Tone.BODY, points),
        (Tone.SHADE, polygon((-0.81, 0.42), (0.81, 0.42), (0.84, 0.66), (-0.84, 0.66))),
        *((Tone.PALE, disc(x, 0.54, 0.07)) for x in (-0.5, 0, 0.5)),
    ]


def _mirrored(parts: list[Part]) -> list[Part]:
    return [(tone, mirrored(outline)) for tone, outline in parts]


def _edged(parts: list[Part]) -> list[Part]:
    """With a line around all of them: every part, grown, behind all parts."""
    return [*((Tone.EDGE, grown(outline, EDGE)) for _, outline in parts), *parts]


def _kind(name: str, parts: list[Part], swing: float) -> Kind:
    """Parts as a kind, moved and scaled so that the longer side reaches from -1 to 1."""
    outlines = [outline for _, outline in parts]
    points = np.vstack(outlines)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) * (2 / (high - low).max())
    ends = tuple(int(end) for end in np.cumsum([len(outline) for outline in outlines])[:-1])
    plural = _PLURALS.get(name, f"{name}s")
    return Kind(name, plural, tuple(tone for tone, _ in parts), points, ends, swing)


_LOOKS: dict[str, tuple[Callable[[], list[Part]], float]] = {
    "circle": (_circle, 180),
    "square": (_square, 18),
    "triangle": (_triangle, 25),
    "star": (_star, 36),
    "heart": (_heart, 25),
    "moon": (_moon, 30),
    "house": (_house, 10),
    "tree": (_tree, 10),
    "car": (_car, 15),
    "fish": (_fish, 25),
    "umbrella": (_umbrella, 30),
    "boat": (_boat, 12),
    "flower": (_flower, 20),
    "cup": (_cup, 12),
    "butterfly": (_butterfly, 30),
    "rocket": (_rocket, 40),
    "cat": (_cat, 15),
    "crown": (_crown, 18),
}
KINDS = tuple(_LOOKS)
_PLURALS = {"fish": "fish", "butterfly": "butterflies"}


@cache
def kind_of(name: str) -> Kind:
    """A kind by its name."""
    draw, swing = _LOOKS[name]
    return _kind(name, _edged(draw()), swing)

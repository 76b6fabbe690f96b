"""Scenes as pictures: the things on their ground, with soft shadows, light and blur."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .facts import Facts
from .grounds import draw_ground
from .kinds import Tone, tones
from .language import describe
from .outlines import Outline, box, disc, rotation
from .plans import Plan, Thing, generator, plan_scene

CAPTIONS = 5  # for each scene, as COCO has
_OVERSAMPLED = 4  # sub-pixels a side, for smooth edges
_FINE = 256  # pixels a side of a picture from which on fewer will do
_SPACING = {"small": 0.5, "medium": 0.36, "large": 0.27}  # of stripes and dots, half the thing is 1
_DIMMED = [round(0.34 * value) for value in range(256)]  # how far a thing's shadow covers
_NIGHT = (24, 26, 40)  # the colour of shadows


@dataclass(frozen=True, eq=False)
class SceneObject:
    """One thing of a drawn scene."""

    kind: str
    colour: str
    pattern: str  # plain, striped, dotted
    size: str  # small, medium, large
    angle: float  # degrees, clockwise
    box: tuple[int, int, int, int]  # left, top, right, bottom of what is seen, in pixels
    mask: np.ndarray  # bool (size, size): what is seen of it


@dataclass(frozen=True, eq=False)
class Scene:
    """A drawn picture, and all that is true of it."""

    seed: int
    number: int
    pixels: np.ndarray  # uint8 (size, size, 3) RGB
    objects: tuple[SceneObject, ...]  # from back to front
    label: str  # the kind of the object that most is seen of
    captions: tuple[str, ...]
    facts: Facts  # for explorer.scenes.language

    @property
    def mask(self) -> np.ndarray:
        """uint8 (size, size): 0 the ground, 1 the first object, and so on."""
        numbers = np.zeros(self.pixels.shape[:2], np.uint8)
        for number, each in enumerate(self.objects, 1):
            numbers[each.mask] = number
        return numbers


@dataclass(frozen=True, eq=False)
class _Tile:
    """A thing, cut out."""

    image: Image.Image  # RGB
    alpha: Image.Image  # L
    at: tuple[int, int]  # its left top pixel in the picture


def draw_scene(seed: int, number: int, size: int = 384) -> Scene:
    """Draw one scene, `size` pixels a side; the same whatever else is drawn.

    Another size shows the same things in the same places, and has the same captions.
    """
    plan = plan_scene(seed, number)
    image = draw_ground(plan.ground, generator(seed, number, 1), size)
    tiles = [_tile(thing, size) for thing in plan.things]
    for thing, tile in zip(plan.things, tiles, strict=True):
        _paste_shadow(image, thing, tile, plan.light.angle)
        image.paste(tile.image, tile.at, tile.alpha)
    captions = describe(plan.facts, generator(seed, number, 2), CAPTIONS)
    objects = _objects(plan.things, tiles, size)
    return Scene(seed, number, _lit(image, plan), objects, plan.facts.label, captions, plan.facts)


def _tile(thing: Thing, size: int) -> _Tile:
    """Draw a thing as tones in sub-pixels, then as colours, averaged."""
    sub = _OVERSAMPLED if size < _FINE else _OVERSAMPLED - 1
    left, top, right, bottom = (round(edge * size) for edge in thing.box)
    left, top, right, bottom = left - 2, top - 2, right + 2, bottom + 2
    extent = (right - left) * sub, (bottom - top) * sub
    scale, origin = size * sub, np.array([left, top]) * sub + 0.5

    painted = _painted(thing.parts(scale, origin), extent)
    if thing.pattern != "plain":
        middle = np.array([thing.x, thing.y]) * scale - origin
        figures = [(1, part * scale + middle) for part in _figures(thing)]
        on_body = (painted == Tone.BODY) & (_painted(figures, extent) > 0)
        painted[on_body] = Tone.PATTERN
    alpha = Image.fromarray((painted > 0).astype(np.uint8) * 255).reduce(sub)
    return _Tile(_coloured(painted, thing, sub), alpha, (left, top))


def _painted(parts: Iterable[tuple[int, Outline]], extent: tuple[int, int]) -> np.ndarray:
    """Outlines in sub-pixels, filled with their numbers: uint8 (height, width)."""
    image = Image.new("L", extent)
    draw = ImageDraw.Draw(image)
    for number, outline in parts:
        draw.polygon(outline.ravel().tolist(), fill=int(number))
    return np.array(image)


def _coloured(painted: np.ndarray, thing: Thing, shrink: int) -> Image.Image:
    """Tones as colours, averaged over squares of `shrink` sub-pixels: RGB."""
    paints = np.zeros((len(Tone) + 1, 4), np.uint8)
    paints[:, :3] = tones(thing.rgb, thing.colour)
    pixels = paints.view(np.uint32)[:, 0][painted]
    size = painted.shape[1], painted.shape[0]
    image = Image.frombuffer("RGBX", size, pixels.data, "raw", "RGBX", 0, 1)
    return image.reduce(shrink).convert("RGB")


def _figures(thing: Thing) -> list[Outline]:
    """The stripes or dots on a thing, its middle being the origin, in parts of the picture."""
    spacing = _SPACING[thing.size]
    rows = np.arange(-np.ceil(1.5 / spacing), np.ceil(1.5 / spacing) + 1)
    if thing.pattern == "striped":
        figure = box(-1.5, -0.21 * spacing, 1.5, 0.21 * spacing)
        places = [(0.0, row * spacing) for row in rows]
    else:
        figure, wide, high = disc(0, 0, 0.3 * spacing), 1.1 * spacing, 0.95 * spacing
        places = [((column + row % 2 / 2) * wide, row * high) for row in rows for column in rows]
    matrix = thing.radius * rotation(thing.angle + thing.pattern_angle)
    return [(figure + np.array(place)) @ matrix.T for place in places]


def _paste_shadow(image: Image.Image, thing: Thing, tile: _Tile, light: float) -> None:
    """A soft shadow on the side that is away from the light."""
    size = image.width
    away = (0.012 + 0.03 * thing.radius) * size
    blur = max(1.0, (0.006 + 0.035 * thing.radius) * size)
    pad = 2 * round(blur + 1)
    width, height = tile.alpha.size
    shrink = max(1, int(blur / 1.5))  # what is blurred needs few pixels
    small = tile.alpha.reduce(shrink)
    soft = Image.new("L", ((width + 2 * pad) // shrink, (height + 2 * pad) // shrink))
    soft.paste(small, (pad // shrink, pad // shrink))
    soft = soft.filter(ImageFilter.GaussianBlur(blur / shrink)).point(_DIMMED)
    soft = soft.resize((soft.width * shrink, soft.height * shrink), Image.Resampling.BILINEAR)
    x = tile.at[0] - pad // shrink * shrink - round(away * float(np.cos(np.radians(light))))
    y = tile.at[1] - pad // shrink * shrink + round(away * abs(float(np.sin(np.radians(light)))))
    image.paste(_NIGHT, (x, y), soft)


def _lit(image: Image.Image, plan: Plan) -> np.ndarray:
    """Darker away from the light, and slightly blurred: uint8 (size, size, 3)."""
    size = image.width
    if plan.light.blur:
        image = image.filter(ImageFilter.GaussianBlur(plan.light.blur * size))
    at = ((np.arange(size) + 0.5) / size - 0.5).astype(np.float32)
    angle = np.radians(plan.light.angle)
    across, up = np.float32(np.cos(angle)), np.float32(abs(np.sin(angle)))
    lost = np.clip(0.5 - 0.72 * (across * at[None, :] - up * at[:, None]), 0, 1)
    factor = 255 - np.float32(255 * plan.light.fall) * lost
    light = Image.fromarray(np.rint(factor).astype(np.uint8))
    return np.asarray(ImageChops.multiply(image, Image.merge("RGB", [light] * 3)))


def _objects(things: tuple[Thing, ...], tiles: list[_Tile], size: int) -> tuple[SceneObject, ...]:
    numbers = Image.new("L", (size, size))
    for number, tile in enumerate(tiles, 1):
        numbers.paste(number, tile.at, tile.alpha.point(lambda value: 255 * (value >= 128)))
    seen = np.asarray(numbers)
    return tuple(_object(thing, seen == number) for number, thing in enumerate(things, 1))


def _object(thing: Thing, mask: np.ndarray) -> SceneObject:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return SceneObject(thing.kind, thing.colour, thing.pattern, thing.size, thing.angle, box, mask)

"""What is behind the things: calm gradients, textures, noise, and small clutter."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .outlines import Outline, band, smooth, stroke
from .palette import Rgb, darker, is_light, paler

_FINE = 192  # cells a side of the finest grain
_OVERSAMPLED = 2  # for clutter


def draw_ground(colours: tuple[Rgb, Rgb], rng: np.random.Generator, size: int) -> Image.Image:
    """A ground of two colours, RGB; the same at every size but for its pixels."""
    share = _blend(rng, size)  # 0..1: which of the two colours
    grain = _grain(rng, size) if rng.random() < 0.6 else 0.0
    channels = [
        Image.fromarray(np.clip(one + 0.5 + (other - one) * share + grain, 0, 255).astype(np.uint8))
        for one, other in zip(*colours, strict=True)
    ]
    image = Image.merge("RGB", channels)
    return _with_clutter(image, colours, rng) if rng.random() < 0.4 else image


def _blend(rng: np.random.Generator, size: int) -> np.ndarray:
    """Of float (size, size), 0..1."""
    draw = (_straight, _round, _clouds, _clouds, _weave, _waves)[int(rng.integers(6))]
    return draw(rng, size)


def _axes(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels' middles lie, 0..1: x as a row, y as a column."""
    at = (np.arange(size) + 0.5) / size
    return at[None, :], at[:, None]


def _straight(rng: np.random.Generator, size: int) -> np.ndarray:
    x, y = _axes(size)
    angle = rng.random() * 2 * np.pi
    along = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)
    reach = (abs(np.cos(angle)) + abs(np.sin(angle))) / 2
    return along / (2 * reach) + 0.5


def _round(rng: np.random.Generator, size: int) -> np.ndarray:
    x, y = _axes(size)
    middle_x, middle_y = 0.2 + 0.6 * rng.random(2)
    far = np.sqrt((x - middle_x) ** 2 + (y - middle_y) ** 2)
    share: np.ndarray = np.minimum(far / 0.9, 1)
    return share


def _smooth_noise(rng: np.random.Generator, cells: int, size: int) -> np.ndarray:
    """float32 (size, size), about -1..1, whose hills are a cell wide."""
    values = (rng.random((cells, cells)) * 2 - 1).astype(np.float32)
    image = Image.fromarray(values).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(image)


def _clouds(rng: np.random.Generator, size: int) -> np.ndarray:
    octaves = ((4, 1), (9, 2), (20, 4))
    noise = sum(_smooth_noise(rng, cells, size) / weight for cells, weight in octaves)
    share: np.ndarray = np.clip(0.5 + 0.45 * noise, 0, 1)
    return share


def _weave(rng: np.random.Generator, size: int) -> np.ndarray:
    """Like cloth."""
    x, y = _axes(size)
    threads = 2 * np.pi * (18 + 14 * rng.random())
    share: np.ndarray = 0.5 + 0.25 * (np.sin(threads * x) + np.sin(threads * y))
    return share


def _waves(rng: np.random.Generator, size: int) -> np.ndarray:
    """Like sand, or wood."""
    x, y = _axes(size)
    angle, count = rng.random() * np.pi, 5 + 9 * rng.random()
    bent = 0.06 * _smooth_noise(rng, 5, size)
    along = np.cos(angle) * x + np.sin(angle) * y + bent
    share: np.ndarray = 0.5 + 0.5 * np.sin(2 * np.pi * count * along)
    return share


def _grain(rng: np.random.Generator, size: int) -> np.ndarray:
    """Fine noise in steps of 8 bits: float32 (size, size)."""
    cells = (48, 96, _FINE)[int(rng.integers(3))]
    return _smooth_noise(rng, cells, size) * (3 + 9 * rng.random())


def _with_clutter(
    image: Image.Image, colours: tuple[Rgb, Rgb], rng: np.random.Generator
) -> Image.Image:
    """Small strokes and blobs that are none of the kinds, in the ground's own colours."""
    size = image.width
    side = size * _OVERSAMPLED
    ink = colours[int(rng.integers(2))]
    paint = paler(ink, 0.4) if not is_light(ink) or rng.random() < 0.35 else darker(ink, 0.82)
    alpha = Image.new("L", (side, side))
    draw = ImageDraw.Draw(alpha)
    shape = (_blob, _dash, _hook, _cross)[int(rng.integers(4))]
    for x, y, turn, scale in rng.random((int(rng.integers(12, 45)), 4)):
        radius = 0.008 + 0.014 * scale
        for outline in shape(turn * 2 * np.pi, rng):
            points = (outline * radius + [x, y]) * side - 0.5
            draw.polygon(points.ravel().tolist(), fill=170)
    image.paste(paint, (0, 0), alpha.reduce(_OVERSAMPLED))
    return image


def _blob(turn: float, rng: np.random.Generator) -> list[Outline]:
    angles = turn + np.arange(6) * np.pi / 3
    reach = 0.5 + 0.5 * rng.random(6)
    points = np.stack([1.4 * reach * np.cos(angles), 0.9 * reach * np.sin(angles)], axis=1)
    return [smooth(*map(tuple, points), steps=4)]


def _dash(turn: float, rng: np.random.Generator) -> list[Outline]:
    along = 1.5 * np.cos(turn), 1.5 * np.sin(turn)
    return [stroke((-along[0], -along[1]), along, 0.4)]


def _hook(turn: float, rng: np.random.Generator) -> list[Outline]:
    start = float(np.degrees(turn))
    return [band(0, 0, 1.3, 0.35, start, start + 110)]


def _cross(turn: float, rng: np.random.Generator) -> list[Outline]:
    return [_dash(angle, rng)[0] * 0.8 for angle in (turn, turn + np.pi / 2)]

"""Colours with unambiguous names, and shades of them, in Oklab (Ottosson 2020)."""

from __future__ import annotations

import numpy as np

Rgb = tuple[int, int, int]  # sRGB, 0..255

COLOURS: dict[str, Rgb] = {
    "red": (208, 42, 42),
    "orange": (243, 132, 34),
    "yellow": (250, 212, 48),
    "green": (58, 158, 74),
    "blue": (48, 106, 214),
    "purple": (128, 66, 178),
    "pink": (246, 146, 190),
    "brown": (124, 78, 46),
    "black": (38, 38, 44),
    "white": (246, 246, 243),
    "grey": (140, 143, 149),
}
_LIGHT = 0.8  # Oklab lightness from which on a colour takes dark details

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB, _FROM_CONES = np.linalg.inv(_TO_LAB), np.linalg.inv(_TO_CONES)


def to_lab(rgb: Rgb) -> np.ndarray:
    """Oklab: float64 (3,), lightness 0..1, and two axes of colour."""
    value = np.array(rgb) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    lab: np.ndarray = _TO_LAB @ np.cbrt(_TO_CONES @ linear)
    return lab


def from_lab(lab: np.ndarray) -> Rgb:
    """The nearest colour that a screen can show."""
    linear = np.clip(_FROM_CONES @ (_FROM_LAB @ lab) ** 3, 0, 1)
    value = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (int(part) for part in np.rint(value * 255))
    return red, green, blue


def of_hue(lightness: float, chroma: float, hue: float) -> np.ndarray:
    """Oklab of a hue in radians."""
    return np.array([lightness, chroma * np.cos(hue), chroma * np.sin(hue)])


def difference(first: Rgb, second: Rgb) -> float:
    """How far two colours are apart: black and white 1, what can just be told apart 0.02."""
    return float(np.linalg.norm(to_lab(first) - to_lab(second)))


def varied(name: str, rng: np.random.Generator) -> Rgb:
    """One of the many colours that bear a name."""
    lightness, a, b = to_lab(COLOURS[name])
    chroma, hue = np.hypot(a, b), np.arctan2(b, a)
    turned, lighter, stronger = rng.random(3) * 2 - 1
    hue, chroma = hue + turned * np.radians(5), chroma * (1 + 0.08 * stronger)
    return from_lab(of_hue(lightness + 0.02 * lighter, chroma, hue))


def is_light(rgb: Rgb) -> bool:
    return bool(to_lab(rgb)[0] > _LIGHT)


def darker(rgb: Rgb, factor: float) -> Rgb:
    """A shade; black has lighter ones, for a darker one could not be seen."""
    lightness, a, b = to_lab(rgb)
    if lightness < 0.35:
        return from_lab(np.array([lightness + 0.45 * (1 - factor), a, b]))
    return from_lab(np.array([lightness * factor, a * factor**0.5, b * factor**0.5]))


def paler(rgb: Rgb, share: float) -> Rgb:
    """Mixed with so much white."""
    lab = to_lab(rgb)
    return from_lab(lab + (np.array([1.0, 0, 0]) - lab) * share)

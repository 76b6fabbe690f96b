"""Colour maps whose steps look equally large, so that no edge is seen that is not in the data."""

from functools import cache

import numpy as np

from .. import paths
from ..errors import ExplorerError

NAMES = ("inferno", "magma", "plasma", "viridis", "cividis", "grey")
# For signed values, with 0 in the middle: below it blue, above it warm, in all three.
ON_PICTURE = "managua"  # bright ends, which are seen on any picture; a dark middle
ON_LIGHT = "vik"  # dark ends, a light middle
ON_DARK = "berlin"  # bright ends, a dark middle
DIVERGING = (ON_PICTURE, ON_LIGHT, ON_DARK)
LOW_FADES = 2.0  # how much more see-through the lowest value is than the highest
SMALL_SHOWS = 0.6  # power of a signed value's size, in its scale, that its opacity follows


@cache
def table(name: str) -> np.ndarray:
    """The colours of a map from low to high: uint8 (256, 3) RGB, read-only.

    Raises ExplorerError where there is no such map.
    """
    if name not in NAMES + DIVERGING:
        raise ExplorerError(
            f"There is no colour map “{name}”.", hint=f"Choose one of {', '.join(NAMES)}."
        )
    colours = _grey() if name == "grey" else _read(name)
    colours.setflags(write=False)
    return colours


def shades(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values on the scale low..high as places in a table: uint8, same shape.

    What lies outside the scale takes the place of its nearer end; NaN, and every value where the
    scale is empty, takes that of the low end.
    """
    steps = 255 / (high - low) if high > low else 0.0
    scaled = (np.asarray(values, np.float32) - np.float32(low)) * np.float32(steps)
    scaled += np.float32(0.5)  # the cast below cuts off
    np.fmin(np.fmax(scaled, 0, out=scaled), 255, out=scaled)  # fmax, not clip: NaN becomes 0
    return scaled.astype(np.uint8)


def signed_shades(values: np.ndarray, most: float) -> np.ndarray:
    """Values on the scale −most..most as places in a diverging table: uint8, same shape.

    0 takes the place in the middle, 128, and so do NaN and every value where the scale is empty;
    what lies outside the scale takes the place of its nearer end.
    """
    steps = 127.5 / most if most > 0 else 0.0
    scaled = np.nan_to_num(np.asarray(values, np.float32)) * np.float32(steps)
    scaled += np.float32(128)  # 127.5 is the middle; the cast below cuts off
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)


def colorize(values: np.ndarray, low: float, high: float, name: str) -> np.ndarray:
    """Colours of values on the scale low..high, by their `shades`: uint8 (…, 3) RGB."""
    return table(name).take(shades(values, low, high), axis=0)


def opacities(name: str, opacity: float) -> np.ndarray:
    """How opaque each colour of a map lies over a picture: float64 (256,), 0..1.

    The lower a value, the more of the picture shows; at full opacity all colours are full. Of a
    diverging map the ends are so opaque, and where it is 0 the picture is as it was.
    """
    shade = np.arange(256)
    if name in DIVERGING:  # how far from the middle: 0 at both in the middle, 1 at both ends
        return opacity * ((np.abs(shade - 127.5) - 0.5) / 127) ** SMALL_SHOWS
    return opacity ** (1 + LOW_FADES * (1 - shade / 255))


def _grey() -> np.ndarray:
    return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


def _read(name: str) -> np.ndarray:
    file = paths.resources() / "colormaps" / f"{name}.csv"
    return np.loadtxt(file, dtype=np.uint8, delimiter=",")

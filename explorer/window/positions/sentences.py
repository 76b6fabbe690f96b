"""What the panel says of the patch that somebody looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...explain.attention import name_token
from ...explain.position_views import Components, DistanceCurve, Norms
from ...records import Patch
from ..parts.numbers import significant
from ..words import name_patch
from .translation import tr


def number(value: float) -> str:
    """Two places where a value is one of many between −1 and 1, so that none jumps."""
    places = 2 if abs(value) < 10 else 1
    return significant(0.0) if value == 0 else f"{value:.{places}f}".replace("-", "−")


def _change(value: float) -> str:
    """“+0.04”, “−1.00”, “0”: with the places of the numbers whose difference it is."""
    rounded = round(value, 2)
    return ("+" if rounded > 0 else "") + number(rounded)


def of_one(quantity: str, values: np.ndarray, patch: Patch) -> str:
    """“row 10, column 15 · cosine −0.21 to 0.87”: with all other patches."""
    others = np.delete(values, patch[0] * values.shape[1] + patch[1])
    if not others.size:
        return name_patch(patch)
    low, high = number(float(others.min())), number(float(others.max()))
    return tr("{0} · {1} {2} to {3}").format(name_patch(patch), quantity, low, high)


def of_pinned(quantity: str, values: np.ndarray, hovered: Patch) -> str:
    """“row 10, column 15 · cosine 0.83”: with the one that is pinned."""
    return f"{name_patch(hovered)} · {quantity} {number(float(values[hovered]))}"


def of_two(
    quantity: str, maps: Sequence[np.ndarray], pins: Sequence[Patch], hovered: Patch | None
) -> str:
    """“row 10, column 15 · cosine 0.83 (1), 0.41 (2) · 1 to 2: 0.52”."""
    between = number(float(maps[0][pins[1]]))
    if hovered is None:
        return tr("{0} of 1 and 2: {1}").format(quantity, between)
    values = [number(float(values[hovered])) for values in maps[:2]]
    text = tr("{0} · {1} {2} (1), {3} (2) · 1 to 2: {4}")
    return text.format(name_patch(hovered), quantity, *values, between)


def of_change(
    quantity: str, maps: Sequence[np.ndarray], patch: Patch, hovered: Patch | None
) -> str:
    """“row 10, column 15 · cosine 0.83 (1), 0.79 (2), difference +0.04”."""
    if hovered is None or hovered == patch:
        low, high = (_change(float(end)) for end in (maps[2].min(), maps[2].max()))
        return tr("{0} · difference {1} to {2}").format(name_patch(patch), low, high)
    first, second = (number(float(values[hovered])) for values in maps[:2])
    left = _change(float(maps[2][hovered]))
    text = tr("{0} · {1} {2} (1), {3} (2), difference {4}")
    return text.format(name_patch(hovered), quantity, first, second, left)


def of_prefix(maps: np.ndarray, names: Sequence[str], hovered: Patch) -> str:
    """“row 10, column 15 · class token 0.12”."""
    values = [
        f"{name_token(name)} {number(float(values[hovered]))}"
        for name, values in zip(names, maps, strict=True)
    ]
    return " · ".join([name_patch(hovered), *values])


def of_norms(norms: Norms, names: Sequence[str], hovered: Patch | None) -> str:
    """“row 10, column 15 · norm 2.31”, or what there is besides patches."""
    if hovered is not None:
        value = significant(float(norms.patches[hovered]))
        return tr("{0} · norm {1}").format(name_patch(hovered), value)
    low, high = significant(float(norms.patches.min())), significant(float(norms.patches.max()))
    said = [tr("patches {0} to {1}").format(low, high)]
    named = zip(names, norms.prefix, strict=True)
    said += [f"{name_token(name)} {significant(float(value))}" for name, value in named]
    return tr("norms: {0}").format(" · ".join(said))


def of_components(components: Components, hovered: Patch) -> str:
    """“row 10, column 15 · 1: 0.31 · 2: −0.22 · 3: 0.04”."""
    values = components.maps[:, hovered[0], hovered[1]]
    said = [f"{n}: {significant(float(value), 2)}" for n, value in enumerate(values, 1)]
    return " · ".join([name_patch(hovered), *said])


def of_fit(curve: DistanceCurve, quantity: str) -> str:
    """“cosine ≈ 0.12 + 0.71 · exp(−d / 4.2) · explains 93 %”."""
    fit = curve.fit
    if fit is None:
        return ""
    ratio = f"d / {significant(fit.reach, 2)}"
    power = f"−({ratio})²" if fit.power == 2 else f"−{ratio}"
    text = tr("fit: {0} ≈ {1} + {2} · exp({3}) · explains {4} % of the means")
    share = round(100 * fit.explained)
    return text.format(quantity, number(fit.floor), number(fit.height), power, share)

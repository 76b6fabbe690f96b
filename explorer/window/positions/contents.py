"""What the tiles of each view show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...explain.attention import name_token
from ...explain.position_fields import Field
from ...explain.position_views import Components, Norms
from ...records import Heatmap, Patch
from ..words import name_patch
from .mosaic_shades import is_signed
from .tile import TileContent
from .translation import tr
from .views import Opened


def map_of(field: Field, patch: Patch, own_scale: bool) -> Heatmap:
    """One patch's map; a scale of its own reaches as far below 0 as above, where 0 is special."""
    return _heatmap(field.map_from(patch), field, own_scale, name_patch(patch))


def single(field: Field, patch: Patch, own_scale: bool) -> TileContent:
    return TileContent("", "", map_of(field, patch, own_scale))


def two_patches(field: Field, patches: Sequence[Patch], own_scale: bool) -> list[TileContent]:
    """Both maps and what is left of the first less the second."""
    first, second = (map_of(field, patch, own_scale) for patch in patches)
    left = first.values - second.values
    names = [f"{number} · {name_patch(patch)}" for number, patch in enumerate(patches, 1)]
    return [
        TileContent(names[0], "1", first),
        TileContent(names[1], "2", second),
        TileContent("1 − 2", "1 − 2", difference_map(left, field, own_scale)),
    ]


def two_models(
    opened: Opened, patch: Patch, own_scale: bool, names: tuple[str, str]
) -> list[TileContent]:
    """One patch's map in both models, and what is left of the first less the second."""
    both = opened.change(patch)
    assert both is not None
    field = opened.field
    maps = [_heatmap(values, field, own_scale, "") for values in (both.first, both.second)]
    resampled = f" · {tr('resampled')}" if both.note else ""
    return [
        TileContent(f"1 · {names[0]}", "1", maps[0]),
        TileContent(f"2 · {names[1]}{resampled}", f"2{resampled}", maps[1]),
        TileContent("1 − 2", "1 − 2", difference_map(both.difference, field, own_scale)),
    ]


def difference_map(values: np.ndarray, field: Field, own_scale: bool) -> Heatmap:
    """On the maps' scale, unless it goes beyond, so that it can be compared; or up to its most."""
    most = float(np.abs(values).max())
    most = most if own_scale else max(most, field.bounds[1])
    return Heatmap(values, -most, most, tr("difference"), tr("difference"), diverging=True)


def prefix_maps(maps: np.ndarray, names: Sequence[str], own_scale: bool) -> list[TileContent]:
    """Cosine of each prefix token with all patches: maps float32 (prefix, rows, columns)."""
    return [
        TileContent(name_token(name), name, _scaled(values, (-1.0, 1.0), own_scale, "cosine", name))
        for name, values in zip(names, maps, strict=True)
    ]


def component_maps(components: Components) -> list[TileContent]:
    """The first three as the colours red, green and blue; then each as a map."""
    shares = [f"{share:.0%}" for share in components.shares]
    maps = [_component(values, place) for place, values in enumerate(components.maps)]
    together = f"{components.shares.sum():.0%}"
    name, colors = tr("all three · {0}").format(together), mixed_colors(components)
    mixed = TileContent(name, tr("all"), maps[0], colors)
    channels = (tr("1 · red · {0}"), tr("2 · green · {0}"), tr("3 · blue · {0}"))
    names = [name.format(share) for name, share in zip(channels, shares, strict=True)]
    numbered = enumerate(zip(names, maps, strict=True), 1)
    return [mixed, *(TileContent(name, str(n), one) for n, (name, one) in numbered)]


def mixed_colors(components: Components) -> np.ndarray:
    """Each of three components from its least to its most as a channel: uint8 (…, 3) RGB."""
    maps = np.moveaxis(components.maps, 0, -1)
    low, high = maps.min(axis=(0, 1)), maps.max(axis=(0, 1))
    shares = (maps - low) / np.where(high > low, high - low, 1)
    colors: np.ndarray = np.rint(shares * 255).astype(np.uint8)
    return colors


def norm_map(norms: Norms, own_scale: bool) -> TileContent:
    high = float(norms.patches.max())
    return TileContent(
        "", "", _scaled(norms.patches, (0.0, high), own_scale, tr("norm"), tr("norm"))
    )


def _heatmap(values: np.ndarray, field: Field, own_scale: bool, title: str) -> Heatmap:
    if not is_signed(field):
        return _scaled(values, field.bounds, own_scale, field.quantity, title)
    most = float(np.abs(values).max()) if own_scale else field.bounds[1]
    return Heatmap(values, -most, most, field.quantity, title, diverging=True)


def _scaled(
    values: np.ndarray, bounds: tuple[float, float], own_scale: bool, quantity: str, title: str
) -> Heatmap:
    low, high = (float(values.min()), float(values.max())) if own_scale else bounds
    return Heatmap(values, low, high, quantity, title)


def _component(values: np.ndarray, place: int) -> Heatmap:
    """A component's sign is chance, so its scale is as far below 0 as above."""
    most = float(np.abs(values).max())
    name = tr("component {0}").format(place + 1)
    return Heatmap(values, -most, most, name, name, diverging=True)

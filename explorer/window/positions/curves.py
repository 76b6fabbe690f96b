"""The curves of each view that has some."""

from __future__ import annotations

import numpy as np

from ...explain.position_fields import Field
from ...explain.position_views import Components, DistanceCurve, Profiles, profiles
from ...records import Patch
from ..parts.chart_axes import Axes
from ..parts.chart_series import Kind, Role, Series
from .translation import tr

Curves = tuple[list[Series], Axes]

# Red, green and blue that are seen on light and dark grounds; told apart by their dashes, too.
CHANNELS: tuple[tuple[str, Kind], ...] = (
    ("#e5604d", "line"),
    ("#2f9159", "dashes"),
    ("#4f82e8", "dots"),
)
FAINT = 0.45


def profile_curves(means: Profiles, field: Field, patch: Patch) -> Curves:
    """Along rows and columns: in the mean over all patches, and from one."""
    own = profiles(field, patch)
    down, across = means.row_offsets, means.column_offsets
    series = [
        Series(tr("down from it"), down, own.along_rows, "line", Role.Highlight, opacity=FAINT),
        Series(tr("across from it"), across, own.along_columns, "dashes", Role.Text, opacity=FAINT),
        Series(tr("down, mean"), down, means.along_rows, "line", Role.Highlight),
        Series(tr("across, mean"), across, means.along_columns, "dashes", Role.Text),
    ]
    return series, Axes(tr("offset in patches"), field.quantity)


def distance_curves(curve: DistanceCurve, field: Field, patch: Patch) -> Curves:
    """One patch's values and the means over all, both as points; a curve through the means."""
    rows, columns = np.indices((field.rows, field.columns))
    distances = np.hypot(rows - patch[0], columns - patch[1]).ravel()
    values = field.map_from(patch).ravel()
    x = curve.distances
    series = [
        Series(tr("from it"), distances, values, "points", Role.Text, opacity=FAINT, is_read=False),
        Series(tr("mean"), x, curve.mean, "points", Role.Highlight),
    ]
    if curve.fit is not None:
        smooth = np.linspace(0, float(x[-1]), 200)
        fitted = curve.fit.at(smooth)
        series.append(Series(tr("fit"), smooth, fitted, "line", Role.Highlight, is_read=False))
    return series, Axes(tr("distance in patches"), field.quantity)


def component_curves(components: Components) -> tuple[Curves, Curves]:
    """Each component along rows, and along columns, in the mean over the other direction."""
    along_rows, along_columns = components.maps.mean(axis=2), components.maps.mean(axis=1)
    return (
        (_channels(along_rows), Axes(tr("row"), tr("components"))),
        (_channels(along_columns), Axes(tr("column"), tr("components"))),
    )


def _channels(values: np.ndarray) -> list[Series]:
    """Curves (components, places), counted from 1 where people read them."""
    places = np.arange(1, values.shape[1] + 1)
    named = zip(values, CHANNELS, strict=True)
    return [
        Series(str(number), places, along, kind, color)
        for number, (along, (color, kind)) in enumerate(named, 1)
    ]

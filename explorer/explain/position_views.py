"""Other ways to look at positions: against distance, along rows and columns, by components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Patch, PositionTable, has_direction, unit_vectors
from .position_fields import Field, thinned

_MOST_PAIRS = 1_500_000  # of patches looked at for one curve, about 0.2 s
_NEAREST = 0.75  # patches: a shorter reach would be guessed from a single distance
_POWERS = (1.0, 2.0)  # exponential and Gaussian decay


@dataclass(frozen=True)
class Fit:
    """floor + height · exp(-(distance / reach) ^ power): how fast patches become unlike."""

    floor: float  # far away
    height: float  # above the floor, right beside
    reach: float  # in patches: where a height has fallen to 37 %
    power: float  # 1: exponential, 2: Gaussian
    explained: float  # 0..1: share of the means' variance, each weighted by its pairs

    def at(self, distances: np.ndarray) -> np.ndarray:
        """The curve: float64, shaped as `distances` (in patches)."""
        return self.floor + self.height * _decay(distances, self.reach, self.power)


@dataclass(frozen=True, eq=False)
class DistanceCurve:
    """A field against the distance of two patches, each distance that occurs once, rising."""

    distances: np.ndarray  # float32 (distances,), from centre to centre, in patches
    pairs: np.ndarray  # int64 (distances,): how many pairs lie so far apart
    mean: np.ndarray  # float32 (distances,)
    low: np.ndarray  # the lower quartile
    median: np.ndarray
    high: np.ndarray  # the upper quartile
    fit: Fit | None  # None where there are fewer than three distances


@dataclass(frozen=True, eq=False)
class Profiles:
    """Means over all pairs in one column, or one row, by their offset; NaN where none is."""

    row_offsets: np.ndarray  # int (2 · rows - 1,): -(rows - 1) .. rows - 1, downwards
    along_rows: np.ndarray  # float32 (2 · rows - 1,): patches above and below, in the same column
    column_offsets: np.ndarray  # int (2 · columns - 1,), rightwards
    along_columns: np.ndarray  # float32 (2 · columns - 1,): patches beside, in the same row


@dataclass(frozen=True, eq=False)
class Components:
    """Directions in which a table's vectors differ most, the strongest first."""

    maps: np.ndarray  # float32 (count, rows, columns): each patch along the direction
    shares: np.ndarray  # float32 (count,): of the table's variance; 0 where nothing is left


@dataclass(frozen=True, eq=False)
class Norms:
    """Lengths of a table's vectors."""

    patches: np.ndarray  # float32 (rows, columns)
    prefix: np.ndarray  # float32 (prefix tokens that have one,)


def by_distance(field: Field) -> DistanceCurve:
    """What patches are to each other as they lie further apart, and a curve through it.

    Of very large grids every nth patch is asked, about all others.
    """
    step = thinned(field, _MOST_PAIRS)
    rows, columns = np.arange(field.rows), np.arange(field.columns)
    down = rows[step, None, None, None] - rows[:, None]
    right = columns[step, None, None] - columns
    squares = (down**2 + right**2).ravel()
    distances, starts, values = _grouped(squares, field.maps(step, step).ravel())
    pairs = np.diff(np.append(starts, len(values)))
    mean = np.add.reduceat(values, starts, dtype=np.float64) / pairs
    low, median, high = (_quantile(values, starts, pairs, share) for share in (0.25, 0.5, 0.75))
    distances = np.sqrt(distances)
    # A patch's likeness to itself is 1 by definition, and says nothing about distance.
    fit = _fit(distances[1:], mean[1:], pairs[1:])
    far, mean = distances.astype(np.float32), mean.astype(np.float32)
    return DistanceCurve(far, pairs, mean, low, median, high, fit)


def profiles(field: Field, patch: Patch | None = None) -> Profiles:
    """A field along rows and columns, in the mean over all patches, or from one.

    Of very large grids every nth patch is asked, about all others.
    Raises ExplorerError where there is no such patch.
    """
    rows, columns = _Offsets(field.rows), _Offsets(field.columns)
    if patch is not None:
        values = field.map_from(patch)
        rows.add(patch[0], values[:, patch[1]])
        columns.add(patch[1], values[patch[0]])
        return Profiles(rows.offsets, rows.means(), columns.offsets, columns.means())
    step = thinned(field, _MOST_PAIRS)
    asked = range(field.columns)[step]
    for row in range(field.rows)[step]:  # one row's maps at a time: all may be too many
        maps = field.maps(slice(row, row + 1), step)[0]  # (asked columns, rows, columns)
        rows.add(row, maps[range(len(asked)), :, asked])
        for column, values in zip(asked, maps[:, row], strict=True):
            columns.add(column, values)
    return Profiles(rows.offsets, rows.means(), columns.offsets, columns.means())


def principal_components(table: PositionTable, count: int = 3) -> Components:
    """The `count` directions of largest variance of a table's patches (PCA).

    A direction has no sign of its own: the first patch is on its positive side. About 50 ms for
    576 patches.
    """
    rows, columns, width = table.patches.shape
    vectors = _known(table.patches).reshape(-1, width)
    size = np.einsum("pw,pw->", vectors, vectors)
    vectors -= vectors.mean(axis=0)
    variances, scores = _strongest(vectors, count)
    scores *= np.where(scores[0] < 0, -1.0, 1.0)
    total = np.einsum("pw,pw->", vectors, vectors)
    differs = total > 1e-12 * size  # less is the rounding of equal vectors
    shares = variances / total if differs else np.zeros_like(variances)
    maps = scores.T.reshape(-1, rows, columns).astype(np.float32)
    missing = count - len(maps)
    return Components(
        np.pad(maps, ((0, missing), (0, 0), (0, 0))),
        np.pad(shares.astype(np.float32), (0, missing)),
    )


def norms(table: PositionTable) -> Norms:
    """The length of each patch's and each prefix token's vector; 0 where it is not finite."""
    lengths = (np.sqrt((_known(part) ** 2).sum(axis=-1)) for part in (table.patches, table.prefix))
    return Norms(*(length.astype(np.float32) for length in lengths))


def prefix_similarity(table: PositionTable) -> np.ndarray:
    """Cosine of each prefix token's vector with all patches: float32 (prefix, rows, columns)."""
    units = unit_vectors(table.patches), unit_vectors(table.prefix)
    return np.einsum("rcw,pw->prc", *units)


def _known(vectors: np.ndarray) -> np.ndarray:
    """Vectors (…, width) in float64, zero where they are not finite."""
    return np.where(has_direction(vectors)[..., None], vectors, 0).astype(np.float64)


class _Offsets:
    """Means of values by their offset along one side of the grid."""

    def __init__(self, size: int) -> None:
        self.offsets = np.arange(-(size - 1), size)
        self._size = size
        self._sums = np.zeros(2 * size - 1)
        self._counts = np.zeros(2 * size - 1)

    def add(self, place: int, values: np.ndarray) -> None:
        """Values (…, size) seen from a place on the side."""
        reach = slice(self._size - 1 - place, 2 * self._size - 1 - place)
        values = values.reshape(-1, self._size)
        self._sums[reach] += values.sum(axis=0, dtype=np.float64)
        self._counts[reach] += len(values)

    def means(self) -> np.ndarray:
        known = self._counts > 0
        means = np.full(len(known), np.nan, np.float32)
        means[known] = self._sums[known] / self._counts[known]
        return means


def _grouped(keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys that occur, rising; where each one's values start; all values, sorted key by key."""
    order = np.lexsort((values, keys))
    distinct, starts = np.unique(keys[order], return_index=True)
    return distinct, starts, values[order]


def _quantile(
    values: np.ndarray, starts: np.ndarray, counts: np.ndarray, share: float
) -> np.ndarray:
    """Of each group of sorted values: float32 (groups,), between two values in proportion."""
    places = share * (counts - 1)
    lower = starts + np.floor(places).astype(int)
    upper = starts + np.ceil(places).astype(int)
    between = places - np.floor(places)
    return (values[lower] * (1 - between) + values[upper] * between).astype(np.float32)


def _decay(distances: np.ndarray, reach: float | np.ndarray, power: float) -> np.ndarray:
    return np.exp(-((distances / reach) ** power))


def _fit(distances: np.ndarray, means: np.ndarray, pairs: np.ndarray) -> Fit | None:
    """The curve with least squares, each mean weighted by its pairs.

    For each reach that is tried, floor and height follow in closed form; the best is kept.
    """
    if len(distances) < 3 or not np.isfinite(means).all():
        return None
    weights = pairs / pairs.sum()
    tried = [_fit_power(distances, means, weights, power) for power in _POWERS]
    return max(tried, key=lambda fit: fit.explained)


def _fit_power(distances: np.ndarray, means: np.ndarray, weights: np.ndarray, power: float) -> Fit:
    reaches = np.geomspace(_NEAREST, 2 * distances[-1], 200)  # 2 % apart
    curves = _decay(distances, reaches[:, None], power)  # (reaches, distances)
    level = means @ weights
    curve_levels = curves @ weights
    lifted, curves = means - level, curves - curve_levels[:, None]
    together, alone = curves @ (weights * lifted), curves**2 @ weights
    heights = together / np.maximum(alone, 1e-12)
    explained = heights * together
    best = int(explained.argmax())
    variance = lifted**2 @ weights
    return Fit(
        floor=float(level - heights[best] * curve_levels[best]),
        height=float(heights[best]),
        reach=float(reaches[best]),
        power=power,
        explained=float(explained[best] / variance) if variance > 1e-12 else 1.0,
    )


def _strongest(vectors: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared singular values and U·S of the strongest: (count,), (patches, count), or fewer."""
    patches, width = vectors.shape
    if patches <= width:
        squares, directions = np.linalg.eigh(vectors @ vectors.T)
        lengths = np.sqrt(np.maximum(squares, 0))
        scores = directions * lengths
    else:
        squares, directions = np.linalg.eigh(vectors.T @ vectors)
        scores = vectors @ directions
    strongest = slice(None, -count - 1, -1)
    return np.maximum(squares[strongest], 0), scores[:, strongest]

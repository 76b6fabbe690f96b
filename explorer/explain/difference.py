"""How two models' maps of one picture differ: where one attends more, and where the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import ExplorerError
from ..records import Frame, Heatmap

_FLAT = 1e-6  # a map whose deviation is this share of its mean, or less, has no shape to compare


@dataclass(frozen=True, eq=False)
class Difference:
    """Two maps on one grid, the first's, and what is left of one when the other is taken away."""

    heatmap: Heatmap  # first − second; diverging, its scale as far below 0 as above
    first: np.ndarray  # float32 (rows, columns)
    second: np.ndarray  # float32 (rows, columns): the second's attention that fell on each patch
    seen: np.ndarray  # float32 (rows, columns), 0..1: the share of each patch that the second saw
    note: str  # what was done to put them on one grid, in sentences; "" where nothing was

    @cached_property
    def correlation(self) -> float | None:
        """Pearson's r of both maps over the patches that both models saw: −1..1.

        r = Σ w (a − ā) (b − b̄) / √(Σ w (a − ā)² · Σ w (b − b̄)²), where w is `seen`, a the
        first's map, and b the second's per area. None where a map is flat, or nothing is shared.
        """
        weights = self.seen / max(float(self.seen.sum()), np.finfo(np.float32).tiny)
        per_area = np.divide(self.second, self.seen, where=self.seen > 0, out=0 * self.second)
        a, b = (_standardised(values, weights) for values in (self.first, per_area))
        if a is None or b is None:
            return None
        return float(np.clip((weights * a * b).sum(dtype=np.float64), -1, 1))

    @cached_property
    def divergence(self) -> float | None:
        """Jensen–Shannon divergence of both maps where both models saw, in bits: 0 alike, 1 apart.

        ½ Σ p log₂(p / m) + ½ Σ q log₂(q / m), where p and q are the maps divided by their sums and
        m = (p + q) / 2 (Lin 1991). None where a map is empty there.
        """
        p, q = (values.astype(np.float64) for values in (self.first * self.seen, self.second))
        if not (p.sum() > 0 and q.sum() > 0):
            return None
        p, q = p / p.sum(), q / q.sum()
        middle = (p + q) / 2
        return float(np.clip((_bits(p, middle) + _bits(q, middle)) / 2, 0, 1))


def _standardised(values: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """Values less their weighted mean, in their weighted deviations; None where they are flat."""
    centred = values.astype(np.float64)
    mean = (weights * centred).sum()
    centred -= mean
    deviation = np.sqrt((weights * centred**2).sum())
    return centred / deviation if deviation > _FLAT * abs(mean) else None


def _bits(p: np.ndarray, m: np.ndarray) -> float:
    """Σ p log₂(p / m): Kullback–Leibler divergence, where m is no 0 unless p is."""
    there = p > 0
    return float((p[there] * np.log2(p[there] / m[there])).sum())


def difference(
    first: Heatmap,
    second: Heatmap,
    first_frame: Frame,
    second_frame: Frame,
    most: float | None = None,
) -> Difference:
    """The first map less the second, on the first's grid.

    Attention is a share: where the grids lie differently in the picture, each patch of the second
    gives its attention to the first's patches by the area that they have in common. So sums stay,
    and two uniform maps of one region differ by 0. What the second did not see counts as 0 there;
    what it attended to beyond the first's region is left out; the note says both.

    The scale ends at ±`most`; None = at the largest difference. Raises ExplorerError where the
    maps are of two pictures.
    """
    if first_frame.picture_size != second_frame.picture_size:
        raise ExplorerError("These maps are of two different pictures.", hint="Compare one's.")
    resampled, seen = resample(second.values, second_frame, first_frame)
    values = first.values - resampled
    most = float(np.abs(values).max()) if most is None else most
    heatmap = Heatmap(
        values, -most, most, "difference", f"{first.title} · first − second", diverging=True
    )
    note = _describe(second.values, resampled, seen)
    return Difference(heatmap, first.values, resampled, seen, note)


def resample(values: np.ndarray, frame: Frame, to: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Shares of attention over one frame's patches, given to another's by common area.

    Returns float32 (rows, columns) of the other frame, and, alike, the share 0..1 of each of its
    patches that lies in the first frame's region.
    """
    if (frame.box, frame.rows, frame.columns) == (to.box, to.rows, to.columns):
        return values, np.ones_like(values)
    rows, columns = _edges(frame)
    to_rows, to_columns = _edges(to)
    # Not by matmul: its threads wait long for cores where a model computes at the same time.
    down = np.einsum("ij,jk->ik", _common(to_rows, rows) / np.diff(rows), values)
    given = np.einsum("ik,lk->il", down, _common(to_columns, columns) / np.diff(columns))
    seen_rows = _common(to_rows, rows).sum(axis=1) / np.diff(to_rows)
    seen_columns = _common(to_columns, columns).sum(axis=1) / np.diff(to_columns)
    seen = np.outer(seen_rows, seen_columns).clip(0, 1)
    return given.astype(np.float32), seen.astype(np.float32)


def _edges(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Where rows and columns of patches begin and end, in picture pixels."""
    left, top, right, bottom = frame.box
    return np.linspace(top, bottom, frame.rows + 1), np.linspace(left, right, frame.columns + 1)


def _common(edges: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The length that each interval has in common with each other one: (intervals, others)."""
    begin = np.maximum(edges[:-1, None], others[None, :-1])
    end = np.minimum(edges[1:, None], others[None, 1:])
    return np.maximum(end - begin, 0)


def _describe(values: np.ndarray, resampled: np.ndarray, seen: np.ndarray) -> str:
    """What was done to the second's map, in sentences."""
    said = []
    if values.shape != resampled.shape:
        sizes = [f"{rows} × {columns}" for rows, columns in (values.shape, resampled.shape)]
        said.append(f"The second’s {sizes[0]} map was resampled to {sizes[1]}.")
    unseen = round(100 * (1 - float(seen.mean())))
    if unseen:
        said.append(f"The second did not see {unseen} % of what the first saw: 0 there.")
    beyond = round(100 * (1 - float(resampled.sum()) / max(float(values.sum()), 1e-12)))
    if beyond > 0:
        said.append(f"{beyond} % of its attention lies beyond what the first saw and is left out.")
    return " ".join(said)

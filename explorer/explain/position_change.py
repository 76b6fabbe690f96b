"""Two models' positions side by side: what the same patch knew before, and knows after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import ExplorerError
from ..records import Patch
from .position_fields import Field

GridSize = tuple[int, int]  # rows, columns


@dataclass(frozen=True, eq=False)
class Change:
    """One patch's maps in two fields, on the first's grid."""

    first: np.ndarray  # float32 (rows, columns)
    second: np.ndarray  # float32 (rows, columns), resampled where the grids differ
    note: str  # what was done to put both on one grid; "" where nothing was

    @property
    def difference(self) -> np.ndarray:
        """First less second: float32 (rows, columns)."""
        return self.first - self.second


def change(first: Field, second: Field, patch: Patch) -> Change:
    """The maps of one patch of the first field, and of the patch at its place in the second.

    Raises ExplorerError where the fields measure different things.
    """
    if first.quantity != second.quantity:
        raise ExplorerError(
            f"The first model's positions give a {first.quantity}, the second's a "
            f"{second.quantity}.",
            hint="Only what is measured alike can be compared.",
        )
    grid, other = (first.rows, first.columns), (second.rows, second.columns)
    values = second.map_from(patch_beside(patch, grid, other))
    note = ""
    if other != grid:
        values = resampled(values, *grid)
        note = f"The second’s {other[0]} × {other[1]} map was resampled to {grid[0]} × {grid[1]}."
    return Change(first.map_from(patch), values, note)


def patch_beside(patch: Patch, grid: GridSize, other: GridSize) -> Patch:
    """The patch of another grid that holds the middle of this one, where both fill one square."""
    row, column = (
        min(int((place + 0.5) / count * to), to - 1)
        for place, count, to in zip(patch, grid, other, strict=True)
    )
    return row, column


def resampled(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """A map on another grid, in straight lines between the middles of patches: float32.

    Beyond the outermost middles it is constant, so that no value is invented.
    """
    down, across = _weights(values.shape[0], rows), _weights(values.shape[1], columns)
    # Not by matmul: its threads wait long for cores where a model computes at the same time.
    along = np.einsum("ij,jk->ik", down, values)
    return np.einsum("lk,ik->il", across, along).astype(np.float32)


def _weights(count: int, to: int) -> np.ndarray:
    """What each of `to` places takes of `count`: (to, count), rows sum to 1."""
    places = (np.arange(to) + 0.5) / to * count - 0.5
    places = places.clip(0, count - 1)
    before = np.minimum(places.astype(int), max(0, count - 2))
    weights = np.zeros((to, count))
    weights[np.arange(to), before] = 1 - (places - before)
    weights[np.arange(to), np.minimum(before + 1, count - 1)] += places - before
    return weights

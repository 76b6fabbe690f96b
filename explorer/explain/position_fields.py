"""Fields: what gives every patch a map over all patches."""

from __future__ import annotations

from math import isqrt
from typing import Protocol

import numpy as np

from ..records import Grid, Patch, unit_vectors

EVERY = slice(None)
_ONE_THREAD = 262_144  # multiplications that OpenBLAS does without a second thread


class Field(Protocol):
    """How one kind of position information relates every patch to every other."""

    rows: int
    columns: int
    quantity: str  # "cosine", "rotary similarity", "bias"
    bounds: tuple[float, float]  # the absolute scale, the same for all of a model's fields

    def map_from(self, patch: Patch) -> np.ndarray:
        """One patch's map: float32 (rows, columns); quick enough to follow the mouse.

        Raises ExplorerError where there is no such patch.
        """
        ...

    def maps(self, rows: slice = EVERY, columns: slice = EVERY) -> np.ndarray:
        """The maps of the chosen patches: float32 (chosen rows, chosen columns, rows, columns).

        All maps grow with the square of the patches: 1.3 MB of 24 × 24, 67 MB of 64 × 64, 1 GB of
        128 × 128. Ask for a part, or for every nth (`thinned` says which).
        """
        ...


class SimilarityField:
    """Cosine of each patch's vector with all others; 0 where a vector has no direction."""

    quantity = "cosine"
    bounds = (-1.0, 1.0)

    def __init__(self, vectors: np.ndarray) -> None:
        self.rows, self.columns, _ = vectors.shape
        self._units = unit_vectors(vectors)
        self._flat = self._units.reshape(self.rows * self.columns, -1)

    def map_from(self, patch: Patch) -> np.ndarray:
        index = Grid(self.rows, self.columns, ()).index(patch)
        # Not by matmul: its threads wait long for cores where a model computes at the same time.
        cosines = np.einsum("pw,w->p", self._flat, self._flat[index])
        return cosines.reshape(self.rows, self.columns)

    def maps(self, rows: slice = EVERY, columns: slice = EVERY) -> np.ndarray:
        chosen = self._units[rows, columns]  # (chosen rows, chosen columns, width)
        cosines = _products(chosen.reshape(-1, chosen.shape[-1]), self._flat)
        return cosines.reshape(*chosen.shape[:2], self.rows, self.columns)


class OffsetField:
    """A value for each offset between two patches, wherever they lie."""

    def __init__(self, offsets: np.ndarray, quantity: str, bounds: tuple[float, float]) -> None:
        """`offsets`: float32 (2 · rows - 1, 2 · columns - 1), no offset in the middle."""
        self.rows, self.columns = (size // 2 + 1 for size in offsets.shape)
        self.quantity, self.bounds = quantity, bounds
        windows = np.lib.stride_tricks.sliding_window_view(offsets, (self.rows, self.columns))
        self._maps = windows[::-1, ::-1]  # a view: the first patch looks right and down only

    def map_from(self, patch: Patch) -> np.ndarray:
        Grid(self.rows, self.columns, ()).index(patch)
        return np.ascontiguousarray(self._maps[patch])

    def maps(self, rows: slice = EVERY, columns: slice = EVERY) -> np.ndarray:
        return np.ascontiguousarray(self._maps[rows, columns])


def _products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Scalar products of vectors (n, width) and (m, width): float32 (n, m).

    In blocks so small that BLAS takes no second thread for them: that one would wait long for a
    core where a model computes at the same time, and a model that was just loaded does.
    """
    width = first.shape[1]
    side = max(4, isqrt(_ONE_THREAD // width) // 8 * 8)
    rows, columns = (-(-len(vectors) // side) for vectors in (first, second))
    blocks = _padded(first, rows * side).reshape(rows, 1, side, width)
    others = _padded(second, columns * side).reshape(1, columns, side, width)
    products = blocks @ others.swapaxes(2, 3)  # (rows, columns, side, side)
    whole = products.swapaxes(1, 2).reshape(rows * side, columns * side)
    return whole[: len(first), : len(second)]


def _padded(vectors: np.ndarray, count: int) -> np.ndarray:
    """Vectors (n, width) and zeros after them: (count, width)."""
    return np.pad(vectors, ((0, count - len(vectors)), (0, 0)))


def thinned(field: Field, most: int) -> slice:
    """Every nth row and column of patches, so that their maps hold at most `most` numbers.

    The whole field where it fits: `step = thinned(field, 50_000_000); field.maps(step, step)`.
    """
    step = 1
    while -(-field.rows // step) * -(-field.columns // step) * field.rows * field.columns > most:
        if step >= max(field.rows, field.columns):
            break
        step += 1
    return slice(None, None, step)

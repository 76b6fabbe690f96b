"""What is asked of one model, as another one can be asked it."""

from __future__ import annotations

from dataclasses import replace

from ..records import MEAN_OF_PATCHES, POOLING_HEAD, Grid, ModelInfo, Patch, Query, Token
from .state import Second, State

_MIDDLE = 0.5001  # of a patch; where it lies between two others, rounding does not choose


def fitting(query: Query, model: ModelInfo) -> Query:
    """The query, with what this model does not have replaced by its defaults."""
    layer = query.layer if -model.layers <= query.layer < model.layers else -1
    fits = isinstance(query.head, str) or 0 <= query.head < model.heads
    token = query.token if _has(model, query.token) else None
    return Query(layer, query.head if fits else "mean", token)


def _has(model: ModelInfo, token: Token | None) -> bool:
    if isinstance(token, tuple):
        return _lies_in(model.grid, token)
    pooled = {"mean of patches": MEAN_OF_PATCHES, "pooling head": POOLING_HEAD}
    return token in (None, pooled.get(model.decision), *model.grid.prefix)


def _lies_in(grid: Grid, patch: Patch) -> bool:
    return 0 <= patch[0] < grid.rows and 0 <= patch[1] < grid.columns


def fitting_patches(patches: tuple[Patch, ...], model: ModelInfo) -> tuple[Patch, ...]:
    """The patches that this model has, each once."""
    return tuple(dict.fromkeys(patch for patch in patches if _lies_in(model.grid, patch)))


def carried_over(query: Query, here: State | Second, there: State | Second) -> Query:
    """The query of the model `here`, asked of the model `there` about the same place.

    Where their grids differ, its patch becomes the one that lies over the middle of it, in the
    picture; what the other model does not have becomes its default.
    """
    if there.model is None:
        return query
    if isinstance(query.token, tuple):
        query = replace(query, token=same_place(query.token, here, there))
    return fitting(query, there.model)


def same_place(patch: Patch, here: State | Second, there: State | Second) -> Patch | None:
    """The patch of the model `there` over the middle of a patch of the model `here`.

    None where the other model, which may crop, sees nothing of that place.
    """
    if here.trace is not None and there.trace is not None:
        left, top, width, height = here.trace.frame.patch_rect(*patch)
        return there.trace.frame.patch_at(left + _MIDDLE * width, top + _MIDDLE * height)
    if here.model is None or there.model is None:
        return None
    rows, columns = here.model.grid.rows, here.model.grid.columns
    down, across = (patch[0] + _MIDDLE) / rows, (patch[1] + _MIDDLE) / columns
    return int(down * there.model.grid.rows), int(across * there.model.grid.columns)

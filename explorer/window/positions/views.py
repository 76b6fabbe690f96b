"""The views of positions: which there are, and what each must compute. No widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from ...errors import ExplorerError
from ...explain.position_change import Change, GridSize, change, patch_beside
from ...explain.position_fields import Field
from ...explain.position_views import (
    Components,
    DistanceCurve,
    Norms,
    Profiles,
    by_distance,
    norms,
    prefix_similarity,
    principal_components,
    profiles,
)
from ...explain.positions import Source, describe_positions, field_of
from ...images.sines import sine_table
from ...records import Patch, Positions, PositionTable

View = Literal["similarity", "prefix", "profiles", "components", "norms", "distance"]
VIEWS: tuple[View, ...] = get_args(View)
Analysis = np.ndarray | Profiles | Components | Norms | DistanceCurve | None

OF_FIELDS: tuple[View, ...] = ("similarity", "profiles", "distance")  # hover chooses whose map


def views_of(table: PositionTable | None) -> tuple[View, ...]:
    """What can be seen of a source: only a table has vectors to look at one by one."""
    if table is None:
        return OF_FIELDS
    return tuple(view for view in VIEWS if view != "prefix" or len(table.prefix))


def table_of(positions: Positions, source: Source) -> PositionTable | None:
    """The table behind a source; None where it has none."""
    table = positions.table
    if source.kind == "sines":
        patches = sine_table(positions.rows, positions.columns)
        return PositionTable(patches, np.empty((0, patches.shape[-1]), np.float32), ())
    if source.kind == "stored" and table is not None and table.stored is not None:
        return replace(table, patches=table.stored)
    return table if source.kind == "table" else None


def analyse(view: View, positions: Positions, source: Source, field: Field) -> Analysis:
    """What a view shows of a source as a whole; None where it needs no more than the field."""
    if view == "profiles":
        return profiles(field)
    if view == "distance":
        return by_distance(field)
    table = table_of(positions, source)
    if view == "similarity" or table is None:
        return None
    if view == "components":
        return principal_components(table)
    return norms(table) if view == "norms" else prefix_similarity(table)


@dataclass(frozen=True, eq=False)
class Opened:
    """The fields of a source, in both models where two are open."""

    source: Source
    field: Field
    views: tuple[View, ...]
    prefix: tuple[str, ...]  # names of the prefix tokens that have a vector
    what: str  # a sentence about the model's positions
    second: Field | None = None
    note: str = ""  # what was done to put both models' maps on one grid
    problem: str = ""  # why the second model has no such field

    @property
    def grid(self) -> tuple[int, int]:
        return self.field.rows, self.field.columns

    def change(self, patch: Patch) -> Change | None:
        """A patch's maps in both models; None where there is one."""
        return change(self.field, self.second, patch) if self.second is not None else None


def open_source(first: Positions, second: Positions | None, source: Source) -> Opened:
    """Raises ExplorerError where the first model has no such source."""
    field, table = field_of(first, source), table_of(first, source)
    names = table.prefix_names if table is not None else ()
    opened = Opened(source, field, views_of(table), names, describe_positions(first))
    if second is None:
        return opened
    try:
        other = field_of(second, source)
        note = change(field, other, (0, 0)).note
    except ExplorerError as error:
        return replace(opened, problem=error.message)
    return replace(opened, second=other, note=note)


class Link:
    """Between the model's grid, which the window knows, and the field's, which may be another.

    A finer field has several patches in one of the model's: which one was meant is remembered.
    """

    def __init__(self, model: GridSize, field: GridSize) -> None:
        self._grids = model, field
        self._meant: dict[Patch, Patch] = {}  # patches of the model's grid to those of the field's

    def to_field(self, patch: Patch) -> Patch:
        return self._meant.get(patch) or patch_beside(patch, *self._grids)

    def to_model(self, patch: Patch) -> Patch:
        found = patch_beside(patch, *reversed(self._grids))
        self._meant[found] = patch
        return found

"""What a view shows and says of what is known, and of the patches somebody looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...explain.position_views import Components, DistanceCurve, Norms, Profiles
from ...records import Patch
from . import contents, curves, sentences
from .curves import Curves
from .tile import TileContent
from .translation import tr
from .views import OF_FIELDS, Analysis, Opened, View


@dataclass(frozen=True, eq=False)
class Look:
    """Somebody's look at a source: in a view, at patches of the field's grid."""

    opened: Opened
    view: View
    analysis: Analysis  # the view's; None until it is computed, and where it needs none
    own_scale: bool
    subjects: tuple[Patch, ...]  # whose maps are shown: one, or two that were pinned
    is_pinned: bool
    hovered: Patch | None
    models: tuple[str, str]  # names of both models; the second is "" where one is open

    @property
    def compares_models(self) -> bool:
        return self.opened.second is not None and len(self.subjects) == 1


def tiles(look: Look) -> list[TileContent]:
    """The maps; none where they are still being computed."""
    analysis, field = look.analysis, look.opened.field
    if look.view == "components" and isinstance(analysis, Components):
        return contents.component_maps(analysis)
    if look.view == "norms" and isinstance(analysis, Norms):
        return [contents.norm_map(analysis, look.own_scale)]
    if look.view == "prefix" and isinstance(analysis, np.ndarray):
        return contents.prefix_maps(analysis, look.opened.prefix, look.own_scale)
    if look.view in ("components", "norms", "prefix"):
        return []
    first = look.subjects[0]
    if look.view == "similarity" and len(look.subjects) == 2:
        return contents.two_patches(field, look.subjects, look.own_scale)
    if look.view == "similarity" and look.compares_models:
        return contents.two_models(look.opened, first, look.own_scale, look.models)
    return [contents.single(field, first, look.own_scale)]


def charts(look: Look) -> list[tuple[str, Curves]]:
    """Named charts, in the order in which they are shown."""
    analysis, field, first = look.analysis, look.opened.field, look.subjects[0]
    if isinstance(analysis, Profiles):
        return [(tr("Row and column profiles"), curves.profile_curves(analysis, field, first))]
    if isinstance(analysis, DistanceCurve):
        return [(tr("Against distance"), curves.distance_curves(analysis, field, first))]
    if isinstance(analysis, Components):
        names = tr("Components along rows"), tr("Components along columns")
        return list(zip(names, curves.component_curves(analysis), strict=True))
    return []


def words(look: Look, shown: Sequence[TileContent]) -> str:
    """What is said of the hovered patch and the maps that are shown; of the whole, else."""
    maps = [content.heatmap.values for content in shown]
    said = _of_patches(look, maps) if maps else ""
    return " · ".join(filter(None, (said, look.opened.note))) if said else _of_all(look)


def _of_patches(look: Look, maps: list[np.ndarray]) -> str:
    analysis, hovered = look.analysis, look.hovered
    if isinstance(analysis, Norms):
        return sentences.of_norms(analysis, look.opened.prefix, hovered)
    if hovered is not None and isinstance(analysis, Components):
        return sentences.of_components(analysis, hovered)
    if hovered is not None and isinstance(analysis, np.ndarray):
        return sentences.of_prefix(analysis, look.opened.prefix, hovered)
    return _of_subjects(look, maps) if look.view in OF_FIELDS else ""


def _of_subjects(look: Look, maps: list[np.ndarray]) -> str:
    """What the maps of chosen patches say."""
    quantity, first, hovered = look.opened.field.quantity, look.subjects[0], look.hovered
    if look.view == "similarity" and len(look.subjects) == 2:
        return sentences.of_two(quantity, maps, look.subjects, hovered)
    if hovered is None and not look.is_pinned:
        return ""
    if look.view == "similarity" and look.compares_models:
        return sentences.of_change(quantity, maps, first, hovered)
    if hovered is None or hovered == first:
        return sentences.of_one(quantity, maps[0], first)
    return sentences.of_pinned(quantity, maps[0], hovered)


def _of_all(look: Look) -> str:
    if isinstance(look.analysis, DistanceCurve):
        said = sentences.of_fit(look.analysis, look.opened.field.quantity)
        if said:
            return said
    if look.opened.source.kind == "sines":
        return tr("Sines and cosines that no model learned, to compare with.")
    return " ".join(filter(None, (look.opened.what, look.opened.problem)))

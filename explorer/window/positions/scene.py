"""What a view shows and says of what is known, and of the patches somebody looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...explain.position_views import Components, DistanceCurve, Norms, Profiles
from ...records import Patch
from . import contents, curves, sentences
from .contents import tr
from .curves import Curves
from .tile import TileContent
from .views import Analysis, Opened, View


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


def words(look: Look) -> str:
    """What is said of the hovered patch; of the whole, where none is."""
    return _of_hovered(look) or _of_all(look)


def _of_hovered(look: Look) -> str:
    analysis, hovered, field = look.analysis, look.hovered, look.opened.field
    if isinstance(analysis, Norms):
        return sentences.of_norms(analysis, look.opened.prefix, hovered)
    if look.view == "similarity" and len(look.subjects) == 2:
        return sentences.of_two(field, look.subjects, hovered)
    if look.view == "similarity" and look.compares_models and (hovered or look.is_pinned):
        both = look.opened.change(look.subjects[0])
        return sentences.of_change(field, both, look.subjects[0], hovered) if both else ""
    if hovered is None:
        return sentences.of_one(field, look.subjects[0]) if look.is_pinned else ""
    if isinstance(analysis, Components):
        return sentences.of_components(analysis, hovered)
    if isinstance(analysis, np.ndarray):
        return sentences.of_prefix(analysis, look.opened.prefix, hovered)
    if hovered == look.subjects[0]:
        return sentences.of_one(field, hovered)
    return sentences.of_pinned(field, look.subjects[0], hovered)


def _of_all(look: Look) -> str:
    if isinstance(look.analysis, DistanceCurve):
        said = sentences.of_fit(look.analysis, look.opened.field.quantity)
        if said:
            return said
    if look.opened.source.kind == "sines":
        return tr("Sines and cosines that no model learned, to compare with.")
    return " ".join(filter(None, (look.opened.what, look.opened.problem)))

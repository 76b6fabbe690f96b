"""Where the patches of models lie: in the picture, and among another model's patches."""

from __future__ import annotations

from ..images.geometry import frame_picture
from ..records import Frame, Grid, ModelInfo, Patch, Picture, Preprocessing
from .state import Second, State

_MIDDLE = 0.5001  # of a patch; where it lies between two others, rounding does not choose


def frame_of(told: State | Second, picture: Picture | None) -> Frame | None:
    """Where a model's map lies, or will lie: padding is there before the map, so nothing jumps."""
    if told.trace is not None:
        return told.trace.frame
    model = told.model
    if model is None or picture is None or model.framing != "pad":
        return None
    wants = Preprocessing(model.input_size, (), (), "pad")
    return frame_picture(picture.size, wants, model.grid.rows, model.grid.columns)


def lies_in(grid: Grid, patch: Patch) -> bool:
    """Whether a grid has such a patch."""
    return 0 <= patch[0] < grid.rows and 0 <= patch[1] < grid.columns


def fitting_patches(patches: tuple[Patch, ...], model: ModelInfo) -> tuple[Patch, ...]:
    """The patches that this model has, each once."""
    return tuple(dict.fromkeys(patch for patch in patches if lies_in(model.grid, patch)))


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

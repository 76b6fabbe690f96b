"""Which model a training begins with. Torch-free: the window opens it, too."""

from __future__ import annotations

from pathlib import Path

from ...errors import ExplorerError
from ...records import Weights
from .recipe import Recipe


def starting_weights(recipe: Recipe) -> Weights:
    """The model of a recipe: a checkpoint or a run's folder where there is one, else a name.

    Raises ExplorerError where the recipe wants random values of a checkpoint.
    """
    file = Path(recipe.model)
    is_file = file.exists()
    if is_file and not recipe.pretrained:
        raise ExplorerError(
            f"“pretrained” is false, and “model” is the checkpoint {file.name}.",
            hint="Name an architecture such as vit_tiny_patch16_224, or start from the checkpoint.",
        )
    pictures, side = recipe.pictures, recipe.image_size
    normalised = pictures.mean is not None and pictures.std is not None
    return Weights(
        name="" if is_file else recipe.model,
        file=file if is_file else None,
        random=not recipe.pretrained,
        image_size=(side, side) if side else None,
        normalisation=(pictures.mean, pictures.std) if normalised else None,  # type: ignore[arg-type]
        interpolation=pictures.interpolation,
    )

"""Which model a training begins with, and how a recipe says it. Torch-free: for the window, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import ExplorerError
from ...records import Weights
from .recipe import Recipe
from .settings import Path as SettingPath


def starting_weights(recipe: Recipe) -> Weights:
    """The model of a recipe: a checkpoint or a run's folder where there is one, else a name.

    Raises ExplorerError where the recipe wants random values of a checkpoint, or answers what only
    checkpoints ask.
    """
    file = Path(recipe.model)
    is_file = file.exists()
    if is_file and not recipe.pretrained:
        raise ExplorerError(
            f"“pretrained” is false, and “model” is the checkpoint {file.name}.",
            hint="Name an architecture such as vit_tiny_patch16_224, or start from the checkpoint.",
        )
    pictures, start = recipe.pictures, recipe.start
    if not is_file:
        _check_name(recipe)
    normalised = pictures.mean is not None and pictures.std is not None
    return Weights(
        name=(start.architecture or "") if is_file else recipe.model,
        file=file if is_file else None,
        random=not recipe.pretrained,
        heads=start.heads,
        image_size=recipe.image_size,
        normalisation=(pictures.mean, pictures.std) if normalised else None,  # type: ignore[arg-type]
        interpolation=pictures.interpolation,
        resampling=start.resampling,
        pre_logits=start.pre_logits,
    )


def started_from(weights: Weights, recipe: Recipe) -> dict[SettingPath, Any]:
    """What a recipe has to say so that it begins with these weights; `recipe` says the usual.

    A checkpoint keeps its own size: the recipe's was meant for another model.
    """
    pictures = recipe.pictures
    mean, std = weights.normalisation or (pictures.mean, pictures.std)
    return {
        ("model",): str(weights.file or weights.name),
        ("pretrained",): not weights.random,
        ("image_size",): weights.image_size or (None if weights.file else recipe.image_size),
        ("start", "architecture"): (weights.name or None) if weights.file else None,
        ("start", "heads"): weights.heads,
        ("start", "resampling"): weights.resampling,
        ("start", "pre_logits"): weights.pre_logits,
        ("pictures", "mean"): _for_colours(mean),
        ("pictures", "std"): _for_colours(std),
        ("pictures", "interpolation"): weights.interpolation or pictures.interpolation,
    }


def _for_colours(numbers: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """A number for each of red, green and blue, where one was given for all."""
    return numbers * 3 if numbers and len(numbers) == 1 else numbers


def _check_name(recipe: Recipe) -> None:
    """Raise ExplorerError where a model's name comes with what only checkpoints ask."""
    for field in ("architecture", "heads"):
        if getattr(recipe.start, field) is not None:
            raise ExplorerError(
                f"“start.{field}” is for a checkpoint, and there is none called {recipe.model}.",
                hint="Leave it out, or give the checkpoint's file as “model”.",
            )

"""Whether the model that a recipe begins with can be had, and from where."""

from __future__ import annotations

from dataclasses import dataclass

from ....errors import ExplorerError
from ....training.recipes.recipe import Recipe
from ....training.recipes.starting_model import starting_weights
from ...words import name_size, tr
from ...worker import Task


@dataclass(frozen=True)
class ModelFacts:
    """What is to be known of a model before it is trained."""

    told: str  # in a line
    is_missing: bool = False  # its weights would have to be downloaded
    problem: ExplorerError | None = None  # why it cannot be trained


def model_facts(recipe: Recipe, _task: Task) -> ModelFacts:
    """Look for a recipe's model; on a worker's thread, for it imports timm."""
    try:
        return _facts(recipe)
    except ExplorerError as error:
        return ModelFacts(str(error), problem=error)


def _facts(recipe: Recipe) -> ModelFacts:
    from ....models.published import catalog

    weights = starting_weights(recipe)
    if weights.file is not None:
        return ModelFacts(tr("Goes on from a checkpoint on this computer."))
    entry = catalog.describe(weights.name)
    millions = tr("{0} million parameters").format(f"{catalog.parameters(weights.name) / 1e6:.0f}")
    if weights.random:
        return ModelFacts(tr("{0}, from random values: it takes many pictures.").format(millions))
    if entry.file is not None:
        return ModelFacts(tr("{0}; its weights are on this computer.").format(millions))
    if not entry.address:
        reason = tr("{0} has no published weights of {1}.").format(entry.library, entry.name)
        raise ExplorerError(reason, tr("Choose another model, or a checkpoint of your own."))
    size = name_size(4 * catalog.parameters(weights.name))
    text = tr("{0}; its weights, about {1}, are downloaded first.").format(millions, size)
    return ModelFacts(text, is_missing=True)

"""The learner of whatever a recipe's task is."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import ExplorerError
from ...models.watch import never, quiet
from ..data.examples import Dataset
from ..recipes.recipe import Recipe
from .caption_learner import load_caption_learner
from .learner import Learner, load_learner


def learner_for(
    recipe: Recipe,
    dataset: Dataset,
    progress: Callable[[str, float | None], None] = quiet,
    should_stop: Callable[[], bool] = never,
) -> Learner:
    """What learns from these pictures; raises ExplorerError, and Cancelled, as loading does."""
    if recipe.task != dataset.task:
        found = "captions" if dataset.task == "caption" else "classes"
        raise ExplorerError(
            f"The recipe's task is “{recipe.task}”, and of these pictures {found} are told.",
            hint=f"Choose another recipe, or set task={dataset.task}.",
        )
    if recipe.task == "caption":
        return load_caption_learner(recipe, dataset, progress, should_stop)
    return load_learner(recipe, dataset.classes, progress, should_stop)

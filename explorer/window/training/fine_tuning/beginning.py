"""What is done before a training begins: its weights are fetched, its folder is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .... import paths
from ....errors import Cancelled, ExplorerError
from ....training.data.examples import Dataset
from ....training.recipes.recipe import Recipe
from ....training.recipes.starting_model import starting_weights
from ....training.runs.run import checked_name, create_run
from ...words import tr
from ...worker import Task


class NameTaken(ExplorerError):  # noqa: N818 - what it says of a name
    """There is a run of that name."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """A training that is to begin."""

    name: str
    recipe: Recipe
    dataset: Dataset
    fetches: bool  # whether the model's weights are not on this computer


def fetch(recipe: Recipe, task: Task) -> None:
    """Have a model's weights on this computer; on a worker's thread, for it imports torch."""
    from ....models.loading import load_network

    load_network(starting_weights(recipe), task.progress, task.should_stop)


def make(wanted: Wanted, task: Task) -> Path:
    """The folder of a new run, ready to be started; on a worker's thread.

    Where anything stands in the way, no folder is left.
    """
    folder = paths.runs() / checked_name(wanted.name)
    if folder.exists():
        raise NameTaken(
            tr("There is a run “{0}” already.").format(folder.name),
            hint=tr("Give this one another name."),
        )
    if wanted.fetches:
        wanted.dataset.fingerprint()  # raises where pictures are gone: before much is downloaded
        fetch(wanted.recipe, task)
    run = create_run(folder, wanted.recipe, wanted.dataset)
    if task.should_stop():
        run.delete()
        raise Cancelled
    return folder

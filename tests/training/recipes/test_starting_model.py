"""Which model a recipe begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.records import Weights
from explorer.training.recipes.recipe import Recipe, Stage, Start
from explorer.training.recipes.recipe_changes import as_table
from explorer.training.recipes.settings import built
from explorer.training.recipes.starting_model import started_from, starting_weights

PLAIN = Recipe((Stage(1),), image_size=(384, 384))
ANSWERED = Weights(
    "vit_tiny_patch16_224",
    heads=3,
    image_size=(32, 48),
    normalisation=((0.1, 0.2, 0.3), (0.9, 0.8, 0.7)),
    interpolation="lanczos",
    resampling="corners",
    pre_logits="after norm",
)


def _saying(values: dict[tuple[str, ...], object]) -> Recipe:
    """A recipe that says these things."""
    table = as_table(PLAIN)
    for path, value in values.items():
        holder = table[path[0]] if len(path) > 1 else table
        holder[path[-1]] = value
    return built(Recipe, table)


def _file(folder: Path) -> Path:
    (folder / "model.pth").touch()
    return folder / "model.pth"


def test_every_answer_about_a_checkpoint_comes_back(tmp_path: Path):
    """What somebody answered on opening it is what the training asks for."""
    answered = Weights(**{**vars(ANSWERED), "file": _file(tmp_path)})
    assert starting_weights(_saying(started_from(answered, PLAIN))) == answered


def test_what_was_not_answered_is_the_recipes(tmp_path: Path):
    """But for the size, which was meant for the recipe's own model."""
    named = starting_weights(_saying(started_from(Weights("deit_tiny_patch16_224"), PLAIN)))
    assert named == Weights("deit_tiny_patch16_224", image_size=(384, 384))
    file = _file(tmp_path)
    assert starting_weights(_saying(started_from(Weights("", file), PLAIN))) == Weights("", file)


def test_one_number_for_all_colours(tmp_path: Path):
    """As people may answer it."""
    grey = Weights("", _file(tmp_path), normalisation=((0.5,), (0.25,)))
    weights = starting_weights(_saying(started_from(grey, PLAIN)))
    assert weights.normalisation == ((0.5,) * 3, (0.25,) * 3)


@pytest.mark.parametrize("start", [Start(heads=3), Start(architecture="vit_tiny_patch16_224")])
def test_names_leave_nothing_open(start: Start):
    """Answers about a checkpoint that is not there are refused, by their names."""
    with pytest.raises(ExplorerError, match="is for a checkpoint, and there is none called vit_b"):
        starting_weights(Recipe((Stage(1),), start=start))

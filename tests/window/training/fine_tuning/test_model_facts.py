"""Whether the model of a recipe can be had."""

from dataclasses import replace
from unittest.mock import create_autospec

import pytest

from explorer.training.recipes.recipe import Recipe, Stage
from explorer.window.training.fine_tuning.model_facts import ModelFacts, model_facts
from explorer.window.worker import Task

RECIPE = Recipe(stages=(Stage(epochs=1),), model="vit_tiny_patch16_224")


def facts(**changes: object) -> ModelFacts:
    return model_facts(replace(RECIPE, **changes), create_autospec(Task, instance=True))


def test_weights_that_are_not_here():
    """How large they are, about; they would have to be downloaded."""
    found = facts()
    assert found.is_missing
    assert found.told == "6 million parameters; its weights, about 23 MB, are downloaded first."


def test_random_values_need_no_weights():
    found = facts(pretrained=False)
    assert not found.is_missing
    assert "from random values" in found.told


def test_a_checkpoint(tmp_path):
    file = tmp_path / "pets.pth"
    file.touch()
    assert facts(model=str(file)) == ModelFacts("Goes on from a checkpoint on this computer.")


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("vit_tiny_patch16_225", "There is no model called “vit_tiny_patch16_225”."),
        ("swin_tiny_patch4_window7_224", "cannot be explored"),
        ("L_16", "no published weights"),
    ],
)
def test_a_model_that_cannot_be_had(model, reason):
    found = facts(model=model)
    assert reason in str(found.problem)
    assert found.told == str(found.problem)

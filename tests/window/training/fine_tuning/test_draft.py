"""A recipe while somebody types it."""

import pytest

from explorer.training.recipes.recipe import Recipe, Stage
from explorer.window.training.fine_tuning.draft import RecipeDraft

EPOCHS = ("stages", 0, "epochs")
WARMUP = ("stages", 0, "warmup_epochs")
BATCH = ("stages", 0, "batch_size")


@pytest.fixture
def draft(qapp) -> RecipeDraft:
    recipe = Recipe(stages=(Stage(epochs=10, betas=(0.9, 0.98)),), name="mine")
    return RecipeDraft(recipe, recipe)


def test_fields_stand_as_people_type_them(draft):
    """No quotes, no brackets; what is left out is empty."""
    assert draft.text(EPOCHS) == "10"
    assert draft.text(("stages", 0, "betas")) == "0.9, 0.98"
    assert draft.text(("name",)) == "mine"
    assert draft.text(("image_size",)) == ""
    assert draft.text(("pretrained",)) == "true"


def test_typing_changes_the_recipe(draft):
    draft.type(EPOCHS, "3")
    draft.type(("stages", 0, "betas"), "0.8, 0.9")
    draft.type(("pretrained",), "false")
    assert draft.recipe.stages[0].epochs == 3
    assert draft.recipe.stages[0].betas == (0.8, 0.9)
    assert not draft.recipe.pretrained
    assert draft.is_changed


def test_what_is_left_out_can_be_left_out_again(draft):
    draft.type(("stages", 0, "betas"), "")
    assert draft.recipe.stages[0].betas is None


def test_one_number_is_both_sides(draft):
    draft.type(("image_size",), "224")
    assert draft.recipe.image_size == (224, 224)
    assert draft.text(("image_size",)) == "224"
    draft.change({("image_size",): (240, 320)})
    assert draft.text(("image_size",)) == "240, 320"
    draft.change({("image_size",): (64, 64)})
    assert draft.text(("image_size",)) == "64"


def test_typing_back_changes_nothing(draft):
    draft.type(EPOCHS, "3")
    draft.type(EPOCHS, "10")
    assert not draft.is_changed
    assert draft.recipe == draft.origin


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        (EPOCHS, "0", "must be 1 to 100000, not 0."),
        (EPOCHS, "", "must be a whole number"),
        (EPOCHS, "many", "must be a whole number, not “many”."),
        (("stages", 0, "learning_rate"), "-1", "must be more than 0"),
        (("stages", 0, "betas"), "0.9", "must be 2 numbers in brackets"),
        (("precision",), "float64", "cannot be “float64”."),
        (("model",), "", "is empty."),
    ],
)
def test_wrong_values_are_refused_at_their_field(draft, path, text, reason):
    draft.type(path, text)
    assert draft.recipe is None
    assert list(draft.refusals) == [path]
    assert draft.refusals[path].reason.startswith(reason)
    assert draft.text(path) == text  # what was typed stays, to be mended


def test_each_wrong_field_has_its_reason(draft):
    """Mending one leaves the other refused."""
    draft.type(EPOCHS, "0")
    draft.type(BATCH, "-5")
    assert set(draft.refusals) == {EPOCHS, BATCH}
    draft.type(EPOCHS, "5")
    assert set(draft.refusals) == {BATCH}
    draft.type(BATCH, "4")
    assert draft.recipe.stages[0].batch_size == 4


def test_fields_that_are_wrong_together(draft):
    """A warm-up that is too long is told at the warm-up, whichever of both was typed."""
    draft.type(WARMUP, "5")
    assert draft.recipe is not None
    draft.type(EPOCHS, "3")
    assert list(draft.refusals) == [WARMUP]
    draft.type(WARMUP, "1")
    assert draft.recipe.stages[0].epochs == 3


def test_stages_come_and_go(draft):
    """A new stage is as the last one; what was typed into others stays with them."""
    draft.type(EPOCHS, "4")
    draft.add_stage()
    draft.add_stage()
    draft.type(("stages", 1, "epochs"), "5")
    draft.type(("stages", 2, "epochs"), "6")
    assert [stage.epochs for stage in draft.recipe.stages] == [4, 5, 6]
    draft.remove_stage(1)
    assert draft.stages == 2
    assert [stage.epochs for stage in draft.recipe.stages] == [4, 6]
    assert draft.text(("stages", 1, "epochs")) == "6"


def test_a_wrong_field_goes_with_its_stage(draft):
    draft.add_stage()
    draft.type(("stages", 1, "epochs"), "0")
    assert draft.recipe is None
    draft.remove_stage(1)
    assert draft.recipe == draft.origin


def test_changes_are_taken_back(draft):
    draft.add_stage()
    draft.type(EPOCHS, "0")
    draft.take_back()
    assert draft.recipe == draft.origin
    assert not draft.refusals


def test_a_model_may_be_a_path(draft):
    """Also one that looks like no TOML."""
    for path in (r"C:\models\pets.pth", "/data/my models/pets [best].pth"):
        draft.type(("model",), path)
        assert draft.recipe.model == path

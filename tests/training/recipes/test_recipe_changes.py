"""Recipes changed by words and compared."""

from __future__ import annotations

import pytest

from explorer.errors import ExplorerError
from explorer.training.recipes.recipe import Recipe, Stage, Start
from explorer.training.recipes.recipe_changes import as_table, changed, differences, unusual

PLAIN = Recipe((Stage(2),), image_size=(384, 384))


def test_settings_are_changed():
    """Several at once, in any order; texts need no quotes, a new stage is the next number."""
    recipe = changed(
        PLAIN,
        [
            "stages.1.warmup_epochs=3",
            "stages.1.epochs=5",
            "stages.0.betas=[0.8, 0.9]",
            "stages.0.arguments={eps = 1e-6}",
            "model=weights/my model.safetensors",
            'name="a = b"',
            "image_size=none",
            "mixing.mixup=1",
            "mixing.probability=.5",
            "pretrained=false",
            "about=3",
            "start.heads=4",
            "start.pre_logits=before norm",
        ],
    )
    assert recipe.stages[1].epochs == 5
    assert recipe.stages[1].warmup_epochs == 3.0
    assert recipe.stages[0].betas == (0.8, 0.9)
    assert recipe.stages[0].arguments == {"eps": 1e-6}
    assert recipe.model == "weights/my model.safetensors"
    assert recipe.name == "a = b"
    assert recipe.image_size is None
    assert (recipe.mixing.mixup, recipe.mixing.probability) == (1.0, 0.5)
    assert recipe.pretrained is False
    assert recipe.about == "3"
    assert recipe.start == Start(heads=4, pre_logits="before norm")


@pytest.mark.parametrize(
    ("text", "size"),
    [("224", (224, 224)), ("[224]", (224, 224)), ("[240, 320]", (240, 320)), ("none", None)],
)
def test_one_number_is_height_and_width(text: str, size: tuple[int, int] | None):
    """Written back as it was said: one number for a square."""
    recipe = changed(PLAIN, [f"image_size={text}"])
    assert recipe.image_size == size
    if size:
        assert as_table(recipe)["image_size"] == (224 if text.strip("[]") == "224" else [240, 320])


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("stages.0.epoch=3", "“stages.0.epoch” is no setting. Did you mean “epochs”?"),
        ("epochs=3", "“epochs” is no setting. Did you mean “stages.0.epochs”?"),
        ("mixup=1", "Did you mean “mixing.mixup”?"),
        ("stages.epochs=3", "give a number"),
        ("stages.2.epochs=3", "leaves a gap"),
        ("stages.0=3", "holds several settings"),
        ("mixing=3", "Name one of them: mixup"),
        ("seed.x=3", "“seed” holds no others"),
        ("seed=many", "must be a whole number, not “many”"),
        ("seed=none", "must be a whole number"),
        ("seed", "gives no value"),
        ("=3", "is no setting"),
        ("stages.0.epochs=", "must be a whole number"),
        ("image_size=large", "a whole number, or 2 whole numbers in brackets, not “large”."),
        ("image_size=2", "must be 4 to 4096, not 2."),
        ("start.pre_logits=first", "It can be “after norm”, “before norm”, “dropped”."),
        ("heads=4", "Did you mean “start.heads”?"),
        ("augmentation.policy=randaugment", "Did you mean “RandAugment”?"),
    ],
)
def test_what_cannot_be_changed(assignment: str, words: str):
    """A wrong word is named as it was written."""
    with pytest.raises(ExplorerError) as caught:
        changed(PLAIN, [assignment])
    assert words in str(caught.value)


def test_differences_are_what_a_table_of_runs_shows():
    """Only what differs, in the order of the recipe; names and other people's numbers do not."""
    other = changed(PLAIN, ["seed=1", "stages.0.epochs=3", "stages.1.epochs=4", "name=x"])
    assert differences([PLAIN, other]) == {
        "stages.0.epochs": (2, 3),
        "stages.1.epochs": (None, 4),
        "seed": (0, 1),
    }
    assert differences([PLAIN, PLAIN]) == {}
    assert differences([PLAIN]) == {}


def test_what_is_usual_is_not_unusual():
    """A setting that a later version brings leaves older recipes as they were."""
    assert unusual(Recipe((Stage(2),), name="x")) == {"stages.0.epochs": 2}
    assert unusual(PLAIN) == {"stages.0.epochs": 2, "image_size": 384}
    unusual_stage = Recipe((Stage(2), Stage(3, arguments={"eps": 1e-6})))
    assert unusual(unusual_stage)["stages.1.arguments"] == {"eps": 1e-6}

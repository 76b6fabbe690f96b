"""Recipes as TOML files: read with the line of what is wrong, written to be read."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.models.published import catalog
from explorer.training.recipes.recipe import (
    OPTIMISERS,
    Augmentation,
    Averaging,
    Mixing,
    Pictures,
    Published,
    Recipe,
    Stage,
    Start,
)
from explorer.training.recipes.recipe_file import (
    find_recipe,
    known_recipes,
    line_of,
    read_recipe,
    recipe_text,
    write_recipe,
)
from explorer.training.recipes.settings import built

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_ARGUMENTS = st.one_of(
    st.booleans(), st.integers(-9, 9), st.floats(-1, 1), _TEXTS, st.lists(st.floats(0, 1))
)
_SHARES = st.floats(0, 1)
_STAGES = st.builds(
    Stage,
    epochs=st.integers(5, 100),
    batch_size=st.integers(8, 64),
    accumulation=st.integers(1, 8),
    optimiser=st.sampled_from(OPTIMISERS),
    learning_rate=st.floats(1e-9, 1),
    weight_decay=st.floats(0, 1),
    decay_everything=st.booleans(),
    arguments=st.dictionaries(_TEXTS, _ARGUMENTS, max_size=3),
    layer_decay=st.none() | st.floats(0.1, 1),
    warmup_epochs=st.floats(0, 5),
    decay_at=st.lists(st.integers(1, 9), max_size=4).map(sorted).map(tuple),
    clip_norm=st.none() | st.floats(0.1, 9),
    patience=st.none() | st.integers(1, 9),
)
_RECIPES = st.builds(
    Recipe,
    stages=st.lists(_STAGES, min_size=1, max_size=3).map(tuple),
    name=_TEXTS,
    about=_TEXTS,
    model=_TEXTS.filter(str.strip),
    image_size=st.none() | st.tuples(st.integers(4, 9), st.integers(4, 9)),
    seed=st.integers(0, 2**31 - 1),
    probe=st.none() | _TEXTS,
    start=st.builds(Start, architecture=st.none() | _TEXTS, heads=st.none() | st.integers(1, 64)),
    pictures=st.builds(Pictures, framing=st.sampled_from([None, "crop", "pad"])),
    augmentation=st.builds(Augmentation, flip=_SHARES, zoom=st.just((0.9, 1.1)), hue=st.just(0.1)),
    mixing=st.builds(Mixing, mixup=_SHARES),
    averaging=st.builds(Averaging, decay=st.none() | st.floats(0, 0.999)),
    published=st.lists(st.builds(Published, _TEXTS, _SHARES), max_size=2).map(tuple),
)


@given(_RECIPES)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(recipe: Recipe):
    """Any recipe comes back equal, whatever its texts hold."""
    assert built(Recipe, tomllib.loads(recipe_text(recipe))) == recipe


@pytest.mark.parametrize("name", known_recipes())
def test_a_recipe_that_ships(name: str, tmp_path: Path):
    """It is called as its file, explains itself, and comes back equal from a run's folder."""
    recipe = find_recipe(name)
    assert recipe.name == name
    assert len(recipe.about) > 100
    assert catalog.full_name(recipe.model)
    write_recipe(recipe, tmp_path / "recipe.toml")
    assert read_recipe(tmp_path / "recipe.toml") == recipe


def test_the_published_settings_are_as_published():
    """The table of the homework, to the letter."""
    recipes = {name: find_recipe(name) for name in known_recipes()}
    assert [name for name, recipe in recipes.items() if recipe.published] == [
        "adam-384", "adamw-augmented", "autoaugment", "best", "sgd-small-batch", "two-stage",
    ]  # fmt: skip
    (adam,) = recipes["adam-384"].stages
    assert (adam.optimiser, adam.betas, adam.learning_rate) == ("adam", (0.9, 0.98), 1e-5)
    assert (adam.batch_size, adam.epochs) == (16, 20)
    assert recipes["adam-384"].augmentation == Augmentation()
    augmented = recipes["adamw-augmented"].augmentation
    assert (augmented.rotation, augmented.flip, augmented.brightness) == (30, 0.5, 0.5)
    first, second = recipes["two-stage"].stages
    assert (first.optimiser, first.learning_rate) == ("adam", 1e-4)
    assert (second.optimiser, second.learning_rate) == ("momentum", 1e-2)
    assert recipes["two-stage"].augmentation.crop_scale == (0.7, 1.0)
    (small,) = recipes["sgd-small-batch"].stages
    assert (small.learning_rate, small.batch_size, small.epochs) == (5e-4, 4, 30)
    accuracies = {one.model: one.accuracy for one in recipes["adamw-augmented"].published}
    assert accuracies == {
        "B_16": 0.9155, "B_32": 0.8823, "L_32": 0.9062, "B_16_imagenet1k": 0.9433,
        "B_32_imagenet1k": 0.9249, "L_32_imagenet1k": 0.9383,
    }  # fmt: skip


_FILE = """\
# A comment
seed = 3
model = "vit_tiny_patch16_224"

[augmentation]
crop_ratio = [
    0.5,  # a comment
    2.0,
]
flip = 0.5

[[stages]]
epochs = 3
[[stages]]
epochs = 4

optimiser = "adam"
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("seed = 3", "sead = 3", 2, "“sead” is no setting. Did you mean “seed”?"),
        ("seed = 3", "seed = 3.5", 2, "must be a whole number, not 3.5"),
        ("flip = 0.5", "flip = 5", 10, "“augmentation.flip” must be 0 to 1, not 5"),
        ("2.0,", "20,", 6, "“augmentation.crop_ratio” must be"),
        ("2.0,", "0.1,", 6, "has its greatest value first"),
        ('"adam"', '"adan w"', 17, "“stages.1.optimiser” cannot be “adan w”"),
        ("epochs = 4", "", 14, "“stages.1.epochs” is missing"),
        ("[augmentation]", "[augmentations]", 5, "Did you mean “augmentation”?"),
        ('model = "vit_tiny_patch16_224"', "model = vit_tiny", 3, "this is no TOML"),
        ("0.5,  # a comment", "0.5  2", 7, "this is no TOML"),
        ("[[stages]]", "[stage]", 14, "this is no TOML"),
        ('optimiser = "adam"', 'optimiser = "adam', 17, "this is no TOML"),
        ("epochs = 3", "epochs = 3\nepochs = 4", 14, "this is no TOML"),
    ],
)
def test_the_line_of_what_is_wrong(tmp_path: Path, old: str, new: str, line: int, words: str):
    """A wrong recipe is refused with its file, its line, and what could be meant."""
    assert old in _FILE
    file = tmp_path / "mine.toml"
    file.write_text(_FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(ExplorerError) as caught:
        read_recipe(file)
    assert str(caught.value).startswith(f"mine.toml, line {line}: ")
    assert words in str(caught.value)


def test_a_line_is_found_in_a_long_file():
    """Also where thousands of lines stand before it."""
    text = "".join(f"# {number}\nx{number} = [\n1,\n]\n" for number in range(2000))
    assert line_of(text, ("x1777",)) == 1777 * 4 + 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfe\x00", "is no text"), (b"# \n" * 500_000, "too long"), (b"", "is missing")],
)
def test_what_is_no_recipe(tmp_path: Path, content: bytes, words: str):
    """Other files are refused in words."""
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(ExplorerError, match=words):
        read_recipe(tmp_path / "x.toml")


def test_a_file_of_windows_editors_is_read(tmp_path: Path):
    """With their mark before the first letter, and their ends of lines."""
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(_FILE.encode().split(b"\n")))
    assert read_recipe(file).stages[1].epochs == 4


def test_an_unknown_recipe_names_the_known_ones():
    """Who mistypes a name sees the names."""
    with pytest.raises(ExplorerError, match=r"“adan-384”.*adam-384"):
        find_recipe("adan-384")


def test_a_written_recipe_explains_itself(tmp_path: Path):
    """Each setting stands below its sentence; what is left out stands as a comment."""
    write_recipe(replace(find_recipe("adam-384"), probe="Kätzchen\n\\.jpg"), tmp_path / "r.toml")
    text = (tmp_path / "r.toml").read_text(encoding="utf-8")
    assert "what the model sees; one number is both. (pixels, 4 to 4096)" in text
    assert "\n# workers =\n" in text
    assert "Kätzchen" in text
    assert list(tmp_path.iterdir()) == [tmp_path / "r.toml"]


def test_a_name_that_is_no_text_is_refused(tmp_path: Path):
    """A file name of stray bytes cannot stand in a text file; nothing half written is left."""
    recipe = replace(find_recipe("adam-384"), probe="\udcff.jpg")
    with pytest.raises(ExplorerError, match="is no text"):
        write_recipe(recipe, tmp_path / "r.toml")
    assert list(tmp_path.iterdir()) == []

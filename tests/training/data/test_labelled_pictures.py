"""Pictures that a model is measured by: which half of which folder."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.training.data.dataset import find_dataset
from explorer.training.data.examples import LabelledPictures
from explorer.training.recipes.recipe import Recipe, Stage
from explorer.training.runs.run import create_run
from explorer.training.runs.run_answers import answers_of


def _draw(folder: Path, names: Sequence[str]) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(folder / name)
    return folder


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    _draw(tmp_path / "pets/train", ["a/1.png", "a/2.png", "b/1.png", "b/2.png", "c/1.png"])
    _draw(tmp_path / "pets/val", ["a/3.png", "b/3.png"])
    return tmp_path / "pets"


def _found(folder: Path, half=None, **options) -> LabelledPictures:
    return LabelledPictures.of(find_dataset(folder, to_measure=True, **options), half)


def test_those_that_validate_are_taken_where_a_folder_says_so(halves: Path):
    """“val” beside “train”; classes are those of both."""
    found = _found(halves)
    assert found.half == "validation"
    assert found.examples.names == (os.path.join("a", "3.png"), os.path.join("b", "3.png"))
    assert found.classes == ("a", "b", "c")
    assert found.name == "pets/val"


def test_both_halves_lie_below_the_folder_that_they_share(halves: Path):
    """All of them, each found at its place."""
    found = _found(halves, "all")
    assert len(found.examples) == 7
    assert found.examples.folder == halves
    assert all(found.examples.path(place).is_file() for place in range(7))
    assert found.examples.labels.tolist() == [0, 0, 1, 1, 2, 0, 1]


def test_a_folder_without_halves_is_taken_whole(tmp_path: Path):
    """Nothing is drawn where somebody points to a test set."""
    folder = _draw(tmp_path / "test", [f"{label}_{n}.png" for label in "ab" for n in range(5)])
    found = _found(folder)
    assert (found.half, len(found.examples)) == ("all", 10)
    assert "drawn" not in found.said
    (tmp_path / "classes.txt").write_text("a apple\nb pear\n")
    told = "Classes are told by file names, {class}_{id}, their names by classes.txt."
    assert _found(folder).said == told


def test_a_folder_called_train_is_taken_itself(halves: Path):
    """Who names it means it, not the one beside it."""
    found = _found(halves / "train")
    assert (found.half, len(found.examples)) == ("all", 5)


def test_a_drawn_half_is_the_one_that_a_training_draws(tmp_path: Path):
    """The same fraction and seed: the pictures that a training has validated with."""
    folder = _draw(tmp_path / "all", [f"{label}_{n}.png" for label in "ab" for n in range(9)])
    trained = find_dataset(folder, fraction=0.3, seed=5)
    found = _found(folder, "validation", fraction=0.3, seed=5)
    assert found.examples.names == trained.validation.names
    assert "drawn to validate (seed 5)" in found.said


def test_one_class_is_enough_to_measure(tmp_path: Path):
    """Thirty pictures of one breed say how well that one is recognised."""
    folder = _draw(tmp_path / "some", ["cats/1.png", "cats/2.png"])
    assert _found(folder).classes == ("cats",)


def test_an_empty_half_is_refused(tmp_path: Path):
    """It says what can be taken instead."""
    folder = _draw(tmp_path / "one", ["a/1.png", "b/1.png"])
    with pytest.raises(ExplorerError, match=r"no validation pictures there\. Take the other half"):
        _found(folder, "validation")


@pytest.fixture
def run(halves: Path, tmp_path: Path):
    recipe = Recipe(stages=(Stage(epochs=1),), model="vit_tiny_patch16_224", pretrained=False)
    return create_run(tmp_path / "run", recipe, find_dataset(halves))


def _keep(run, **changes: np.ndarray) -> None:
    kept = {
        "filenames": np.array([os.path.join("a", "3.png"), os.path.join("b", "3.png")]),
        "labels": np.array([0, 1]),
        "probabilities": np.array([[0.8, 0.1, 0.1], [0.5, 0.4, 0.1]], np.float32),
    }
    np.savez_compressed(run.validation, **kept | changes)


def test_what_a_run_kept_is_read(run):
    """Pictures, labels, classes and where the pictures lie."""
    _keep(run)
    answers = answers_of(run)
    assert answers.model == "run"
    assert answers.classes == ("a", "b", "c")
    assert [answers.path(place).is_file() for place in range(2)] == [True, True]
    assert answers.probabilities[1].argmax() == 0


def test_a_run_without_an_epoch_says_so(run):
    """It is no error of the file, only too early."""
    with pytest.raises(ExplorerError, match="has not validated anything yet"):
        answers_of(run)


def test_a_damaged_file_is_said(run):
    """Cut off, written over, or of other classes than the run has."""
    _keep(run)
    whole = run.validation.read_bytes()
    begin = whole.index(b"filenames.npy") + 40  # of what is packed
    for damaged in (whole[:-40], whole[:begin] + b"\xff" * 20 + whole[begin + 20 :]):
        run.validation.write_bytes(damaged)
        with pytest.raises(ExplorerError, match="cannot be read"):
            answers_of(run)
    _keep(run, probabilities=np.ones((2, 2), np.float32))
    with pytest.raises(ExplorerError, match="does not belong"):
        answers_of(run)

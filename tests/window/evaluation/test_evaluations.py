"""Evaluations: made while nobody else needs the model, read from runs, given up, saved."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from explorer.records import Weights
from explorer.training.data.dataset import find_dataset
from explorer.training.data.examples import LabelledPictures
from explorer.training.recipes.recipe import Recipe, Stage
from explorer.training.runs.run import create_run

CLASSES = 10  # of the model without a network


class Eyes:
    """How the model without a network classifies: by how red a picture is, when it may."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.may_go.set()
        self.looked = threading.Event()  # at a batch

    def prepare(self, _vit, picture) -> np.ndarray:
        return picture.pixels.astype(np.float32)

    def predict(self, _vit, pictures) -> np.ndarray:
        self.looked.set()
        self.may_go.wait(0.01)
        rows = np.full((len(pictures), CLASSES), 0.05, np.float32)
        for row, pixels in zip(rows, pictures, strict=True):
            row[int(pixels[0, 0, 0]) % CLASSES] = 0.55
        return rows


@pytest.fixture
def eyes(shelf, monkeypatch) -> Eyes:
    made = Eyes()
    monkeypatch.setattr(type(shelf.vit), "prepare", lambda *a: made.prepare(*a), raising=False)
    monkeypatch.setattr(type(shelf.vit), "predict", lambda *a: made.predict(*a), raising=False)
    monkeypatch.setattr("explorer.training.evaluation.measuring.patient_batch", lambda vit: 2)
    return made


@pytest.fixture
def labelled(tmp_path: Path) -> Callable[..., LabelledPictures]:
    """Pictures of ten classes, as red as their class says, but for one: `labelled(each=3)`."""

    def make(each: int = 3, classes: int = CLASSES, name: str = "test") -> LabelledPictures:
        folder = tmp_path / name
        folder.mkdir()
        for number in range(classes * each):
            red = 9 if number == 0 else number % classes
            path = folder / f"{number % classes}_{number}.png"
            PIL.Image.new("RGB", (24, 16), (red, 0, 0)).save(path)
        return LabelledPictures.of(find_dataset(folder, to_measure=True))

    return make


@pytest.fixture
def ready(controller, store, shelf, eyes, qtbot):
    """The controller, once its model is there."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    return controller


def evaluated(store) -> int:
    """How many pictures the evaluation that is shown is of; 0 where there is none."""
    evaluating = store.state.evaluating
    return len(evaluating.evaluation.answers) if evaluating and evaluating.evaluation else 0


def test_pictures_are_evaluated_by_the_model(ready, store, wishes, labelled, qtbot):
    """All numbers reach the state; the one picture that is another class is the one mistake."""
    wishes.evaluation_wished.emit(labelled())
    assert store.state.evaluating.title == "fake on " + "/".join(
        store.state.evaluating.source.examples.folder.parts[-2:]
    )
    qtbot.waitUntil(lambda: evaluated(store) == 30)
    found = store.state.evaluating.evaluation
    assert found.top1 == pytest.approx(29 / 30)
    assert [found.answers.names[place] for place in found.mistakes] == ["0_0.png"]
    assert store.state.activity is None


def test_a_chosen_picture_is_traced_meanwhile(
    ready, store, wishes, labelled, pictures, eyes, qtbot
):
    """Who looks at pictures does not wait for the evaluation, which then has all its pictures."""
    eyes.may_go.clear()  # each batch takes a while
    wishes.evaluation_wished.emit(labelled(each=20))
    for path in pictures:
        qtbot.waitUntil(eyes.looked.is_set)
        wishes.picture_chosen.emit(path, ())
        qtbot.waitUntil(lambda: store.state.trace is not None)
        assert evaluated(store) == 0, "it was traced only after the evaluation"
        eyes.looked.clear()
    eyes.may_go.set()
    qtbot.waitUntil(lambda: evaluated(store) == 200)
    assert store.state.evaluating.evaluation.top1 == pytest.approx(199 / 200)


def test_how_far_it_is_is_told(ready, store, wishes, labelled, eyes, qtbot):
    """In the state's activity, which can be cancelled, and beside the evaluation."""
    eyes.may_go.clear()
    wishes.evaluation_wished.emit(labelled(each=40))
    qtbot.waitUntil(lambda: bool(store.state.evaluating.share))
    assert store.state.activity.cancellable
    assert "of 400 pictures" in store.state.activity.text
    assert 0 < store.state.evaluating.share < 1


@pytest.mark.parametrize("how", ["cancel_wished", "evaluation_wished"])
def test_given_up_the_last_evaluation_is_shown_again(
    ready, store, wishes, labelled, eyes, qtbot, how
):
    """From the status line or from the panel; nothing of what was given up arrives."""
    wishes.evaluation_wished.emit(labelled())
    qtbot.waitUntil(lambda: evaluated(store) == 30)
    first = store.state.evaluating
    eyes.may_go.clear()
    wishes.evaluation_wished.emit(labelled(each=40, name="other"))
    qtbot.waitUntil(lambda: store.state.activity is not None)
    wish = getattr(wishes, how)
    wish.emit() if how == "cancel_wished" else wish.emit(None)
    assert store.state.evaluating is first
    qtbot.wait(50)
    assert store.state.evaluating is first
    assert store.state.activity is None


def test_the_newest_wish_wins(ready, store, wishes, labelled, eyes, qtbot):
    """Of two evaluations, one after the other, only the second arrives."""
    seen = []
    store.changed.connect(lambda old, new: seen.append(evaluated(store)))
    eyes.may_go.clear()
    wishes.evaluation_wished.emit(labelled(each=40))
    qtbot.waitUntil(eyes.looked.is_set)
    wishes.evaluation_wished.emit(labelled(each=2, name="other"))
    eyes.may_go.set()
    qtbot.waitUntil(lambda: evaluated(store) == 20)
    assert set(seen) <= {0, 20}


def test_classes_that_do_not_fit_are_told(ready, store, wishes, labelled, shelf, qtbot):
    """Both are named in the panel's sentence; the window goes on."""
    pictures = labelled(classes=12)
    wishes.evaluation_wished.emit(pictures)
    qtbot.waitUntil(lambda: store.state.evaluating.problem is not None)
    said = str(store.state.evaluating.problem)
    assert "fake has 10 classes" in said
    assert "the pictures have 12" in said


def test_without_a_model_nothing_begins(controller, store, wishes, labelled):
    """It says what to do first."""
    wishes.evaluation_wished.emit(labelled())
    assert store.state.evaluating is None
    assert controller.problems == ["There is no model yet that could be evaluated. Open one first."]


def test_the_second_model_is_evaluated(ready, store, wishes, labelled, qtbot):
    """Where it was chosen; its name stands above the numbers. Both stay where they are."""
    wishes.second_chosen.emit(Weights("", Path("other.pth")))
    qtbot.waitUntil(lambda: store.state.second is not None and store.state.second.model is not None)
    first = store.state.model
    wishes.model_evaluated.emit(labelled(), "second")
    qtbot.waitUntil(lambda: evaluated(store) == 30)
    assert store.state.evaluating.title.startswith("other.pth on ")
    assert store.state.model is first


def test_another_model_is_opened_for_it(ready, store, wishes, labelled, qtbot):
    """So that what it says of a picture can be seen; then it is evaluated."""
    wishes.model_evaluated.emit(labelled(), Weights("other"))
    assert store.state.evaluating is None
    qtbot.waitUntil(lambda: evaluated(store) == 30)
    assert store.state.wanted == Weights("other")


def test_a_model_that_is_not_wanted_any_more_is_not_evaluated(
    ready, store, wishes, labelled, qtbot
):
    """Where another one is opened meanwhile."""
    before = store.state.model
    wishes.model_evaluated.emit(labelled(), Weights("other"))
    wishes.weights_chosen.emit(Weights("third"))
    qtbot.waitUntil(lambda: store.state.model is not before)
    assert store.state.wanted == Weights("third")
    qtbot.wait(50)
    assert store.state.evaluating is None


@pytest.fixture
def run(tmp_path: Path, labelled) -> Path:
    """A run that has ended an epoch, all of it right."""
    recipe = Recipe(stages=(Stage(epochs=1),), model="vit_tiny_patch16_224", pretrained=False)
    dataset = find_dataset(labelled(each=5).examples.folder)
    made = create_run(tmp_path / "best run", recipe, dataset)
    examples = dataset.validation
    np.savez(
        made.validation,
        filenames=np.array(examples.names),
        labels=examples.labels,
        probabilities=np.eye(CLASSES, dtype=np.float32)[examples.labels],
    )
    return made.folder


def test_what_a_run_kept_is_there_at_once(controller, store, wishes, run, qtbot):
    """No model is needed for it."""
    wishes.evaluation_wished.emit(run)
    qtbot.waitUntil(lambda: evaluated(store) == 10)
    assert store.state.evaluating.title == "best run"
    assert store.state.evaluating.evaluation.top1 == 1
    assert store.state.evaluating.evaluation.answers.path(0).is_file()


def test_a_run_without_an_epoch_is_said(controller, store, wishes, run, qtbot):
    """Where nothing was kept yet."""
    (run / "validation.npz").unlink()
    wishes.evaluation_wished.emit(run)
    qtbot.waitUntil(lambda: store.state.evaluating.problem is not None)
    assert "has not validated anything yet" in str(store.state.evaluating.problem)


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_an_evaluation_is_saved(controller, store, wishes, run, tmp_path, qtbot, suffix):
    """As a report or as a table; where it lies is told."""
    wishes.evaluation_wished.emit(run)
    qtbot.waitUntil(lambda: evaluated(store) == 10)
    file = tmp_path / f"saved{suffix}"
    with qtbot.waitSignal(controller.told) as told:
        wishes.evaluation_exported.emit(file)
    assert str(file) in told.args[0]
    text = file.read_text("utf-8")
    assert json.loads(text)["top1"] == 1 if suffix == ".json" else len(text.splitlines()) == 11

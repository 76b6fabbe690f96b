"""What a training will take, from a process that tries it."""

import json
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from explorer import paths
from explorer.training.data.dataset import find_dataset
from explorer.training.recipes.recipe import Recipe, Stage
from explorer.window.training.fine_tuning.trial import Cost, Trial, steps_of
from explorer.window.worker import Worker

RECIPE = Recipe(stages=(Stage(epochs=4, batch_size=3),))
KNOWN = {"device": "CPU", "memory": 4_000_000, "free_memory": 9_000_000, "fits": True}
NO_TIMES = {"seconds_per_validation": None, "pictures_per_second": None, "seconds": None}
UNTRIED = {**KNOWN, "seconds_per_step": [], **NO_TIMES}
TIMES = {"seconds_per_validation": 1.0, "pictures_per_second": 6.0, "seconds": 14.0}
TRIED = {**KNOWN, "seconds_per_step": [0.5], **TIMES}


@pytest.fixture
def dataset(tmp_path):
    """Two classes of eight pictures."""
    noise = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(8):
            pixels = noise.integers(0, 255, (16, 24, 3), np.uint8)
            PIL.Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{number}.png")
    return find_dataset(tmp_path / "pictures", fraction=0.25)


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Has another program answer: `stand_in(lines of Python)`; `folder` is the trial's."""

    def install(code: str) -> None:
        file = tmp_path / "program.py"
        head = "import sys, time, json\nfrom pathlib import Path\nfolder = Path(sys.argv[2])\n"
        file.write_text(head + textwrap.dedent(code))
        monkeypatch.setattr(paths, "program", lambda: [sys.executable, str(file)])

    return install


@pytest.fixture
def trial(qapp):
    worker = Worker("try", qapp)
    made = Trial(worker, qapp)
    yield made
    made.close()
    worker.close()


def told(*lines: dict) -> str:
    return "".join(f"print({json.dumps(json.dumps(line))}, flush=True)\n" for line in lines)


def test_a_trial_tells_memory_and_time(qtbot, trial, dataset, stand_in, tmp_path):
    """First what is known at once, then what the steps took; nothing of it is left behind."""
    seen = tmp_path / "seen.json"
    stand_in(
        f"assert sys.argv[1] == 'train' and sys.argv[3] == '--estimate'\n"
        f"Path({str(seen)!r}).write_text(json.dumps([str(folder), (folder / 'recipe.toml')"
        ".read_text()]))\nprint('a library talks')\n" + told(UNTRIED, TRIED)
    )
    costs = []
    trial.changed.connect(lambda: costs.append(trial.cost))
    trial.begin(RECIPE, dataset)
    assert trial.is_running
    qtbot.waitUntil(lambda: not trial.is_running)
    assert trial.problem is None
    assert trial.cost.seconds == 14.0
    assert any(cost is not None and cost.memory == 4_000_000 for cost in costs)
    folder, recipe = json.loads(seen.read_text())
    assert "epochs = 4" in recipe
    qtbot.waitUntil(lambda: not Path(folder).parent.exists())


def test_what_does_not_fit(qtbot, trial, dataset, stand_in):
    """The process says why, in its own words."""
    stand_in(
        told({**UNTRIED, "fits": False})
        + "print('warning: x', file=sys.stderr)\n"
        + "print('main.py train: This needs 9 GB. Take less.', file=sys.stderr)\nsys.exit(2)"
    )
    trial.begin(RECIPE, dataset)
    qtbot.waitUntil(lambda: not trial.is_running)
    assert str(trial.problem) == "This needs 9 GB. Take less."
    assert not trial.cost.fits


def test_a_process_that_dies(qtbot, trial, dataset, stand_in):
    stand_in("import os; os.abort()")
    trial.begin(RECIPE, dataset)
    qtbot.waitUntil(lambda: not trial.is_running)
    assert "ended without a word" in str(trial.problem)


def test_a_process_that_cannot_be_started(qtbot, trial, dataset, monkeypatch):
    monkeypatch.setattr(paths, "program", lambda: ["/nowhere/python"])
    trial.begin(RECIPE, dataset)
    qtbot.waitUntil(lambda: not trial.is_running)
    assert "could not be started" in str(trial.problem)


def test_pictures_that_went_away(qtbot, trial, dataset, stand_in):
    stand_in("")
    dataset.train.path(0).unlink()
    trial.begin(RECIPE, dataset)
    qtbot.waitUntil(lambda: not trial.is_running)
    assert "is not in “pictures” any more" in str(trial.problem)


def test_a_trial_can_be_stopped(qtbot, trial, dataset, stand_in, tmp_path):
    """Its process ends; a late word of it is not heard."""
    stand_in(
        f"Path({str(tmp_path / 'begun')!r}).touch()\ntry:\n    time.sleep(60)\nfinally:\n    pass\n"
    )
    trial.begin(RECIPE, dataset)
    qtbot.waitUntil((tmp_path / "begun").exists)
    process = trial._process
    with qtbot.waitSignal(process.finished):
        trial.stop()
    assert not trial.is_running
    assert trial.problem is None


def test_steps_are_exact():
    recipe = Recipe(stages=(Stage(epochs=4, batch_size=3), Stage(epochs=2, batch_size=5)))
    assert steps_of(recipe, 10) == (4 * 4 + 2 * 2, (4, 2))


def test_more_epochs_take_more_time():
    """What was tried holds for other numbers of epochs, without another trial."""
    cost = Cost.told(RECIPE, 10, TRIED)  # 16 steps of 0.5 s, 4 validations of 1 s
    longer = replace(RECIPE, stages=(replace(RECIPE.stages[0], epochs=8, learning_rate=1e-3),))
    assert cost.is_of(longer, 10)
    assert cost.seconds_of(RECIPE) == pytest.approx(14.0)
    assert cost.seconds_of(longer) == pytest.approx(26.0)  # it begins once


@pytest.mark.parametrize(
    "change",
    [{"batch_size": 4}, {"optimiser": "sgd"}, {"trained": "head"}, {"accumulation": 2}],
)
def test_other_steps_want_another_trial(change):
    cost = Cost.told(RECIPE, 10, TRIED)
    other = replace(RECIPE, stages=(replace(RECIPE.stages[0], **change),))
    assert not cost.is_of(other, 10)
    assert not cost.is_of(RECIPE, 11)
    assert not cost.is_of(replace(RECIPE, image_size=(64, 64)), 10)

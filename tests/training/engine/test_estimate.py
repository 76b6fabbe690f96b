"""What a training will take is told before it begins, and refused where it cannot fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from accelerate.state import AcceleratorState

from explorer.errors import Cancelled, ExplorerError
from explorer.training.data.dataset import find_dataset
from explorer.training.data.examples import Dataset
from explorer.training.engine import estimate as module
from explorer.training.engine.estimate import Estimate, at_once, estimate, memory_needed
from explorer.training.engine.learner import load_learner
from explorer.training.engine.learning import Learning
from explorer.training.engine.program import Wants, train
from explorer.training.pictures.batches import Feed
from explorer.training.recipes.recipe import Averaging, Stage

from ..tiny import Clock, make_run, plain, recipe

STAGE = Stage(epochs=1, batch_size=64, optimiser="adamw")


@pytest.fixture
def dataset(pictures: Path) -> Dataset:
    return find_dataset(pictures)


@pytest.fixture(autouse=True)
def _fresh_accelerate() -> Iterator[None]:
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


def test_steps_time_and_memory(model: Path, dataset: Dataset):
    """What is known at once comes first; trial steps of each stage add the time."""
    heard: list[Estimate] = []
    found = estimate(recipe(model), dataset, heard.append, device="cpu", trial_steps=1)
    first, second = heard
    assert second is found
    assert (first.seconds, first.seconds_per_step) == (None, ())
    assert found.steps == 2 * found.steps_per_epoch[0] + found.steps_per_epoch[1]
    assert len(found.seconds_per_step) == 2
    steps = zip((2, 1), found.steps_per_epoch, found.seconds_per_step, strict=True)
    work = sum(epochs * count * each for epochs, count, each in steps)
    work += 3 * found.seconds_per_validation
    assert found.seconds > work  # it has to begin, too
    assert found.fits


def test_what_happens_once_is_counted_once(
    model: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    """A slow beginning, and a first step and validation that prepare much, change no other one."""
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)

    def takes(place: type | ModuleType, name: str, *, first: float, later: float) -> None:
        usual, seconds = getattr(place, name), chain([first], repeat(later))

        def act(*arguments: Any) -> Any:
            clock.now += next(seconds)
            return usual(*arguments)

        monkeypatch.setattr(place, name, act)

    takes(Feed, "_next", first=50, later=0)
    takes(Learning, "learn", first=9, later=2)
    takes(module, "answers", first=30, later=1)
    wanted = plain(model, stages=(Stage(epochs=5, batch_size=2),))
    found = estimate(wanted, dataset, lambda _: None, device="cpu")
    assert found.steps_per_epoch == (15,)
    assert found.seconds_per_step == (2,)
    assert found.seconds_per_validation == 3 * 1
    assert found.seconds == 50 + 5 * (15 * 2 + 3 * 1)


def test_memory_follows_what_is_asked_for(model: Path, dataset: Dataset):
    """Parts of a batch, a frozen model, a plainer optimiser and half precision need less of it."""
    wanted = plain(model)
    learner = load_learner(wanted, dataset.classes)

    def needed(change: dict[str, object] | None = None, **changes: object) -> int:
        stage = replace(STAGE, **(change or {}))
        pictures = at_once(stage, 1000)
        return memory_needed(replace(wanted, **changes), stage, learner, pictures)

    weights = sum(parameter.nbytes for parameter in learner.network.parameters())
    full = needed()
    assert needed({"accumulation": 8}) < full / 4
    assert needed({"trained": "head"}) < full / 2
    assert full - needed({"optimiser": "momentum"}) == pytest.approx(weights, rel=0.02)
    assert needed(averaging=Averaging(decay=0.9)) - full == pytest.approx(weights, rel=0.02)
    assert needed(precision="bfloat16") < 0.8 * full
    assert needed({"batch_size": 128}) > 1.8 * full
    assert needed({"batch_size": 10**6}) == needed({"batch_size": 1000})  # there are no more


def test_what_cannot_fit_is_refused_with_numbers(
    model: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Before a step is done, by the estimate and by the training itself."""
    monkeypatch.setattr(module, "free_memory", lambda: 1000)
    said = r"needs about 0\.0 GB of memory, and this machine has 0\.0 GB free"
    heard: list[Estimate] = []
    with pytest.raises(ExplorerError, match=said) as caught:
        estimate(plain(model), dataset, heard.append, device="cpu")
    assert "stages.0.accumulation = 2 changes no result" in caught.value.hint
    assert not heard[0].fits
    run = make_run(tmp_path / "run", plain(model), dataset.train.folder)
    with pytest.raises(ExplorerError, match=said):
        train(run, Wants(device="cpu"))
    assert run.state == "failed"


def test_it_can_be_cancelled(model: Path, dataset: Dataset):
    """Between two trial steps."""
    heard: list[Estimate] = []
    with pytest.raises(Cancelled):
        estimate(plain(model), dataset, heard.append, device="cpu", should_stop=lambda: bool(heard))

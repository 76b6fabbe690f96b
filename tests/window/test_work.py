"""What workers run, with a real model."""

import gc
from collections.abc import Iterator

import pytest

from explorer.records import Weights
from explorer.window.state import Options
from explorer.window.work import load_from_models, load_model, release
from explorer.window.worker import Task


@pytest.fixture
def task() -> Iterator[Task]:
    yield Task(lambda text, fraction: None)
    gc.unfreeze()  # loading has frozen torch's objects


def test_model_brings_all_that_the_window_shows(task):
    """Positions and framing are there when it arrives: nobody waits for them later."""
    weights, options = Weights("vit_tiny_patch16_224", random=True), Options("cpu")
    made = load_model(load_from_models, weights, options, False, task)
    assert (made.positions.rows, made.positions.columns) == (14, 14)
    assert made.positions.table.patches.shape == (14, 14, 192)
    assert made.own_framing == made.vit.info.framing == "crop"
    assert "positions" in vars(made.vit), "the window would read them again"


def test_models_have_numbers_of_their_own(task):
    """The same weights loaded twice are two models: the traces of one are none of the other's."""
    weights, options = Weights("vit_tiny_patch16_224", random=True), Options("cpu")
    first, second = (load_model(load_from_models, weights, options, False, task) for _ in range(2))
    assert first.number != second.number
    release(task)

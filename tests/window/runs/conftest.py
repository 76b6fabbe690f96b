"""Runs as they are seen, without a folder to read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.training.recipes.recipe_file import find_recipe
from explorer.training.runs.history import EpochResult
from explorer.training.runs.run import Run
from explorer.window.training.seen import RunSeen, StepCurves


def results(accuracies: tuple[float, ...]) -> tuple[EpochResult, ...]:
    """Ten steps each; training is 0.02 better."""
    best = [value == max(accuracies[: at + 1]) for at, value in enumerate(accuracies)]
    return tuple(
        EpochResult(
            epoch=at + 1, stage=0, step=10 * (at + 1), train_loss=1 - value, loss=1.2 - value,
            train_accuracy=value + 0.02, top1=value, top5=1.0, learning_rate=1e-3 / (at + 1),
            is_best=best[at], seconds=60.0 * (at + 1),
        )
        for at, value in enumerate(accuracies)
    )  # fmt: skip


@pytest.fixture
def make_seen(tmp_path: Path) -> Callable[..., RunSeen]:
    """Builds what is seen of a run: `make_seen("name", (0.5, 0.7), doing="running", …)`."""

    def make(name: str, accuracies: tuple[float, ...] = (0.5, 0.7, 0.6), **told) -> RunSeen:
        epochs = results(accuracies)
        steps = np.arange(1.0, 10 * len(epochs) + 1)
        loss = np.exp(-steps / 20)
        usual = RunSeen(
            run=Run(tmp_path / name),
            doing="finished",
            recipe=find_recipe("adam-384"),
            epochs=epochs,
            best=next((one for one in reversed(epochs) if one.is_best), None),
            step=10 * len(epochs),
            steps=200,
            curves=StepCurves(steps, loss, loss - 0.1, loss + 0.1, np.full(steps.size, 1e-3)),
        )
        return replace(usual, **told)

    return make

"""What the best model of a run said of its validation pictures, as its training kept it."""

from __future__ import annotations

import numpy as np

from ...errors import ExplorerError
from ..evaluation.evaluation import Answers
from ..files import reading_arrays
from .run import Run


def answers_of(run: Run) -> Answers:
    """Read a run's `validation.npz`; raises ExplorerError where that is not there, or damaged."""
    dataset = run.dataset
    if dataset.task == "caption":
        raise ExplorerError(
            f"{run.name} learns captions, of which no classes can be counted.",
            hint="Its events tell BLEU-4; its validation.npz holds what was written.",
        )
    try:
        with reading_arrays(run.validation) as file:
            names = tuple(file["filenames"].tolist())
            labels = file["labels"].astype(np.int64)
            probabilities = file["probabilities"].astype(np.float32)
    except FileNotFoundError as error:
        raise ExplorerError(
            f"{run.name} has not validated anything yet.",
            hint="Its first numbers are there when its first epoch has ended.",
        ) from error
    except (OSError, ValueError) as error:
        raise ExplorerError(
            f"validation.npz of {run.name} cannot be read: {error}.",
            hint="Evaluate its best model on the pictures instead.",
        ) from error
    if probabilities.shape != (len(names), len(dataset.classes)) or labels.shape != (len(names),):
        raise ExplorerError(
            f"validation.npz of {run.name} does not belong to its data.json.",
            hint="Evaluate its best model on the pictures instead.",
        )
    return Answers(
        model=run.name,
        about="its validation pictures",
        said=(dataset.said, "These are the answers of its best epoch."),
        folder=dataset.validation.folder,
        names=names,
        labels=labels,
        probabilities=probabilities,
        classes=dataset.classes,
    )

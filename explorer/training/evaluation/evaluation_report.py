"""An evaluation as files: all of it as JSON, its pictures as a table."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .evaluation import Evaluation

HEADER = ("filename", "true", "predicted", "right", "probability", "true_probability")
_DIGITS = 6  # that mean something: probabilities are float32


def write_json_report(evaluation: Evaluation, path: Path, **said: Any) -> None:
    """Write all of it to a file that may be half there meanwhile; `said` is put before it."""
    lines = [f" {json.dumps(name)}: {_written(value)}" for name, value in
             {**said, **report(evaluation)}.items()]  # fmt: skip
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def _written(value: Any) -> str:
    """As JSON; of a list, each entry on a line of its own: a class, a row of the matrix."""
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    entries = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in value)
    return f"[\n{entries}\n ]"


def write_table(evaluation: Evaluation, path: Path) -> None:
    """Write what is said of each picture as CSV, to a file that may be half there meanwhile."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_rows(evaluation))


def report(evaluation: Evaluation) -> dict[str, Any]:
    """All of an evaluation in plain values; None where nothing can be said."""
    answers = evaluation.answers
    return {
        "model": answers.model,
        "folder": str(answers.folder),
        "said": list(answers.said),
        "pictures": len(answers),
        "top1": _number(evaluation.top1),
        "top5": _number(evaluation.top5),
        "loss": _number(evaluation.loss),
        "balanced_accuracy": _number(evaluation.balanced_accuracy),
        "mean_f1": _number(evaluation.mean_f1),
        "ece": _number(evaluation.calibration.error),
        "per_class": list(_per_class(evaluation)),
        "matrix": evaluation.matrix.tolist(),
        "calibration": list(_bins(evaluation)),
        "mistakes": list(_mistakes(evaluation)),
        "unreadable": [{"filename": name, "why": why} for name, why in answers.unreadable.items()],
    }


def _per_class(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    scores = evaluation.by_class
    for place, name in enumerate(evaluation.answers.classes):
        yield {
            "class": name,
            "pictures": int(scores.counts[place]),
            "taken": int(scores.taken[place]),
            "precision": _number(scores.precision[place]),
            "recall": _number(scores.recall[place]),
            "f1": _number(scores.f1[place]),
        }


def _bins(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    found = evaluation.calibration
    for place, count in enumerate(found.counts.tolist()):
        yield {
            "above": _number(found.edges[place]),
            "to": _number(found.edges[place + 1]),
            "pictures": count,
            "confidence": _number(found.confidence[place]),
            "accuracy": _number(found.accuracy[place]),
        }


def _mistakes(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    for place in evaluation.mistakes.tolist():
        name, true, predicted, *probabilities = _about(evaluation, place)
        yield {
            "filename": name,
            "true": true,
            "predicted": predicted,
            "probability": probabilities[0],
            "true_probability": probabilities[1],
        }


def _rows(evaluation: Evaluation) -> Iterator[tuple[Any, ...]]:
    right = evaluation.predicted == evaluation.answers.labels
    for place, is_right in enumerate(right.tolist()):
        name, true, predicted, *probabilities = _about(evaluation, place)
        yield name, true, predicted, int(is_right), *probabilities


def _about(evaluation: Evaluation, place: int) -> tuple[str, str, str, float | None, float | None]:
    """A picture's name below its folder, its true class and the likeliest, and how likely."""
    answers = evaluation.answers
    return (
        Path(answers.names[place]).as_posix(),
        answers.classes[answers.labels[place]],
        answers.classes[evaluation.predicted[place]],
        _number(evaluation.confidence[place]),
        _number(evaluation.true_probability[place]),
    )


def _number(value: float | np.floating[Any]) -> float | None:
    """With as many digits as mean something; None for what is no number, which JSON lacks."""
    return float(f"{float(value):.{_DIGITS}g}") if math.isfinite(value) else None

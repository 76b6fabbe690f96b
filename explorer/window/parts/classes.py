"""Classes as the window names them, and what a trace says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication

from ...records import ModelInfo, Trace
from .prediction_list import Prediction

# The homework names its pictures of the 37 pets `26_5064.jpg`: class, then number.
_CLASS_AND_NUMBER = re.compile(r"(\d+)_\d+")
_NAMED_CLASSES = 37


def ranked(trace: Trace) -> np.ndarray:
    """The numbers of all classes, the most probable first."""
    return np.argsort(-trace.probability, kind="stable")


def name_class(model: ModelInfo | None, number: int) -> str:
    """A class by the model's own label, else by its number."""
    labels = (model.labels if model else None) or ()
    name = labels[number] if number < len(labels) else _tr("class {0}").format(number)
    return " ".join(name.split())  # a checkpoint's own names may have lines and tabs


def class_in_name(path: Path | None, classes: int) -> int | None:
    """The class that a picture's file name tells, counted from 0, for a model that has it."""
    named = _CLASS_AND_NUMBER.fullmatch(path.stem) if path else None
    if named is None or classes != _NAMED_CLASSES or int(named[1]) >= classes:
        return None
    return int(named[1])


def predict(
    trace: Trace, model: ModelInfo | None, numbers: Iterable[int], path: Path | None
) -> tuple[Prediction, ...]:
    """What a model makes of some classes, for the picture in `path`."""
    true = class_in_name(path, trace.probability.size)
    return tuple(
        Prediction(n, name_class(model, n), float(trace.probability[n]), n == true) for n in numbers
    )


def why_no_predictions(trace: Trace, model: ModelInfo | None) -> str:
    """Why a trace predicts nothing; "" where it does."""
    if model is not None and model.classes == 0:
        features = trace.logits.size
        return _tr("This model has no classes: it gives {0} features.").format(features)
    if not np.isfinite(trace.probability).all():
        return _tr("The model's answer is not a number. Its weights may be damaged.")
    return ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Classes", text)

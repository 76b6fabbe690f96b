"""The curves of runs as series of a chart: of one run all there is, of several what compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from ...training.runs.history import EpochResult
from ...training.runs.run_tables import published_of
from ..parts.chart_axes import Axes
from ..parts.chart_series import Kind, Role, Series
from ..training.seen import RunSeen, StepCurves
from .styles import COLORS, Style
from .translation import tr

Quantity = Literal["accuracy", "loss", "learning rate"]
By = Literal["epoch", "step"]
QUANTITIES: tuple[Quantity, ...] = ("accuracy", "loss", "learning rate")
FAINT = 0.4
ROOM = 1.05  # of the highest learning rate, to which the chart reaches
FEW = 6  # runs whose curves of training are seen behind those of validation

# Of one run alone:
VALIDATION = Style(COLORS[0], "line")
TRAINING = Style(COLORS[1], "dashes")


@dataclass(frozen=True)
class Sight:
    """What somebody looks at."""

    by: By = "epoch"
    is_low: bool = False  # the chart has no room for the name of its x


def curves(
    runs: Sequence[RunSeen], styles: Mapping[Path, Style], quantity: Quantity, sight: Sight
) -> tuple[list[Series], Axes]:
    """The series of a quantity, and the axes that they hang on."""
    shown = [seen for seen in runs if seen.folder in styles]
    of_one, of_many = _OF_ONE[quantity], _OF_MANY[quantity]
    if len(shown) == 1:
        made = of_one(shown[0], sight.by)
    else:
        made = [one for seen in shown for one in of_many(seen, sight.by, styles[seen.folder])]
        made = [one for one in made if one.is_read or len(shown) <= FEW]
    made = [one for one in made if one.x.size]
    axes = _axes(quantity, sight)
    if sight.by == "epoch":
        axes = replace(axes, x_range=(1.0, max([2.0, *(float(one.x.max()) for one in made)])))
    elif shown:  # alike in all charts, though epochs end late
        axes = replace(axes, x_range=(0.0, float(max(1, *(seen.step for seen in shown)))))
    if quantity == "learning rate" and made:  # one that is constant is seen to be more than none
        axes = replace(axes, y_range=(0.0, ROOM * float(max(one.y.max() for one in made)) or 1.0))
    return made, axes


def _axes(quantity: Quantity, sight: Sight) -> Axes:
    x = tr("epoch") if sight.by == "epoch" else tr("step")
    names = {"accuracy": tr("accuracy"), "loss": tr("loss"), "learning rate": tr("learning rate")}
    return Axes("" if sight.is_low else x, names[quantity], counts_x=True, read_x=x)


def _of_epochs(
    seen: RunSeen, by: By, value: Callable[[EpochResult], float], name: str, style: Style
) -> Series:
    """A number of each epoch, over epochs or over the steps at their ends."""
    ends = seen.epochs
    x = np.array([one.epoch if by == "epoch" else one.step for one in ends], np.float64)
    return _series(name, x, np.array([value(one) for one in ends], np.float64), style)


def _series(name: str, x: np.ndarray, y: np.ndarray, style: Style) -> Series:
    kind: Kind = style.kind if x.size > 1 else "points"
    return Series(name, x, y, kind, style.color, is_read_between=True, digits=3)


def _unread(series: Series) -> Series:
    """The same, faint, without a name."""
    return Series("", series.x, series.y, series.kind, series.color, FAINT, is_read=False)


# Of one run


def _accuracy(seen: RunSeen, by: By) -> list[Series]:
    if seen.learns_captions:
        return _captions(seen, by)
    made = [
        _of_epochs(seen, by, lambda one: one.train_accuracy, tr("training"), TRAINING),
        _of_epochs(seen, by, lambda one: one.top1, tr("validation"), VALIDATION),
    ]
    published = published_of(seen.recipe) if seen.recipe is not None else None
    if published is not None and seen.epochs:
        x = made[0].x[[0, -1]]
        y = np.full(2, published.accuracy)
        name = tr("published")
        made.insert(0, Series(name, x, y, "dots", Role.PlaceholderText, is_read=False))
    return made


def _captions(seen: RunSeen, by: By) -> list[Series]:
    """Words that were guessed, and what whole captions are worth."""
    return [
        _of_epochs(seen, by, lambda one: one.train_accuracy, tr("words, training"), TRAINING),
        _of_epochs(seen, by, lambda one: one.words, tr("words"), VALIDATION),
        _of_epochs(seen, by, lambda one: one.bleu, tr("BLEU-4"), Style(COLORS[2], "line")),
        _of_epochs(seen, by, lambda one: one.top1, tr("word for word"), Style(COLORS[3], "dots")),
    ]


def _loss(seen: RunSeen, by: By) -> list[Series]:
    validation = _of_epochs(seen, by, lambda one: one.loss, tr("validation"), VALIDATION)
    if by == "step" and seen.curves is not None:
        trained = _series(tr("training"), seen.curves.steps, seen.curves.loss, _SOLID)
        return [_spread(seen.curves), trained, validation]
    trained = _of_epochs(seen, by, lambda one: one.train_loss, tr("training"), TRAINING)
    return [trained, validation]


_SOLID = Style(TRAINING.color, "line")


def _spread(steps: StepCurves) -> Series:
    """From the least to the greatest loss that a point stands for, to and fro."""
    x = np.repeat(steps.steps, 2)
    y = np.stack([steps.lowest, steps.highest], axis=-1).ravel()
    return Series("", x, y, "line", TRAINING.color, FAINT, is_read=False)


def _learning_rate(seen: RunSeen, by: By) -> list[Series]:
    return _rates(seen, by, tr("learning rate"), VALIDATION)


def _rates(seen: RunSeen, by: By, name: str, style: Style) -> list[Series]:
    if by == "step" and seen.curves is not None:
        return [_series(name, seen.curves.steps, seen.curves.learning_rate, style)]
    return [_of_epochs(seen, by, lambda one: one.learning_rate, name, style)]


# Of several: what validation says is read, what training says stands behind it


def _accuracies(seen: RunSeen, by: By, style: Style) -> list[Series]:
    trained = _of_epochs(seen, by, lambda one: one.train_accuracy, "", style)
    judged = _of_epochs(
        seen, by, lambda one: one.bleu if seen.learns_captions else one.top1, seen.name, style
    )
    return [_unread(trained), judged]


def _losses(seen: RunSeen, by: By, style: Style) -> list[Series]:
    if by == "step" and seen.curves is not None:
        return [_series(seen.name, seen.curves.steps, seen.curves.loss, style)]
    trained = _of_epochs(seen, by, lambda one: one.train_loss, "", style)
    return [_unread(trained), _of_epochs(seen, by, lambda one: one.loss, seen.name, style)]


def _learning_rates(seen: RunSeen, by: By, style: Style) -> list[Series]:
    return _rates(seen, by, seen.name, style)


_OF_ONE: Mapping[Quantity, Callable[[RunSeen, By], list[Series]]] = {
    "accuracy": _accuracy,
    "loss": _loss,
    "learning rate": _learning_rate,
}
_OF_MANY: Mapping[Quantity, Callable[[RunSeen, By, Style], list[Series]]] = {
    "accuracy": _accuracies,
    "loss": _losses,
    "learning rate": _learning_rates,
}

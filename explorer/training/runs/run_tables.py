"""Runs as tables: all that is known of each, or what homework asks for: settings and results."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from ..files import write_text
from ..recipes.recipe import Augmentation, Published, Recipe, Stage
from ..recipes.recipe_changes import differences
from ..recipes.recipe_file import as_toml
from ..recipes.settings import settings_of
from .history import EpochResult

TableKind = Literal["runs", "settings"]
Rows = list[list[str]]  # the first one has the names of the columns

_NONE = "–"
_AUGMENTED = {  # what a table calls each change of a picture, where its value says nothing more
    "crop_scale": "random crop",
    "flip": "flip",
    "vertical_flip": "vertical flip",
    "grey": "grey",
    "erasing": "erasing",
}


class Told(Protocol):
    """What is known of a run's course; `History` is one."""

    @property
    def epochs(self) -> Sequence[EpochResult]: ...
    @property
    def best(self) -> EpochResult | None: ...


RunRow = tuple[str, Recipe | None, Told]  # the run's name, what was asked for, what happened


def write_table(file: Path, kind: TableKind, runs: Sequence[RunRow]) -> None:
    """Write a table of runs: Markdown to a file of that kind, else CSV; raises ExplorerError."""
    rows = {"runs": table_of_runs, "settings": table_of_settings}[kind](runs)
    is_markdown = file.suffix.lower() in (".md", ".markdown")
    write_text(file, as_markdown(rows) if is_markdown else as_csv(rows))


def as_csv(rows: Rows) -> str:
    """Rows as CSV; a program that opens it reads no cell as a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_harmless(one) for one in r] for r in rows])
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "@") else cell


def as_markdown(rows: Rows) -> str:
    """Rows as a Markdown table, its columns in line."""
    safe = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    widths = [max(3, *map(len, column)) for column in zip(*safe, strict=True)]
    lines = [_line(row, widths) for row in safe]
    rule = _line(["-" * width for width in widths], widths)
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join(padded)} |"


# All that is known of runs


def table_of_runs(runs: Sequence[RunRow]) -> Rows:
    """Results first, then every setting in which the runs differ, by its dotted name."""
    readable = [recipe for _, recipe, _ in runs if recipe is not None]
    differing = differences(readable)
    places = iter(range(len(readable)))
    shown = [name for name in _RESULTS if name not in _OF_A_TASK or _is_told(name, runs)]
    rows = [["run", "recipe", *shown, *differing]]
    for name, recipe, told in runs:
        place = next(places) if recipe is not None else None
        own = [_NONE if place is None else setting_text(row[place]) for row in differing.values()]
        results = [_RESULTS[result](told) for result in shown]
        rows.append([name, recipe.name if recipe else _NONE, *results, *own])
    return rows


def _is_told(result: str, runs: Sequence[RunRow]) -> bool:
    """Whether any run has such a result."""
    return any(_RESULTS[result](told) != _NONE for _, _, told in runs)


def setting_text(value: Any) -> str:
    """A setting's value as people write it."""
    if value is None:
        return _NONE
    return value if isinstance(value, str) else as_toml(value)


def _of_best(field: str) -> Callable[[Told], str]:
    return lambda told: _number(getattr(told.best, field) if told.best else None)


_RESULTS: Mapping[str, Callable[[Told], str]] = {
    "best validation accuracy": _of_best("top1"),
    "validation top-5": _of_best("top5"),
    "validation BLEU-4": _of_best("bleu"),
    "validation words": _of_best("words"),
    "validation loss": _of_best("loss"),
    "train accuracy": _of_best("train_accuracy"),
    "train loss": _of_best("train_loss"),
    "best epoch": lambda told: str(told.best.epoch) if told.best else _NONE,
    "epochs": lambda told: str(len(told.epochs)),
    "seconds": lambda told: f"{told.epochs[-1].seconds:.0f}" if told.epochs else _NONE,
}


_OF_A_TASK = ("validation top-5", "validation BLEU-4", "validation words")


def _number(value: float | None) -> str:
    return _NONE if value is None or value != value else f"{value:.4f}"


# The homework's table


@dataclass(frozen=True)
class _Column:
    name: str
    text: Callable[[Recipe], str]


def table_of_settings(runs: Sequence[RunRow]) -> Rows:
    """What was set, what came of it, and what others published of the same recipe and model.

    Published accuracies that no run is about follow at the end.
    """
    rows = [[*(one.name for one in _COLUMNS), "Best epoch", "Train accuracy"]]
    rows[0] += ["Validation accuracy", "Published", "Difference"]
    met: set[tuple[str, str]] = set()
    for _, recipe, told in runs:
        if recipe is not None:
            published = published_of(recipe)
            met |= {(recipe.name, published.model)} if published else set()
            rows.append([*(one.text(recipe) for one in _COLUMNS), *_compared(told, published)])
    return rows + _not_met(runs, met)


def published_of(recipe: Recipe) -> Published | None:
    """What others reached with a recipe and its model; None where nobody told."""
    return next((one for one in recipe.published if one.model == recipe.model), None)


def _compared(told: Told, published: Published | None) -> list[str]:
    best = told.best
    own = best.top1 if best else None
    theirs = published.accuracy if published else None
    difference = _NONE if own is None or theirs is None else f"{own - theirs:+.4f}"
    trained = _number(best.train_accuracy if best else None)
    epoch = str(best.epoch) if best else _NONE
    return [epoch, trained, _number(own), _number(theirs), difference.replace("-", "−")]


def _not_met(runs: Sequence[RunRow], met: set[tuple[str, str]]) -> Rows:
    """A row for each published accuracy of these recipes that no run is about."""
    rows: dict[tuple[str, str], list[str]] = {}
    for _, recipe, _ in runs:
        for one in recipe.published if recipe is not None else ():
            key = (recipe.name, one.model) if recipe is not None else ("", "")
            settings = [recipe.name, one.model, *[_NONE] * (len(_COLUMNS) - 2)] if recipe else []
            trained = _number(one.train_accuracy)
            if key not in met:
                rows[key] = [*settings, _NONE, trained, _NONE, _number(one.accuracy), _NONE]
    return list(rows.values())


def _each_stage(text: Callable[[Stage], str]) -> Callable[[Recipe], str]:
    """What stages say, one after the other; once, where all say the same."""

    def said(recipe: Recipe) -> str:
        texts = [text(stage) for stage in recipe.stages]
        return texts[0] if len(set(texts)) == 1 else " → ".join(texts)

    return said


def _schedule(stage: Stage) -> str:
    warmup = f", warm-up {stage.warmup_epochs:g}" if stage.warmup_epochs else ""
    return f"{stage.schedule}{warmup}"


def _epochs(recipe: Recipe) -> str:
    return " + ".join(str(stage.epochs) for stage in recipe.stages)


def _augmentation(recipe: Recipe) -> str:
    """“random crop (0.5, 1), flip 0.5, RandAugment”: what differs from no change at all."""
    chosen, none = recipe.augmentation, Augmentation()
    said = []
    for name in settings_of(Augmentation):
        value = getattr(chosen, name)
        if value == getattr(none, name) or name.startswith("policy_") or name == "crop_ratio":
            continue
        said.append(value if name == "policy" else f"{_AUGMENTED.get(name, name)} {_short(value)}")
    mixing = recipe.mixing
    if mixing.is_on:
        said += [f"{name} {getattr(mixing, name):g}" for name in ("mixup", "cutmix")
                 if getattr(mixing, name)]  # fmt: skip
    return ", ".join(said) or "none"


def _short(value: Any) -> str:
    """“0.5”, “0.5–1”."""
    if isinstance(value, tuple):
        return "–".join(f"{one:g}" for one in value)
    return f"{value:g}"


def _size(recipe: Recipe) -> str:
    """“384”, “240 × 320” for height × width."""
    if recipe.image_size is None:
        return "the model's"
    return " × ".join(str(side) for side in dict.fromkeys(recipe.image_size))


_COLUMNS = (
    _Column("Recipe", lambda recipe: recipe.name),
    _Column("Model", lambda recipe: recipe.model),
    _Column("Picture size", _size),
    _Column("Optimiser", _each_stage(lambda stage: stage.optimiser)),
    _Column("Learning rate", _each_stage(lambda stage: f"{stage.learning_rate:g}")),
    _Column("Schedule", _each_stage(_schedule)),
    _Column("Batch size", _each_stage(lambda stage: str(stage.batch_size))),
    _Column("Epochs", _epochs),
    _Column("Weight decay", _each_stage(lambda stage: f"{stage.weight_decay:g}")),
    _Column("Augmentation", _augmentation),
    _Column("Label smoothing", lambda recipe: f"{recipe.label_smoothing:g}"),
)

"""The two checkpoints of a run: the model of its best epoch, and all that is needed to go on.

Everything random in a training is seeded by its place, so no generator's state has to be kept:
a training that goes on from `last` ends bit by bit (on the CPU) as one that never stopped.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ...errors import ExplorerError
from ..recipes.recipe import Precision, Recipe
from ..recipes.recipe_changes import unusual
from ..runs.position import Best, Position
from ..runs.run import Run
from .learner import Learner
from .tensor_file import read_tensors, write_tensors
from .trees import put_together, taken_apart

_FORMAT = "1"  # of last.safetensors


class Saved(NamedTuple):
    """What `last` holds."""

    position: Position
    state: dict[str, Any]  # nested, with tensors: of model, mean, optimiser, …


def write_last(
    run: Run, recipe: Recipe, position: Position, state: dict[str, Any], fingerprint: str
) -> None:
    """Write what is needed to go on; raises ExplorerError where it cannot be written, or is NaN.

    `recipe` is what was trained: somebody may have changed the run's file since.
    """
    tensors: dict[str, Tensor] = {}
    tree = taken_apart(state, "state", tensors)
    _check_finite(tensors, run)
    notes = {
        "format": _FORMAT,
        "position": position.text(),
        "state": json.dumps(tree),
        "recipe": recipe_mark(recipe),
        "data": fingerprint,
    }
    write_tensors(run.last, tensors, notes)


def _check_finite(tensors: dict[str, Tensor], run: Run) -> None:
    """Raise ExplorerError where weights are no numbers: the checkpoint before is kept."""
    for name, tensor in tensors.items():
        # A sum shows NaN and infinity at a fifth of the cost of looking at each value.
        suspect = name.startswith("state.model.") and not tensor.sum().isfinite()
        if suspect and not tensor.isfinite().all():
            raise not_a_number(f"the weight {name.removeprefix('state.model.')}", run)


def not_a_number(what: str, run: Run) -> ExplorerError:
    """What to say where training went astray."""
    kept = f"{run.last.name} is from before." if run.last.exists() else "Nothing was saved yet."
    return ExplorerError(
        f"The training went astray: {what} is not a number any more (NaN or infinity). {kept}",
        hint="Lower the learning rate, warm up longer, clip gradients, or take float32.",
    )


def read_last(run: Run, recipe: Recipe, fingerprint: str) -> Saved | None:
    """What to go on from; None where nothing was saved yet.

    Raises ExplorerError where it is damaged, or belongs to another recipe or other pictures.
    """
    if not run.last.exists():
        return None
    tensors, notes = read_tensors(run.last)
    if notes.get("format") != _FORMAT:
        raise ExplorerError(
            f"{run.last.name} in {run.folder} was not written by this program's training.",
            hint="Take it away to begin anew.",
        )
    if notes["recipe"] != recipe_mark(recipe):
        raise ExplorerError(
            f"recipe.toml of {run.name} was changed since its training began.",
            hint="Undo that to go on, or begin another run with it.",
        )
    if notes["data"] != fingerprint:
        raise other_pictures(run)
    return Saved(
        Position.read(notes["position"]), put_together(json.loads(notes["state"]), tensors)
    )


def other_pictures(run: Run) -> ExplorerError:
    """What to say where the data are not those that a run began with."""
    return ExplorerError(
        f"The pictures of {run.name} are not those that its training began with.",
        hint="Put them back to go on, or begin another run.",
    )


def recipe_mark(recipe: Recipe) -> str:
    """Changes with whatever changes the result; where it computes, and with how much, does not.

    Only what is not as usual counts: settings that come with a later version change nothing.
    """
    stages = tuple(replace(stage, accumulation=1) for stage in recipe.stages)
    counts = replace(
        recipe,
        stages=stages,
        name="",
        about="",
        published=(),
        probe=None,
        device="auto",
        workers=None,
        cache_share=0.0,
    )
    said = json.dumps(unusual(counts), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def write_best(run: Run, network: nn.Module, learner: Learner, best: Best, kept: Precision) -> None:
    """Write a model that `explorer.load_vit` opens, or `load_captioner`; raises ExplorerError."""
    tensors, own = learner.lesson.checkpoint(network, learner.preprocessing)
    said = {**own, "epoch": best.epoch, "validation_top1": best.top1}
    notes = {name: json.dumps(value, ensure_ascii=False) for name, value in said.items()}
    kind = getattr(torch, kept)
    tensors = {n: one.to(kind) if one.is_floating_point() else one for n, one in tensors.items()}
    write_tensors(run.best, tensors, notes)

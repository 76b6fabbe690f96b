"""The network that a recipe trains: loaded, with a head for the classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from ...errors import ExplorerError
from ...images.geometry import reframe
from ...models.loading import Loaded, load_network
from ...models.requests import check_weights
from ...models.watch import never, quiet
from ...records import Preprocessing, Weights
from ..recipes.recipe import Recipe
from ..recipes.starting_model import starting_weights
from .chance import seed_of
from .class_lesson import ClassLesson
from .freezing import heads_of
from .lesson import Lesson

_NORMAL_STD = 0.02  # of a head that begins with small random numbers, as timm begins


@dataclass(frozen=True, eq=False)
class Learner:
    """A network that learns, on the CPU in float32, and what belongs to it."""

    network: nn.Module
    preprocessing: Preprocessing  # of the recipe, else of the model
    lesson: Lesson
    origin: str  # one or two sentences: where its weights came from
    name: str  # of what it was made from


def load_learner(
    recipe: Recipe,
    classes: Sequence[str],
    progress: Callable[[str, float | None], None] = quiet,
    should_stop: Callable[[], bool] = never,
    may_download: bool = True,
) -> Learner:
    """Load what a recipe fine-tunes, with a head for these classes.

    The same recipe gives the same weights. Raises as `load_network` does, and ExplorerError where
    the model cannot learn what is asked for.
    """
    wanted = check_weights(_with_pre_logits(starting_weights(recipe), recipe))
    loaded = load_network(wanted, progress, should_stop, may_download)
    _set_head(loaded, recipe, tuple(classes))
    preprocessing = reframe(loaded.preprocessing, recipe.pictures.framing)
    network = loaded.network.requires_grad_(True)
    lesson = ClassLesson(recipe, tuple(classes))
    return Learner(network, preprocessing, lesson, loaded.source, loaded.name)


def _with_pre_logits(weights: Weights, recipe: Recipe) -> Weights:
    """With the layer before the classifier dropped, unless it is wanted, or the head is kept.

    It serves the classes that it was learned with (Dosovitskiy et al. 2021, section 3.2).
    """
    is_open = weights.pre_logits is None and recipe.new_head != "kept"
    return replace(weights, pre_logits="dropped") if is_open else weights


def _set_head(loaded: Loaded, recipe: Recipe, classes: tuple[str, ...]) -> None:
    """A new head, or the learned one where that is wanted and knows these classes."""
    network: Any = loaded.network
    if recipe.new_head == "kept":
        _check_known(loaded, classes)
        return
    with torch.random.fork_rng(devices=[]):  # nobody else's random numbers change
        torch.manual_seed(seed_of(recipe.seed, "head"))
        network.reset_classifier(len(classes))
        if network.head_hidden_size != network.embed_dim:  # by a layer that timm knows nothing of
            network.head = nn.Linear(network.head_hidden_size, len(classes))
        for layer in heads_of(network):
            std = 0.0 if recipe.new_head == "zeros" else _NORMAL_STD
            nn.init.normal_(layer.weight, std=std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _check_known(loaded: Loaded, classes: tuple[str, ...]) -> None:
    """Raise ExplorerError where a learned head is for other classes."""
    outputs = loaded.network.num_classes
    if outputs == len(classes) and loaded.labels in (None, classes):
        return
    pairs = zip(loaded.labels or (), classes, strict=False)
    own, theirs = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    why = f"it knows {outputs} classes, and the pictures have {len(classes)}"
    if outputs == len(classes):
        why = f"its class “{own}” stands where the pictures have “{theirs}”"
    raise ExplorerError(
        f"The head of {loaded.name} cannot be kept: {why}.",
        hint='Begin with another one: new_head = "zeros".',
    )

"""The network that a recipe trains: loaded, with a head for the classes, parts of it frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from ..recipes.recipe import Recipe, Stage
from ..recipes.starting_model import starting_weights
from .chance import seed_of

_NORMAL_STD = 0.02  # of a head that begins with small random numbers, as timm begins
_BEFORE_BLOCKS = ("patch_embed", "pos_embed", "cls_token", "reg_token", "dist_token", "norm_pre")
_ACTIVATIONS = {  # classes of torch and timm, and what timm's arguments call them
    "GELU": "gelu",
    "GELUTanh": "gelu_tanh",
    "QuickGELU": "quick_gelu",
    "ReLU": "relu",
    "SiLU": "silu",
}


@dataclass(frozen=True, eq=False)
class Learner:
    """A network that learns, on the CPU in float32, and what belongs to it."""

    network: nn.Module
    preprocessing: Preprocessing  # of the recipe, else of the model
    classes: tuple[str, ...]
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
    return Learner(network, preprocessing, tuple(classes), loaded.source, loaded.name)


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


def heads_of(network: Any) -> list[nn.Linear]:
    """The layers that give the logits: one, or, of distilled networks, two."""
    found = network.get_classifier()
    heads = found if isinstance(found, tuple) else (found,)
    return [layer for layer in heads if isinstance(layer, nn.Linear)]


def set_trained(network: Any, stage: Stage) -> None:
    """Freeze what a stage does not train; raises ExplorerError where nothing like it is there."""
    if stage.frozen_blocks > len(network.blocks):
        raise ExplorerError(
            f"“frozen_blocks” is {stage.frozen_blocks}, and the model has {len(network.blocks)}.",
            hint='Choose fewer, or trained = "head".',
        )
    trained = set(_trained_names(network, stage))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in trained)


def _trained_names(network: Any, stage: Stage) -> Iterator[str]:
    head = {id(p) for layer in heads_of(network) for p in layer.parameters()}
    frozen = tuple(f"blocks.{number}." for number in range(stage.frozen_blocks))
    attends = "attention" in stage.trained
    for name, parameter in network.named_parameters():
        if id(parameter) in head:
            yield name
        elif stage.trained == "head" or (attends and ".attn." not in name):
            continue
        elif not (stage.frozen_blocks and name.startswith((*_BEFORE_BLOCKS, *frozen))):
            yield name


def notes_of(learner: Learner) -> dict[str, Any]:
    """What has to be said beside the tensors, so that the model is opened as it was trained.

    In the words of timm's configs, with the epsilon of transformers'.
    """
    network: Any = learner.network
    config = getattr(network, "pretrained_cfg", None) or {}
    preprocessing = learner.preprocessing
    height, width = preprocessing.input_size
    crops = {"crop": "center", "squash": "squash", "pad": "border"}
    said = {
        "architecture": config.get("architecture"),
        "num_classes": len(learner.classes),
        "label_names": list(learner.classes),
        "model_args": _arguments(network),
        "layer_norm_eps": _epsilon(network),
        "input_size": [len(preprocessing.mean), height, width],
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
        "interpolation": preprocessing.interpolation,
        "crop_pct": preprocessing.crop_fraction,
        "crop_mode": crops[preprocessing.framing],
    }
    return {name: value for name, value in said.items() if value is not None}


def _arguments(network: Any) -> dict[str, Any]:
    """What tensors do not tell of a network, as `timm.create_model` takes it."""
    block = network.blocks[0]
    act = next((_ACTIVATIONS.get(type(m).__name__) for m in block.modules() if _is_act(m)), None)
    told = {
        "num_heads": getattr(block, "attn", block).num_heads,
        "global_pool": network.global_pool,
        "act_layer": act if not hasattr(network, "pretrained_cfg") else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _is_act(module: nn.Module) -> bool:
    return type(module).__name__ in _ACTIVATIONS


def _epsilon(network: nn.Module) -> float | None:
    """What its layer norms add to the variance, where all add the same."""
    found = {module.eps for module in network.modules() if isinstance(module, nn.LayerNorm)}
    return found.pop() if len(found) == 1 else None

"""Classes: what a picture shows is one of some names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...models.networks.variations import taken_out
from ...models.recording import to_numpy
from ...records import Picture, Preprocessing
from ..pictures.batches import Batch
from ..recipes.recipe import Recipe, Stage
from ..runs.sample import Shown
from .chance import Chance, seed_of, set_drop_path, set_dropout
from .freezing import set_trained
from .lesson import Answers, Checkpoint, Judged, Place
from .mixing import Mixed, mix, unmixed
from .ranks import Ranks
from .tracing import Tracer

_TOP = 5
_ACTIVATIONS = {  # classes of torch and timm, and what timm's arguments call them
    "GELU": "gelu",
    "GELUTanh": "gelu_tanh",
    "QuickGELU": "quick_gelu",
    "ReLU": "relu",
    "SiLU": "silu",
}


@dataclass(frozen=True, eq=False)
class _Seen:
    """Pictures, perhaps mixed, and their classes."""

    mixed: Mixed
    smoothing: float

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return (self.mixed.pixels,)

    def losses(self, logits: Tensor) -> Tensor:
        """Cross-entropy of each picture: (pictures,)."""
        targets = self.mixed.labels
        if self.mixed.others is None:
            return functional.cross_entropy(
                logits, targets, reduction="none", label_smoothing=self.smoothing
            )
        targets = self.mixed.targets(logits.shape[1], self.smoothing)
        return functional.cross_entropy(logits, targets, reduction="none")

    def right(self, logits: Tensor) -> Tensor:
        """Whether the likelier of two mixed classes is the answer: (pictures,)."""
        return logits.argmax(dim=1) == self.mixed.likelier


class ClassLesson:
    """What a classifier learns."""

    def __init__(self, recipe: Recipe, classes: tuple[str, ...]) -> None:
        self._recipe = recipe
        self.classes = classes

    def prepare(self, network: Any, stage: Stage, chance: Chance) -> None:
        set_trained(network, stage)
        set_drop_path(network, stage.drop_path, chance)
        set_dropout(network, stage.dropout, chance)

    def learned(self, network: nn.Module, _stage: Stage) -> Any:
        return network

    def inputs(self, pixels: Tensor) -> tuple[Tensor, ...]:
        return (pixels,)

    def seen(self, batch: Batch, place: Place, device: torch.device) -> _Seen:
        pixels, labels = batch.on(device)
        mixed = unmixed(pixels, labels)
        if self._mixes_at(place):
            seed = seed_of("mixing", *place)
            mixed = mix(pixels, labels, batch.places, batch.total, self._recipe.mixing, seed)
        return _Seen(mixed, self._recipe.label_smoothing)

    def _mixes_at(self, place: Place) -> bool:
        """Whether pictures are mixed in an epoch of a stage."""
        _, stage, epoch, _ = place
        stages = self._recipe.stages
        left = stages[stage].epochs - epoch
        over = stage == len(stages) - 1 and left <= self._recipe.mixing.last_epochs_without
        return self._recipe.mixing.is_on and not over

    def shown(self, batch: Batch, place: Place, device: torch.device) -> Shown:
        mixed = self.seen(batch, place, device).mixed
        return Shown(mixed.pixels, mixed.targets(len(self.classes), self._recipe.label_smoothing))

    def answers(self, network: nn.Module, batch: Batch, ranks: Ranks) -> Answers:
        pixels, labels = batch.on(ranks.device)
        with ranks.accelerator.autocast():
            logits = network(pixels).float()
        losses = functional.cross_entropy(logits, labels, reduction="none")
        return {
            "places": batch.places.numpy(),
            "losses": to_numpy(losses),
            "labels": batch.labels.numpy(),
            "probabilities": to_numpy(logits.softmax(-1)),
        }

    def judged(self, answers: Answers) -> Judged:
        probabilities, labels = answers["probabilities"], answers["labels"]
        ranking = np.argsort(-probabilities, axis=1, kind="stable")[:, :_TOP]
        hits = ranking == labels[:, None]
        top1 = float(hits[:, 0].mean())
        told = {"top1": top1, "top5": float(hits.any(axis=1).mean())}
        return Judged(top1, told, {"labels": labels, "probabilities": probabilities})

    def checkpoint(self, network: nn.Module, preprocessing: Preprocessing) -> Checkpoint:
        tensors, pre_logits = taken_out(network.state_dict())
        notes = _notes(network, self.classes, preprocessing)
        return tensors, {**notes, "pre_logits": pre_logits}

    def tracer(self, network: nn.Module, preprocessing: Preprocessing, picture: Picture) -> Tracer:
        return Tracer(network, preprocessing, self.classes, picture)


def _notes(network: Any, classes: tuple[str, ...], preprocessing: Preprocessing) -> dict[str, Any]:
    config = getattr(network, "pretrained_cfg", None) or {}
    height, width = preprocessing.input_size
    crops = {"crop": "center", "squash": "squash", "pad": "border"}
    said = {
        "architecture": config.get("architecture"),
        "num_classes": len(classes),
        "label_names": list(classes),
        "model_args": arguments_of(network),
        "layer_norm_eps": epsilon_of(network),
        "input_size": [len(preprocessing.mean), height, width],
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
        "interpolation": preprocessing.interpolation,
        "crop_pct": preprocessing.crop_fraction,
        "crop_mode": crops[preprocessing.framing],
    }
    return {name: value for name, value in said.items() if value is not None}


def arguments_of(network: Any, all_of_them: bool = False) -> dict[str, Any]:
    """What tensors do not tell of a network, as `timm.create_model` takes it.

    `all_of_them`: also what the name of an architecture tells.
    """
    block = network.blocks[0]
    is_named = bool((getattr(network, "pretrained_cfg", None) or {}).get("architecture"))
    act = next((_ACTIVATIONS.get(type(m).__name__) for m in block.modules() if _is_act(m)), None)
    told = {
        "num_heads": getattr(block, "attn", block).num_heads,
        "global_pool": network.global_pool,
        "act_layer": act if all_of_them or not is_named else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _is_act(module: nn.Module) -> bool:
    return type(module).__name__ in _ACTIVATIONS


def epsilon_of(network: nn.Module) -> float | None:
    """What its layer norms add to the variance, where all add the same."""
    found = {module.eps for module in network.modules() if isinstance(module, nn.LayerNorm)}
    return found.pop() if len(found) == 1 else None

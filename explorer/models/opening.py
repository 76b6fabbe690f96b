"""Local checkpoints: read, told in timm's names, recognised, and put into a network."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from timm.models import is_model, split_model_name_tag
from torch import nn

from ..errors import ExplorerError
from ..records import Weights
from .checkpoints.description import describe_checkpoint
from .checkpoints.folder import checkpoint_in
from .checkpoints.reading import Checkpoint, read_checkpoint
from .layouts import Origin, translate
from .networks.architectures import for_architecture
from .networks.fitting import Blueprint, adapted_to, embedding, fit
from .networks.measures import (
    KERNEL,
    Tensors,
    check_sizes,
    depth_of,
    heads_of,
    patch_of,
    stored_grid,
)
from .networks.recognition import Recognised, recognise
from .networks.variations import (
    with_epsilon,
    with_pre_logits,
    with_resampling,
    without_pre_logits,
)
from .opened import Opened, epsilon_of, input_of, pre_logits_of, resampling_of, stored_positions
from .published import catalog
from .published.labels import known_labels
from .telling import called, details_of, source_of

_TOLD = ("num_heads", "act_layer", "global_pool")  # what tensors do not tell of a network
_ODD = (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, RuntimeError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Examined:
    """What a dialog tells and asks of a checkpoint before it is loaded."""

    is_captioner: ClassVar[Literal[False]] = False
    summary: str  # “recognised by its tensors: 12 layers of …”; "" where there is a problem
    library: str  # where its layout comes from; "" for timm's
    told: str  # a sentence on what is different about this one; "" where there is nothing
    heads: tuple[int, tuple[int, ...]] | None  # the usual number and all; None where it is known
    has_pre_logits: bool
    problem: ExplorerError | None  # why it cannot be opened as it is


@dataclass(frozen=True, eq=False)
class Filled:
    """A network with a checkpoint's weights, and all that is known of both."""

    network: nn.Module
    name: str
    source: str  # one or two sentences
    labels: tuple[str, ...] | None
    input: Mapping[str, Any]  # as timm's configs describe it, where anybody says something
    is_timm: bool  # timm, too, says how pictures are prepared for it
    details: tuple[tuple[str, str], ...]
    stored_positions: np.ndarray | None  # float32 (rows, columns, width), if they were resampled


def open_checkpoint(place: Path) -> Opened:
    """Read a checkpoint as far as its tensors can be measured, from a file or its folder.

    Raises as `checkpoint_in` and `read_checkpoint` do.
    """
    file = checkpoint_in(place)
    return _measured(file, read_checkpoint(file))


def _measured(file: Path, checkpoint: Checkpoint) -> Opened:
    with _foreign(file):
        origin = Origin(file, checkpoint.part, checkpoint.notes, checkpoint.is_legacy)
        layout = translate(checkpoint, origin)
        check_sizes(layout.tensors)
        named = replace(checkpoint, tensors=dict(layout.tensors))
        return Opened(file, checkpoint, layout, describe_checkpoint(file, named))


def examine(file: Path, checkpoint: Checkpoint) -> Examined:
    """What a checkpoint is, and what a person has to say; raises where it cannot be measured."""
    opened = _measured(file, checkpoint)
    tensors, said = opened.layout.tensors, opened.said
    args = {**opened.layout.model_args, **said.model_args}
    known = is_model(said.architecture) or "num_heads" in args or opened.layout.architecture
    problem, summary = None, ""
    try:
        with _foreign(opened.file):
            found = _identify(Weights("", file=file), opened)
            adapted_to(found.blueprint, tensors, opened.file.name)
            summary = found.summary
    except ExplorerError as error:
        problem = error
    return Examined(
        summary=summary,
        library=opened.layout.library,
        told=opened.layout.told,
        heads=None if known else heads_of(tensors),
        has_pre_logits=opened.has_pre_logits,
        problem=problem,
    )


def fill(opened: Opened, weights: Weights) -> Filled:
    """Put a checkpoint into the network that it was made for, or that `weights` names."""
    with _foreign(opened.file):
        found = _identify(weights, opened)
    tensors, said = opened.layout.tensors, opened.said
    with _unforeseen(opened.file):
        network = fit(found.blueprint, tensors, opened.file.name)
        stored = stored_positions(tensors, network, opened.size, weights.image_size)
    is_timm = hasattr(network, "pretrained_cfg")
    labels = said.labels if said.labels and len(said.labels) == network.num_classes else None
    usual = None if labels else known_labels(network.num_classes)
    return Filled(
        network=network,
        name=called(opened.file),
        source=source_of(weights, opened, found, is_timm, usual),
        labels=labels,
        input=input_of(weights, opened),
        is_timm=is_timm,
        details=details_of(weights, opened, network, stored),
        stored_positions=stored,
    )


@contextmanager
def _foreign(file: Path) -> Iterator[None]:
    """What stands in the way of recognising a file is said with the file's name."""
    try:
        with _unforeseen(file):
            yield
    except ExplorerError as error:
        if error.message.startswith(file.name):
            raise
        reason = error.message[0].lower() + error.message[1:]
        raise ExplorerError(f"{file.name} cannot be opened: {reason}", error.hint) from error


@contextmanager
def _unforeseen(file: Path) -> Iterator[None]:
    """Tensors of somebody else's can be odd in more ways than anybody thought of."""
    try:
        yield
    except _ODD as error:
        _log.warning("%s cannot be opened", file.name, exc_info=True)
        raise ExplorerError(
            f"{file.name} cannot be opened: its tensors do not describe a vision transformer.",
            hint="Choose another checkpoint, or say which architecture of timm's it holds.",
        ) from error


def _identify(weights: Weights, opened: Opened) -> Recognised:
    """The network for a checkpoint: the named architecture, or one read from its tensors."""
    tensors = without_pre_logits(opened.layout.tensors)
    name = _architecture(weights, opened)
    if name:
        found = _named(name, tensors, weights, opened)
    else:
        found = recognise(tensors, _told(weights, opened), weights.image_size, opened.size)
    return found._replace(blueprint=_varied(found.blueprint, weights, opened))


def _named(name: str, tensors: Tensors, weights: Weights, opened: Opened) -> Recognised:
    """The network of a full name in timm; raises ExplorerError where it is plainly another."""
    options = _options(name, weights, opened)
    _check_agreement(options, tensors, opened.said.origin)
    blueprint = for_architecture(name, tensors, weights.image_size, opened.size, **options)
    known = catalog.known(weights.name)
    if known:
        _check_patches(blueprint.network, tensors, known.name)
    name = known.name if known else split_model_name_tag(name)[0]
    return Recognised(blueprint._replace(name=name), f"as {name}", ())


def _architecture(weights: Weights, opened: Opened) -> str:
    """The full name of the network in timm, if anybody says it; else ""."""
    known = catalog.known(weights.name)
    said = opened.said.architecture if is_model(opened.said.architecture) else ""
    named = known.architecture if known else weights.name or said or opened.layout.architecture
    return catalog.full_name(named) if named else ""


def _options(name: str, weights: Weights, opened: Opened) -> dict[str, Any]:
    """What the checkpoint's config tells `timm.create_model`, and the number of heads if given."""
    own = split_model_name_tag(name)[0] == opened.said.architecture
    options = dict(opened.said.model_args) if own else {}
    return {**options, "num_heads": weights.heads} if weights.heads else options


def _told(weights: Weights, opened: Opened) -> dict[str, Any]:
    """What a person, a config or the layout says of the network that its tensors do not tell."""
    args = {**opened.layout.model_args, **opened.said.model_args}
    told = {name: args[name] for name in _TOLD if name in args}
    return {**told, "num_heads": weights.heads} if weights.heads else told


def _check_agreement(options: Mapping[str, Any], tensors: Tensors, origin: str) -> None:
    """Raises ExplorerError, before anything large is built, where a config is of another model."""
    depth = depth_of(tensors)
    width = tensors[KERNEL].shape[0] if depth and KERNEL in tensors else 0
    for argument, found, what in (("depth", depth, "layers"), ("embed_dim", width, "width")):
        said = options.get(argument, found)
        if found and said != found:
            raise ExplorerError(
                f"{origin} says {argument} {said}, but its tensors are of {what} {found}.",
                hint=f"Correct {origin}, or move it away.",
            )


def _check_patches(network: nn.Module, tensors: Tensors, name: str) -> None:
    """Raises ExplorerError where a published model cuts pictures into patches of another size."""
    stored, wanted = patch_of(tensors), tuple(embedding(network).patch_size)
    if stored and stored != wanted:
        raise ExplorerError(
            f"Its patches are of {stored[0]} × {stored[1]} pixels, those of {name} of "
            f"{wanted[0]} × {wanted[1]}.",
            hint="Choose the model that it was saved from.",
        )


def _varied(blueprint: Blueprint, weights: Weights, opened: Opened) -> Blueprint:
    """With what its library computes otherwise than timm."""
    epsilon, order = epsilon_of(weights, opened), pre_logits_of(weights, opened)
    stored = stored_grid(opened.layout.tensors, opened.size, weights.image_size)
    if stored is not None:
        blueprint = with_resampling(blueprint, stored, resampling_of(weights, opened))
    if epsilon is not None:
        blueprint = with_epsilon(blueprint, epsilon)
    return with_pre_logits(blueprint, opened.layout.tensors, order) if order else blueprint

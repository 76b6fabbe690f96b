"""Local checkpoints: read, told in timm's names, recognised; and what of it had to be assumed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from timm.models import is_model, split_model_name_tag
from torch import nn

from ..errors import ExplorerError
from ..records import PreLogits, Resampling, Weights
from .checkpoints.description import Description, describe_checkpoint
from .checkpoints.folder import checkpoint_in
from .checkpoints.parts import INDEX
from .checkpoints.reading import SAYS_NOTHING, Checkpoint, read_checkpoint
from .layouts import Origin, Translated, translate
from .networks.architectures import for_architecture
from .networks.beit import has_offsets
from .networks.fitting import Blueprint, adapted_to, embedding, fit, shortened
from .networks.measures import KERNEL, Size, Tensors, check_sizes, depth_of, heads_of, stored_grid
from .networks.recognition import Recognised, recognise
from .networks.variations import (
    PRE_LOGITS,
    with_epsilon,
    with_pre_logits,
    with_resampling,
    without_pre_logits,
)
from .published import catalog
from .published.labels import known_labels

_TOLD = ("num_heads", "act_layer", "global_pool")  # what tensors do not tell of a network
_RESAMPLED: dict[Resampling, str] = {
    "timm": "bicubic with antialiasing, as timm does",
    "corners": "bilinear with aligned corners, as PyTorch-Pretrained-ViT does",
    "bicubic": "bicubic without antialiasing, as transformers and DINO do",
}
_RESAMPLED_BIASES: dict[bool, str] = {  # whether as transformers does
    True: "bilinear, as transformers does",
    False: "linear, over distances that grow from patch to patch, as timm does",
}
_PRE_LOGITS: dict[PreLogits, str] = {
    "after norm": "after the last norm, as in JAX's original",
    "before norm": "before the last norm, as in PyTorch-Pretrained-ViT",
    "dropped": "left out",
}
_ODD = (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, RuntimeError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Opened:
    """A checkpoint whose tensors can be measured, and what is said about it."""

    file: Path
    checkpoint: Checkpoint
    layout: Translated  # its tensors in timm's names
    said: Description


@dataclass(frozen=True)
class Examined:
    """What a dialog tells and asks of a checkpoint before it is loaded."""

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
    checkpoint = read_checkpoint(file)
    with _foreign(file):
        origin = Origin(file, checkpoint.part, checkpoint.notes, checkpoint.is_legacy)
        layout = translate(checkpoint, origin)
        check_sizes(layout.tensors)
        named = replace(checkpoint, tensors=dict(layout.tensors))
        return Opened(file, checkpoint, layout, describe_checkpoint(file, named))


def examine(file: Path) -> Examined:
    """What a checkpoint is, and what a person has to say; raises where it cannot be read at all."""
    opened = open_checkpoint(file)
    tensors, said = opened.layout.tensors, opened.said
    args = {**opened.layout.model_args, **said.model_args}
    known = is_model(said.architecture) or "num_heads" in args or opened.layout.architecture
    problem, summary = None, ""
    try:
        with _foreign(file):
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
        has_pre_logits=any(name.startswith(PRE_LOGITS) for name in tensors),
        problem=problem,
    )


def fill(opened: Opened, weights: Weights) -> Filled:
    """Put a checkpoint into the network that it was made for, or that `weights` names."""
    with _foreign(opened.file):
        found = _identify(weights, opened)
    with _unforeseen(opened.file):
        network = fit(found.blueprint, opened.layout.tensors, opened.file.name)
        stored = _stored_positions(weights, opened, network)
    is_timm = hasattr(network, "pretrained_cfg")
    said, known = opened.said, catalog.known(weights.name)
    labels = said.labels if said.labels and len(said.labels) == network.num_classes else None
    usual = None if labels else known_labels(network.num_classes)
    told = (found.summary, _normalised(weights, opened, is_timm), *_left_aside(opened))
    assumed = (*found.assumed, *_assumed(told[1], usual))
    return Filled(
        network=network,
        name=_name(opened.file),
        source=_tell_source(opened, told, assumed),
        labels=labels,
        input={**opened.layout.input, **(known.input if known else {}), **said.input},
        is_timm=is_timm,
        details=_details(weights, opened, network, stored),
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


# Which network


def _identify(weights: Weights, opened: Opened) -> Recognised:
    """The network for a checkpoint: the named architecture, or one read from its tensors."""
    tensors = without_pre_logits(opened.layout.tensors)
    size = _said_size(opened)
    name = _architecture(weights, opened)
    if name:
        options = _options(name, weights, opened)
        _check_agreement(options, tensors, opened.said.origin)
        blueprint = for_architecture(name, tensors, weights.image_size, size, **options)
        called = weights.name if catalog.known(weights.name) else split_model_name_tag(name)[0]
        found = Recognised(blueprint._replace(name=called), f"as {called}", ())
    else:
        found = recognise(tensors, _told(weights, opened), weights.image_size, size)
    return found._replace(blueprint=_varied(found.blueprint, weights, opened))


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


def _said_size(opened: Opened) -> Size | None:
    size = {**opened.layout.input, **opened.said.input}.get("input_size")
    return (int(size[1]), int(size[2])) if size else None


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


# What its library computes otherwise than timm


def _varied(blueprint: Blueprint, weights: Weights, opened: Opened) -> Blueprint:
    epsilon, order = _epsilon(opened), _pre_logits(weights, opened)
    stored = stored_grid(opened.layout.tensors, _said_size(opened), weights.image_size)
    if stored is not None:
        blueprint = with_resampling(blueprint, stored, _resampling(weights, opened))
    if epsilon is not None:
        blueprint = with_epsilon(blueprint, epsilon)
    return with_pre_logits(blueprint, opened.layout.tensors, order) if order else blueprint


def _epsilon(opened: Opened) -> float | None:
    return opened.layout.epsilon if opened.said.epsilon is None else opened.said.epsilon


def _resampling(weights: Weights, opened: Opened) -> Resampling:
    return weights.resampling or opened.layout.resampling


def _pre_logits(weights: Weights, opened: Opened) -> PreLogits | None:
    """Where the layer before the classifier stands; None where the file has none."""
    if not any(name.startswith(PRE_LOGITS) for name in opened.layout.tensors):
        return None
    return weights.pre_logits or opened.layout.pre_logits or "after norm"


def _stored_positions(weights: Weights, opened: Opened, network: nn.Module) -> np.ndarray | None:
    """Positions as they lie in the file, where the network uses others."""
    tensors = opened.layout.tensors
    return stored_positions(tensors, network, _said_size(opened), weights.image_size)


def stored_positions(
    tensors: Tensors, network: nn.Module, said: Size | None = None, asked: Size | None = None
) -> np.ndarray | None:
    """A checkpoint's own positions of patches, where the network has another grid.

    float32 (rows, columns, width); `said` and `asked` as for `stored_grid`.
    """
    stored = stored_grid(tensors, said, asked)
    if stored is None or "pos_embed" not in tensors:
        return None
    if stored == tuple(embedding(network).grid_size):
        return None
    patches = tensors["pos_embed"][0, -stored[0] * stored[1] :]
    array: np.ndarray = patches.float().reshape(*stored, -1).numpy().copy()
    return array


# What is told


def _details(
    weights: Weights, opened: Opened, network: nn.Module, stored: np.ndarray | None
) -> tuple[tuple[str, str], ...]:
    """What was chosen where libraries differ, in words."""
    epsilon, order = _epsilon(opened), _pre_logits(weights, opened)
    details = [("Layout", opened.layout.library or "timm")]
    if epsilon is not None:
        details.append(("Layer norm epsilon", f"{epsilon:.0e}".replace("e-0", "e-")))
    details += _told_size(weights, opened, network)
    if stored is not None:
        details.append(told_resampling(stored, network, _resampling(weights, opened)))
    details += _told_biases(weights, opened, network)
    if order:
        details.append(("Pre-logits layer", _PRE_LOGITS[order]))
    return tuple(details)


def told_resampling(stored: np.ndarray, network: nn.Module, how: Resampling) -> tuple[str, str]:
    """How positions became those of another grid, as a detail of the model."""
    rows, columns = embedding(network).grid_size
    text = f"{stored.shape[0]} × {stored.shape[1]} stored, resampled to {rows} × {columns}"
    return "Positions", f"{text}: {_RESAMPLED[how]}"


def _told_size(weights: Weights, opened: Opened, network: nn.Module) -> Iterator[tuple[str, str]]:
    """That a processor shows its network pictures of another size than its positions are of."""
    height, width = embedding(network).img_size
    shown = opened.said.shown_size
    if shown and shown != (height, width) and not weights.image_size:
        text = f"{height} × {width}, as its positions are of"
        origin = opened.said.input_origin
        yield "Input size", f"{text}; {origin} makes it {shown[0]} × {shown[1]}"


def _told_biases(weights: Weights, opened: Opened, network: nn.Module) -> Iterator[tuple[str, str]]:
    """How biases between patches became those of another grid."""
    tensors, grid = opened.layout.tensors, tuple(embedding(network).grid_size)
    stored = stored_grid(tensors, _said_size(opened), weights.image_size)
    if not has_offsets(tensors) or stored is None or stored == grid:
        return
    how = _RESAMPLED_BIASES[_resampling(weights, opened) == "bicubic"]
    text = f"of {stored[0]} × {stored[1]} patches stored, resampled to {grid[0]} × {grid[1]}"
    yield "Biases between patches", f"{text}: {how}"


def _normalised(weights: Weights, opened: Opened, is_timm: bool) -> str:
    """Where mean and standard deviation come from, in words."""
    known = catalog.known(weights.name)
    if weights.normalisation:
        return "its normalisation was given"
    if "mean" in opened.said.input:
        return f"normalised as {opened.said.input_origin or opened.said.origin} says"
    if known is not None and "mean" in known.input:
        return f"normalised as {known.library} does"
    if "mean" in opened.layout.input:
        return f"normalised as {opened.layout.library} does"
    return "normalised as timm does for it" if is_timm else ""


def _left_aside(opened: Opened) -> tuple[str, ...]:
    """What of a file was not used, in words."""
    count = opened.checkpoint.left_out
    beside = f"without {count} tensor{'s' * (count > 1)} beside the model" if count else ""
    aside = opened.layout.left_out
    placeless = f"without {shortened(aside)}, which it has no place for" if aside else ""
    ignored = opened.said.ignored
    unknown = f"without “{shortened(ignored)}” of {opened.said.origin}" if ignored else ""
    return beside, placeless, unknown


def _assumed(normalised: str, labels: tuple[str, ...] | None) -> tuple[str, ...]:
    """What neither the file nor a person said, in words."""
    values = "" if normalised else "mean and standard deviation 0.5"
    names = f"the usual names of {len(labels)} classes, such as “{labels[0]}”" if labels else ""
    return values, names


def _tell_source(opened: Opened, told: Sequence[str], assumed: Sequence[str]) -> str:
    """Where the weights came from, how they were read, and what had to be assumed."""
    name, part, layout = opened.file.name, opened.checkpoint.part, opened.layout
    where = f"{name} (its “{part}”)" if part else name
    is_renamed = not layout.tensors.keys() <= opened.checkpoint.tensors.keys()
    converted = f"converted from {layout.library}'s names" if is_renamed else ""
    source = f"Weights from {', '.join(filter(None, (where, converted, *told)))}."
    assumptions = "; ".join(filter(None, assumed))
    sentences = (source, layout.told, f"Assumed: {assumptions}." if assumptions else "")
    return " ".join(filter(None, sentences))


def _name(file: Path) -> str:
    """What a checkpoint is called: its file, and the folder where the file's name says nothing."""
    stem = Path(file.name.removesuffix(INDEX)).stem
    return f"{file.parent.name}/{stem}" if stem in SAYS_NOTHING else stem

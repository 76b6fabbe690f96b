"""What is said of a model from a checkpoint: its name, its source, and what was chosen for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch import nn

from ..records import PreLogits, Resampling, Weights
from .checkpoints.parts import INDEX
from .checkpoints.reading import SAYS_NOTHING
from .networks.beit import has_offsets
from .networks.fitting import embedding, shortened
from .networks.measures import patch_of, stored_grid
from .networks.recognition import Recognised
from .opened import Opened, epsilon_of, known_of, pre_logits_of, resampling_of
from .published import catalog

_RESAMPLED: dict[Resampling, str] = {
    "timm": "bicubic with antialiasing, as timm does",
    "corners": "bilinear with aligned corners, as PyTorch-Pretrained-ViT does",
    "bicubic": "bicubic without antialiasing, as transformers and DINO do",
    "bicubic corners": "bicubic with aligned corners, as torchvision does",
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


def called(file: Path) -> str:
    """What a checkpoint is called: its file, and the folder where the file's name says nothing."""
    stem = Path(file.name.removesuffix(INDEX)).stem
    return f"{file.parent.name}/{stem}" if stem in SAYS_NOTHING else stem


def source_of(
    weights: Weights,
    opened: Opened,
    found: Recognised,
    is_timm: bool,
    usual_labels: tuple[str, ...] | None,
) -> str:
    """Where the weights came from, how they were read, and what had to be assumed.

    `is_timm`: timm, too, says how pictures are prepared; `usual_labels`: where nobody named them.
    """
    name, part, layout = opened.file.name, opened.checkpoint.part, opened.layout
    where = f"{name} (its “{part}”)" if part else name
    is_renamed = not layout.tensors.keys() <= opened.checkpoint.tensors.keys()
    converted = f"converted from {layout.library}'s names" if is_renamed else ""
    normalised = _normalised(weights, opened, is_timm)
    named = (found.summary, _in_another_layout(weights, opened))
    told = (where, converted, *named, normalised, *_left_aside(opened))
    assumptions = "; ".join((*found.assumed, *_assumed(normalised, usual_labels)))
    source = f"Weights from {', '.join(filter(None, told))}."
    sentences = (source, layout.told, f"Assumed: {assumptions}." if assumptions else "")
    return " ".join(filter(None, sentences))


def _in_another_layout(weights: Weights, opened: Opened) -> str:
    """That a file is not of the library whose model was asked for, in words."""
    known = catalog.known(weights.name)
    if known is None or known_of(weights, opened):
        return ""
    return f"though in {opened.layout.library or 'timm'}'s layout, not in {known.library}'s"


def _normalised(weights: Weights, opened: Opened, is_timm: bool) -> str:
    """Where mean and standard deviation come from, in words."""
    if weights.normalisation:
        return "its normalisation was given"
    if "mean" in opened.said.input:
        return f"normalised as {opened.said.input_origin or opened.said.origin} says"
    if known_of(weights, opened) or "mean" in opened.layout.input:
        return f"normalised as {opened.layout.library} does"
    return "normalised as timm does for it" if is_timm else ""


def _left_aside(opened: Opened) -> Iterator[str]:
    """What of a file was not used, in words."""
    if count := opened.checkpoint.left_out:
        yield f"without {count} tensor{'s' * (count > 1)} beside the model"
    if aside := opened.layout.left_out:
        yield f"without {shortened(aside)}, which it has no place for"
    if ignored := opened.said.ignored:
        yield f"without “{shortened(ignored)}” of {opened.said.origin}"


def _assumed(normalised: str, labels: tuple[str, ...] | None) -> Iterator[str]:
    """What neither the file nor a person said, in words."""
    if not normalised:
        yield "mean and standard deviation 0.5"
    if labels:
        yield f"the usual names of {len(labels):,} classes, such as “{labels[0]}”"


def details_of(
    weights: Weights, opened: Opened, network: nn.Module, stored: np.ndarray | None
) -> tuple[tuple[str, str], ...]:
    """What was chosen where libraries differ, in words.

    `stored`: positions as they lie in the file, where the network uses others.
    """
    epsilon, order = epsilon_of(weights, opened), pre_logits_of(weights, opened)
    details = [("Layout", opened.layout.library or "timm")]
    if epsilon is not None:
        details.append(("Layer norm epsilon", f"{epsilon:.0e}".replace("e-0", "e-")))
    details += _told_size(weights, opened, network)
    details += _told_patches(opened, network)
    if stored is not None:
        details.append(told_resampling(stored, network, resampling_of(weights, opened)))
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


def _told_patches(opened: Opened, network: nn.Module) -> Iterator[tuple[str, str]]:
    """That patches are cut in another size than the one that was trained."""
    stored, used = patch_of(opened.layout.tensors), tuple(embedding(network).patch_size)
    if stored and stored != used:
        text = f"{stored[0]} × {stored[1]} pixels stored, resampled to {used[0]} × {used[1]}"
        yield "Patches", f"{text}, as timm does"


def _told_biases(weights: Weights, opened: Opened, network: nn.Module) -> Iterator[tuple[str, str]]:
    """How biases between patches became those of another grid."""
    tensors, grid = opened.layout.tensors, tuple(embedding(network).grid_size)
    stored = stored_grid(tensors, opened.size, weights.image_size)
    if not has_offsets(tensors) or stored is None or stored == grid:
        return
    how = _RESAMPLED_BIASES[resampling_of(weights, opened) == "bicubic"]
    text = f"of {stored[0]} × {stored[1]} patches stored, resampled to {grid[0]} × {grid[1]}"
    yield "Biases between patches", f"{text}: {how}"

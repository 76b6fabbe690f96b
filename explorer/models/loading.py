"""Networks with their weights: pretrained, from a local checkpoint, or with random values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from timm.data.config import resolve_data_config
from torch import nn

from .. import paths
from ..errors import ExplorerError, WeightsMissing
from ..records import Preprocessing, Weights
from .checkpoints.reading import read_checkpoint
from .networks.fitting import build, embedding, fit, ready, timm_blueprint
from .opened import stored_positions
from .opening import fill, open_checkpoint
from .preparing import preprocessing_of
from .published import catalog
from .published.download import megabytes
from .published.known import Known
from .published.labels import known_labels
from .published.supply import fetch_known, fetch_timm
from .telling import told_resampling
from .watch import Watch, never, quiet

_UNKNOWN: dict[str, Any] = {  # the whole picture, normalised as most ViTs want it
    "mean": (0.5,),
    "std": (0.5,),
    "crop_mode": "squash",
    "crop_pct": 1.0,
    "interpolation": "bicubic",
}


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network ready for pictures, on the CPU in float32."""

    network: nn.Module
    preprocessing: Preprocessing
    labels: tuple[str, ...] | None  # a name per class, where the label set is known
    name: str
    source: str  # one or two sentences: where the weights came from, and what was assumed
    details: tuple[tuple[str, str], ...] = ()  # what was chosen where libraries differ, in words
    stored_positions: np.ndarray | None = None  # float32 (rows, columns, width), if resampled


def load_network(
    weights: Weights,
    progress: Callable[[str, float | None], None] = quiet,
    should_stop: Callable[[], bool] = never,
    may_download: bool = True,
) -> Loaded:
    """Build the network that `weights` asks for, and fill it.

    `progress` is told what happens and how much of it is done (0..1; None where nobody knows),
    from any thread. Raises Cancelled once `should_stop` answers True; WeightsMissing where a
    download is needed and not allowed; ExplorerError for whatever else stands in the way.
    """
    watch = Watch(progress, should_stop, may_download)
    if weights.file is not None:
        return _local(weights, weights.file, watch)
    known = catalog.known(weights.name)
    if weights.random:
        return _random(weights, known, watch)
    if known is not None:
        return _published(known, weights, watch)
    return _pretrained(catalog.full_name(weights.name), weights, watch)


def _random(weights: Weights, known: Known | None, watch: Watch) -> Loaded:
    name = known.name if known else catalog.full_name(weights.name)
    watch.tell(f"Building {name}")
    options: dict[str, Any] = {"num_classes": known.classes} if known else {}
    options |= {**_size_of(weights), **dict(weights.arguments)}
    architecture = known.architecture if known else name
    with torch.random.fork_rng(devices=[]):  # nobody else's random numbers change
        torch.manual_seed(0)
        network: Any = build(timm.create_model, architecture, **options)
    source = "Random initial values, the same each time: nothing was learned."
    if weights.arguments:  # it is another network than the one of this name
        network.pretrained_cfg = {**network.pretrained_cfg, "architecture": None}
        given = ", ".join(f"{name} = {value}" for name, value in weights.arguments)
        source = f"{source} With {given}."
    config = {**_timm_config(network), **(known.input if known else {})}
    return _loaded(ready(network), name, source, config, weights)


def _size_of(weights: Weights) -> dict[str, Any]:
    return {"img_size": weights.image_size} if weights.image_size else {}


def _published(known: Known, weights: Weights, watch: Watch) -> Loaded:
    """Another library's published checkpoint, read like a local one."""
    file = catalog.weights_file(known.name)
    if file is None:
        _check_download(known.name, known.is_published, watch.may_download)
        file = fetch_known(known, watch.progress, watch.should_stop)
    loaded = _local(replace(weights, file=file), file, watch)
    return replace(loaded, name=known.name)


def _pretrained(name: str, weights: Weights, watch: Watch) -> Loaded:
    file = catalog.weights_file(name)
    if file is None:
        repository = catalog.config(name).hf_hub_id
        _check_download(name, bool(repository), watch.may_download)
        file = fetch_timm(name, repository or "", watch.progress, watch.should_stop)
    watch.tell(f"Loading {name}")
    blueprint = timm_blueprint(name, **_size_of(weights))
    try:
        tensors = read_checkpoint(file).tensors
        network = fit(blueprint, tensors, file.name)
    except ExplorerError as error:
        hint = f"Delete {file}, and choose the model again: it is downloaded anew."
        raise ExplorerError(error.message, hint) from error
    source = f"timm's pretrained weights “{name}”, from {file.relative_to(paths.weights())}."
    loaded = _loaded(network, name, source, _timm_config(network), weights)
    stored = stored_positions(tensors, network)
    if stored is None:
        return loaded
    details = (*loaded.details, told_resampling(stored, network, "timm"))
    return replace(loaded, details=details, stored_positions=stored)


def _check_download(name: str, is_published: bool, may_download: bool) -> None:
    """Raise where weights that are not here cannot be had, or not without asking."""
    if not is_published:
        raise ExplorerError(
            f"There are no published weights of {name}.",
            hint="Choose a model from the list, or open a local checkpoint.",
        )
    if not may_download:
        size = megabytes(4 * catalog.parameters(name))
        raise WeightsMissing(
            f"The weights of {name} are not on this machine.",
            hint=f"Download them (about {size}), or open a local checkpoint.",
        )


def _local(weights: Weights, file: Path, watch: Watch) -> Loaded:
    watch.tell(f"Loading {file.name}")
    filled = fill(open_checkpoint(file), weights)
    usual = _timm_config(filled.network) if filled.is_timm else _UNKNOWN
    config = {**usual, **filled.input}
    loaded = _loaded(filled.network, filled.name, filled.source, config, weights, filled.labels)
    details = (*filled.details, *loaded.details)
    return replace(loaded, details=details, stored_positions=filled.stored_positions)


def _timm_config(network: nn.Module) -> dict[str, Any]:
    config: dict[str, Any] = resolve_data_config(model=network)  # type: ignore[no-untyped-call]
    return config


def _loaded(
    network: nn.Module,
    name: str,
    source: str,
    config: dict[str, Any],
    weights: Weights,
    labels: tuple[str, ...] | None = None,
) -> Loaded:
    """Put a filled network together with what belongs to it; `config` as timm describes input."""
    preprocessing = _preprocessing(network, config, weights)
    return Loaded(
        network=network,
        preprocessing=preprocessing,
        labels=labels or known_labels(network.num_classes),
        name=name,
        source=source,
        details=(("Resize filter", preprocessing.interpolation),),
    )


def _preprocessing(network: nn.Module, config: dict[str, Any], weights: Weights) -> Preprocessing:
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    mean, std = weights.normalisation or (config["mean"], config["std"])
    interpolation = weights.interpolation or config["interpolation"]
    wanted = {**config, "mean": mean, "std": std, "interpolation": interpolation}
    return preprocessing_of(wanted, tuple(embedding(network).img_size), first.in_channels)

"""Networks with their weights: pretrained, from a local checkpoint, or with random values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import timm
import torch
from timm.data.config import resolve_data_config
from timm.models import is_model, split_model_name_tag
from torch import nn

from .. import paths
from ..errors import Cancelled, ExplorerError, WeightsMissing
from ..records import Framing, Preprocessing, Weights
from . import catalog
from .architectures import for_architecture
from .checkpoints import SAYS_NOTHING, Checkpoint, read_checkpoint
from .description import Description, describe_checkpoint
from .download import NotOnHub, fetch, megabytes
from .fitting import build, embedding, fit, ready, shortened, timm_blueprint
from .labels import known_labels
from .measures import KERNEL, Tensors, check_sizes, depth_of, heads_of
from .recognition import Recognised, recognise

_FRAMINGS: dict[str, Framing] = {"center": "crop", "squash": "squash", "border": "pad"}
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos")
_UNKNOWN: dict[str, Any] = {  # the whole picture, normalised as most ViTs want it
    "mean": (0.5,),
    "std": (0.5,),
    "crop_mode": "squash",
    "crop_pct": 1.0,
    "interpolation": "bicubic",
}
_ODD = (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, RuntimeError)

_log = logging.getLogger(__name__)


def quiet(_text: str, _done: float | None) -> None:
    """Progress that nobody watches."""


def never() -> bool:
    """A stop that nobody presses."""
    return False


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network ready for pictures, on the CPU in float32."""

    network: nn.Module
    preprocessing: Preprocessing
    labels: tuple[str, ...] | None  # a name per class, where the label set is known
    name: str
    source: str  # one or two sentences: where the weights came from, and what was assumed


class _Watch(NamedTuple):
    """Who wants to know how far the work is, and may want it no more."""

    progress: Callable[[str, float | None], None]
    should_stop: Callable[[], bool]

    def tell(self, text: str) -> None:
        if self.should_stop():
            raise Cancelled
        self.progress(text, None)


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
    watch = _Watch(progress, should_stop)
    if weights.file is not None:
        return _local(weights, weights.file, watch)
    name = catalog.full_name(weights.name)
    if weights.random:
        return _random(name, weights, watch)
    return _pretrained(name, weights, watch, may_download)


def heads_choices(file: Path) -> tuple[int, tuple[int, ...]] | None:
    """The usual number of heads for a checkpoint and all possible ones: for a dialog that asks.

    None where there is nothing to ask: the checkpoint says it, or its names are not timm's.
    Raises ExplorerError as `read_checkpoint` does.
    """
    checkpoint, said = _read(file)
    if is_model(said.architecture) or "num_heads" in said.model_args:
        return None
    return heads_of(checkpoint.tensors)


def _read(file: Path) -> tuple[Checkpoint, Description]:
    """A local checkpoint whose tensors can be measured, and what it says about itself."""
    checkpoint = read_checkpoint(file)
    with _foreign(file):
        check_sizes(checkpoint.tensors)
        return checkpoint, describe_checkpoint(file, checkpoint)


def _random(name: str, weights: Weights, watch: _Watch) -> Loaded:
    watch.tell(f"Building {name}")
    with torch.random.fork_rng(devices=[]):  # nobody else's random numbers change
        torch.manual_seed(0)
        network = ready(build(timm.create_model, name, **_size_of(weights)))
    source = "Random initial values, the same each time: nothing was learned."
    return _loaded(network, name, source, _timm_config(network), weights)


def _size_of(weights: Weights) -> dict[str, Any]:
    return {"img_size": weights.image_size} if weights.image_size else {}


def _pretrained(name: str, weights: Weights, watch: _Watch, may_download: bool) -> Loaded:
    file = catalog.weights_file(name) or _download(name, watch, may_download)
    watch.tell(f"Loading {name}")
    blueprint = timm_blueprint(name, **_size_of(weights))
    try:
        network = fit(blueprint, read_checkpoint(file).tensors, file.name)
    except ExplorerError as error:
        hint = f"Delete {file}, and choose the model again: it is downloaded anew."
        raise ExplorerError(error.message, hint) from error
    source = f"timm's pretrained weights “{name}”, from {file.relative_to(paths.weights())}."
    return _loaded(network, name, source, _timm_config(network), weights)


def _download(name: str, watch: _Watch, may_download: bool) -> Path:
    """Fetch a model's weights into the folder of weights; the safe format where there is one."""
    repository = catalog.config(name).hf_hub_id
    if not repository:
        raise ExplorerError(
            f"There are no pretrained weights of {name} on the Hugging Face hub.",
            hint="Choose a model from the list, or open a local checkpoint.",
        )
    if not may_download:
        raise WeightsMissing(
            f"The weights of {name} are not on this machine.",
            hint=f"Download them (about {megabytes(4 * catalog.parameters(name))}), "
            "or open a local checkpoint.",
        )
    target = paths.weights() / f"{name}.safetensors"
    try:
        fetch(repository, "model.safetensors", target, *watch)
    except NotOnHub:
        target = target.with_name(f"{name}.bin")
        fetch(repository, "pytorch_model.bin", target, *watch)
    return target


def _local(weights: Weights, file: Path, watch: _Watch) -> Loaded:
    watch.tell(f"Loading {file.name}")
    checkpoint, said = _read(file)
    with _foreign(file):
        found = _identify(weights, checkpoint, said)
    with _unforeseen(file):
        network = fit(found.blueprint, checkpoint.tensors, file.name)
    is_timm = hasattr(network, "pretrained_cfg")
    config = _timm_config(network) if is_timm else _UNKNOWN
    labels = said.labels if said.labels and len(said.labels) == network.num_classes else None
    known = None if labels else known_labels(network.num_classes)
    told = (found.summary, _normalised(weights, said, is_timm), *_left_aside(checkpoint, said))
    assumed = (*found.assumed, *_assumed(told[1], known))
    source = _tell_source(file, checkpoint.part, told, assumed)
    return _loaded(network, _name(file), source, {**config, **said.input}, weights, labels)


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


def _identify(weights: Weights, checkpoint: Checkpoint, said: Description) -> Recognised:
    """The network for a checkpoint: the named architecture, or one read from its tensors."""
    named = weights.name or (said.architecture if is_model(said.architecture) else "")
    name = catalog.full_name(named) if named else ""
    size = said.input.get("input_size")
    sizes = weights.image_size, (int(size[1]), int(size[2])) if size else None
    if name:
        options = _options(name, weights, said)
        _check_agreement(options, checkpoint.tensors, said.origin)
        blueprint = for_architecture(name, checkpoint.tensors, *sizes, **options)
        return Recognised(blueprint, f"as {split_model_name_tag(name)[0]}", ())
    heads = weights.heads or said.model_args.get("num_heads")
    return recognise(checkpoint.tensors, heads, *sizes)


def _options(name: str, weights: Weights, said: Description) -> dict[str, Any]:
    """What the checkpoint's config tells `timm.create_model`, and the number of heads if given."""
    own = split_model_name_tag(name)[0] == said.architecture
    options = said.model_args if own else {}
    return {**options, "num_heads": weights.heads} if weights.heads else dict(options)


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


def _normalised(weights: Weights, said: Description, is_timm: bool) -> str:
    """Where mean and standard deviation come from, in words."""
    if weights.normalisation:
        return "its normalisation was given"
    if "mean" in said.input:
        return f"normalised as {said.origin} says"
    return "normalised as timm does for it" if is_timm else ""


def _left_aside(checkpoint: Checkpoint, said: Description) -> tuple[str, ...]:
    """What of a file was not used, in words."""
    count = checkpoint.left_out
    beside = f"without {count} tensor{'s' * (count > 1)} beside the model" if count else ""
    unknown = f"without “{shortened(said.ignored)}” of {said.origin}" if said.ignored else ""
    return beside, unknown


def _assumed(normalised: str, labels: tuple[str, ...] | None) -> tuple[str, ...]:
    """What neither the file nor a person said, in words."""
    values = "" if normalised else "mean and standard deviation 0.5"
    names = f"the usual names of {len(labels)} classes, such as “{labels[0]}”" if labels else ""
    return values, names


def _tell_source(file: Path, part: str, told: Sequence[str], assumed: Sequence[str]) -> str:
    """Where the weights came from, how they were read, and what had to be assumed."""
    where = f"{file.name} (its “{part}”)" if part else file.name
    source = f"Weights from {', '.join(filter(None, (where, *told)))}."
    assumptions = "; ".join(filter(None, assumed))
    return f"{source} Assumed: {assumptions}." if assumptions else source


def _name(file: Path) -> str:
    """What a checkpoint is called: its file, and the folder where the file's name says nothing."""
    return f"{file.parent.name}/{file.stem}" if file.stem in SAYS_NOTHING else file.stem


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
    return Loaded(
        network=network,
        preprocessing=_preprocessing(network, config, weights),
        labels=labels or known_labels(network.num_classes),
        name=name,
        source=source,
    )


def _preprocessing(network: nn.Module, config: dict[str, Any], weights: Weights) -> Preprocessing:
    height, width = embedding(network).img_size
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    if first.in_channels not in (1, 3):
        raise ExplorerError(
            f"This model looks at pictures of {first.in_channels} channels, not of 3 or 1.",
            hint="Choose a model for colour or grey pictures.",
        )
    mean, std = weights.normalisation or (config["mean"], config["std"])
    if min(std) <= 0:
        raise ExplorerError(
            "The standard deviation must be larger than 0.", hint="Give another normalisation."
        )
    interpolation = config["interpolation"]
    return Preprocessing(
        input_size=(height, width),
        mean=_per_channel(mean, first.in_channels),
        std=_per_channel(std, first.in_channels),
        framing=_FRAMINGS.get(config["crop_mode"], "squash"),
        crop_fraction=float(config["crop_pct"]),
        interpolation=interpolation if interpolation in _INTERPOLATIONS else "bicubic",
    )


def _per_channel(values: Sequence[float], channels: int) -> tuple[float, ...]:
    """One value for each channel: as they are, or, where their number is another, their mean."""
    if len(values) == channels:
        return tuple(float(value) for value in values)
    return (sum(values) / len(values),) * channels

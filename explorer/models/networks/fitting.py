"""Networks built without values, and checkpoints fitted into them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import timm
import torch
from accelerate import init_empty_weights
from timm.models import _builder
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ...errors import ExplorerError
from ..memory import enough_memory
from .measures import KERNEL, depth_of

_log = logging.getLogger(__name__)
_SHOWN = 4  # names of tensors that an error lists before it counts the rest
_VALUES = {"normal_", "uniform_", "erfinv_", "mul_", "add_", "div_", "clamp_", "fill_", "zero_"}


class _NoInitialValues(TorchFunctionMode):
    """Parameters without memory are given no values, which takes a fifth of the time."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if getattr(func, "__name__", "") in _VALUES and args and args[0].is_meta:
            return args[0]
        return func(*args, **(kwargs or {}))


class Blueprint(NamedTuple):
    """A network without memory for its weights, and how checkpoints are made to fit it."""

    network: nn.Module
    name: str  # as errors call it
    adapt: Callable[[Mapping[str, Tensor]], dict[str, Tensor]]  # e.g. resamples the positions
    strict: bool = True  # a tensor that the network does not know is an error


def embedding(network: nn.Module) -> Any:
    """The part that cuts a picture into patches: it knows `img_size`, `patch_size`, `grid_size`."""
    return network.patch_embed


def build(make: Callable[..., nn.Module], *args: Any, **options: Any) -> nn.Module:
    """Build a network; raises ExplorerError where `options` do not suit each other."""
    try:
        with enough_memory():
            network = make(*args, **options)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise ExplorerError(
            f"This model cannot be built: {str(error).rstrip('.') or 'its sizes do not suit'}.",
            hint="Choose another input size, other heads, or other arguments.",
        ) from error
    if 0 in embedding(network).grid_size:
        height, width = embedding(network).patch_size
        raise ExplorerError(
            "The input size is smaller than one patch.",
            hint=f"Choose at least {height} × {width} pixels.",
        )
    return network


def empty(make: Callable[..., nn.Module], *args: Any, **options: Any) -> nn.Module:
    """Build a network whose parameters take no memory and no time, as `build` does.

    Buffers are real: some are in no checkpoint (BEiT's index of offsets, EVA's rotations).
    """

    def make_empty(*args: Any, **options: Any) -> nn.Module:
        try:
            with init_empty_weights(include_buffers=False), _NoInitialValues():
                return make(*args, **options)
        except RuntimeError:
            # Hybrids try their convolutions to learn a size, mixed rotations compute with their
            # own parameters: they need real ones, though it takes a second.
            return make(*args, **options)

    return build(make_empty, *args, **options)


def timm_blueprint(architecture: str, **options: Any) -> Blueprint:
    """A timm architecture that waits for a checkpoint; `options` as for `timm.create_model`.

    timm adapts every checkpoint with a function that only the architecture's builder knows. So
    timm is asked for pretrained weights, and stopped where it would fetch them: a function of its
    module is exchanged meanwhile, so one thread at a time may do this.
    """
    with _loading_held_back() as held:
        network = empty(timm.create_model, architecture, pretrained=True, **options)
    how = held[-1]

    def adapt(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        config = {**how["pretrained_cfg"], "source": "", "state_dict": dict(tensors)}
        adapted: dict[str, Tensor] = {}
        with _loading_into(network, adapted), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about timm's resampling
            _builder.load_pretrained(network, **{**how, "pretrained_cfg": config})
        return adapted

    return Blueprint(network, architecture, adapt, strict=how.get("strict", True))


@contextmanager
def _loading_held_back() -> Iterator[list[dict[str, Any]]]:
    """Networks that timm builds keep their initial values; yields how it would have loaded them."""
    held: list[dict[str, Any]] = []
    original = _builder.load_pretrained
    _builder.load_pretrained = lambda _network, **how: held.append(how)
    try:
        yield held
    finally:
        _builder.load_pretrained = original


@contextmanager
def _loading_into(network: nn.Module, target: dict[str, Tensor]) -> Iterator[None]:
    """What is loaded into `network` goes into `target`: for a network without memory."""

    def load_state_dict(state: Mapping[str, Tensor], strict: bool = True) -> Any:
        target.update(state)
        return nn.modules.module._IncompatibleKeys([], [])

    network.load_state_dict = load_state_dict  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del network.load_state_dict


def fit(blueprint: Blueprint, tensors: Mapping[str, Tensor], file: str) -> nn.Module:
    """Copy a checkpoint into a network; `file` is what errors call it.

    Returns the network in float32, for inference. Raises ExplorerError as `adapted_to` does, and
    where tensors hold values that are no numbers.
    """
    network = blueprint.network
    adapted = adapted_to(blueprint, tensors, file)
    with enough_memory():
        state = _copied(network.state_dict(), adapted, file)
    network.load_state_dict(state, assign=True)
    return ready(network)


def adapted_to(blueprint: Blueprint, tensors: Mapping[str, Tensor], file: str) -> dict[str, Tensor]:
    """A checkpoint as the network wants it: names, shapes, positions of its own grid.

    Raises ExplorerError where tensors are missing, unknown, or of another shape.
    """
    wanted = blueprint.network.state_dict()
    _check_extent(wanted, tensors, blueprint, file)
    try:
        with enough_memory():
            adapted = blueprint.adapt(tensors)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        _check_names(wanted, tensors, blueprint, file)  # what is missing says more than an error
        raise ExplorerError(
            f"{file} does not fit {blueprint.name}: its tensors cannot be adapted ({error}).",
            hint="Choose the architecture that it was saved from.",
        ) from error
    _check_names(wanted, adapted, blueprint, file)
    _check_shapes(wanted, adapted, blueprint, file)
    return adapted


def ready(network: nn.Module) -> nn.Module:
    """For inference; its attention is computed by the one call that can be heard."""
    for module in network.modules():
        if hasattr(module, "fused_attn"):
            setattr(module, "fused_attn", True)  # noqa: B010 - modules declare no such field
    return network.requires_grad_(False).eval()


def _check_extent(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], blueprint: Blueprint, file: str
) -> None:
    """Models of other depth or width are told by that, not by hundreds of tensors."""
    own, theirs = _extent(found), _extent(wanted)
    if own and theirs and own != theirs:
        raise ExplorerError(
            f"{file} does not fit {blueprint.name}: it has {own[0]} layers of width {own[1]}, "
            f"not {theirs[0]} of width {theirs[1]}.",
            hint="Choose the architecture that it was saved from.",
        )


def _extent(tensors: Mapping[str, Tensor]) -> tuple[int, int] | None:
    """Layers and their width; None where the names are not timm's."""
    depth = depth_of(tensors) if KERNEL in tensors else 0
    return (depth, tensors[KERNEL].shape[0]) if depth else None


def _check_names(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], blueprint: Blueprint, file: str
) -> None:
    missing = [name for name in wanted if name not in found]
    unknown = [name for name in found if name not in wanted]
    if missing or (unknown and blueprint.strict):  # errors show the first few
        _log.info("%s lacks %s, and holds %s that do not fit", file, missing, unknown)
    if missing:
        also = f" It holds others that this model does not know: {shortened(unknown)}."
        raise ExplorerError(
            f"{file} lacks {_counted(missing)} that {blueprint.name} needs: {shortened(missing)}.",
            hint="Choose the architecture that it was saved from." + (also if unknown else ""),
        )
    if unknown and blueprint.strict:
        raise ExplorerError(
            f"{file} holds {_counted(unknown)} that {blueprint.name} does not know: "
            f"{shortened(unknown)}.",
            hint="Choose the architecture that it was saved from.",
        )


def _check_shapes(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], blueprint: Blueprint, file: str
) -> None:
    differing = [
        f"{name} is {_shape(found[name])} instead of {_shape(tensor)}"
        for name, tensor in wanted.items()
        if found[name].shape != tensor.shape
    ]
    if differing:
        raise ExplorerError(
            f"{file} does not fit {blueprint.name}: {shortened(differing, 2)}.",
            hint="Choose the architecture that it was saved from.",
        )


def _copied(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], file: str
) -> dict[str, Tensor]:
    """Tensors in memory, of the network's own kind: a file may change while its model is in use.

    Raises ExplorerError where values are no numbers. A sum shows NaN and infinity at a fifth of
    the cost of looking at each value; it is taken while the copy is still in the cache.
    """
    state, suspects = {}, []
    for name, network_tensor in wanted.items():
        state[name] = (
            found[name]
            .detach()
            .to(network_tensor.dtype, copy=True, memory_format=torch.contiguous_format)
        )
        if not state[name].sum().isfinite():
            suspects.append(name)
    broken = [name for name in suspects if not state[name].isfinite().all()]
    if broken:
        raise ExplorerError(
            f"{file} holds values that are not numbers (NaN or infinity) in {_counted(broken)}: "
            f"{shortened(broken)}.",
            hint="Its training went wrong: choose an earlier checkpoint.",
        )
    return state


def shortened(names: Sequence[str], shown: int = _SHOWN) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def _counted(names: Sequence[str]) -> str:
    return "1 tensor" if len(names) == 1 else f"{len(names)} tensors"


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "a single number"

"""How long a training will take and how much memory, told before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

import torch
from timm.optim import create_optimizer_v2
from torch import Tensor, nn

from ...errors import Cancelled, ExplorerError
from ...models.watch import never
from ..data.examples import Dataset
from ..pictures.batches import Batch, Feed
from ..pictures.shared_bytes import free_memory
from ..recipes.recipe import Recipe, Stage
from ..runs.position import all_steps, steps_per_epoch
from .chance import Chance
from .faults import less_memory, said
from .learner import Learner
from .learners import learner_for
from .learning import Learning
from .ranks import Ranks
from .validation import answers

_WARM_UP = 1  # trial steps that are not measured: the first one prepares much
_VALIDATED = 2  # trial batches
_SPARE = 1.1  # what a step needs beside what is counted, for numbers that live for a moment


@dataclass(frozen=True)
class Estimate:
    """What a training will take, on the device that was asked."""

    device: str
    steps: int
    steps_per_epoch: tuple[int, ...]  # of each stage
    parameters: int
    memory: int  # bytes that it needs where it computes, as predicted
    free_memory: int | None  # bytes there are; None where nobody knows
    seconds_per_step: tuple[float, ...] = ()  # of each stage; () before anything was tried
    pictures_per_second: float | None = None  # of the first stage
    seconds: float | None = None  # of the whole training, validation included

    @property
    def fits(self) -> bool:
        """Whether there is memory enough."""
        return self.free_memory is None or self.memory <= self.free_memory

    def as_json(self) -> dict[str, Any]:
        """In plain values."""
        return {**asdict(self), "fits": self.fits}


def estimate(
    recipe: Recipe,
    dataset: Dataset,
    told: Callable[[Estimate], None],
    device: str = "auto",
    trial_steps: int = 3,
    should_stop: Callable[[], bool] = never,
) -> Estimate:
    """Try a few steps of each stage, and reckon.

    `told` hears what is known before anything was tried, then the rest. Nothing is written. Raises
    ExplorerError where the model cannot be trained so, or does not fit into the memory; Cancelled.
    """
    with said(recipe):
        ranks = Ranks(recipe.precision, device)
        learner = learner_for(recipe, dataset, should_stop=should_stop)
        known = foreseen(recipe, dataset, learner, ranks)
        told(known)
        check_fits(known, recipe)
        tried = _tried(known, recipe, dataset, learner, ranks, trial_steps, should_stop)
    told(tried)
    return tried


def foreseen(recipe: Recipe, dataset: Dataset, learner: Learner, ranks: Ranks) -> Estimate:
    """What is known without trying."""
    pictures = len(dataset.train)
    return Estimate(
        device=ranks.told_device,
        steps=all_steps(recipe, pictures),
        steps_per_epoch=tuple(steps_per_epoch(pictures, s.batch_size) for s in recipe.stages),
        parameters=sum(parameter.numel() for parameter in learner.network.parameters()),
        memory=max(
            memory_needed(recipe, stage, learner, at_once(stage, pictures, ranks.count))
            for stage in recipe.stages
        ),
        free_memory=_free(ranks.device),
    )


def check_fits(known: Estimate, recipe: Recipe) -> None:
    """Raise ExplorerError, with numbers, where there is too little memory."""
    if known.fits or known.free_memory is None:
        return
    where = "the GPU" if "CUDA" in known.device else "this machine"
    raise ExplorerError(
        f"This training needs about {_gigabytes(known.memory)} of memory, and {where} has "
        f"{_gigabytes(known.free_memory)} free.",
        hint=less_memory(recipe),
    )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def _free(device: torch.device) -> int | None:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return free_memory() if device.type == "cpu" else None


# What a step keeps in memory


def at_once(stage: Stage, pictures: int, processes: int = 1) -> int:
    """Pictures that go through the network of a process at once, where an epoch has so many."""
    return -(-min(stage.batch_size, pictures) // (processes * stage.accumulation))


def memory_needed(recipe: Recipe, stage: Stage, learner: Learner, pictures: int) -> int:
    """Bytes that a process takes in a stage: weights, gradients, optimiser, mean, and pictures.

    What the pictures take is counted on one and on two of them, and reckoned for as many as go
    through the network at once.
    """
    network = deepcopy(learner.network)
    learner.lesson.prepare(network, replace(stage, drop_path=0.0, dropout=0.0), Chance())
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    weights = sum(parameter.nbytes for parameter in network.parameters())
    learned = sum(parameter.nbytes for parameter in trained)
    size = (len(learner.preprocessing.mean), *learner.preprocessing.input_size)
    few = (learner.lesson.inputs(torch.zeros(count, *size)) for count in (1, 2))
    one, two = (_kept_for_backward(network, recipe, inputs) for inputs in few)
    activations = one + (two - one) * (pictures - 1)
    copies = 1 + (recipe.averaging.decay is not None)
    state = learned * (1 + _numbers_per_weight(stage))  # gradients, and what the optimiser keeps
    return int(copies * weights + state + _SPARE * activations)


def _kept_for_backward(network: nn.Module, recipe: Recipe, inputs: tuple[Tensor, ...]) -> int:
    """Bytes of all that a forward pass keeps until its gradients are computed."""
    sizes: dict[int, int] = {}
    own = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    kept: list[Tensor] = []  # alive, so that no two have the same place

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            sizes[storage.data_ptr()] = storage.nbytes()
            kept.append(tensor)
        return tensor

    kind = {"bfloat16": torch.bfloat16, "float16": torch.bfloat16}.get(recipe.precision)
    pack = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with pack, torch.autocast("cpu", kind, enabled=kind is not None):
        network.train()(*inputs)
    return sum(sizes.values())


def _numbers_per_weight(stage: Stage) -> float:
    """How many numbers the stage's optimiser keeps for each weight, tried on a small layer."""
    layer = nn.Linear(64, 64)
    optimiser = create_optimizer_v2(layer, opt=stage.optimiser, lr=1e-3, momentum=stage.momentum)
    layer(torch.zeros(1, 64)).sum().backward()
    optimiser.step()
    kept = [t for state in optimiser.state.values() for t in state.values() if torch.is_tensor(t)]
    return sum(t.numel() for t in kept) / sum(p.numel() for p in layer.parameters())


# A trial


def _tried(
    known: Estimate,
    recipe: Recipe,
    dataset: Dataset,
    learner: Learner,
    ranks: Ranks,
    trial_steps: int,
    should_stop: Callable[[], bool],
) -> Estimate:
    learner.network.to(ranks.device)
    seconds: list[float] = []
    validation = 0.0
    feed = Feed(
        dataset, recipe, learner.preprocessing, device=ranks.device.type, should_stop=should_stop
    )
    with feed:
        for number, steps in enumerate(known.steps_per_epoch):
            learning = Learning(learner, recipe, number, steps, ranks, None)
            batches = feed.training(number, 0)
            seconds.append(_seconds_per_step(learning, batches, trial_steps, should_stop, ranks))
            learning.close()
        validation = _validation_seconds(learner, recipe, dataset, feed, ranks, should_stop)
    whole = sum(
        stage.epochs * (steps * each + validation)
        for stage, steps, each in zip(recipe.stages, known.steps_per_epoch, seconds, strict=True)
    )
    batch = min(recipe.stages[0].batch_size, len(dataset.train))
    return replace(
        known,
        seconds_per_step=tuple(seconds),
        pictures_per_second=batch / seconds[0],
        seconds=whole,
    )


def _seconds_per_step(
    learning: Learning,
    batches: Iterator[Batch],
    count: int,
    should_stop: Callable[[], bool],
    ranks: Ranks,
) -> float:
    """Mean of some steps, or of the only one where an epoch has no more."""
    times = []
    for number, batch in enumerate(islice(batches, _WARM_UP + count)):
        started = time.perf_counter()
        learning.learn(batch, 0, number, number + 1)
        _wait_for(ranks.device)
        times.append(time.perf_counter() - started)
        if should_stop():
            raise Cancelled
    measured = times[_WARM_UP:] or times
    return sum(measured) / len(measured)


def _validation_seconds(
    learner: Learner,
    recipe: Recipe,
    dataset: Dataset,
    feed: Feed,
    ranks: Ranks,
    should_stop: Callable[[], bool],
) -> float:
    """Of all validation pictures, as fast as the first ones."""

    def look(_done: int) -> None:
        if should_stop():
            raise Cancelled

    batches = feed.validation(recipe.stages[-1].batch_size)
    started = time.perf_counter()
    few = islice(batches, _VALIDATED)
    found = answers(learner.network, few, learner.lesson, ranks, look)
    _wait_for(ranks.device)
    each = (time.perf_counter() - started) / max(1, len(found.get("places", ())))
    return each * len(dataset.validation)


def _wait_for(device: torch.device) -> None:
    """Until all that was asked of a GPU is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)

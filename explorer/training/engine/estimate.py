"""How long a training will take and how much memory, told before it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from statistics import median
from typing import Any, NamedTuple

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

_WARM_UP = 1  # trial batches that are not measured: the first one prepares much
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
    seconds_per_validation: float | None = None
    seconds: float | None = None  # of the whole training, its beginning and validation included

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
    device: str | None = None,
    trial_steps: int = 3,
    should_stop: Callable[[], bool] = never,
) -> Estimate:
    """Try a few steps of each stage, and reckon; on the recipe's device, where no other is given.

    `told` hears what is known before anything was tried, then the rest. Nothing is written. Raises
    ExplorerError where the model cannot be trained so, or does not fit into the memory; Cancelled.
    """
    with said(recipe):
        ranks = Ranks(recipe.precision, device or recipe.device)
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


class _Trial(NamedTuple):
    """What was found with some batches."""

    waited: float  # seconds until the first one was there
    each: float  # seconds that a batch takes


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
    trial = partial(_trial, count=_WARM_UP + trial_steps, ranks=ranks, should_stop=should_stop)
    size = recipe.stages[-1].batch_size
    steps: list[_Trial] = []
    feed = Feed(
        dataset, recipe, learner.preprocessing, device=ranks.device.type, should_stop=should_stop
    )
    with feed:
        for number, count in enumerate(known.steps_per_epoch):
            with closing(Learning(learner, recipe, number, count, ranks, None)) as learning:
                steps.append(trial(feed.training(number, 0), partial(_learn, learning)))
        validating = trial(feed.validation(size), partial(_validate, learner, ranks))
    validation = validating.each * steps_per_epoch(len(dataset.validation), size)
    return _with_times(known, recipe, len(dataset.train), steps, validation)


def _trial(
    batches: Iterator[Batch],
    act: Callable[[Batch, int], object],
    count: int,
    ranks: Ranks,
    should_stop: Callable[[], bool],
) -> _Trial:
    """Do something with some batches; its time is their median, the first one left out.

    Neither does it count how long they are waited for: they are made beside it, and then kept.
    """
    asked = time.perf_counter()
    begun, done = [], []
    for number, batch in enumerate(islice(batches, count)):
        begun.append(time.perf_counter())
        act(batch, number)
        _wait_for(ranks.device)
        done.append(time.perf_counter())
        if should_stop():
            raise Cancelled
    times = [end - begin for begin, end in zip(begun, done, strict=True)]
    return _Trial(begun[0] - asked, median(times[_WARM_UP:] or times))


def _learn(learning: Learning, batch: Batch, number: int) -> None:
    learning.learn(batch, 0, number, number + 1)


def _validate(learner: Learner, ranks: Ranks, batch: Batch, _number: int) -> None:
    answers(learner.network, [batch], learner.lesson, ranks)


def _with_times(
    known: Estimate, recipe: Recipe, pictures: int, steps: Sequence[_Trial], validation: float
) -> Estimate:
    """Add what the trials of all stages tell; `validation`: seconds of a whole one."""
    stages = list(zip(recipe.stages, known.steps_per_epoch, steps, strict=True))
    learning = sum(stage.epochs * count * trial.each for stage, count, trial in stages)
    return replace(
        known,
        seconds_per_step=tuple(trial.each for trial in steps),
        seconds_per_validation=validation,
        pictures_per_second=min(recipe.stages[0].batch_size, pictures) / steps[0].each,
        seconds=steps[0].waited + learning + recipe.epochs * validation,
    )


def _wait_for(device: torch.device) -> None:
    """Until all that was asked of a GPU is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)

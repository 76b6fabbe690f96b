"""How good a network is on pictures that it did not learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ...errors import ExplorerError
from ...models.recording import to_numpy
from ..data.examples import Examples
from ..files import replacing
from ..pictures.batches import Batch
from .ranks import Ranks

_TOP = 5


class Answers(NamedTuple):
    """What a network says of some pictures."""

    places: np.ndarray  # int64 (pictures,): theirs among all
    probabilities: np.ndarray  # float32 (pictures, classes)
    losses: np.ndarray  # float64 (pictures,): cross-entropy


@dataclass(frozen=True, eq=False)
class Validated:
    """What a network says of all validation pictures, each counted once."""

    places: np.ndarray  # int64 (pictures,): theirs among all; those that cannot be read lack
    probabilities: np.ndarray  # float32 (pictures, classes)
    loss: float
    top1: float  # 0 to 1
    top5: float


@torch.inference_mode()
def answers(
    network: nn.Module,
    batches: Iterable[Batch],
    ranks: Ranks,
    told: Callable[[int], None] = lambda _: None,
) -> Answers:
    """What a network says of this process's pictures.

    `told` hears after each batch how many pictures are done, and may raise to end it.
    """
    parts: list[Answers] = []
    done = 0
    network.eval()
    for batch in batches:
        if len(batch):
            parts.append(_answers(network, batch, ranks))
        done += len(batch)
        told(done)
    return _joined(parts)


def _answers(network: nn.Module, batch: Batch, ranks: Ranks) -> Answers:
    pixels, labels = batch.on(ranks.device)
    with ranks.accelerator.autocast():
        logits = network(pixels).float()
    losses = functional.cross_entropy(logits, labels, reduction="none")
    return Answers(batch.places.numpy(), to_numpy(logits.softmax(-1)), to_numpy(losses))


def _joined(parts: list[Answers]) -> Answers:
    if not parts:
        return Answers(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), np.zeros(0))
    return Answers(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def validated(mine: Answers, labels: np.ndarray, ranks: Ranks) -> Validated:
    """Put all processes' answers together: the same for each of them.

    `labels` int64 (pictures,) are those of all pictures. Raises ExplorerError where none was read.
    """
    everyones = [part for part in ranks.collected(mine) if len(part.places)]
    if not everyones:
        raise ExplorerError(
            "No validation picture can be read.", hint="Look into their folder; put them back."
        )
    joined = _joined([Answers(*part) for part in everyones])
    order = np.argsort(joined.places, kind="stable")
    places = joined.places[order]
    assert (np.diff(places) > 0).all(), "each picture counts once"
    probabilities = joined.probabilities[order]
    ranking = np.argsort(-probabilities, axis=1, kind="stable")[:, :_TOP]
    hits = ranking == labels[places, None]
    return Validated(
        places=places,
        probabilities=probabilities,
        loss=float(joined.losses[order].mean(dtype=np.float64)),
        top1=float(hits[:, 0].mean()),
        top5=float(hits.any(axis=1).mean()),
    )


def write_validation(path: Path, found: Validated, examples: Examples) -> None:
    """Keep what was said of each picture: filenames, labels, probabilities.

    Raises ExplorerError where it cannot be written.
    """
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            filenames=np.array(examples.names)[found.places],
            labels=examples.labels[found.places],
            probabilities=found.probabilities,
        )

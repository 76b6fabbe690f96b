"""How good a network is on pictures that it did not learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ...errors import ExplorerError
from ..data.examples import Examples
from ..files import replacing
from ..pictures.batches import Batch
from .lesson import Answers, Judged, Lesson
from .ranks import Ranks


@dataclass(frozen=True, eq=False)
class Validated:
    """What a network says of all validation pictures, each counted once."""

    places: np.ndarray  # int64 (pictures,): theirs among all; those that cannot be read lack
    loss: float
    judged: Judged


@torch.inference_mode()
def answers(
    network: nn.Module,
    batches: Iterable[Batch],
    lesson: Lesson,
    ranks: Ranks,
    told: Callable[[int], None] = lambda _: None,
) -> Answers:
    """What a network says of this process's pictures; {} where there are none.

    `told` hears after each batch how many pictures are done, and may raise to end it.
    """
    parts: list[Answers] = []
    done = 0
    network.eval()
    for batch in batches:
        if len(batch):
            parts.append(lesson.answers(network, batch, ranks))
        done += len(batch)
        told(done)
    return _joined(parts)


def _joined(parts: Sequence[Answers]) -> Answers:
    names = parts[0] if parts else ()
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def validated(mine: Answers, lesson: Lesson, ranks: Ranks) -> Validated:
    """Put all processes' answers together: the same for each of them.

    Raises ExplorerError where no picture was read.
    """
    everyones = [part for part in ranks.collected(mine) if part]
    if not everyones:
        raise ExplorerError(
            "No validation picture can be read.", hint="Look into their folder; put them back."
        )
    joined = _joined(everyones)
    order = np.argsort(joined["places"], kind="stable")
    answered = {name: values[order] for name, values in joined.items()}
    places = answered["places"]
    assert (np.diff(places) > 0).all(), "each picture counts once"
    loss = float(answered["losses"].mean(dtype=np.float64))
    return Validated(places, loss, lesson.judged(answered))


def write_validation(path: Path, found: Validated, examples: Examples) -> None:
    """Keep what was said of each picture: its filename, and what its lesson keeps.

    Raises ExplorerError where it cannot be written.
    """
    kept: dict[str, Any] = {
        "filenames": np.array(examples.names)[found.places],
        **found.judged.kept,
    }
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **kept)

"""Batches of pictures for training and validation: always the same, whoever makes them and when.

What a batch holds depends on the recipe's seed and the place of the batch alone, never on the
number of workers or processes, nor on where a training was taken up. They are made ahead, over
the ends of epochs, too: the validation's first pictures are ready when an epoch ends.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...errors import Cancelled, ExplorerError
from ...records import Preprocessing
from ..data.examples import Dataset, Examples, gone
from ..engine.chance import seed_of
from ..recipes.recipe import Recipe
from .augmentation import Painter
from .shared_bytes import SharedBytes, room_for_pictures
from .workers import Bench, Chunk, Inline, Job, Kept, Workers

_CHUNK = 8  # pictures that a worker makes at a time
_AHEAD = 128  # pictures that are made ahead, and at least two batches
_FEWEST_ROWS = 16  # pictures that a batch has room for: small training batches validate in larger
_MARGIN = 1.2  # a sample may have small pictures
_SPARE = 64_000_000  # bytes; workers leave the ends of their blocks empty, which takes no memory
_SAMPLED = 32  # pictures whose size is looked at
_MOST_WORKERS = 16
_PATIENCE = 0.2  # s between two looks at the wish to stop
_TRIES = 100  # unreadable pictures in a row, until something else must be wrong


@dataclass(frozen=True, eq=False)
class Batch:
    """Some pictures and their labels: this process's share of a batch."""

    pixels: Tensor  # uint8 (pictures, channels, height, width)
    labels: Tensor  # int64 (pictures,)
    places: Tensor  # int64 (pictures,): in the whole batch; in validation, among all pictures
    indices: Tensor  # int64 (pictures,): of the examples that they are
    total: int  # pictures of the whole batch, over all processes
    mean: Tensor  # float32 (channels, 1, 1)
    std: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, which: slice) -> Batch:
        """Some of its pictures."""
        parts = (self.pixels, self.labels, self.places, self.indices)
        pixels, labels, places, indices = (tensor[which] for tensor in parts)
        return replace(self, pixels=pixels, labels=labels, places=places, indices=indices)

    def on(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """As the network wants them: float32 (pictures, channels, height, width), and labels.

        Bit for bit what `ViT.prepare` gives for a picture that chance has not changed.
        """
        pixels = self.pixels.to(device, non_blocking=True)
        pixels = pixels.to(torch.float32, memory_format=torch.contiguous_format)
        # Divided by a tensor: by a number, GPUs multiply by its inverse, which is another rounding.
        pixels = pixels.div_(torch.tensor(255.0, device=device))
        pixels = pixels.sub_(self.mean.to(device)).div_(self.std.to(device))
        return pixels, self.labels.to(device, non_blocking=True)


class _Key(NamedTuple):
    """Which batches: those of an epoch of a stage, or of the validation after it."""

    is_training: bool
    stage: int  # -1: a validation by itself
    epoch: int
    size: int  # pictures of a batch, over all processes


@dataclass(eq=False)
class _Flight:
    """A batch that is being made."""

    key: _Key
    number: int
    places: np.ndarray  # int64 (pictures,), as a batch has them
    indices: np.ndarray  # int64 (pictures,): changed where one cannot be read; -1: left out
    total: int
    order: np.ndarray  # int64: all of the epoch
    slot: int = -1
    chunks: set[int] = field(default_factory=set)  # that are still being made


class Feed:
    """Gives the batches of a training; a `with` block ends its workers."""

    def __init__(
        self,
        dataset: Dataset,
        recipe: Recipe,
        preprocessing: Preprocessing,
        *,
        rank: int = 0,
        ranks: int = 1,
        device: str = "cpu",
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Workers begin at once. `rank`: of the `ranks` processes that share each batch.

        `device`: the type of the one that trains. Once `should_stop` answers True while a batch is
        waited for, Cancelled is raised.
        """
        self._dataset, self._recipe = dataset, recipe
        self._rank, self._ranks = rank, ranks
        self._should_stop = should_stop
        self._pin = device == "cuda"
        self._mean = _channels(preprocessing.mean)
        self._std = _channels(preprocessing.std)
        self.broken: dict[Path, str] = {}  # pictures that are passed over, and why
        self._unreadable: set[int] = set()  # their numbers, those for validation last
        self._kept: dict[int, Kept] = {}  # decoded pictures in the cache
        self._flights: deque[_Flight] = deque()  # in their order
        self._asked: dict[int, _Flight] = {}  # by the number of a chunk
        self._planned: Iterator[_Flight] = iter(())
        self._last = (-1, -1)  # stage and epoch that somebody trains
        self._open(preprocessing, device)

    def _open(self, preprocessing: Preprocessing, device: str) -> None:
        largest = max(stage.batch_size for stage in self._recipe.stages)
        largest = min(largest, max(map(len, self._dataset.halves)))
        self._rows = max(_FEWEST_ROWS, 2 * -(-largest // (2 * self._ranks)))
        slots = max(2, -(-_AHEAD // self._rows)) + 1
        shape = (slots, self._rows, *preprocessing.input_size, len(preprocessing.mean))
        self._free = list(range(slots))
        self._slots = SharedBytes(math.prod(shape))
        self._cache = SharedBytes(self._cache_size(preprocessing))
        self._pixels = torch.from_numpy(self._slots.array[: math.prod(shape)].reshape(shape))
        bench = Bench(self._dataset.halves, preprocessing, self._recipe.augmentation, shape)
        count = worker_count(self._recipe.workers, device)
        self._chunk = min(_CHUNK, -(-self._rows // max(1, count)))
        self._workers: Workers | Inline = (
            Workers(count, bench, self._slots, self._cache)
            if count
            else Inline(bench, self._slots, self._cache)
        )

    def _cache_size(self, preprocessing: Preprocessing) -> int:
        """Bytes for all decoded pictures, or as many as there is room for."""
        painter = Painter(preprocessing, self._recipe.augmentation)
        train, validation = self._dataset.halves
        needed = painter.stored_bytes(_spread(train), True) * len(train)
        needed += painter.stored_bytes(_spread(validation), False) * len(validation)
        needed = int(needed * _MARGIN) + _SPARE
        return min(needed, room_for_pictures(self._recipe.cache_share) // local_processes())

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers and give back the memory; batches that were given stay as they are."""
        self._workers.close()
        del self._pixels
        self._slots.close()
        self._cache.close()

    # What is asked for

    def training(self, stage: int, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch from batch `start` on; their last one may be smaller.

        A picture that cannot be read is passed over: the next one of the epoch stands in its place,
        and `broken` says it. Raises ExplorerError where the folder is gone or nothing can be read.
        """
        self._last = (stage, epoch)
        key = _Key(True, stage, epoch, self._recipe.stages[stage].batch_size)
        return self._given(key, start)

    def validation(self, batch_size: int) -> Iterator[Batch]:
        """All validation pictures in their order, but for those that cannot be read (`broken`)."""
        return self._given(_Key(False, *self._last, min(batch_size, self._rows * self._ranks)), 0)

    def _given(self, key: _Key, start: int) -> Iterator[Batch]:
        head = self._flights[0] if self._flights else None
        if head is None or (head.key, head.number) != (key, start):
            self._forget()
            self._planned = self._plan(key, start)
        for _ in range(start, self._count(key)):
            yield self._next()

    def _next(self) -> Batch:
        self._fill()
        flight = self._flights[0]
        while flight.chunks:
            if self._should_stop():
                raise Cancelled
            self._listen(_PATIENCE)
        self._flights.popleft()
        batch = self._batch(flight)
        self._free.append(flight.slot)
        self._listen(0)
        self._fill()
        return batch

    def _batch(self, flight: _Flight) -> Batch:
        rows = np.flatnonzero(flight.indices >= 0)
        pixels = self._pixels[flight.slot, : len(flight.indices)]
        if len(rows) < len(flight.indices):
            pixels = pixels[torch.from_numpy(rows)]
        own = torch.empty(pixels.shape, dtype=torch.uint8, pin_memory=self._pin).copy_(pixels)
        indices = flight.indices[rows]
        return Batch(
            pixels=own.permute(0, 3, 1, 2),
            labels=torch.from_numpy(self._half(flight.key).labels[indices]),
            places=torch.from_numpy(flight.places[rows]),
            indices=torch.from_numpy(indices),
            total=flight.total,
            mean=self._mean,
            std=self._std,
        )

    # What will be asked for

    def _half(self, key: _Key) -> Examples:
        return self._dataset.train if key.is_training else self._dataset.validation

    def _count(self, key: _Key) -> int:
        return -(-len(self._half(key)) // key.size)

    def _plan(self, key: _Key | None, start: int) -> Iterator[_Flight]:
        """The batches that are asked for, and those that will be asked for afterwards."""
        while key is not None:
            order = self._order(key)
            for number in range(start, self._count(key)):
                total = min(key.size, len(order) - number * key.size)
                places = _share(self._rank, total, self._ranks)
                indices = order[number * key.size + places]
                if not key.is_training:
                    places = indices.copy()
                yield _Flight(key, number, places, indices, total, order)
            key, start = self._after(key), 0

    def _order(self, key: _Key) -> np.ndarray:
        count = len(self._half(key))
        if not key.is_training:
            return np.arange(count)
        seed = seed_of("order", self._recipe.seed, key.stage, key.epoch)
        return np.random.default_rng(seed).permutation(count)

    def _after(self, key: _Key) -> _Key | None:
        """A validation follows each epoch, the next epoch each validation."""
        stages = self._recipe.stages
        if key.is_training:
            return key._replace(is_training=False, size=min(key.size, self._rows * self._ranks))
        stage, epoch = key.stage, key.epoch + 1
        if stage >= 0 and epoch == stages[stage].epochs:
            stage, epoch = stage + 1, 0
        if not 0 <= stage < len(stages):
            return None
        return _Key(True, stage, epoch, stages[stage].batch_size)

    # How it is made

    def _fill(self) -> None:
        """Let batches be made while there are free slots."""
        while self._free and (flight := next(self._planned, None)):
            flight.slot = self._free.pop()
            self._flights.append(flight)
            self._ask(flight, range(len(flight.indices)))

    def _forget(self) -> None:
        """Nobody wants what is being made; a slot is free once no worker writes to it."""
        for flight in self._flights:
            flight.order = flight.order[:0]
            if not flight.chunks:
                self._free.append(flight.slot)
        self._flights.clear()
        while not self._free:
            self._listen(_PATIENCE)

    def _ask(self, flight: _Flight, rows: Sequence[int]) -> None:
        """Let rows of a batch be made, but those of pictures that are known to be unreadable."""
        place = (self._recipe.seed, flight.key.stage, flight.key.epoch)
        chance = place if flight.key.is_training else None
        jobs = [job for row in rows if (job := self._job(flight, row))]
        for start in range(0, len(jobs), self._chunk):
            chunk = Chunk(flight.slot, chance, jobs[start : start + self._chunk])
            number = self._workers.submit(chunk)
            flight.chunks.add(number)
            self._asked[number] = flight

    def _job(self, flight: _Flight, row: int) -> Job | None:
        """A picture to be made, or the one that stands in for it; None where it is left out."""
        picture = self._picture(flight, row)
        if picture in self._unreadable:
            flight.indices[row] = self._stand_in(flight, row) if flight.key.is_training else -1
            picture = self._picture(flight, row)
        return None if flight.indices[row] < 0 else Job(row, picture, self._kept.get(picture))

    def _picture(self, flight: _Flight, row: int) -> int:
        """Its number: training pictures first, then those for validation."""
        offset = 0 if flight.key.is_training else len(self._dataset.train)
        return int(flight.indices[row]) + offset

    def _stand_in(self, flight: _Flight, row: int) -> int:
        """The first readable picture after one in its epoch: the same for whoever looks for it."""
        start = flight.number * flight.key.size + int(flight.places[row])
        for step in range(1, min(_TRIES, len(flight.order))):
            candidate = int(flight.order[(start + step) % len(flight.order)])
            if candidate not in self._unreadable:
                return candidate
        raise self._nothing_readable()

    def _listen(self, seconds: float) -> None:
        """Take what was made."""
        for made in self._workers.made(seconds):
            flight = self._asked.pop(made.chunk)
            flight.chunks.discard(made.chunk)
            self._kept.update(made.kept)
            for job, reason in made.broken:
                self._pass_over(flight, job, reason)
            if not flight.chunks and not len(flight.order):  # nobody wants it
                self._free.append(flight.slot)

    def _pass_over(self, flight: _Flight, job: Job, reason: str) -> None:
        half = self._half(flight.key)
        path = half.path(int(flight.indices[job.row]))
        if not half.folder.is_dir():
            raise gone(half.folder, path.name)
        self.broken[path] = reason
        self._unreadable.add(job.picture)
        if not flight.key.is_training:
            left_out = sum(picture >= len(self._dataset.train) for picture in self._unreadable)
            if left_out > len(half) / 2:
                raise self._nothing_readable()
        if len(flight.order):
            self._ask(flight, [job.row])

    def _nothing_readable(self) -> ExplorerError:
        reason = next(reversed(self.broken.values()))
        return ExplorerError(
            f"{len(self.broken):,} pictures cannot be read. The last one: {reason}",
            hint="Check the disk that they lie on; training then goes on from where it was.",
        )


def _channels(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)[:, None, None]


def _spread(examples: Examples) -> list[Path]:
    """Some of all pictures."""
    places = np.linspace(0, len(examples) - 1, min(_SAMPLED, len(examples))).astype(int)
    return [examples.path(place) for place in places.tolist()]


def _share(rank: int, total: int, ranks: int) -> np.ndarray:
    """The places in a batch that belong to a process: int64; pairs of neighbours stay together."""
    pairs = -(-total // 2)
    first, last = (pairs * number // ranks * 2 for number in (rank, rank + 1))
    return np.arange(first, min(last, total))


def local_processes() -> int:
    """Of the processes that train together, those on this machine."""
    return max(1, int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def worker_count(wanted: int | None, device: str) -> int:
    """Processes that decode pictures: as wanted, else what this machine can spare."""
    if wanted is not None:
        return wanted
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    mine = (cores or 1) // local_processes()
    # A CPU that trains needs its cores for that, and takes long for a picture.
    return max(1, mine // 8 if device == "cpu" else min(_MOST_WORKERS, mine - 1))

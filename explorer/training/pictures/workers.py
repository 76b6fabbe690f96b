"""Processes that decode and change pictures, so that the training itself never waits for them.

A worker has its own pipe, its own blocks of the cache and no lock: whichever of them ends, however,
the others go on. It ends by itself when the training does.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import numpy as np
import torch

from ...errors import ExplorerError
from ...records import Preprocessing
from ..data.examples import Examples
from ..engine.chance import seed_of
from ..recipes.recipe import Augmentation
from .augmentation import Painter
from .shared_bytes import SharedBytes

_AHEAD = 16  # chunks that wait in a worker's pipe; more would fill it
_LEAST_BLOCK = 2_000_000  # bytes of the cache that a worker gets at a time
_BLOCKS = 16  # that each worker gets of a large cache
_MOST_ENDS = 3  # workers that end by themselves before the training gives up
Kept = tuple[int, int, int]  # where a decoded picture lies in the cache: offset, height, width


@dataclass(frozen=True, eq=False)
class Bench:
    """What a worker needs to know once."""

    halves: tuple[Examples, Examples]
    preprocessing: Preprocessing
    augmentation: Augmentation
    slot_shape: tuple[int, ...]  # slots, pictures, height, width, channels


class Job(NamedTuple):
    """One picture to be made."""

    row: int  # of the slot
    picture: int  # training pictures first, then those for validation
    kept: Kept | None  # where it lies decoded; None: read it


class Chunk(NamedTuple):
    """Some pictures of a batch."""

    slot: int
    chance: tuple[int, ...] | None  # the seed and the place of its epoch; None: for validation
    jobs: Sequence[Job]


class Made(NamedTuple):
    """What became of a chunk."""

    chunk: int  # its number
    room: int  # bytes of the cache that are left to who made it
    kept: Sequence[tuple[int, Kept]]  # pictures that lie in the cache now
    broken: Sequence[tuple[Job, str]]  # that cannot be read, and why


class Maker:
    """Makes chunks: reads, keeps and changes pictures, and writes them to their slots."""

    def __init__(self, bench: Bench, slots: np.ndarray, cache: np.ndarray) -> None:
        self._bench = bench
        self._painter = Painter(bench.preprocessing, bench.augmentation)
        self._slots = slots[: math.prod(bench.slot_shape)].reshape(bench.slot_shape)
        self._cache = cache
        self._blocks: deque[slice] = deque()  # of the cache, to be filled

    def give(self, block: slice) -> None:
        """Pictures may be kept here; nobody else writes to it."""
        self._blocks.append(block)

    def make(self, chunk: Chunk, number: int) -> Made:
        kept: list[tuple[int, Kept]] = []
        broken: list[tuple[Job, str]] = []
        for job in chunk.jobs:
            try:
                pixels = self._pixels(job, chunk.chance, kept)
            except ExplorerError as error:
                broken.append((job, str(error)))
                continue
            self._slots[chunk.slot, job.row] = pixels.reshape(self._slots.shape[2:])
        room = sum(block.stop - block.start for block in self._blocks)
        return Made(number, room, kept, broken)

    def _pixels(
        self, job: Job, chance: tuple[int, ...] | None, kept: list[tuple[int, Kept]]
    ) -> np.ndarray:
        stored = self._stored(job, chance is not None, kept)
        if chance is None:
            return stored
        return self._painter.painted(stored, seed_of("picture", *chance, job.picture))

    def _stored(self, job: Job, is_training: bool, kept: list[tuple[int, Kept]]) -> np.ndarray:
        if job.kept is not None:
            offset, height, width = job.kept
            count = height * width * self._slots.shape[-1]
            return self._cache[offset : offset + count].reshape(height, width, -1)
        train, validation = self._bench.halves
        half, place = (train, job.picture)
        if job.picture >= len(train):
            half, place = validation, job.picture - len(train)
        stored = self._painter.stored(half.path(place), is_training)
        free = self._place_for(stored.size)
        if free is not None:
            self._cache[free : free + stored.size] = stored.reshape(-1)
            kept.append((job.picture, (free, stored.shape[0], stored.shape[1])))
        return stored

    def _place_for(self, size: int) -> int | None:
        """Where so many bytes of the cache are free; None where nowhere."""
        while self._blocks:
            block = self._blocks.popleft()
            if block.start + size <= block.stop:
                self._blocks.appendleft(slice(block.start + size, block.stop))
                return block.start
        return None


class Inline:
    """Makes chunks in this process, when somebody waits for them; for trials and few pictures."""

    def __init__(self, bench: Bench, slots: SharedBytes, cache: SharedBytes) -> None:
        self._maker = Maker(bench, slots.array, cache.array)
        self._maker.give(slice(0, len(cache.array)))
        self._waiting: deque[tuple[int, Chunk]] = deque()
        self._number = 0

    def submit(self, chunk: Chunk) -> int:
        """Ask for a chunk; returns the number that it is answered with."""
        self._number += 1
        self._waiting.append((self._number, chunk))
        return self._number

    def made(self, seconds: float) -> list[Made]:
        """What was made since; `seconds` is how long to wait for something."""
        if not self._waiting or not seconds:
            return []
        number, chunk = self._waiting.popleft()
        return [self._maker.make(chunk, number)]

    def close(self) -> None:
        self._waiting.clear()


@dataclass(eq=False)
class _Worker:
    """A worker, seen from the training."""

    process: Any  # of the context's kind
    pipe: Connection
    keeps: bool  # whether it may keep pictures
    room: int = 0  # bytes of the cache that were left to it when it last spoke
    given: dict[int, int] = field(default_factory=dict)  # bytes that came with later chunks
    asked: dict[int, Chunk] = field(default_factory=dict)
    waiting: deque[tuple[int, Chunk]] = field(default_factory=deque)


class Workers:
    """Some processes that make chunks, each in its turn."""

    def __init__(self, count: int, bench: Bench, slots: SharedBytes, cache: SharedBytes) -> None:
        """They begin at once, and are ready after some seconds; nobody waits for that."""
        self._context = _context()
        self._bench, self._slots, self._cache = bench, slots, cache
        self._left = slice(0, len(cache.array))  # of the cache, not given to any worker yet
        self._block = max(_LEAST_BLOCK, len(cache.array) // (_BLOCKS * count))
        self._workers = [self._begin(keeps=True) for _ in range(count)]
        self._number = 0
        self._ends = 0

    def submit(self, chunk: Chunk) -> int:
        """Ask for a chunk; returns the number that it is answered with."""
        self._number += 1
        worker = min(self._workers, key=lambda one: len(one.asked) + len(one.waiting))
        worker.waiting.append((self._number, chunk))
        self._feed(worker)
        return self._number

    def made(self, seconds: float) -> list[Made]:
        """What was made since; `seconds` is how long to wait for something.

        A worker that ended is replaced, and what it had is made again. Raises ExplorerError where
        they end again and again.
        """
        found: list[Made] = []
        by_pipe = {worker.pipe: worker for worker in self._workers}
        for pipe in wait(list(by_pipe), seconds):
            worker = by_pipe[pipe]  # type: ignore[index]
            try:
                while worker.pipe.poll():
                    found += self._heard(worker, worker.pipe.recv())
            except (EOFError, OSError):
                self._replace(worker)
        return found

    def close(self) -> None:
        """End them all; what they were making is lost."""
        for worker in self._workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.process.close()
        self._workers.clear()

    def _begin(self, keeps: bool) -> _Worker:
        mine, theirs = self._context.Pipe()
        arguments = (theirs, self._bench, self._slots, self._cache)
        process = self._context.Process(target=_work, args=arguments, daemon=True)
        process.start()
        theirs.close()  # now only the worker holds it: its end is heard at once
        return _Worker(process, mine, keeps)

    def _feed(self, worker: _Worker) -> None:
        while worker.waiting and len(worker.asked) < _AHEAD:
            number, chunk = worker.waiting.popleft()
            worker.asked[number] = chunk
            block = self._block_for(worker)
            worker.given[number] = block.stop - block.start
            with suppress(OSError):  # it has ended: `made` hears of it
                worker.pipe.send((number, chunk, block))

    def _block_for(self, worker: _Worker) -> slice:
        """More of the cache, where a worker has little left of what it got; else nothing."""
        room = worker.room + sum(worker.given.values())
        size = self._block if worker.keeps and room < self._block / 2 else 0
        block = slice(self._left.start, min(self._left.start + size, self._left.stop))
        self._left = slice(block.stop, self._left.stop)
        return block

    def _heard(self, worker: _Worker, answer: Made) -> list[Made]:
        worker.asked.pop(answer.chunk)
        worker.given.pop(answer.chunk)
        worker.room = answer.room
        self._feed(worker)
        return [answer]

    def _replace(self, worker: _Worker) -> None:
        worker.process.join()
        code = worker.process.exitcode
        self._ends += 1
        if self._ends > _MOST_ENDS:
            raise ExplorerError(
                f"The processes that read pictures end again and again (exit code {code}).",
                hint="Memory may be short: take fewer workers, or a smaller cache_share.",
            )
        worker.pipe.close()
        worker.process.close()
        # What it kept may be half written, and memory may be what was short: nothing more is kept.
        fresh = self._begin(keeps=False)
        fresh.waiting.extend((*worker.asked.items(), *worker.waiting))
        self._workers[self._workers.index(worker)] = fresh
        self._feed(fresh)


def warm_up() -> None:
    """Let what workers need be loaded already, while the training does something else."""
    if sys.platform == "linux":
        _context()
        forkserver.ensure_running()


def _context() -> Any:
    """How processes begin: never as a copy of the training, whose threads would not come along."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # torch is loaded once for all of them
    return context


def _work(pipe: Connection, bench: Bench, slots: np.ndarray, cache: np.ndarray) -> None:
    """A worker's life: it ends when the training closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the training, which stops with care
    torch.set_num_threads(1)
    maker = Maker(bench, slots, cache)
    try:
        while True:
            number, chunk, block = pipe.recv()
            maker.give(block)
            pipe.send(maker.make(chunk, number))
    except (EOFError, OSError):
        os._exit(0)  # nothing here is worth tidying

"""Many pictures through one model: read by several threads, ahead of it; classified in batches."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..errors import ExplorerError
from ..images.reading import read_picture
from .vit import ViT

Item = TypeVar("Item")
Result = TypeVar("Result")

READERS = min(8, os.cpu_count() or 1)  # threads


def in_order(work: Callable[[Item], Result], items: Iterable[Item], ahead: int) -> Iterator[Result]:
    """`work` of each item, in their order, by threads that are up to `ahead` items ahead."""
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(READERS, thread_name_prefix="read")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def classify(
    vit: ViT, paths: Iterable[Path], batch_size: int
) -> Iterator[np.ndarray | ExplorerError]:
    """For each path, float32 (classes,) probabilities, or why there are none."""

    def prepare(path: Path) -> np.ndarray | ExplorerError:
        try:
            return vit.prepare(read_picture(path))
        except ExplorerError as error:
            return error

    prepared = in_order(prepare, paths, ahead=2 * batch_size)
    while batch := list(islice(prepared, batch_size)):
        inputs = [pixels for pixels in batch if not isinstance(pixels, ExplorerError)]
        probabilities = iter(vit.predict(inputs) if inputs else ())
        for pixels in batch:
            yield pixels if isinstance(pixels, ExplorerError) else next(probabilities)

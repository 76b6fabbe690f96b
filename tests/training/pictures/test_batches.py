"""Batches hold the same pictures, whoever makes them and when; trouble with files is said."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from explorer.errors import Cancelled, ExplorerError
from explorer.images.geometry import prepare
from explorer.images.reading import read_picture
from explorer.records import Preprocessing
from explorer.training.data.dataset import find_dataset
from explorer.training.data.examples import Dataset
from explorer.training.pictures import batches as module
from explorer.training.pictures.batches import Batch, Feed, worker_count
from explorer.training.recipes.recipe import Augmentation, Recipe, Stage

PREPROCESSING = Preprocessing((32, 32), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "squash")
RECIPE = Recipe(
    (Stage(2, batch_size=20), Stage(1, batch_size=7)),
    augmentation=Augmentation(crop_scale=(0.3, 1.0), flip=0.5, brightness=0.3),
    workers=0,
    seed=3,
)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def pets(shared: Callable[[str], Path]) -> Dataset:
    """Some 180 real pictures."""
    found = find_dataset(shared("data/pets/p1_data"))
    train, validation = found.train.chosen(range(0, 703, 5)), found.validation.chosen(range(40))
    return replace(found, train=train, validation=validation)


def _digest(batch: Batch) -> tuple[Any, ...]:
    pixels = np.ascontiguousarray(batch.pixels.numpy())
    facts = (batch.labels.tolist(), batch.places.tolist(), batch.indices.tolist(), batch.total)
    return hashlib.sha256(pixels).hexdigest(), *facts


def _all(feed: Feed) -> list[tuple[Any, ...]]:
    """A whole training's batches."""
    found = []
    for stage, settings in enumerate(feed._recipe.stages):
        for epoch in range(settings.epochs):
            found += map(_digest, feed.training(stage, epoch))
            found += map(_digest, feed.validation(settings.batch_size))
    return found


@pytest.fixture(scope="module")
def expected(pets: Dataset) -> list[tuple[Any, ...]]:
    """Made by this process alone, without a cache."""
    with Feed(pets, replace(RECIPE, cache_share=0.0), PREPROCESSING) as feed:
        return _all(feed)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_batches_do_not_depend_on_workers(
    pets: Dataset, expected: list[tuple[Any, ...]], workers: int
):
    """To the bit, with a cache and without."""
    with Feed(pets, replace(RECIPE, workers=workers), PREPROCESSING) as feed:
        assert _all(feed) == expected
        assert len(feed._kept) == len(pets.train) + len(pets.validation)


def test_each_epoch_is_another(pets: Dataset, expected: list[tuple[Any, ...]]):
    """Every picture once an epoch, in another order, changed in another way."""
    count = -(-len(pets.train) // 20)
    with Feed(pets, RECIPE, PREPROCESSING) as feed:
        first, second = (list(feed.training(0, epoch)) for epoch in (0, 1))
    for epoch in (first, second):
        seen = torch.cat([batch.indices for batch in epoch]).tolist()
        assert sorted(seen) == list(range(len(pets.train)))
    assert [_digest(batch) for batch in first] == expected[:count]
    pictures = [
        {int(i): batch.pixels[row] for batch in epoch for row, i in enumerate(batch.indices)}
        for epoch in (first, second)
    ]
    same = [torch.equal(pictures[0][at], pictures[1][at]) for at in pictures[0]]
    assert sum(same) < len(same) / 10
    assert [int(b.labels[0]) for b in first] == [
        pets.train.labels[int(b.indices[0])] for b in first
    ]


def test_an_epoch_is_taken_up_anywhere(pets: Dataset, expected: list[tuple[Any, ...]]):
    """From any batch on, also by a feed that was busy with something else."""
    with Feed(pets, RECIPE, PREPROCESSING) as feed:
        for start in (0, 3, 6, 7, 8):
            with closing(feed.training(0, 0, start)) as rest:
                assert [_digest(batch) for batch in rest] == expected[start:8]
        with closing(feed.training(1, 0)) as abandoned:
            next(abandoned)
        assert [_digest(batch) for batch in feed.training(0, 0, 5)] == expected[5:8]


@pytest.mark.parametrize("ranks", [2, 3])
def test_processes_share_each_batch(pets: Dataset, expected: list[tuple[Any, ...]], ranks: int):
    """Together they have what one would have; neighbours stay together."""
    feeds = [Feed(pets, RECIPE, PREPROCESSING, rank=rank, ranks=ranks) for rank in range(ranks)]
    shares = [list(feed.training(0, 0)) for feed in feeds]
    parts = zip(*([batch.indices for batch in share] for share in shares), strict=True)
    whole = [torch.cat(part).tolist() for part in parts]
    assert whole == [batch[3] for batch in expected[:8]]
    for share in (batch for each in shares for batch in each if len(batch)):
        assert int(share.places[0]) % 2 == 0
    judged = torch.cat([batch.places for feed in feeds for batch in feed.validation(20)])
    assert sorted(judged.tolist()) == list(range(40))
    for feed in feeds:
        feed.close()


def test_validation_is_what_predict_sees(pets: Dataset):
    """Bit for bit what the model's own preprocessing gives."""
    with Feed(pets, RECIPE, PREPROCESSING) as feed:
        for batch in feed.validation(8):
            pixels, labels = batch.on(CPU)
            for row, place in enumerate(batch.places.tolist()):
                own, _ = prepare(read_picture(pets.validation.path(place)), PREPROCESSING, 2, 2)
                assert np.array_equal(pixels[row].numpy(), own)
                assert int(labels[row]) == pets.validation.labels[place]
    assert pixels.is_contiguous()


def test_a_part_of_a_batch(pets: Dataset):
    """Keeps its places in the whole."""
    with Feed(pets, RECIPE, PREPROCESSING) as feed:
        batch = next(feed.training(0, 0))
    part = batch.part(slice(4, 8))
    assert len(part) == 4
    assert part.places.tolist() == [4, 5, 6, 7]
    assert part.total == batch.total == 20
    assert torch.equal(part.on(CPU)[0], batch.on(CPU)[0][4:8])


def test_what_fits_is_kept(pets: Dataset, monkeypatch: pytest.MonkeyPatch):
    """A cache that is too small keeps some pictures, and changes none."""
    monkeypatch.setattr(module, "room_for_pictures", lambda share: 2_000_000)
    with Feed(pets, replace(RECIPE, workers=1), PREPROCESSING) as feed:
        first = [_digest(batch) for batch in feed.training(0, 0)]
        kept = dict(feed._kept)
        assert 0 < len(kept) < len(pets.train)
        assert [_digest(batch) for batch in feed.training(0, 0)] == first


@pytest.fixture
def copied(pets: Dataset, tmp_path: Path) -> Dataset:
    """Pictures that may be harmed."""
    for half, name in zip(pets.halves, ("train", "val"), strict=True):
        (tmp_path / name).mkdir()
        for index in range(len(half)):
            shutil.copyfile(half.path(index), tmp_path / name / half.names[index])
    train, validation = (
        replace(half, folder=tmp_path / name)
        for half, name in zip(pets.halves, ("train", "val"), strict=True)
    )
    return replace(pets, train=train, validation=validation)


@pytest.mark.parametrize("workers", [0, 2])
def test_broken_pictures_are_passed_over(copied: Dataset, workers: int):
    """Their places are taken by the next ones of the epoch; validation leaves them out."""
    order = [batch.indices for batch in Feed(copied, RECIPE, PREPROCESSING).training(0, 0)]
    wanted = torch.cat(order).tolist()
    for index in wanted[4:6]:
        copied.train.path(index).write_text("no picture")
    copied.validation.path(7).unlink()
    with Feed(copied, replace(RECIPE, workers=workers), PREPROCESSING) as feed:
        for _ in range(2):  # also once it is known
            seen = torch.cat([batch.indices for batch in feed.training(0, 0)]).tolist()
            assert seen == [*wanted[:4], wanted[6], wanted[6], *wanted[6:]]
            judged = torch.cat([batch.places for batch in feed.validation(20)]).tolist()
            assert judged == [*range(7), *range(8, 40)]
        with closing(feed.training(0, 0)) as batches:
            batch = next(batches)
        assert torch.equal(batch.pixels[4], batch.pixels[6])
        assert {path.name for path in feed.broken} == {
            *(copied.train.names[index] for index in wanted[4:6]),
            copied.validation.names[7],
        }
        assert all("." in reason for reason in feed.broken.values())


@pytest.mark.parametrize("workers", [0, 1])
def test_a_folder_that_goes_away_is_said(copied: Dataset, workers: int):
    """An unplugged disk ends in a sentence, not in a hang."""
    with Feed(copied, replace(RECIPE, workers=workers), PREPROCESSING) as feed:
        batches = feed.training(0, 0)
        next(batches)
        shutil.rmtree(copied.train.folder)
        shutil.rmtree(copied.validation.folder)
        with pytest.raises(ExplorerError, match="is not there any more"):
            _all(feed)


def test_a_folder_that_is_emptied_is_said(copied: Dataset):
    """As a mount point without its disk is."""
    for half in copied.halves:
        for index in range(len(half)):
            half.path(index).unlink()
    for ask in (lambda feed: feed.training(0, 0), lambda feed: feed.validation(20)):
        with (
            Feed(copied, RECIPE, PREPROCESSING) as feed,
            pytest.raises(
                ExplorerError, match=r"pictures cannot be read\. The last one: .*does not"
            ),
        ):
            list(ask(feed))


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_a_worker_that_is_killed_is_replaced(pets: Dataset, expected: list[tuple[Any, ...]]):
    """The same batches come, to the bit; who kills again and again is told."""
    recipe = replace(RECIPE, workers=2)
    with Feed(pets, recipe, PREPROCESSING) as feed:
        first = [_digest(next(feed.training(0, 0)))]
        os.kill(feed._workers._workers[0].process.pid, signal.SIGKILL)
        rest = [_digest(batch) for batch in feed.training(0, 0, 1)]
        assert first + rest == expected[:8]
        with pytest.raises(ExplorerError, match="end again and again"):
            _kill_and_ask(feed)


def _kill_and_ask(feed: Feed) -> None:
    for _ in range(10):
        for worker in feed._workers._workers:
            os.kill(worker.process.pid, signal.SIGKILL)
        list(feed.training(0, 1))


_TRAINS = """
import sys
from pathlib import Path
from explorer.training.pictures.batches import Feed
from explorer.training.data.dataset import find_dataset
from explorer.training.recipes.recipe import Recipe, Stage
from explorer.records import Preprocessing

if __name__ == "__main__":
    preprocessing = Preprocessing((32, 32), (0.5,) * 3, (0.5,) * 3, "squash")
    recipe = Recipe((Stage(1),), workers=2)
    feed = Feed(find_dataset(Path(sys.argv[1])), recipe, preprocessing)
    next(feed.training(0, 0))
    print(*(worker.process.pid for worker in feed._workers._workers), flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_workers_end_with_the_training(shared: Callable[[str], Path], tmp_path: Path):
    """Killed outright, it leaves no process behind."""
    (tmp_path / "trains.py").write_text(_TRAINS)
    command = [sys.executable, tmp_path / "trains.py", shared("data/pets/p1_data")]
    places = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[3])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=places
    ) as training:
        assert training.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in training.stdout.readline().split()]
        assert len(workers) == 2
        training.kill()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


def test_nothing_is_left(pets: Dataset):
    """A closed feed leaves no process and no file; what it gave stays as it was."""
    before = set(Path("/dev/shm").glob("vit-explorer-*")) if Path("/dev/shm").is_dir() else set()
    feed = Feed(pets, replace(RECIPE, workers=2), PREPROCESSING)
    batch = next(feed.training(0, 0))
    expected = _digest(batch)
    pids = [worker.process.pid for worker in feed._workers._workers]
    feed.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert _digest(batch) == expected
    assert set(Path("/dev/shm").glob("vit-explorer-*")) <= before


def test_waiting_can_be_ended(pets: Dataset):
    """Who wishes to stop is not kept waiting for a slow disk."""
    with (
        Feed(pets, RECIPE, PREPROCESSING, should_stop=lambda: True) as feed,
        pytest.raises(Cancelled),
    ):
        next(feed.training(0, 0))


def test_how_many_workers(monkeypatch: pytest.MonkeyPatch):
    """As wished; else the cores that training itself does not need, shared by all processes."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(16), raising=False)
    assert worker_count(5, "cuda") == 5
    assert worker_count(0, "cuda") == 0
    assert worker_count(None, "cuda") == 15
    assert worker_count(None, "cpu") == 2
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert worker_count(None, "cuda") == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(1), raising=False)
    assert worker_count(None, "cpu") == worker_count(None, "cuda") == 1

"""Many pictures through one model, in order, without holding them all."""

import threading
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import explorer
from explorer.errors import ExplorerError
from explorer.models.batches import classify, in_order


def test_results_come_in_order_however_long_each_takes():
    """The first item is the slowest; it is still the first to come."""
    second_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_is_done.wait(10)
        if item == 1:
            second_is_done.set()
        return item * item

    assert list(in_order(work, range(20), ahead=4)) == [item * item for item in range(20)]


def test_only_a_few_items_are_taken_ahead():
    """A hundred thousand pictures are never all in memory."""
    taken = []

    def items():
        for item in range(100):
            taken.append(item)
            yield item

    results = in_order(lambda item: item, items(), ahead=5)
    next(results)
    assert len(taken) == 6
    results.close()
    assert len(taken) == 6


def test_what_fails_is_raised_where_it_stands():
    """An error of the tenth item comes after nine results, and ends the threads."""

    def work(item: int) -> int:
        return 1 // (9 - item)

    results = in_order(work, range(100), ahead=5)
    assert len([next(results) for _ in range(9)]) == 9
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("read")]


def test_a_batch_says_what_each_picture_alone_would(tmp_path: Path):
    """Batches with unreadable files among them give every picture its own probabilities."""
    vit = explorer.load_vit("vit_tiny_patch16_224", weights="random", device="cpu")
    pixels = np.random.default_rng(0).integers(0, 256, (5, 40, 60, 3)).astype(np.uint8)
    paths = [tmp_path / f"{number}.png" for number in range(5)]
    for path, picture in zip(paths, pixels, strict=True):
        PIL.Image.fromarray(picture).save(path)
    paths.insert(1, tmp_path / "missing.png")
    found = list(classify(vit, paths, batch_size=3))
    assert isinstance(found.pop(1), ExplorerError)
    alone = [vit.trace(path).probability for path in paths if path.exists()]
    np.testing.assert_allclose(np.stack(found), np.stack(alone), atol=1e-6)

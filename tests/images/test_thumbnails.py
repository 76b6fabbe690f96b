"""Thumbnails: small, upright, kept within bounds, and honest about what cannot be read."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.images import thumbnails as subject
from explorer.images.thumbnails import (
    LONGEST_SIDE,
    DiskCache,
    Thumbnail,
    ThumbnailStore,
)

RED, BLUE = (200, 30, 30), (30, 30, 200)


def paint(path: Path, color=RED, size=(900, 600)) -> str:
    Image.new("RGB", size, color).save(path)
    return str(path)


def colour(thumbnail: Thumbnail) -> tuple[int, ...]:
    assert thumbnail.pixels is not None
    return tuple(int(value) for value in thumbnail.pixels.mean(axis=(0, 1)).round())


@pytest.fixture
def store(tmp_path) -> ThumbnailStore:
    return ThumbnailStore(DiskCache(tmp_path / "cache"))


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The paths that were decoded, rather than taken from a cache."""
    paths: list[str] = []
    real = subject.read_picture

    def read(path, longest_side):
        paths.append(str(path))
        return real(path, longest_side)

    monkeypatch.setattr(subject, "read_picture", read)
    return paths


def test_a_thumbnail_is_small_and_knows_its_picture(tmp_path, store):
    """Longest side bounded, proportions kept, the picture's own size remembered."""
    thumbnail = store.make(paint(tmp_path / "a.png"))
    assert thumbnail.pixels.shape == (round(LONGEST_SIDE * 2 / 3), LONGEST_SIDE, 3)
    assert thumbnail.full_size == (900, 600)
    assert colour(thumbnail) == RED


def test_memory_answers_at_once(tmp_path, store, decoded):
    """Before it is made there is none; then it is the same one, and nothing is read again."""
    path = paint(tmp_path / "a.png")
    assert store.get(path) is None
    made = store.make(path)
    assert store.get(path) is made
    assert decoded == [path]


def test_the_disk_remembers_between_starts(tmp_path, store, decoded):
    """Another start shows nearly the same pixels without decoding the picture."""
    path = paint(tmp_path / "a.png")
    first = store.make(path)
    again = ThumbnailStore(DiskCache(tmp_path / "cache")).make(path)
    assert decoded == [path]
    assert again.full_size == first.full_size
    assert np.abs(again.pixels.astype(int) - first.pixels).max() <= 4


@pytest.mark.parametrize("change", ["content", "time", "name"])
def test_another_content_is_another_thumbnail(tmp_path, store, decoded, change):
    """The key is path, size and time of change."""
    path = paint(tmp_path / "a.png")
    os.utime(path, (1e9, 1e9))
    store.make(path)
    if change == "content":
        paint(tmp_path / "a.png", BLUE, (901, 601))
        os.utime(path, (1e9, 1e9))
    elif change == "time":
        os.utime(path, (2e9, 2e9))
    else:
        path = str(Path(path).rename(tmp_path / "b.png"))
    assert change == "name" or store.is_stale(path)
    store.make(path)
    assert len(decoded) == 2
    assert not store.is_stale(path)


def test_a_vanished_file_is_stale(tmp_path, store):
    """Its thumbnail is then a problem, not an old picture."""
    path = paint(tmp_path / "a.png")
    store.make(path)
    Path(path).unlink()
    assert store.is_stale(path)
    assert store.make(path).problem is not None


def test_a_small_picture_takes_no_room_on_disk(tmp_path, store):
    """It is as quickly read itself."""
    store.make(paint(tmp_path / "a.png", size=(32, 32)))
    assert not (tmp_path / "cache").exists()


def test_memory_is_bounded(tmp_path):
    """The longest unused go first; a large number of pictures costs no more than the limit."""
    store = ThumbnailStore(DiskCache(tmp_path / "cache"), memory_limit=1_000_000)
    files = [paint(tmp_path / f"{number}.png") for number in range(20)]
    for path in files:
        store.make(path)
        assert store.get(files[0]) is not None  # looked at all the time
        assert store.nbytes <= 1_000_000
    assert store.get(files[1]) is None
    assert store.get(files[-1]) is not None


def test_problems_are_bounded_too(tmp_path):
    """A hundred thousand broken files do not fill the memory."""
    store = ThumbnailStore(DiskCache(tmp_path / "cache"), memory_limit=10 * subject.SMALL)
    for number in range(50):
        store.make(str(tmp_path / f"gone {number}.png"))
    assert sum(store.get(str(tmp_path / f"gone {n}.png")) is not None for n in range(50)) == 10


def test_the_disk_is_bounded(tmp_path):
    """What was not looked at for longest goes first."""
    disk = DiskCache(tmp_path / "cache", limit=30_000)
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3), np.uint8)
    for number in range(12):
        disk.write(f"{number}.png", Thumbnail((1, number), noise, (1000, 1000)))
        for file in (tmp_path / "cache").glob("??/*"):  # as if a second passed
            os.utime(file, ns=tuple(time - 10**9 for time in [file.stat().st_mtime_ns] * 2))
        assert disk.read("0.png", (1, 0)) is not None
    size = sum(file.stat().st_size for file in (tmp_path / "cache").glob("??/*"))
    assert size <= 30_000
    assert disk.read("1.png", (1, 1)) is None
    assert disk.read("11.png", (1, 11)) is not None


def test_a_damaged_cache_costs_only_time(tmp_path, store, decoded):
    """Cut, empty or foreign files in the cache are made anew."""
    path = paint(tmp_path / "a.png")
    store.make(path)
    (file,) = (tmp_path / "cache").glob("??/*")
    for content in (b"", file.read_bytes()[:300], b"nonsense"):
        file.write_bytes(content)
        again = ThumbnailStore(DiskCache(tmp_path / "cache")).make(path)
        assert colour(again) == RED
        assert len(file.read_bytes()) > 300
    assert len(decoded) == 4


def test_a_cache_that_cannot_be_written_is_no_problem(tmp_path):
    """A file in the place of the cache folder: thumbnails come all the same."""
    (tmp_path / "cache").write_text("in the way")
    store = ThumbnailStore(DiskCache(tmp_path / "cache"))
    assert colour(store.make(paint(tmp_path / "a.png"))) == RED


def test_what_cannot_be_read_says_why(shared, store):
    """Of all odd files, each has pixels or a reason, and none raises."""
    odd = shared("data/odd_images/files")
    for file in sorted(odd.iterdir()):
        thumbnail = store.make(str(file))
        if thumbnail.pixels is None:
            assert thumbnail.problem is not None
            assert file.name in thumbnail.problem.message
        else:
            assert max(thumbnail.pixels.shape[:2]) <= LONGEST_SIDE
    assert "empty" in store.make(str(odd / "made_zero_byte.jpg")).problem.message


def test_thumbnails_are_upright(shared, store):
    """All nine EXIF orientations of one scene have nearly the same thumbnail."""
    folder = shared("data/odd_images/files")
    made = [store.make(str(folder / f"exif_Landscape_{number}.jpg")) for number in range(9)]
    grey = [thumbnail.pixels.mean(axis=2) for thumbnail in made]
    assert {values.shape for values in grey} == {grey[0].shape}
    assert max(np.abs(values - grey[0]).mean() for values in grey) < 6


def test_an_unforeseen_error_stays_with_its_file(tmp_path, store, monkeypatch, caplog):
    """It is logged with its traceback and shown as a problem of this one file."""

    def fail(path, longest_side):
        raise RuntimeError("a decoder's surprise")

    monkeypatch.setattr(subject, "read_picture", fail)
    assert store.make(paint(tmp_path / "a.png")).problem is not None
    assert "a decoder's surprise" in caplog.text


def test_many_threads_may_ask(tmp_path, store):
    """Threads that make the same pictures at once end with all of them, counted once."""
    files = [paint(tmp_path / f"{number}.png", size=(400, 300)) for number in range(8)]
    threads = [
        threading.Thread(target=lambda: [store.make(path) for path in files]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.nbytes == sum(store.get(path).nbytes for path in files)
    assert all(file.suffix == ".jpg" for file in (tmp_path / "cache").glob("??/*"))

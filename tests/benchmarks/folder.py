"""What a folder of 100,000 pictures costs: opening, scrolling, filtering, keys, changes.

`python tests/benchmarks/folder.py [--count 100000]` prints JSON, times in seconds. The floor is a
bare `os.scandir` of the same folder in the same run. Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from heartbeat import Heartbeat
from PIL import Image
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.window.collector import Collector
from explorer.window.panels.folder import FolderPanel
from explorer.window.state import Store, Wishes
from explorer.window.theme import Theme
from explorer.window.thumbnails.filter_field import FilterField
from explorer.window.thumbnails.thumbnail_grid import ThumbnailGrid

DIFFERENT = 200  # pictures; the others are links to them
SIZE = 500, 375
PATIENCE_MS = 60_000
LOOK_MS = 5


def fill(folder: Path, count: int) -> None:
    """Pictures of a camera's size of names, in the order in which a disk would hold them."""
    rng = np.random.default_rng(0)
    originals = folder.parent / "originals"
    originals.mkdir()
    folder.mkdir()
    for number in range(DIFFERENT):
        coarse = rng.integers(0, 255, (12, 16, 3), np.uint8)
        smooth = Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC)
        smooth.save(originals / f"{number}.jpg")
    numbers = list(range(count))
    random.Random(0).shuffle(numbers)
    for number in numbers:
        os.link(originals / f"{number % DIFFERENT}.jpg", folder / f"IMG_{number}.jpg")


def wait(done: Callable[[], bool]) -> float:
    """Run the event loop until something is so; returns the seconds that took.

    Looks every few milliseconds: looking all the time would take Python's lock from the threads.
    """
    start = time.perf_counter()
    loop = QEventLoop()
    look = QTimer(interval=LOOK_MS)
    look.timeout.connect(lambda: done() and loop.quit())
    look.start()
    QTimer.singleShot(PATIENCE_MS, loop, loop.quit)
    loop.exec()
    if not done():
        raise TimeoutError
    return time.perf_counter() - start


def rest(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop, loop.quit)
    loop.exec()


def scandir(folder: Path) -> float:
    start = time.perf_counter()
    with os.scandir(folder) as entries:
        sum(1 for _ in entries)
    return time.perf_counter() - start


class Bench:
    """The panel as the window has it, with a controller that only says yes."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count
        self.heart, self.store, wishes = Heartbeat(), Store(), Wishes()
        self.panel = FolderPanel(wishes)
        self.store.changed.connect(self.panel.display)
        wishes.picture_chosen.connect(
            lambda path, neighbours: self.store.update(path=path, neighbours=neighbours)
        )
        self.panel.resize(237, 780)
        self.panel.show()
        QTest.qWaitForWindowExposed(self.panel)
        self.grid = self.panel.findChild(ThumbnailGrid)
        self.filter = self.panel.findChild(FilterField)
        self.loaded: set[str] = set()
        self.panel._loader.ready.connect(self.loaded.add)

    def line_is_shown(self) -> bool:
        """Whether the first visible line has its thumbnails."""
        place = self.grid.indexAt(QPoint(60, 40)).row()
        known = self.panel._loader.store.get
        return place >= 0 and all(
            known(self.grid.pictures.path(near)) is not None for near in (place, place + 1)
        )

    def open(self) -> dict[str, float]:
        with self.heart.phase("listing"):
            self.store.update(folder=self.folder)
            first = wait(self.line_is_shown)
            full = first + wait(lambda: len(self.grid.pictures.rows) == self.count)
            wait(lambda: self.store.state.path is not None and self.line_is_shown())
        return {"first_thumbnails": first, "full_list": full}

    def scroll(self) -> dict[str, float]:
        bar = self.grid.verticalScrollBar()
        paints = []
        with self.heart.phase("scrolling"):
            for step in range(150):
                bar.setValue(bar.value() + (95 if step % 3 else bar.maximum() // 60))
                start = time.perf_counter()
                self.grid.viewport().repaint()
                paints.append(time.perf_counter() - start)
                rest(10)
            settled = wait(self.line_is_shown)
        paints.sort()
        return {"scroll_repaint_median": paints[len(paints) // 2], "settled_after": settled}

    def type(self) -> dict[str, float]:
        times = []
        with self.heart.phase("filtering"):
            for text in ("9", "99", "img 9 1", "77777"):
                self.filter.clear()
                wait(lambda: len(self.grid.pictures.rows) == self.count)
                QTest.keyClicks(self.filter, text)
                start = time.perf_counter()
                wait(lambda: len(self.grid.pictures.rows) < self.count)
                times.append(time.perf_counter() - start)
            self.filter.clear()
            wait(lambda: len(self.grid.pictures.rows) == self.count)
        return {"filtered_after_worst": max(times)}

    def walk(self) -> dict[str, float]:
        times = []
        with self.heart.phase("keys"):
            for key in (Qt.Key.Key_Down,) * 100 + (Qt.Key.Key_End, Qt.Key.Key_PageUp) * 10:
                start = time.perf_counter()
                QTest.keyClick(self.grid, key)
                self.grid.viewport().repaint()
                times.append(time.perf_counter() - start)
                rest(5)
        times.sort()
        return {"key_to_outline_median": times[len(times) // 2], "key_to_outline_worst": times[-1]}

    def sort(self) -> dict[str, float]:
        with self.heart.phase("sorting by date"):
            by_date = self.panel._orders.actions()[1]
            start = time.perf_counter()
            by_date.trigger()
            wait(lambda: self.grid.pictures.order == "date")
            taken = time.perf_counter() - start
        with self.heart.phase("keys by date"):
            for _ in range(20):
                QTest.keyClick(self.grid, Qt.Key.Key_Down)
                rest(5)
        return {"sorted_by_date": taken}

    def change(self) -> dict[str, float]:
        with self.heart.phase("files come and go"):
            os.link(self.folder / "IMG_0.jpg", self.folder / "IMG_new.jpg")
            seen = wait(lambda: len(self.grid.pictures.rows) == self.count + 1)
            (self.folder / "IMG_new.jpg").unlink()
            wait(lambda: len(self.grid.pictures.rows) == self.count)
        return {"new_file_seen_after": seen}


def measure(count: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as place:
        os.environ["EXPLORER_CACHE"] = f"{place}/cache"
        folder = Path(place) / "pictures"
        fill(folder, count)
        floor = min(scandir(folder) for _ in range(3))
        bench = Bench(folder, count)
        found: dict[str, object] = {"count": count, "floor_scandir": floor}
        for step in (bench.open, bench.scroll, bench.type, bench.walk, bench.sort, bench.change):
            found |= step()
        found["full_list_to_floor"] = found["full_list"] / floor
        found["worst_gap"] = bench.heart.worst
        bench.panel.deleteLater()
        rest(50)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    app = QApplication([])
    Collector(app)  # as in the program
    theme = Theme(app, "dark")
    print(json.dumps(measure(parser.parse_args().count), indent=1))

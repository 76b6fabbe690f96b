"""The whole window at work: how long it is ever held, how fast keys are, whether memory stays flat.

`python tests/benchmarks/window.py [--count 100000] [--looks 1000]` prints JSON: the event loop's
longest pause in each phase, the seconds from an arrow key to the painted overlay of a picture that
was traced ahead, and the process's memory while picture after picture is looked at.
Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from folder import fill, rest, wait
from heartbeat import Heartbeat
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from timing import summary

from explorer.records import Weights
from explorer.window.app import build_window
from explorer.window.collector import Collector
from explorer.window.main_window import MainWindow
from explorer.window.thumbnails.thumbnail_grid import ThumbnailGrid
from explorer.window.worker import Task

LARGE, SMALL = "vit_base_patch16_384", "vit_tiny_patch16_224"
KEYS = 25


class Paints(QObject):
    """Counts how often a widget was painted."""

    def __init__(self, widget: QObject) -> None:
        super().__init__()
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


class Bench:
    """The real window, asked as menus, mouse and keys ask it."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.store, self.wishes = window._store, window._wishes
        self.heart = Heartbeat()
        self.paints = Paints(window.picture_view.canvas)
        self.grid = window.findChild(ThumbnailGrid)

    def import_torch(self) -> None:
        """Apart from all else: it holds Python's lock, whoever imports it."""
        done: list[bool] = []

        def work(_task: Task) -> bool:
            import explorer.models.vit  # noqa: F401

            return True

        with self.heart.phase("import torch"):
            self.window._controller.compute("import", work, done.append)
            wait(lambda: bool(done))

    def load(self, weights: Weights) -> None:
        self.wishes.weights_chosen.emit(weights)
        wait(lambda: self.store.state.model is not None and self.store.state.activity is None)

    def explore(self, folder: Path, checkpoint: Path, count: int) -> None:
        """List a large folder, load a large checkpoint, and trace, all while the heart beats."""
        with self.heart.phase("folder listed, model loaded, picture traced at once"):
            self.wishes.folder_chosen.emit(folder)
            self.wishes.weights_chosen.emit(Weights("", file=checkpoint))
            wait(lambda: len(self.grid.pictures.rows) == count)
            wait(lambda: self.store.state.trace is not None)
        with self.heart.phase("neighbours traced ahead"):
            wait(self.is_traced_ahead)
        with self.heart.phase("pictures chosen quickly, then traced"):
            for _ in range(10):
                QTest.keyClick(self.grid, Qt.Key.Key_Right)
                rest(30)
            wait(lambda: self.store.state.trace is not None)

    def is_traced_ahead(self) -> bool:
        return self.window._controller.ahead.is_done

    def browse(self) -> list[float]:
        """Seconds from an arrow key to the painted overlay, through traced neighbours."""
        times = []
        for _ in range(KEYS):
            wait(self.is_traced_ahead)
            before, painted = self.store.state.path, self.paints.count
            started = time.perf_counter()
            QTest.keyClick(self.grid, Qt.Key.Key_Right)
            while not self.shows_another_than(before) or self.paints.count == painted:
                QApplication.processEvents()
            times.append(time.perf_counter() - started)
        return times

    def look(self, looks: int) -> list[dict[str, float]]:
        """Memory while `looks` pictures are traced, one after the other."""
        self.load(Weights(SMALL, random=True))
        figures = []
        for number in range(1, looks + 1):
            before = self.store.state.path
            QTest.keyClick(self.grid, Qt.Key.Key_Right)
            wait(lambda before=before: self.shows_another_than(before))
            if number % (looks // 10) == 0:
                figures.append({"pictures": number, "megabytes": resident_megabytes()})
        return figures

    def shows_another_than(self, before: Path | None) -> bool:
        """Whether the chosen picture is there with its trace: the last one stays for a while."""
        state = self.store.state
        there = state.picture is not None and state.picture.path == state.path
        return there and state.path != before and state.trace is not None


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def save_checkpoint(path: Path) -> None:
    """In a process of its own: this one shall import torch on its worker."""
    code = (
        "import sys, timm; from safetensors.torch import save_file;"
        f"save_file(timm.create_model({LARGE!r}).state_dict(), sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name in ("SETTINGS", "LOG", "CACHE", "WEIGHTS"):
            os.environ[f"EXPLORER_{name}"] = str(root / name.lower())
        fill(root / "pictures", arguments.count)
        save_checkpoint(root / "large.safetensors")
        app = QApplication([])
        Collector(app)
        window = build_window(app)
        window.resize(1440, 900)
        window.show()
        QTest.qWaitForWindowExposed(window)
        bench = Bench(window)
        bench.import_torch()
        bench.explore(root / "pictures", root / "large.safetensors", arguments.count)
        with bench.heart.phase("browsing"):
            browsing = bench.browse()
        figures = {
            "longest_pause_s": bench.heart.worst,
            "arrow_key_to_overlay_s": summary(browsing),
            "memory": bench.look(arguments.looks),
        }
        window.close()
        window._controller.close()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

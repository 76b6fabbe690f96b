"""Many runs in the window, one of them alive: how long the event loop is ever held.

`python tests/benchmarks/runs.py [--runs 50] [--events 100000]` prints JSON: the longest pause in
each phase, and how long it takes until all runs are listed and the longest one's curve is there.
The first run has all the events, the others a tenth of them among them. What the first opened model
imports is there already. Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from folder import rest, wait
from heartbeat import Heartbeat
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.training.engine import estimate as _what_models_import  # noqa: F401
from explorer.training.runs.lock import hold
from explorer.window.app import build_window
from explorer.window.collector import Collector
from explorer.window.dialogs.fine_tune_dialog import FineTuneDialog
from explorer.window.main_window import MainWindow
from explorer.window.panels.runs import RunsPanel
from explorer.window.parts.chart import Chart
from explorer.window.runs.table import RunTable

sys.path.insert(0, str(Path(__file__).parents[1] / "window"))
from simulated_runs import Simulated, draw_pictures, simulate

EPOCHS = 20


def make_runs(folder: Path, runs: int, events: int) -> Simulated:
    """Runs that have ended, and one that goes on, which is returned."""
    dataset = draw_pictures(folder.parent / "pictures")
    each = max(2, events // 10 // runs // EPOCHS)
    for number in range(runs - 1):
        changes = [f"stages.0.learning_rate={1e-5 * (number + 1):g}", f"seed={number}"]
        steps = events // EPOCHS if number == 0 else each
        made = simulate(folder / f"run {number}", dataset, "adam-384", changes, steps)
        made.start().train(made.steps).end()
    return simulate(folder / "alive", dataset, "best", (), 4 * each).start()


class Bench:
    """The real window, asked as mouse and keys ask it."""

    def __init__(self, window: MainWindow, alive: Simulated) -> None:
        self.window, self.alive = window, alive
        self.store, self.wishes = window._store, window._wishes
        self.heart = Heartbeat()
        self.times: dict[str, float] = {}

    def timed(self, name: str, start: float) -> None:
        self.times[name] = round(time.perf_counter() - start, 2)

    def list_runs(self, count: int) -> None:
        start = time.perf_counter()
        with self.heart.phase("all runs listed"):
            self.window._controller.runs.start()
            wait(lambda: len(self.store.state.runs) == count)
            self.timed("listed_s", start)
            wait(lambda: sum(seen.best is not None for seen in self.store.state.runs) == count - 1)
            self.timed("read_s", start)

    def show_longest(self, folder: Path) -> None:
        start = time.perf_counter()
        with self.heart.phase("curve of the longest run"):
            self.wishes.runs_chosen.emit((folder,))
            wait(lambda: self.is_read(folder))
        self.timed("curve_s", start)

    def is_read(self, folder: Path) -> bool:
        seen = next(seen for seen in self.store.state.runs if seen.folder == folder)
        return seen.curves is not None and seen.curves.steps[-1] == seen.steps

    def compare_all(self) -> None:
        table = self.window.findChild(RunTable)
        with self.heart.phase("all runs selected, and read by the mouse"):
            QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            rest(3000)
            self.hover()

    def hover(self) -> None:
        charts = [chart for chart in self.window.findChildren(Chart) if chart.isVisible()]
        for chart in charts:
            for x in range(60, chart.width() - 20, 7):
                QTest.mouseMove(chart, QPoint(x, chart.height() // 2))
                rest(5)

    def train(self) -> None:
        self.wishes.runs_chosen.emit((self.alive.run.folder,))
        rest(500)
        with self.heart.phase("live, 40 steps a second"):
            for _ in range(100):
                self.alive.train(2)
                rest(50)

    def set_up(self, pictures: Path) -> None:
        """The dialog of Ctrl+T, twice: the second time all is loaded."""
        self.store.update(folder=pictures)
        rest(1000)
        for name in ("first", "next"):
            with self.heart.phase(f"Fine-tune opened while a run lives, {name} time"):
                self.wishes.fine_tune_dialog_wished.emit()
                for _ in range(20):
                    self.alive.train(2)
                    rest(50)
            dialog = self.window.findChild(FineTuneDialog)
            with self.heart.phase(f"All settings, {name} time"):
                dialog._show_all(None)
                rest(500)
            dialog.reject()
            rest(500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--events", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name in ("SETTINGS", "LOG", "CACHE", "WEIGHTS", "RUNS"):
            os.environ[f"EXPLORER_{name}"] = str(root / name.lower())
        alive = make_runs(root / "runs", arguments.runs, arguments.events)
        app = QApplication([])
        Collector(app)
        window = build_window(app)
        window.resize(1440, 900)
        window.show()
        window.findChild(RunsPanel).enlarging_wished.emit(True)
        QTest.qWaitForWindowExposed(window)
        with hold(alive.run.lock):
            bench = Bench(window, alive)
            bench.list_runs(arguments.runs)
            bench.show_longest(root / "runs" / "run 0")
            bench.compare_all()
            bench.train()
            bench.set_up(root / "pictures")
        window._may_leave = True
        window.close()
        window._controller.close()
    print(json.dumps({"longest_pause_s": bench.heart.worst, **bench.times}, indent=2))


if __name__ == "__main__":
    main()

"""Two open models change places: from the wish to the painted window, all panels included.

`python tests/benchmarks/switching.py` prints JSON, times in seconds. A window of 1440 × 900 with a
picture of 1200 × 800; ViT-B/16's shapes at 384 px (12 layers, 12 heads, 24 × 24 patches, a table of
positions, 1000 classes), once beside a second one of the same shape, once beside one of 14 × 14
patches. Before each swap another patch is asked about, so that nothing of its map is there yet.
`first` is the very first swap, when nothing was ever shown. Each arrangement has other panels in
front: those behind cost nothing. Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import PIL.Image

sys.path.insert(0, str(Path(__file__).parents[2]))  # the tests' synthetic traces are not installed

from folder import wait
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from timing import summary
from window import Paints

from explorer.records import (
    Grid,
    ModelInfo,
    Picture,
    Positions,
    PositionTable,
    Query,
    Trace,
    Weights,
)
from explorer.window.collector import Collector
from explorer.window.controller import Controller
from explorer.window.main_window import MainWindow
from explorer.window.settings import Settings
from explorer.window.state import Store, Wishes
from explorer.window.theme import Theme
from tests.window.conftest import squashed, synthetic_picture, synthetic_trace

LAYERS = HEADS = 12
SIDE, OTHER_SIDE = 24, 14  # patches
WIDTH = 768
FRONTS = (("heads", "predictions"), ("compare", "positions"))  # keys of panels


@dataclass
class MadeUp:
    """A model whose traces and positions are random numbers, ready at once."""

    info: ModelInfo
    positions: Positions

    def trace(self, picture: Picture, *, should_stop: Callable[[], bool]) -> Trace:
        side = self.info.grid.rows
        frame = squashed(picture.size, side, side)
        seed = int(self.info.name == "second")
        return synthetic_trace(
            side, side, LAYERS, HEADS, frame=frame, classes=self.info.classes, seed=seed
        )

    def reframed(self, framing: str) -> "MadeUp":
        return self


def made_up(name: str, side: int) -> MadeUp:
    """A model of side × side patches."""
    info = ModelInfo(
        name=name,
        source="made up",
        grid=Grid(side, side, ("class",)),
        layers=LAYERS,
        heads=HEADS,
        decision="class token",
        input_size=(16 * side, 16 * side),
        framing="squash",
        labels=tuple(f"class {number}" for number in range(1000)),
        classes=1000,
        parameters=86_000_000,
        device="CPU",
        precision="float32",
    )
    rng = np.random.default_rng(side)
    table = PositionTable(
        rng.standard_normal((side, side, WIDTH), np.float32),
        rng.standard_normal((1, WIDTH), np.float32),
        ("class",),
    )
    return MadeUp(info, Positions(side, side, table))


class Bench:
    """The real window with two made-up models."""

    def __init__(self, app: QApplication, second_side: int) -> None:
        shelf = {"first": made_up("first", SIDE), "second": made_up("second", second_side)}
        settings, self.wishes = Settings(), Wishes()
        self.store = Store(replace(settings.restore(), wanted=Weights("first")))
        self.controller = Controller(
            self.store, self.wishes, load=lambda weights, *_, **__: shelf[weights.name]
        )
        theme = Theme(app, "dark")
        self.window = MainWindow(self.store, self.wishes, self.controller, settings, theme)
        self.window.resize(1440, 900)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)
        self.paints = Paints(self.window.picture_view.canvas)

    def open(self, picture: Path) -> None:
        """The picture, traced by both models."""
        self.window.begin(picture)
        wait(lambda: self.store.state.trace is not None)
        self.wishes.second_chosen.emit(Weights("second"))
        wait(lambda: bool(self.store.state.second and self.store.state.second.trace))

    def bring_to_front(self, keys: tuple[str, ...]) -> None:
        for dock in self.window.docks:
            if dock.panel.key in keys:
                dock.raise_()
        wait_until_calm()

    def ask(self, number: int) -> None:
        """Look from another patch than ever before."""
        grid = self.store.state.model.grid
        patch = divmod(number * 37 % (grid.rows * grid.columns), grid.columns)
        self.wishes.query_chosen.emit(Query(-1, number % HEADS, patch))
        wait_until_calm()

    def swap(self) -> float:
        """Seconds until all is painted that a swap made dirty."""
        painted = self.paints.count
        started = time.perf_counter()
        self.wishes.models_swapped.emit()
        while self.paints.count == painted:
            QApplication.processEvents()
        QApplication.processEvents()  # what was laid out anew is painted by now, too
        return time.perf_counter() - started

    def close(self) -> None:
        self.window.close()
        self.controller.close()
        QApplication.instance().aboutToQuit.emit()  # panels end their threads then


def wait_until_calm() -> None:
    """Let everything be painted that is dirty, and a moment pass."""
    QTest.qWait(30)


def measure(app: QApplication, picture: Path, second_side: int, rounds: int) -> dict[str, object]:
    bench = Bench(app, second_side)
    bench.open(picture)
    figures: dict[str, object] = {}
    for keys in FRONTS:
        bench.bring_to_front(keys)
        times = []
        for number in range(rounds + 2):
            bench.ask(number)
            times.append(bench.swap())
        figures[" and ".join(keys)] = {"first": times[0], **summary(times[2:])}
    bench.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name in ("SETTINGS", "LOG", "CACHE", "WEIGHTS"):
            os.environ[f"EXPLORER_{name}"] = str(root / name.lower())
        PIL.Image.fromarray(synthetic_picture(1200, 800).pixels).save(root / "picture.png")
        app = QApplication([])
        Collector(app)
        figures = {
            f"{SIDE} × {SIDE} and {side} × {side} patches": measure(
                app, root / "picture.png", side, rounds
            )
            for side in (SIDE, OTHER_SIDE)
        }
    print(json.dumps(figures, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

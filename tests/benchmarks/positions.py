"""The positions panel: hover to painted map, and the whole mosaic from loaded to painted.

`python tests/benchmarks/positions.py` prints JSON, times in seconds. Hover: the mouse moves over
a map of the panel, each event on another patch of 24 × 24, and everything that it makes dirty is
painted: the map, the marks in the mosaic, the scale, the words. Against it, in turn and in this one
run, `ImageItem.setImage` of a ready map and its `repaint` in a bare pyqtgraph view of the map's
size. Mosaic: the state is given the positions of a model (768 numbers per patch), and the 576 maps
are painted; `parts` are the steps on the way, each timed alone.
Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))  # the tests' synthetic tables are not installed

import pyqtgraph
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from timing import in_turn, ratio, summary

from explorer.explain.positions import Source
from explorer.images.colormaps import table
from explorer.records import Positions
from explorer.window.panels.positions import PositionsPanel
from explorer.window.parts.argb import packed
from explorer.window.parts.mosaic import mosaic
from explorer.window.positions.mosaic_shades import averaged, shade_maps
from explorer.window.positions.mosaic_view import MosaicView
from explorer.window.positions.patch_map import PatchMap
from explorer.window.positions.views import open_source
from explorer.window.state import State, Store, Wishes
from explorer.window.theme import Theme
from tests.window.conftest import synthetic_positions

SIDE = 24  # patches
WIDTH = 768  # of an embedding
SIZES = {"docked": (420, 330), "floating": (1200, 800)}
PATIENCE = 10_000  # milliseconds


class Paints(QObject):
    """Sees and counts how often a widget is painted."""

    def __init__(self, widget: QObject) -> None:
        super().__init__()
        self.count = 0
        self.seen: Callable[[], None] = lambda: None
        widget.installEventFilter(self)

    def eventFilter(self, widget: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Paint:
            return False
        self.count += 1
        widget.removeEventFilter(self)
        QApplication.sendEvent(widget, event)  # now, not after this filter
        widget.installEventFilter(self)
        self.seen()
        return True


class Bench:
    """A panel on screen, whose wishes are granted at once."""

    def __init__(self, size: tuple[int, int], positions: Positions) -> None:
        self.store, wishes = Store(), Wishes()
        self.panel = PositionsPanel(wishes)
        self.store.changed.connect(self.panel.display)
        wishes.patch_hovered.connect(lambda patch: self.store.update(hovered=patch))
        self.panel.display(State(), self.store.state)
        self.panel.resize(*size)
        self.panel.show()
        self.mosaic = self.panel.findChild(MosaicView)
        self.painted = Paints(self.mosaic)
        self.show(positions)
        self.map = next(shown for shown in self.panel.findChildren(PatchMap) if shown.isVisible())

    def show(self, positions: Positions) -> None:
        """Until the mosaic of these positions is painted; the event loop runs as in the window."""
        before, loop = self.mosaic.shades, QEventLoop()

        def look() -> None:
            if self.mosaic.shades is not before:
                loop.quit()

        self.painted.seen = look
        QTimer.singleShot(0, lambda: self.store.update(positions=positions))
        QTimer.singleShot(PATIENCE, loop, lambda: loop.exit(1))
        assert loop.exec() == 0, "nothing was painted"

    def hovering(self) -> Callable[[], None]:
        """One mouse move to another patch, painted."""
        path, paints = patches(), Paints(self.map)

        def step() -> None:
            before = paints.count
            place = self.map.patch_center(*next(path))
            nothing, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
            everywhere = self.map.mapToGlobal(place)
            moved = QEvent.Type.MouseMove
            QApplication.sendEvent(
                self.map, QMouseEvent(moved, place, everywhere, nothing, nothing, no_key)
            )
            QApplication.sendEvent(self.panel, QEvent(QEvent.Type.UpdateRequest))
            assert paints.count > before

        return step

    def covered(self) -> QRectF:
        """The pixels of the map's widget that patches cover."""
        first, last = self.map.patch_center(0, 0), self.map.patch_center(SIDE - 1, SIDE - 1)
        half = QPointF(last - first) / (SIDE - 1) / 2
        return QRectF(first - half, last + half)


def patches() -> Iterator[tuple[int, int]]:
    """A path over the grid on which every step is to another patch."""
    steps = np.random.default_rng(0).permutation(SIDE * SIDE)
    return cycle((int(step) // SIDE, int(step) % SIDE) for step in steps)


def bare_image(
    size: tuple[int, int], covered: QRectF, maps: list[np.ndarray]
) -> tuple[Callable[[], None], pyqtgraph.GraphicsView]:
    """One `setImage` and repaint of pyqtgraph."""
    view = pyqtgraph.GraphicsView()
    view.resize(*size)
    box, item = pyqtgraph.ViewBox(enableMenu=False), pyqtgraph.ImageItem()
    view.setCentralItem(box)
    box.addItem(item)
    box.setRange(QRectF(0, 0, *size), padding=0)
    item.setLookupTable(table("inferno"))
    item.setImage(maps[0], autoLevels=False, levels=(-1.0, 1.0))
    item.setRect(covered)
    view.show()
    QApplication.processEvents()
    ready = cycle(maps)

    def step() -> None:
        item.setImage(next(ready), autoLevels=False, levels=(-1.0, 1.0))
        view.viewport().repaint()

    return step, view


def measure_hover(size: tuple[int, int], rounds: int) -> dict[str, object]:
    positions = synthetic_positions(SIDE, SIDE, width=WIDTH)
    bench = Bench(size, positions)
    field = open_source(positions, None, Source("table")).field
    path = patches()
    maps = [field.map_from(next(path)) for _ in range(64)]
    bare, view = bare_image(bench.map.size().toTuple(), bench.covered(), maps)
    times = in_turn({"panel": bench.hovering(), "pyqtgraph": bare}, rounds)
    widget = bench.map.size().toTuple()
    bench.panel.close()
    view.close()
    return {
        "map_widget": widget,
        "panel_s": summary(times["panel"]),
        "pyqtgraph_s": summary(times["pyqtgraph"]),
        "median_ratio": ratio(times["panel"], times["pyqtgraph"]),
    }


def measure_mosaic(size: tuple[int, int], rounds: int) -> dict[str, object]:
    """Models are opened one after the other; each has positions of its own."""
    models = cycle([synthetic_positions(SIDE, SIDE, seed=seed, width=WIDTH) for seed in range(4)])
    bench = Bench(size, next(models))
    field = open_source(next(models), None, Source("table")).field
    shades = shade_maps(field, own_scale=False)
    first, second = (bench.mosaic.map_rect(0, column).toRect() for column in (0, 1))
    width, height = first.size().toTuple()
    gap = second.x() - first.x() - width
    colors = packed(table("inferno"))
    small = averaged(shades, height, width)
    steps = {
        "whole": lambda: bench.show(next(models)),
        "embeddings at length 1": lambda: open_source(next(models), None, Source("table")),
        "similarities": field.maps,
        "similarities and shades": lambda: shade_maps(field, own_scale=False),
        "averages for the pixels": lambda: averaged(shades, height, width),
        "image": lambda: mosaic(small, colors, (height, width), gap),
    }
    times = in_turn(steps, rounds)
    bench.panel.close()
    whole = summary(times.pop("whole"))
    return {
        "mosaic_widget": bench.mosaic.size().toTuple(),
        "map_pixels": (width, height),
        "from_positions_to_painted_s": whole,
        "parts": {name: summary(seconds)["median"] for name, seconds in times.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    app = QApplication([])
    Theme(app, "dark")
    figures = {
        name: {"hover": measure_hover(size, rounds), "mosaic": measure_mosaic(size, rounds // 5)}
        for name, size in SIZES.items()
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

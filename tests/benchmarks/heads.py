"""What the heads panel costs while the query is dragged over patches.

`python tests/benchmarks/heads.py` prints JSON, times in seconds. `rows` computes the attention of
the new query in all layers, `panel` shows it, `floor` is a bare pyqtgraph ImageItem that sets and
repaints the same maps at the same size; all in turn, in this one run. Needs a display, or
QT_QPA_PLATFORM=offscreen; QT_SCALE_FACTOR=2 measures a fine screen.
"""

import argparse
import itertools
import json

import numpy as np
import pyqtgraph
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from timing import in_turn, ratio, summary

from explorer.images.colormaps import table
from explorer.records import Frame, Grid, Query, RecordedAttention, Trace
from explorer.window.panels.heads import HeadsPanel
from explorer.window.parts.map_grid import MapGrid
from explorer.window.state import Overlay, State, Store, Wishes
from explorer.window.theme import Theme

GRID = Grid(24, 24, ("class",))
WIDTH = 64  # of a head
SIZE = 400, 420  # of the dock


def random_trace(layers: int, heads: int) -> Trace:
    """A trace of a network of this shape with random q and k."""
    rng = np.random.default_rng(0)
    shape = (heads, GRID.tokens, WIDTH)
    recorded = tuple(
        RecordedAttention(*rng.standard_normal((2, *shape), np.float32), WIDTH**-0.5)
        for _ in range(layers)
    )
    box = (0.0, 0.0, 384.0, 384.0)
    frame = Frame("squash", (384, 384), (384, 384), box, GRID.rows, GRID.columns)
    probability = np.full(10, 0.1, np.float32)
    norms = np.ones((layers, GRID.tokens), np.float32)
    return Trace(
        frame, GRID, "class token", np.log(probability), probability, recorded, None, None, norms
    )


class Floor(pyqtgraph.GraphicsLayoutWidget):
    """The same maps as one image, without gaps, names or own scales."""

    def __init__(self) -> None:
        super().__init__()
        view = self.addViewBox(lockAspect=True, invertY=True)
        self._image = pyqtgraph.ImageItem(axisOrder="row-major")
        self._image.setLookupTable(table("inferno"))
        view.addItem(self._image)

    def show_maps(self, maps: np.ndarray) -> None:
        layers, heads, rows, columns = maps.shape
        values = maps.transpose(0, 2, 1, 3).reshape(layers * rows, heads * columns)
        self._image.setImage(values, autoLevels=False, levels=(0.0, float(values.max())))
        self.viewport().repaint()


def measure(layers: int, heads: int, shared_scale: bool, rounds: int) -> dict[str, object]:
    """One network's shape: the panel on screen against the floor on screen."""
    trace = random_trace(layers, heads)
    store = Store(State(trace=trace, overlay=Overlay(shared_scale=shared_scale)))
    panel, floor = HeadsPanel(Wishes()), Floor()
    store.changed.connect(panel.display)
    panel.display(State(), store.state)
    for place, widget in enumerate((panel, floor)):
        widget.resize(*SIZE)
        widget.move(place * SIZE[0], 0)  # covered windows are not painted
        widget.show()
        assert QTest.qWaitForWindowExposed(widget)
    grid = panel.findChild(MapGrid)
    patches = itertools.cycle(np.ndindex(GRID.rows, GRID.columns))
    token = [next(patches)]

    def rows() -> None:
        token[0] = next(patches)
        trace.rows(token[0])

    def show() -> None:
        store.update(query=Query(-1, 0, token[0]))
        grid.repaint()

    times = in_turn(
        {"rows": rows, "panel": show, "floor": lambda: floor.show_maps(trace.maps(token[0]))},
        rounds,
    )
    panel.close()
    floor.close()
    figures: dict[str, object] = {name: summary(seconds) for name, seconds in times.items()}
    return figures | {"ratio": ratio(times["panel"], times["floor"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    app = QApplication([])
    Theme(app, "dark")
    figures = {
        f"{layers}×{heads} maps of 24×24, {'shared' if shared else 'own'} scale": measure(
            layers, heads, shared, rounds
        )
        for layers, heads in ((12, 12), (24, 16))
        for shared in (False, True)
    }
    print(json.dumps(figures, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

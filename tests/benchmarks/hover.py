"""Mouse move to painted overlay, against a bare pyqtgraph image of the same size.

`python tests/benchmarks/hover.py` prints JSON; both are measured in turn, in this one run.

The overlay: the mouse is dragged over a picture in a canvas of 1440 × 900, each event on another
patch of 24 × 24. Timed from the mouse event until all that it made dirty is painted: the row is
read from a trace of 12 layers and 12 heads, coloured, and painted with the toolbar and the colour
bar that follow. pyqtgraph: `ImageItem.setImage` of a ready map of 24 × 24 that covers the same
pixels of a view of the same size, and its `repaint`.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))  # the tests' synthetic traces are not installed

import pyqtgraph
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from timing import in_turn, ratio, summary

from explorer.records import Query
from explorer.window.picture_view import PictureView
from explorer.window.state import Overlay, State, Store, Wishes
from explorer.window.theme import Theme
from tests.window.conftest import squashed, synthetic_picture, synthetic_trace

SIZE = (1440, 900)
SIDE = 24  # patches


class Paints(QObject):
    """Counts how often a widget is painted."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def patches() -> Iterator[tuple[int, int]]:
    """A path over the grid on which every step is to another patch."""
    steps = np.random.default_rng(0).permutation(SIDE * SIDE)
    return cycle((int(step) // SIDE, int(step) % SIDE) for step in steps)


def opened_view(overlay: Overlay) -> PictureView:
    """A picture view on the screen with a trace in it, and wishes that are granted at once."""
    store, wishes = Store(), Wishes()
    view = PictureView(store, wishes)
    store.changed.connect(view.display)
    wishes.query_chosen.connect(lambda query: store.update(query=query))
    wishes.patch_hovered.connect(lambda patch: store.update(hovered=patch))
    view.display(State(), store.state)
    picture = synthetic_picture(1200, 800)
    trace = synthetic_trace(
        SIDE, SIDE, 12, 12, frame=squashed(picture.size, SIDE, SIDE), classes=1000
    )
    path = Path("picture.png")
    store.update(path=path, picture=picture, trace=trace, query=Query(head=4), overlay=overlay)
    show_in_full_size(view)
    return view


def show_in_full_size(view: PictureView) -> None:
    """Put a view on the screen so large that its canvas has the benchmarks' size."""
    view.show()
    view.resize(*SIZE)
    QApplication.processEvents()
    missing = [
        wanted - have for wanted, have in zip(SIZE, view.canvas.size().toTuple(), strict=True)
    ]
    view.resize(SIZE[0] + missing[0], SIZE[1] + missing[1])
    QApplication.processEvents()


def mouse(kind: QEvent.Type, view: PictureView, place: QPointF) -> None:
    """A real mouse event with the left button held."""
    left = Qt.MouseButton.LeftButton
    button = left if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
    everywhere = view.canvas.mapToGlobal(place)
    event = QMouseEvent(kind, place, everywhere, button, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.canvas, event)


def dragging(overlay: Overlay) -> tuple[Callable[[], None], PictureView]:
    """One step of a drag, painted."""
    view = opened_view(overlay)
    path = patches()
    mouse(QEvent.Type.MouseButtonPress, view, view.canvas.patch_center(0, 0))
    paints = Paints(view.canvas)
    view.canvas.installEventFilter(paints)

    def step() -> None:
        before = paints.count
        mouse(QEvent.Type.MouseMove, view, view.canvas.patch_center(*next(path)))
        QApplication.sendEvent(view, QEvent(QEvent.Type.UpdateRequest))  # paint what is dirty, now
        assert paints.count > before

    return step, view


def bare_image(
    covered: QRectF, rows: int = SIDE, columns: int = SIDE
) -> tuple[Callable[[], None], pyqtgraph.GraphicsView]:
    """One `setImage` and repaint of pyqtgraph."""
    view = pyqtgraph.GraphicsView()
    view.resize(*SIZE)
    box, item = pyqtgraph.ViewBox(enableMenu=False), pyqtgraph.ImageItem()
    view.setCentralItem(box)
    box.addItem(item)
    box.setRange(QRectF(0, 0, *SIZE), padding=0)
    item.setImage(np.zeros((columns, rows), np.float32))
    item.setRect(covered)
    view.show()
    QApplication.processEvents()
    maps = cycle(np.random.default_rng(0).random((64, columns, rows), dtype=np.float32))

    def step() -> None:
        item.setImage(next(maps))
        view.viewport().repaint()

    return step, view


def covered_by(view: PictureView) -> QRectF:
    """The pixels of the canvas that the map covers."""
    first, last = view.canvas.patch_center(0, 0), view.canvas.patch_center(SIDE - 1, SIDE - 1)
    half = QPointF(last - first) / (SIDE - 1) / 2
    return QRectF(first - half, last + half)


def measure(overlay: Overlay, rounds: int) -> dict[str, object]:
    step, view = dragging(overlay)
    floor, bare = bare_image(covered_by(view))
    times = in_turn({"overlay": step, "pyqtgraph": floor}, rounds)
    view.close()
    bare.close()
    ours, theirs = summary(times["overlay"]), summary(times["pyqtgraph"])
    return {
        "overlay_s": ours,
        "pyqtgraph_s": theirs,
        "median_ratio": ratio(times["overlay"], times["pyqtgraph"]),
        "p95_to_median_ratio": ours["p95"] / theirs["median"],
        "p95_ratio": ours["p95"] / theirs["p95"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400)
    rounds = parser.parse_args().rounds
    app = QApplication([])
    Theme(app, "dark")
    looks = {
        "smooth": Overlay(),
        "patches": Overlay(smooth=False),
        "smooth, shared scale": replace(Overlay(), shared_scale=True),
    }
    figures = {name: measure(overlay, rounds) for name, overlay in looks.items()}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

"""Run by a test with another QT_SCALE_FACTOR: exits with an error where patches are not sharp."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))  # the tests' synthetic traces are not installed

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

from explorer.explain.attention import heatmap
from explorer.images.colormaps import table
from explorer.records import Query
from explorer.window.picture.surface import Surface
from explorer.window.state import Overlay
from tests.window.conftest import squashed, synthetic_picture, synthetic_trace

ROWS, COLUMNS, HOT = 7, 11, (3, 4)


def grabbed(widget: QWidget) -> np.ndarray:
    """Its device pixels: int (height, width, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def main() -> None:
    app = QApplication(sys.argv)
    window, surface = QWidget(), Surface()
    row = QHBoxLayout(window)
    row.setContentsMargins(0, 0, 0, 0)
    beside = QLabel()
    beside.setFixedWidth(11)  # at 1.5, the surface begins between two device pixels
    row.addWidget(beside)
    row.addWidget(surface)
    window.resize(512, 401)
    window.show()
    frame = squashed((240, 160), ROWS, COLUMNS)
    surface.show_picture(synthetic_picture(), frame)
    trace = synthetic_trace(ROWS, COLUMNS, hot=HOT, frame=frame)
    surface.show_heatmap(heatmap(trace, Query()), Overlay(opacity=1.0, smooth=False))
    app.processEvents()
    pixels = grabbed(window)
    is_high = (pixels == table("inferno")[-1]).all(axis=-1)
    is_low = (pixels == table("inferno")[0]).all(axis=-1)
    rows, columns = np.flatnonzero(is_high.any(axis=1)), np.flatnonzero(is_high.any(axis=0))
    patch = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    assert is_high[patch].all(), "the patch is one colour"
    around = is_low[rows[0] - 3 : rows[-1] + 4, columns[0] - 3 : columns[-1] + 4].copy()
    around[3:-3, 3:-3] = True
    assert around.all(), "its edge is exact"
    ground = surface.palette().window().color().getRgb()[:3]
    left, right = int(11 * window.devicePixelRatio()), pixels.shape[1]
    edges = pixels[:, [left, left + 1, right - 2, right - 1]]
    assert (edges == ground).all(), "all of the surface is painted"
    surface.show_marks(None, HOT)
    marked = grabbed(window)
    assert (marked[patch] == pixels[patch]).all(), "the outline leaves the patch free"
    beside_patch = marked[rows[0] : rows[-1] + 1, columns[-1] + 1]
    assert (beside_patch.sum(axis=-1) < 120).all(), "and begins at its very edge"


if __name__ == "__main__":
    main()

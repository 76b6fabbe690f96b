"""Chip hovered to painted word map, against a bare pyqtgraph image of the same size.

`python tests/benchmarks/words.py` prints JSON; both are measured in turn, in this one run.

The overlay: a picture of 1200 × 800 in a canvas of 1440 × 900, with the trace of a ViT and CATR's
longest caption, 127 tokens with 6 layers, 8 heads and 13 × 19 cells. Timed from the wish that a chip
voices when the mouse enters it until all that it made dirty is painted: the word's map is read from
the caption, coloured, and painted with the line, the toolbar and the colour bar that follow. "from
the model's map" is timed where the mouse comes from no chip, and "to the model's map" where it
leaves for none. pyqtgraph: `ImageItem.setImage` of a ready map of 13 × 19 that covers the same
pixels of a view of the same size, and its `repaint`.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, cycle
from pathlib import Path

from hover import SIDE, Paints, bare_image, show_in_full_size
from PySide6.QtCore import QEvent, QPointF, QRectF
from PySide6.QtWidgets import QApplication
from timing import in_turn, ratio, summary

from explorer.models.captions.families.catr import input_size, place
from explorer.records import CaptionerWeights, Frame, WordQuery
from explorer.window.picture_view import PictureView
from explorer.window.state import Captioning, Overlay, State, Store, Wishes
from explorer.window.theme import Theme
from tests.window.conftest import (
    FAKE_CAPTIONER,
    squashed,
    synthetic_caption,
    synthetic_picture,
    synthetic_trace,
)

PICTURE = (1200, 800)
ROWS, COLUMNS = 13, 19  # CATR's cells of such a picture
PIECES = (20 * "a man holding a red um ##brel ##la on the lawn ").split()[:127]
CROPPED = Frame("crop", PICTURE, (384, 384), (200.0, 0.0, 1000.0, 800.0), SIDE, SIDE)


class Bench:
    """A picture view on the screen with a trace and a caption; wishes are granted at once."""

    def __init__(self, overlay: Overlay, words: WordQuery, own: Frame) -> None:
        self.wishes, store = Wishes(), Store()
        self.view = PictureView(store, self.wishes)
        store.changed.connect(self.view.display)
        self.wishes.word_hovered.connect(lambda place: store.update(hovered_word=place))
        self.view.display(State(), store.state)
        frame = place(16)(PICTURE, input_size(PICTURE), ROWS, COLUMNS)
        caption = synthetic_caption(" ".join(PIECES), ROWS, COLUMNS, 6, 8, frame=frame)
        self.places = [word.place for word in caption.words]
        store.update(
            path=Path("picture.png"),
            picture=synthetic_picture(*PICTURE),
            trace=synthetic_trace(SIDE, SIDE, 12, 12, frame=own, classes=1000),
            captioning=Captioning(CaptionerWeights(), FAKE_CAPTIONER, caption=caption),
            words=words,
            overlay=overlay,
        )
        show_in_full_size(self.view)
        self._paints = Paints(self.view.canvas)
        self.view.canvas.installEventFilter(self._paints)

    def hover(self, place: int | None) -> None:
        """The mouse enters a chip, or none; until all is painted."""
        before = self._paints.count
        self.wishes.word_hovered.emit(place)
        QApplication.sendEvent(self.view, QEvent(QEvent.Type.UpdateRequest))
        assert self._paints.count > before

    def covered(self) -> QRectF:
        """The pixels of the canvas that the map covers: all of the picture."""
        (left, top), (right, bottom) = (
            self.view.canvas.viewport.to_view(*corner) for corner in ((0, 0), PICTURE)
        )
        return QRectF(QPointF(left, top), QPointF(right, bottom))


def from_word_to_word(bench: Bench) -> Callable[[], None]:
    path = cycle(bench.places)
    return lambda: bench.hover(next(path))


def to_and_fro(bench: Bench) -> dict[str, Callable[[], None]]:
    """Into a chip and out of it again: each time another model's map."""
    path = cycle(chain.from_iterable((place, None) for place in bench.places))
    return {
        "from the model's map": lambda: bench.hover(next(path)),
        "to the model's map": lambda: bench.hover(next(path)),
    }


def measure(bench: Bench, steps: dict[str, Callable[[], None]], rounds: int) -> dict[str, object]:
    floor, bare = bare_image(bench.covered(), ROWS, COLUMNS)
    times = in_turn({**steps, "pyqtgraph": floor}, rounds)
    bench.view.close()
    bare.close()
    theirs = times.pop("pyqtgraph")
    figures = {
        name: {**summary(ours), "median_ratio": ratio(ours, theirs)} for name, ours in times.items()
    }
    return {"pyqtgraph_s": summary(theirs), **figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    app = QApplication([])
    Theme(app, "dark")
    whole, shared = squashed(PICTURE, SIDE, SIDE), replace(Overlay(), shared_scale=True)
    ways = {
        "smooth": (Overlay(), WordQuery(), whole),
        "cells": (Overlay(smooth=False), WordQuery(), whole),
        "smooth, scale of all words": (shared, WordQuery(), whole),
        "smooth, maximum of layers and heads": (
            Overlay(),
            WordQuery(layer="maximum", head="maximum", with_ends=True),
            whole,
        ),
    }
    figures = {}
    for name, way in ways.items():
        bench = Bench(*way)
        figures[name] = measure(bench, {"word to word": from_word_to_word(bench)}, rounds)
    for name, own in (("a model that sees all", whole), ("a model that crops", CROPPED)):
        bench = Bench(Overlay(), WordQuery(), own)
        figures[name] = measure(bench, to_and_fro(bench), rounds)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

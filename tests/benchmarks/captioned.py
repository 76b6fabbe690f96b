"""Captions in the window: from the wish to the painted caption, against the captioner alone.

`python tests/benchmarks/captioned.py` prints JSON, times in seconds. A window of 1440 × 900 with
pictures of 600 × 400, a made-up ViT whose traces are there at once, and CATR in its own size with
random weights, which writes 24 words. `picture`: another one is clicked, to be looked at and
described; `beginning`: its caption goes on from two words, and the picture is not looked at again;
`alone`: `Captioner.describe` without a window. `pause` is the longest that the event loop was held
meanwhile. Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import argparse
import json
import os
import sys
import tempfile
from itertools import count
from pathlib import Path

import PIL.Image

sys.path.insert(0, str(Path(__file__).parents[2]))  # the tests' synthetic traces are not installed

from captions import build
from folder import wait
from heartbeat import Heartbeat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from switching import SIDE, made_up
from timing import in_turn, ratio, summary

from explorer.models.captions.captioner import Captioner
from explorer.records import DEFAULT_CAPTIONER, Caption, Writing
from explorer.window.collector import Collector
from explorer.window.controller import Controller
from explorer.window.main_window import MainWindow
from explorer.window.settings import Settings
from explorer.window.state import Store, Wishes
from explorer.window.theme import Theme
from tests.window.conftest import synthetic_picture

WORDS = 24


class Bench:
    """The real window with a real captioner."""

    def __init__(self, app: QApplication, captioner: Captioner, pictures: list[Path]) -> None:
        self.store, self.wishes, settings = Store(), Wishes(), Settings()
        model = made_up("model", SIDE)
        self.controller = Controller(
            self.store, self.wishes, lambda *_, **__: model, lambda *_, **__: captioner
        )
        theme = Theme(app, "dark")
        self.window = MainWindow(self.store, self.wishes, self.controller, settings, theme)
        self.window.resize(1440, 900)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)
        self.window.begin(pictures[0])
        self.wishes.writing_chosen.emit(Writing(max_tokens=WORDS))
        self.wishes.captioner_chosen.emit(DEFAULT_CAPTIONER)
        self._pictures = iter(pictures[1:])
        self._tokens = count(200)
        self._wait_for_another(None)

    @property
    def caption(self) -> Caption | None:
        captioning = self.store.state.captioning
        return captioning.caption if captioning is not None else None

    def _wait_for_another(self, last: Caption | None) -> None:
        wait(lambda: self.caption is not None and self.caption is not last)
        QApplication.processEvents()  # it is painted

    def click_picture(self) -> None:
        """One that was never seen."""
        last = self.caption
        self.wishes.picture_chosen.emit(next(self._pictures), ())
        self._wait_for_another(last)

    def begin_anew(self) -> None:
        """With words that were never chosen."""
        last = self.caption
        self.wishes.beginning_chosen.emit((next(self._tokens), 1000))
        self._wait_for_another(last)

    def close(self) -> None:
        self.window.close()
        self.controller.close()
        QApplication.instance().aboutToQuit.emit()  # panels end their threads then


def measure(app: QApplication, pictures: list[Path]) -> dict[str, object]:
    captioner, heart = build("cpu"), Heartbeat()
    bench = Bench(app, captioner, pictures)

    def beginning() -> None:
        with heart.phase("beginning"):
            bench.begin_anew()

    def picture() -> None:
        with heart.phase("picture"):
            bench.click_picture()

    def alone() -> None:
        captioner.describe(pictures[0], max_tokens=WORDS)

    candidates = {"picture": picture, "beginning": beginning, "alone": alone}
    times = in_turn(candidates, len(pictures) - 2)
    bench.close()
    return {
        "seconds": {name: summary(each) for name, each in times.items()},
        "picture_to_alone": ratio(times["picture"], times["alone"]),
        "pause": heart.worst,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name in ("SETTINGS", "LOG", "CACHE", "WEIGHTS"):
            os.environ[f"EXPLORER_{name}"] = str(root / name.lower())
        folder = root / "pictures"
        folder.mkdir()
        pictures = [folder / f"{number}.png" for number in range(rounds + 2)]
        for seed, path in enumerate(pictures):
            PIL.Image.fromarray(synthetic_picture(600, 400, seed).pixels).save(path)
        app = QApplication([])
        Collector(app)
        print(json.dumps(measure(app, pictures), indent=2))


if __name__ == "__main__":
    main()

"""From starting Python to a window that has been painted, against a bare pyqtgraph window.

`python tests/benchmarks/start.py [--rounds 7]` prints JSON, times in seconds; the two take turns.
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

from timing import in_turn, ratio, summary

OURS = """
from explorer.window.app import build_window
from PySide6.QtWidgets import QApplication
app = QApplication([])
window = build_window(app)
window.appeared.connect(app.quit)
window.show()
app.exec()
import sys
assert "torch" not in sys.modules
print("painted", flush=True)
"""
BARE = """
import pyqtgraph
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
app = QApplication([])
class Window(pyqtgraph.GraphicsLayoutWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, app.quit)
window = Window()
window.resize(1440, 900)
window.addPlot()
window.show()
app.exec()
print("painted", flush=True)
"""


def seconds_to_paint(code: str, places: dict[str, str]) -> float:
    """Seconds from starting the process until it says that it has painted."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env=os.environ | places,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    taken = time.perf_counter() - started
    process.communicate()
    assert line == b"painted\n", "the window never painted"
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        names = ("EXPLORER_SETTINGS", "EXPLORER_LOG", "EXPLORER_CACHE", "EXPLORER_WEIGHTS")
        places = {name: str(Path(folder) / name) for name in names}
        times = in_turn(
            {
                "ours": lambda: seconds_to_paint(OURS, places),
                "bare_pyqtgraph": lambda: seconds_to_paint(BARE, places),
            },
            rounds,
        )
    figures = {f"{name}_s": summary(taken) for name, taken in times.items()}
    print(json.dumps(figures | {"ratio": ratio(times["ours"], times["bare_pyqtgraph"])}, indent=2))


if __name__ == "__main__":
    main()

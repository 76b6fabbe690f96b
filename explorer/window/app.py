"""Opens the window. torch is not imported here: the worker does that once the window is seen."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from .. import __version__
from ..paths import resources
from ..records import Weights
from .collector import Collector
from .controller import Controller
from .log import Unforeseen, begin_log
from .main_window import MainWindow
from .settings import Settings
from .state import Store, Wishes
from .theme import Theme


def open_window(path: Path | None = None, weights: Weights | None = None) -> int:
    """Show the window, with a folder or a picture; returns the exit code when it is closed.

    Without `path` and `weights`, it begins where the last one ended.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in the terminal ends the program
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    begin_log()  # only now: where Qt finds no screen it aborts, and must say why on the console
    app.setApplicationName("ViT Explorer")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("vit-explorer")
    app.setWindowIcon(QIcon(str(resources() / "icons" / "vit-explorer.svg")))
    Collector(app)
    window = build_window(app, weights)
    window.appeared.connect(lambda: window.begin(path))
    window.show()
    return app.exec()


def build_window(app: QApplication, weights: Weights | None = None) -> MainWindow:
    """Everything that the window consists of, put together."""
    settings = Settings()
    state = settings.restore()
    store = Store(replace(state, wanted=weights) if weights else state)
    wishes = Wishes()
    controller = Controller(store, wishes)
    window = MainWindow(store, wishes, controller, settings, Theme(app, settings.theme))
    unforeseen = Unforeseen(window)
    unforeseen.caught.connect(window.show_problem)
    unforeseen.install()
    app.aboutToQuit.connect(controller.close)
    return window

"""Closing the window while a training lives: it asks, and does what was answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QPushButton

from explorer import paths
from explorer.training.runs.lock import hold
from explorer.window.controller import Controller
from explorer.window.dialogs.leaving_dialog import LeavingDialog
from explorer.window.main_window import MainWindow
from explorer.window.panels.runs import RunsPanel
from explorer.window.settings import Settings
from explorer.window.state import Store, Wishes
from explorer.window.theme import Theme

from .simulated_runs import Simulated, draw_pictures, simulate


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Simulated]:
    """A run that lives."""
    made = simulate(paths.runs() / "alive", draw_pictures(tmp_path / "pictures")).start().train(12)
    with hold(made.run.lock):
        yield made


@pytest.fixture
def window(qapp, qtbot, shelf, captioners) -> Iterator[MainWindow]:
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    store, wishes = Store(), Wishes()
    controller = Controller(store, wishes, shelf.load, captioners.load)
    made = MainWindow(store, wishes, controller, Settings(), Theme(qapp, "dark"))
    made.store, made.wishes, made.controller = store, wishes, controller
    with qtbot.waitSignal(made.appeared):
        made.show()
    made.begin(None)
    yield made
    controller.close()
    made.close()
    QApplication.instance().aboutToQuit.emit()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


def close(window: MainWindow, qtbot) -> LeavingDialog:
    """Try to close it while the run lives; returns what it asks."""
    qtbot.waitUntil(lambda: any(seen.is_alive for seen in window.store.state.runs))
    window.close()
    assert window.isVisible()
    return window.findChild(LeavingDialog)


def answer(dialog: LeavingDialog, text: str, qtbot) -> None:
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_training_goes_on(run, window, qtbot):
    """Nobody asks it to stop."""
    answer(close(window, qtbot), "Let it go on", qtbot)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert not (run.run.folder / "stop").exists()


def test_it_is_stopped_and_saves(run, window, qtbot):
    """It has been asked when the window closes."""
    answer(close(window, qtbot), "Stop and save", qtbot)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert (run.run.folder / "stop").exists()


@pytest.mark.parametrize("how", ["Cancel", "Esc"])
def test_the_window_stays(run, window, qtbot, how):
    """And asks again the next time."""
    dialog = close(window, qtbot)
    if how == "Esc":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        answer(dialog, "Cancel", qtbot)
    assert window.isVisible()
    answer(close(window, qtbot), "Let it go on", qtbot)


def test_without_a_training_nothing_is_asked(window, qtbot):
    """The window closes at once."""
    window.close()
    assert not window.isVisible()


def test_a_training_that_begins_is_seen(run, window, qtbot):
    """Its panel comes to the front, also where it was closed; it may have a window of its own."""
    dock = window._dock(RunsPanel.key)
    dock.close()
    window.wishes.run_begun.emit(run.run.folder)
    assert dock.isVisible()
    qtbot.waitUntil(lambda: bool(window.store.state.seen_runs))
    window.findChild(RunsPanel).enlarging_wished.emit(True)
    assert dock.isFloating()
    assert dock.width() >= 700
    window.findChild(RunsPanel).enlarging_wished.emit(False)
    assert not dock.isFloating()

"""Garbage is collected on the GUI thread alone."""

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from explorer.window import collector


class Cycle:
    """Garbage that only the collector finds; it notes the thread on which it went."""

    def __init__(self, went: list[threading.Thread]) -> None:
        self.itself, self._went = self, went

    def __del__(self) -> None:
        self._went.append(threading.current_thread())


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    yield
    gc.enable()


def test_garbage_of_any_thread_goes_on_the_gui_thread(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that leaves thousands of cycles behind deletes none of them itself."""
    monkeypatch.setattr(collector, "INTERVAL_MS", 10)
    went: list[threading.Thread] = []
    parent = QObject()
    collector.Collector(parent)
    worker = threading.Thread(target=lambda: [Cycle(went) for _ in range(5000)])
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: len(went) >= 5000)
    assert set(went) == {threading.current_thread()}


def test_nothing_is_collected_where_nothing_is_due(qtbot: QtBot) -> None:
    """The collector leaves young garbage until Python's own thresholds are passed."""
    went: list[threading.Thread] = []
    parent = QObject()
    made = collector.Collector(parent)
    gc.collect()
    Cycle(went)
    made._collect()
    assert went == []


def test_nothing_is_collected_while_torch_is_imported(qtbot: QtBot) -> None:
    """An import that makes many thousand objects is left in peace; afterwards all is as before."""
    went: list[threading.Thread] = []
    parent = QObject()
    made = collector.Collector(parent)
    with collector.import_quietly():
        for _ in range(5000):
            Cycle(went)
        made._collect()
        assert went == []
    for _ in range(5000):
        Cycle(went)
    made._collect()
    assert went

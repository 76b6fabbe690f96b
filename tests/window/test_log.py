"""Errors that nobody foresaw are written down and told; the program goes on."""

import logging
import sys
import threading

import pytest
from PySide6.QtCore import QTimer, qInstallMessageHandler, qWarning

from explorer.paths import log_file
from explorer.window.dialogs.log_dialog import LogDialog
from explorer.window.log import Unforeseen, begin_log


@pytest.fixture
def log():
    """A log that is begun, and ended again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    begin_log()
    yield log_file
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    qInstallMessageHandler(None)


@pytest.fixture
def unforeseen(qapp, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    made = Unforeseen()
    made.install()
    return made


def test_error_is_written_and_told(log, unforeseen, qtbot):
    """The traceback goes to the log, one sentence to the window."""
    with qtbot.waitSignal(unforeseen.caught) as caught:
        try:
            [][3]
        except IndexError:
            sys.excepthook(*sys.exc_info())
    assert "IndexError" in caught.args[0].message
    assert "test_error_is_written_and_told" in log().read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_error_on_a_thread_is_told_too(log, unforeseen, qtbot):
    """Wherever it happens, it reaches the window's thread."""

    def faulty() -> None:
        raise KeyError("token")

    with qtbot.waitSignal(unforeseen.caught) as caught:
        thread = threading.Thread(target=faulty)
        thread.start()
        thread.join()
    assert "KeyError" in caught.args[0].message


def test_error_in_a_slot_does_not_end_the_program(log, unforeseen, qtbot):
    """Qt calls us, we fail: the sentence arrives."""
    with (
        qtbot.captureExceptions(),
        qtbot.waitSignal(unforeseen.caught),
    ):
        unforeseen.install()  # over pytest-qt's own hook
        QTimer.singleShot(0, lambda: 1 / 0)


def test_qt_speaks_into_the_log(log):
    """Warnings of Qt's are found there as well."""
    qWarning("something about a timer")
    assert "something about a timer" in log().read_text(encoding="utf-8")


def test_log_that_cannot_be_written(log, monkeypatch, tmp_path, capsys):
    """A full or closed disk ends nothing: the console has the log then."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_LOG", str(tmp_path / "file" / "explorer.log"))
    for handler in logging.getLogger().handlers[:]:
        logging.getLogger().removeHandler(handler)
        handler.close()
    begin_log()
    logging.getLogger("explorer").error("said on the console")
    assert "said on the console" in capsys.readouterr().err


def test_log_is_shown(log, qtbot, qapp):
    """Help > Show log shows what was logged last, and copies it."""
    logging.getLogger("explorer").error("the last line")
    dialog = LogDialog(None)
    qtbot.addWidget(dialog)
    dialog.open()
    assert "the last line" in dialog._text.toPlainText()
    dialog.close()


def test_missing_log_is_shown_as_empty(qtbot):
    """Without a log file the dialog says so."""
    dialog = LogDialog(None)
    qtbot.addWidget(dialog)
    assert "empty" in dialog._text.toPlainText()

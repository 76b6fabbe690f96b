"""The rotating log, and errors that nobody foresaw: they are written down, and told."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from ..errors import ExplorerError
from ..paths import log_file
from .worker import explain

BYTES = 1_000_000  # of one file; the last three are kept
_LEVELS = {
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_log = logging.getLogger("explorer")


def begin_log() -> None:
    """Write to the log file from now on; where that cannot be, to the console."""
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            log_file(), maxBytes=BYTES, backupCount=2, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
    qInstallMessageHandler(_log_qt)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("Qt").log(_LEVELS.get(kind, logging.INFO), message)


class Unforeseen(QObject):
    """Catches what would end the program, logs it, and says one sentence."""

    caught = Signal(ExplorerError)

    def install(self) -> None:
        sys.excepthook = self._catch
        threading.excepthook = self._catch_in_thread

    def _catch(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self.caught.emit(explain(error))
        else:  # Ctrl+C in the terminal, or an exit
            sys.__excepthook__(kind, error, trace)

    def _catch_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if isinstance(args.exc_value, Exception):
            self.caught.emit(explain(args.exc_value))

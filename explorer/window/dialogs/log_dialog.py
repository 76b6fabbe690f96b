"""Help > Show log: the end of the log, to read and to copy."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QPlainTextEdit, QWidget

from ...paths import log_file
from .base import Dialog

SHOWN = 200_000  # bytes from the end


class LogDialog(Dialog):
    """Shows the log file."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(self.tr("Log"), parent)
        self._text = QPlainTextEdit(_end_of(log_file()) or self.tr("The log is empty."))
        self._text.setReadOnly(True)
        self._text.setAccessibleName(self.tr("Log"))
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.column.addWidget(self._text, 1)
        self._add_button(self.tr("Copy"), self._copy)
        self._add_button(self.tr("Open its folder"), self._open_folder)
        self.add_buttons(QDialogButtonBox.StandardButton.Close)
        self.resize(820, 480)
        bar = self._text.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _add_button(self, text: str, clicked: object) -> None:
        button = self.buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.clicked.connect(clicked)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file().parent)))


def _end_of(path: Path) -> str:
    """The last lines of a file; "" where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            size = file.tell()
            file.seek(max(0, size - SHOWN))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""

"""What one should know about the pictures before training, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ....training.data.examples import Problem
from ...dialogs.base import Dialog
from ...parts.flat_button import FlatButton

MOST_FILES = 5000  # that are listed
ABOVE = 4  # pixels above a text, so that it stands beside its button's
PART = 4  # one such part of the dialog's height is the most that problems take


class _Line(QWidget):
    """A problem; the button tells which files it is about."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self._problem = problem
        mark, text = QLabel("⚠"), QLabel(problem.message)
        mark.setProperty("refused", True)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (mark, text):
            label.setContentsMargins(0, ABOVE, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1, Qt.AlignmentFlag.AlignTop)
        if problem.files:
            row.addWidget(self._button(), 0, Qt.AlignmentFlag.AlignTop)

    def _button(self) -> FlatButton:
        button = FlatButton(self.tr("Which?"))
        button.setToolTip(self.tr("Show the names of the files"))
        button.setAccessibleName(self.tr("Which files: {0}").format(self._problem.message))
        button.clicked.connect(self._show_files)
        return button

    def _show_files(self) -> None:
        FilesDialog(self._problem, self.window()).open()


class FilesDialog(Dialog):
    """The files that a problem is about."""

    def __init__(self, problem: Problem, parent: QWidget | None) -> None:
        super().__init__(self.tr("Pictures to look at"), parent)
        text = QLabel(problem.message)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        files = QListWidget()
        files.setUniformItemSizes(True)
        files.setAccessibleName(self.tr("Files"))
        files.addItems(problem.files[:MOST_FILES])
        if len(problem.files) > MOST_FILES:
            files.addItem(self.tr("and {0} more").format(f"{len(problem.files) - MOST_FILES:,}"))
        self.column.addWidget(text)
        self.column.addWidget(files, 1)
        self.add_buttons(QDialogButtonBox.StandardButton.Close)
        self.resize_within_screen(520, 420)


class ProblemList(QScrollArea):
    """All problems, one below the other; it takes no room where there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Problem, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What to know about the pictures"))
        self.hide()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these."""
        if tuple(problems) == self._shown:
            return
        self._shown = tuple(problems)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(2)
        for problem in problems:
            column.addWidget(_Line(problem))
        column.addStretch(1)
        self.setWidget(content)
        self.setVisible(bool(problems))
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as the problems are, within limits."""
        content = self.widget()
        height = content.heightForWidth(max(120, self.viewport().width())) if content else 0
        return QSize(200, min(self.window().height() // PART, max(0, height)))

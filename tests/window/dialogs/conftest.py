"""Who answers a dialog's questions, and what it says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from explorer.errors import ExplorerError
from explorer.window.dialogs.checkpoint_dialog import CheckpointDialog
from explorer.window.worker import Task


class Answers:
    """The controller, as far as a dialog asks it: answers when told to."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[Callable[..., Any], Callable[..., None]]] = {}
        self._failed: dict[str, Callable[[ExplorerError], None] | None] = {}

    def answer(self, kind: str) -> None:
        """Do the work that was asked for, and tell what came of it."""
        work, done = self.asked.pop(kind)
        try:
            answer = work(create_autospec(Task, instance=True))
        except ExplorerError as error:
            self._failed[kind](error)
        else:
            done(answer)

    def compute(self, kind, work, done, failed=None):
        self.asked[kind] = (work, done)
        self._failed[kind] = failed

    def forget(self, kind):
        self.asked.pop(kind, None)


@pytest.fixture
def controller() -> Answers:
    return Answers()


@pytest.fixture
def texts() -> Callable[[QWidget], str]:
    """Everything that a dialog says, a line for each label."""
    return lambda shown: "\n".join(label.text() for label in shown.findChildren(QLabel))


@pytest.fixture
def open_checkpoint(qtbot, controller) -> Callable[..., CheckpointDialog]:
    """Opens the dialog of a checkpoint: `open_checkpoint(file, to_compare=…)`."""

    def open_one(file: Path, **options: bool) -> CheckpointDialog:
        made = CheckpointDialog(file, controller, **options)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        made.open()
        qtbot.waitExposed(made)
        return made

    return open_one

"""What is to become of the trainings when the window closes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QWidget

from .base import Dialog


class LeavingDialog(Dialog):
    """Lets them go on, or stops them; Enter and Esc do nothing harmful."""

    going_on_chosen = Signal()
    stopping_chosen = Signal()

    def __init__(self, names: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(self.tr("Training goes on"), parent)
        self._say(", ".join(names), self.tr("A training is under way: {0}."))
        note = self.tr(
            "It needs no window: it may go on without one, and is shown again at the next start. "
            "Stopped, it saves all, and can be resumed."
        )
        self._say("", note, is_quiet=True)
        self._offer()
        self.resize(480, self.sizeHint().height())

    def _say(self, name: str, text: str, is_quiet: bool = False) -> None:
        label = QLabel(text.format(name))
        label.setWordWrap(True)
        label.setProperty("quiet" if is_quiet else "strong", True)
        self.column.addWidget(label)

    def _offer(self) -> None:
        role = QDialogButtonBox.ButtonRole
        on = self.buttons.addButton(self.tr("Let it go on"), role.ActionRole)
        stop = self.buttons.addButton(self.tr("Stop and save"), role.ActionRole)
        self.add_buttons(QDialogButtonBox.StandardButton.Cancel)
        for button, chosen in ((on, self.going_on_chosen), (stop, self.stopping_chosen)):
            button.clicked.connect(self.accept)
            button.clicked.connect(lambda _checked=False, chosen=chosen: chosen.emit())
        on.setDefault(True)
        on.setFocus()

"""Buttons for the next steps, where there is nothing to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QPushButton

Offer = tuple[str, Callable[[], None]]  # a button's words, and what it does


class Offers(QBoxLayout):
    """As many buttons as there are offers."""

    def __init__(
        self,
        direction: QBoxLayout.Direction,
        spacing: int,
        alignment: Qt.AlignmentFlag = Qt.AlignmentFlag(0),  # noqa: B008 - Qt's own default
    ) -> None:
        super().__init__(direction)
        self.setSpacing(spacing)
        self._alignment = alignment
        self._buttons: list[QPushButton] = []
        self._acts: list[Callable[[], None]] = []  # what each button that is shown does

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show a button for each."""
        self._acts = [act for _, act in offers]
        while len(self._buttons) < len(offers):
            self._add_button(len(self._buttons))
        for place, button in enumerate(self._buttons):
            is_offered = place < len(offers)
            button.setText(offers[place][0] if is_offered else "")
            button.setVisible(is_offered)

    def _add_button(self, place: int) -> None:
        button = QPushButton(autoDefault=False)  # Enter is the dialog’s, where it is in one
        button.clicked.connect(lambda _checked=False: self._acts[place]())
        self.addWidget(button, 0, self._alignment)
        self._buttons.append(button)

"""A line to type in how a caption is to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from ..parts.elided_label import ElidedLabel
from ..parts.flat_button import FlatButton


class TypeField(QWidget):
    """Enter hands in what stands before the field and what was typed; Esc leaves it."""

    typed = Signal(str)  # a sentence; "" = the captioner writes all of it
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._before = ""
        self._may_be_empty = False
        self._build()
        self._arrange()
        self._line.returnPressed.connect(self._hand_in)
        self._go_on.clicked.connect(self._hand_in)
        self._leave.clicked.connect(self.left)
        self.hide()

    def _build(self) -> None:
        self._shown_before = ElidedLabel()
        self._shown_before.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._line = QLineEdit()
        self._line.setAccessibleName(self.tr("How the caption begins"))
        self._line.setMinimumWidth(60)
        self._go_on = FlatButton(self.tr("Go on"))
        self._go_on.setToolTip(self.tr("Have the captioner go on from here (Enter)"))
        self._leave = FlatButton("✕")
        self._leave.setAccessibleName(self.tr("Leave the caption as it is"))
        self._leave.setToolTip(self.tr("Leave the caption as it is (Esc)"))

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._shown_before)
        row.addWidget(self._line, 1)
        row.addWidget(self._go_on)
        row.addWidget(self._leave)

    def ask_for_word(self, before: str, word: str) -> None:
        """Ask what is to stand in a word's place, behind the words `before`."""
        self._ask(before, "", self.tr("a word instead of “{0}”, or several").format(word))
        self._line.setAccessibleName(self.tr("Instead of “{0}”").format(word))
        self._may_be_empty = False

    def ask_for_sentence(self, text: str, *, selected: bool) -> None:
        """Ask how the whole caption is to begin; `text` stands there already."""
        self._ask("", text, self.tr("how the caption begins; empty: all in its own words"))
        self._line.setAccessibleName(self.tr("How the caption begins"))
        self._may_be_empty = True
        if selected:
            self._line.selectAll()

    def _ask(self, before: str, text: str, hint: str) -> None:
        self._before = before
        self._shown_before.setText(before)
        self._shown_before.setVisible(bool(before))
        self._line.setText(text)
        self._line.setPlaceholderText(hint)
        self.show()
        self._line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _hand_in(self) -> None:
        text = self._line.text().strip()
        if text or self._may_be_empty:
            self.typed.emit(f"{self._before} {text}".strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

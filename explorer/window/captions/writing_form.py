"""How a captioner chooses its words: the likeliest, the best of several sentences, or by chance."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QMenu,
    QRadioButton,
    QSpinBox,
    QWidget,
    QWidgetAction,
)

from ...records import Writing

GREEDY, BEAMS, CHANCE = range(3)
MOST_BEAMS = 20
SETTLE = 350  # milliseconds: who goes through numbers has not chosen any yet
INDENT = 22


class WritingForm(QWidget):
    """Fields for a `Writing`; those that go with another way to choose are disabled."""

    chosen = Signal(Writing)

    def __init__(self) -> None:
        super().__init__()
        self._build()
        self._arrange()
        self._settling = QTimer(self, singleShot=True, interval=SETTLE)
        self._settling.timeout.connect(lambda: self.chosen.emit(self.writing))
        self._connect()
        self._ways.button(GREEDY).setChecked(True)

    def _build(self) -> None:
        texts = (
            self.tr("The likeliest word each time (greedy)"),
            self.tr("The best of several sentences (beam search)"),
            self.tr("By chance, as probable as each word is"),
        )
        self._ways = QButtonGroup(self)
        for way, text in enumerate(texts):
            self._ways.addButton(QRadioButton(text), way)
        self._beams = _whole(self.tr("Beams"), 2, MOST_BEAMS)
        self._beams.setToolTip(self.tr("Sentences that are kept at once"))
        self._penalty = _broken(self.tr("Length penalty"), -5.0, 5.0)
        self._penalty.setToolTip(
            self.tr("Sentences compete by log probability / length to this power")
        )
        self._temperature = _broken(self.tr("Temperature"), 0.1, 5.0)
        self._temperature.setToolTip(self.tr("Below 1, likely words gain; above, unlikely ones do"))
        self._seed = _whole(self.tr("Seed"), 0, 2**31 - 1)
        self._seed.setToolTip(self.tr("The same seed gives the same caption"))
        self._longest = _whole(self.tr("Greatest length"), 0, 127)
        self._longest.setSpecialValueText(self.tr("as long as it can"))
        self._longest.setToolTip(self.tr("In tokens, the end included"))

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(8)
        grid.setColumnMinimumWidth(0, INDENT - 8)
        grid.setColumnStretch(3, 1)
        buttons = self._ways.buttons()
        fields = [(), (self._beams, self._penalty), (self._temperature, self._seed)]
        row = 0
        for button, own in zip(buttons, fields, strict=True):
            grid.addWidget(button, row, 0, 1, 4)
            for row, field in enumerate(own, start=row + 1):  # noqa: B020 - rows go on
                _add_field(grid, row, 1, field)
            row += 1
        _add_field(grid, row, 0, self._longest)

    def _connect(self) -> None:
        self._ways.idToggled.connect(self._enable)
        self._ways.idClicked.connect(self._settling.start)
        for field in (self._beams, self._penalty, self._temperature, self._seed, self._longest):
            field.valueChanged.connect(self._settling.start)

    def _enable(self) -> None:
        way = self._ways.checkedId()
        for own, fields in (
            (BEAMS, (self._beams, self._penalty)),
            (CHANCE, (self._temperature, self._seed)),
        ):
            for field in fields:
                field.setEnabled(way == own)

    @property
    def writing(self) -> Writing:
        """What the fields say; those that are disabled say nothing."""
        longest = self._longest.value() or None
        if self._ways.checkedId() == BEAMS:
            return Writing(self._beams.value(), self._penalty.value(), max_tokens=longest)
        if self._ways.checkedId() == CHANCE:
            temperature = round(self._temperature.value(), 2)
            return Writing(temperature=temperature, seed=self._seed.value(), max_tokens=longest)
        return Writing(max_tokens=longest)

    def display(self, writing: Writing, longest: int) -> None:
        """Show a way to write; `longest` is what the captioner can write at most."""
        self._longest.setMaximum(longest)
        if self._settling.isActive() or writing == self.writing:
            return  # somebody is about to choose another one
        way = CHANCE if writing.temperature is not None else BEAMS if writing.beams > 1 else GREEDY
        widgets = (self._beams, self._penalty, self._temperature, self._seed, self._longest)
        blockers = [QSignalBlocker(widget) for widget in widgets]
        self._ways.button(way).setChecked(True)
        if way == BEAMS:
            self._beams.setValue(writing.beams)
            self._penalty.setValue(writing.length_penalty)
        if writing.temperature is not None:
            self._temperature.setValue(writing.temperature)
            self._seed.setValue(writing.seed)
        self._longest.setValue(writing.max_tokens or 0)
        del blockers
        self._enable()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # a click beside a field is no choice of the menu around

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def begin(self) -> None:
        """Have keys go to the way that is chosen."""
        self._ways.button(self._ways.checkedId()).setFocus(Qt.FocusReason.PopupFocusReason)


class WritingMenu(QMenu):
    """The form as a menu, so that it lies beside its button and Esc closes it."""

    def __init__(self, form: WritingForm, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        whole = QWidgetAction(self)
        whole.setDefaultWidget(form)
        self.addAction(whole)
        self.aboutToShow.connect(lambda: QTimer.singleShot(0, form, form.begin))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            super().keyPressEvent(event)


def _whole(name: str, least: int, most: int) -> QSpinBox:
    field = QSpinBox()
    field.setRange(least, most)
    field.setKeyboardTracking(False)
    field.setAccessibleName(name)
    return field


def _broken(name: str, least: float, most: float) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(least, most)
    field.setSingleStep(0.1)
    field.setDecimals(2)
    field.setValue(1.0)
    field.setKeyboardTracking(False)
    field.setAccessibleName(name)
    return field


def _add_field(grid: QGridLayout, row: int, column: int, field: QWidget) -> None:
    label = QLabel(field.accessibleName())
    label.setBuddy(field)
    grid.addWidget(label, row, column, 1, 2 - column)
    grid.addWidget(field, row, 2)

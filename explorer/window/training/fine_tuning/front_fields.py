"""The few settings that matter most; a row for each stage."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ....training.recipes.recipe import Recipe, Stage
from ....training.recipes.settings import Path, Setting, settings_of
from ...parts.flat_button import FlatButton
from .draft import RecipeDraft
from .setting_field import SettingField, name_path, name_setting, told_refusal
from .titles import quiet, title

MOST_STAGES = 3  # that have room
_ELSEWHERE = ("model", "probe")  # these have more than a field


class _Refusal(QWidget):
    """Why there is no recipe yet: the first field that is refused, wherever it stands."""

    wished = Signal(tuple)  # path of the field that is to be shown

    def __init__(self, draft: RecipeDraft) -> None:
        super().__init__()
        self._draft = draft
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setProperty("refused", True)
        self._show = FlatButton(self.tr("Show"))
        self._show.setToolTip(self.tr("Go to the setting"))
        self._show.clicked.connect(lambda: self.wished.emit(next(iter(draft.refusals))))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        row.addWidget(self._show, 0, Qt.AlignmentFlag.AlignTop)

    def display(self) -> None:
        refusals = self._draft.refusals
        self.setVisible(bool(refusals))
        if refusals:
            path, refused = next(iter(refusals.items()))
            name = name_path(path, self._draft.stages)
            self._text.setText(f"{name}: {told_refusal(refused)}")


class FrontFields(QWidget):
    """Those settings that say of themselves that they belong in front; a row for each stage."""

    all_wished = Signal(object)  # show all settings; path of the field to begin with, or None

    def __init__(self, draft: RecipeDraft) -> None:
        super().__init__()
        self._draft = draft
        self._fields: list[SettingField] = []
        self._stages = 0
        self._build()
        self._arrange()
        draft.changed.connect(self.display)
        self.display()

    def _build(self) -> None:
        self._all = QPushButton(self.tr("All settings…"))
        self._all.setToolTip(self.tr("Everything that a recipe says, explained"))
        self._all.setAutoDefault(False)
        self._all.clicked.connect(lambda: self.all_wished.emit(None))
        self._table = QWidget()
        self._refusal = _Refusal(self._draft)
        self._refusal.wished.connect(self.all_wished)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(title(self.tr("Settings")))
        head.addStretch(1)
        head.addWidget(self._all)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(head)
        self._column.addWidget(self._table)
        self._column.addWidget(self._refusal)

    def begin(self) -> None:
        """Have keys go to the way to all settings."""
        self._all.setFocus(Qt.FocusReason.OtherFocusReason)

    def display(self) -> None:
        """Follow the draft; fields are made anew where stages came or went."""
        if self._draft.stages != self._stages:
            self._stages = self._draft.stages
            self._build_table()
        for field in self._fields:
            field.display()
        self._refusal.display()

    def _build_table(self) -> None:
        """A row of fields for each stage, and one for the whole training."""
        self._fields = []
        new = QWidget()
        grid = QGridLayout(new)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        stages = [("stages", number) for number in range(min(self._stages, MOST_STAGES))]
        self._add_rows(grid, list(stages), _in_front(Stage))
        if self._stages > MOST_STAGES:
            more = self.tr("and {0} more stages").format(self._stages - MOST_STAGES)
            grid.addWidget(quiet(more), grid.rowCount(), 1, 1, -1)
        grid.setRowMinimumHeight(grid.rowCount(), 4)
        self._add_rows(grid, [()], _in_front(Recipe))
        grid.setColumnStretch(grid.columnCount(), 1)
        self._column.replaceWidget(self._table, new)
        self._table.hide()
        self._table.deleteLater()
        self._table = new

    def _add_rows(self, grid: QGridLayout, parts: list[Path], settings: list[Setting]) -> None:
        """Names, and below them the fields of each part of the recipe."""
        names = grid.rowCount()
        for row, part in enumerate(parts, start=names + 1):
            if len(parts) > 1:
                grid.addWidget(quiet(self.tr("Stage {0}").format(int(part[1]) + 1)), row, 0)
            for column, said in enumerate(settings, start=1):
                field = SettingField(self._draft, (*part, said.name), is_short=True)
                grid.addWidget(field, row, column)
                self._fields.append(field)
        for column, field in enumerate(self._fields[-len(settings) :], start=1):
            grid.addWidget(quiet(name_setting(settings[column - 1]), field), names, column)


def _in_front(record: type) -> list[Setting]:
    known = settings_of(record).values()
    return [said for said in known if said.in_front and said.name not in _ELSEWHERE]

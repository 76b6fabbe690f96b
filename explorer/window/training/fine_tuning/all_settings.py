"""Every setting of a recipe, with what it means: a part at a time, or those that one looks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ....training.recipes.recipe import Recipe
from ....training.recipes.settings import Path, settings_of
from ...parts.empty_state import EmptyState
from ...thumbnails.filter_field import FilterField
from .draft import RecipeDraft, setting_at
from .setting_field import (
    SettingField,
    explain_setting,
    name_path,
    name_setting,
    told_refusal,
)

_ELSEWHERE = ("published",)  # what others reached is told, not set
_MOST_FOUND = 40
_PARTS = ("start", "pictures", "augmentation", "mixing", "averaging", "captioner")


def paths_of(part: Path) -> list[Path]:
    """The fields of a part of a recipe: (), ("mixing",), ("stages", 0)."""
    record: Any = Recipe
    for name in part:
        record = settings_of(record)[name].record if isinstance(name, str) else record
    return [
        (*part, said.name)
        for said in settings_of(record).values()
        if said.record is None and said.name not in _ELSEWHERE
    ]


def parts_of(stages: int) -> list[Path]:
    """Of a recipe with so many stages."""
    return [(), *(("stages", number) for number in range(stages)), *((name,) for name in _PARTS)]


class _Explained(QWidget):
    """A field, its name before it, and below what it means, or why it is refused."""

    def __init__(self, draft: RecipeDraft, path: Path, grid: QGridLayout, name: str) -> None:
        super().__init__()
        row = grid.rowCount()
        self.field = SettingField(draft, path)
        label = QLabel(name)
        label.setBuddy(self.field)
        self._explained = explain_setting(setting_at(path))
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 10)
        column.setSpacing(3)
        column.addWidget(self.field)
        column.addWidget(self._note)
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self, row, 1)
        label.setContentsMargins(0, 5, 0, 0)
        self.display()

    def display(self) -> None:
        self.field.display()
        refused = self.field.refused
        self._note.setText(told_refusal(refused) if refused else self._explained)
        for name, on in (("quiet", refused is None), ("refused", refused is not None)):
            self._note.setProperty(name, on)
        self._note.style().polish(self._note)


class SettingsList(QScrollArea):
    """Fields one below the other; they are built when somebody looks."""

    def __init__(self, draft: RecipeDraft) -> None:
        super().__init__()
        self._draft = draft
        self._rows: list[_Explained] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys go from field to field

    def begin(self) -> None:
        """Have keys go to the first field."""
        if self._rows:
            self._rows[0].field.setFocus(Qt.FocusReason.TabFocusReason)

    def show_fields(self, paths: Sequence[Path], with_stage: bool) -> None:
        """Show these fields; of several stages, `with_stage` tells which one each is of."""
        content = QWidget()
        self.setWidget(content)  # now: fields that get another parent are dressed once more
        grid = QGridLayout(content)
        grid.setContentsMargins(2, 2, 14, 2)
        grid.setHorizontalSpacing(16)
        grid.setColumnMinimumWidth(0, 130)
        grid.setColumnStretch(1, 1)
        stages = self._draft.stages
        self._rows = []
        for path in paths:
            name = name_path(path, stages) if with_stage else name_setting(setting_at(path))
            self._rows.append(_Explained(self._draft, path, grid, name))
        grid.setRowStretch(grid.rowCount(), 1)

    def display(self) -> None:
        for row in self._rows:
            row.display()

    def reveal(self, path: Path) -> None:
        """Bring a field into sight, and have keys go to it."""
        for row in self._rows:
            if row.field.path == path:
                row.field.setFocus(Qt.FocusReason.OtherFocusReason)
                self.ensureWidgetVisible(row, 0, 40)


class AllSettings(QWidget):
    """The parts of a recipe at the left, the fields of one at the right."""

    left = Signal()  # somebody has seen enough

    def __init__(self, draft: RecipeDraft) -> None:
        super().__init__()
        self._draft = draft
        self._parts: list[Path] = []
        self._shown: tuple[object, ...] = ()
        self._build()
        self._arrange()
        self._connect()

    def _build(self) -> None:
        self._back = QPushButton(self.tr("‹ Overview"))
        self._back.setToolTip(self.tr("Back to the few settings that matter most (Esc)"))
        self._search = FilterField(self.tr("Search settings…"), self.tr("Search…"))
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Parts of the recipe"))
        self._list.setFixedWidth(168)
        self._add = QPushButton(self.tr("Add a stage"))
        self._add.setToolTip(self.tr("Another stage after the last, with the same settings"))
        self._remove = QPushButton(self.tr("Remove this stage"))
        self._fields = SettingsList(self._draft)
        self._nothing = EmptyState()
        self._nothing.setText(self.tr("No setting is called like that."))
        for button in (self._back, self._add, self._remove):
            button.setAutoDefault(False)

    def _arrange(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(8)
        for widget in (self._back, self._search, self._list, self._add, self._remove):
            side.addWidget(widget, 1 if widget is self._list else 0)
        self._search.setFixedWidth(168)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        row.addLayout(side)
        row.addWidget(self._fields, 1)
        row.addWidget(self._nothing, 1)

    def _connect(self) -> None:
        self._back.clicked.connect(self.left)
        self._search.wanted.connect(self._show_fields)
        self._search.list_wanted.connect(self._fields.begin)
        self._list.currentRowChanged.connect(self._choose)
        self._add.clicked.connect(self._add_stage)
        self._remove.clicked.connect(self._remove_stage)
        self._draft.changed.connect(self.display)

    def begin(self, path: Path | None = None) -> None:
        """Show a field, or where somebody was last."""
        self._search.clear()
        self.display()
        self._list.scheduleDelayedItemsLayout()  # Qt measured its rows before they were dressed
        if path is not None:
            self._go_to(path[:-1])
            self._show_fields()
            self._fields.reveal(path)
        else:
            self._list.setFocus(Qt.FocusReason.OtherFocusReason)

    def display(self) -> None:
        """Follow the draft; fields are made anew where stages came or went."""
        parts = parts_of(self._draft.stages)
        if parts != self._parts:
            place = max(0, self._list.currentRow())
            self._parts = parts
            self._list.blockSignals(True)
            self._list.clear()
            self._list.addItems([self._name(part) for part in parts])
            self._list.setCurrentRow(min(place, len(parts) - 1))
            self._list.blockSignals(False)
            self._shown = ()
        self._mark_refused()
        self._show_fields()
        self._fields.display()
        self._add.setEnabled(self._draft.recipe is not None)
        is_stage = self._part[:1] == ("stages",)
        self._remove.setEnabled(is_stage and self._draft.stages > 1)

    @property
    def _part(self) -> Path:
        return self._parts[max(0, self._list.currentRow())]

    def _name(self, part: Path) -> str:
        if not part:
            return self.tr("Recipe")
        if part[0] == "stages":
            return self.tr("Stage {0}").format(int(part[1]) + 1)
        return str(part[0]).capitalize()

    def _mark_refused(self) -> None:
        """Parts that hold a field which cannot be have a sign behind their name."""
        for place, part in enumerate(self._parts):
            wrong = any(path[:-1] == part for path in self._draft.refusals)
            self._list.item(place).setText(f"{self._name(part)}{'  ⚠' if wrong else ''}")

    def _choose(self) -> None:
        self._search.clear()
        self.display()

    def _show_fields(self) -> None:
        """Those that are looked for; else those of the part."""
        words = self._search.text().lower().split()
        paths = list(self._found(words)) if words else paths_of(self._part)
        shown = (bool(words), *paths)
        if shown != self._shown:
            self._shown = shown
            self._fields.show_fields(paths[:_MOST_FOUND], with_stage=bool(words))
        self._fields.setVisible(bool(paths))
        self._nothing.setVisible(not paths)

    def _found(self, words: Sequence[str]) -> Iterator[Path]:
        """Fields whose name or sentence has all the words; those with them in their name first."""
        every = [path for part in self._parts for path in paths_of(part)]
        for place in ("name", "sentence"):
            for path in every:
                said = setting_at(path)
                name = f"{'.'.join(map(str, path))} {name_setting(said)}".lower()
                in_name = all(word in name for word in words)
                in_all = all(word in f"{name} {said.sentence.lower()}" for word in words)
                if in_name if place == "name" else in_all and not in_name:
                    yield path

    def _go_to(self, part: Path) -> None:
        if part in self._parts:
            select = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self._list.setCurrentRow(self._parts.index(part), select)

    def _add_stage(self) -> None:
        self._draft.add_stage()
        self._go_to(("stages", self._draft.stages - 1))

    def _remove_stage(self) -> None:
        self._draft.remove_stage(int(self._part[1]))

"""A field for one setting of a recipe, made from what the setting says of itself."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from ....training.recipes.settings import Path, Refused, Setting
from ...parts.choice_box import ChoiceBox
from .draft import DEVICE, RecipeDraft, is_bracketed, setting_at
from .titles import quiet

SHORT = 68  # pixels: room for a number
LONG = 210  # for what leaving it out means


def name_setting(said: Setting) -> str:
    """“batch_size” as people read it."""
    return said.name.replace("_", " ").capitalize()


def explain_setting(said: Setting) -> str:
    """What it means, what it can be, and what leaving it out means."""
    range_ = f" ({said.range})" if said.range and not said.choices else ""
    left_out = f" Empty: {said.none}." if said.none and not said.choices else ""
    return f"{said.sentence}{range_}{left_out}"


def name_path(path: Path, stages: int) -> str:
    """A field's name, with its stage where there are several."""
    name = name_setting(setting_at(path))
    is_one_of_several = path[0] == "stages" and stages > 1
    return f"{name}, stage {int(path[1]) + 1}" if is_one_of_several else name


def told_refusal(refused: Refused) -> str:
    """Why a field cannot be so, and what could be instead."""
    reason = refused.reason[:1].upper() + refused.reason[1:]
    return f"{reason} {refused.hint}".rstrip()


class _Line(QLineEdit):
    """Any text."""

    typed = Signal(str)

    def __init__(self, said: Setting) -> None:
        super().__init__()
        self.setPlaceholderText(said.none or "")
        self.textEdited.connect(self.typed)

    def display(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)


class _Choice(ChoiceBox[str]):
    """One of a few."""

    typed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.chosen.connect(lambda choice: self.typed.emit(choice))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # who scrolls past changes nothing

    def display(self, text: str) -> None:
        self.show_value(text)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Switch(QCheckBox):
    """Yes or no."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(lambda on: self.typed.emit("true" if on else "false"))

    def display(self, text: str) -> None:
        self.setChecked(text == "true")


def _choices(draft: RecipeDraft, path: Path) -> list[tuple[str, str]]:
    """What a field offers, in words, the first to leave it out where that can be; [] = any text."""
    if path == DEVICE:
        return draft.devices
    said = setting_at(path)
    left_out = [("", said.none)] if said.choices and said.none is not None else []
    return [*left_out, *((choice, choice) for choice in said.choices)]


def _editor(said: Setting, name: str, is_choice: bool) -> _Line | _Choice | _Switch:
    if said.kind is bool:
        return _Switch()
    return _Choice(name) if is_choice else _Line(said)


class SettingField(QWidget):
    """Types into a draft, and shows what stands there; one that is refused has a marked frame.

    `is_short` is for a place that has room for a number. Whoever has fields calls their `display`
    when the draft changes: stages come and go.
    """

    def __init__(self, draft: RecipeDraft, path: Path, is_short: bool = False) -> None:
        super().__init__()
        self.path = path
        self._draft = draft
        self._explained = explain_setting(setting_at(path))
        self._build(setting_at(path), is_short)
        self.editor.typed.connect(lambda text: draft.type(path, text))
        self.display()

    def _build(self, said: Setting, is_short: bool) -> None:
        name = name_path(self.path, self._draft.stages)
        self.editor = _editor(said, name, bool(_choices(self._draft, self.path)))
        self.editor.setAccessibleName(name)
        self.setFocusProxy(self.editor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        is_number = said.kind in (int, float) or is_bracketed(said)
        if isinstance(self.editor, _Line) and (is_number or is_short):
            is_one = said.kind in (int, float) and said.none is None
            self.editor.setFixedWidth(SHORT if is_short or is_one else LONG)
        row.addWidget(self.editor)
        if said.unit and not is_short:
            row.addWidget(quiet(said.unit))
        if is_short or is_number or not isinstance(self.editor, _Line):
            row.addStretch(1)

    @property
    def refused(self) -> Refused | None:
        """Why what stands there cannot be."""
        return self._draft.refusals.get(self.path)

    def display(self) -> None:
        """Show what stands in the draft."""
        if isinstance(self.editor, _Choice):
            self.editor.offer(_choices(self._draft, self.path))
        self.editor.display(self._draft.text(self.path))
        refused = self.refused
        told = told_refusal(refused) if refused else ""
        self.editor.setToolTip(f"<p>{told or self._explained}</p>")
        self.editor.setAccessibleDescription(told or self._explained)
        if bool(self.editor.property("refused")) != bool(refused):
            self.editor.setProperty("refused", bool(refused))
            self.editor.style().polish(self.editor)

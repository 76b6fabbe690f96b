"""A recipe while somebody types: what stands in each field, and what of that cannot be."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Signal

from ....training.recipes.recipe import Recipe
from ....training.recipes.recipe_changes import changed, differences, setting_named
from ....training.recipes.recipe_file import as_toml
from ....training.recipes.settings import Path, Refused, Setting, dotted, gathered

DEVICE: Path = ("device",)


@cache
def setting_at(path: Path) -> Setting:
    """What is to be said about the field that a path of a recipe leads to."""
    return setting_named(dotted(path))


def is_bracketed(said: Setting) -> bool:
    """Whether a file writes it in brackets, which nobody wants to type."""
    return typing.get_origin(said.kind) is tuple


class RecipeDraft(QObject):
    """Fields are known by their paths, ("stages", 0, "epochs"); texts are as `--set` has them.

    A field that cannot be is told with its reason, and there is no recipe until it is mended.
    """

    changed = Signal()

    def __init__(self, origin: Recipe, recipe: Recipe) -> None:
        super().__init__()
        self._typed: dict[Path, str] = {}  # what was typed since `_base`
        self._devices = [("cpu", "CPU")]  # that this computer has, in words, as far as is known
        self.load(origin, recipe)

    def load(self, origin: Recipe, recipe: Recipe) -> None:
        """Begin with a recipe, which somebody may have changed already."""
        self.origin = origin  # as it was opened, or as it ships
        self._begin(recipe)

    def _begin(self, recipe: Recipe) -> None:
        self._base = recipe
        self._typed.clear()
        self._judge()

    def take_back(self) -> None:
        """The recipe as it was opened."""
        self._begin(self.origin)

    # Fields

    def text(self, path: Path) -> str:
        """What stands in a field."""
        return self._typed[path] if path in self._typed else self._text_of_base(path)

    def type(self, path: Path, text: str) -> None:
        """Put something into a field."""
        if text != self.text(path):
            self._put(path, text)
            self._judge()

    def change(self, values: Mapping[Path, object]) -> None:
        """Put values into several fields at once."""
        for path, value in values.items():
            self._put(path, _told(path, value))
        self._judge()

    def take_back_some(self, paths: Iterable[Path]) -> None:
        """Have these fields as in the recipe that was opened."""
        self.change({path: _value_at(self.origin, path) for path in paths})

    def _put(self, path: Path, text: str) -> None:
        self._typed[path] = text
        if text == self._text_of_base(path):
            del self._typed[path]

    def _text_of_base(self, path: Path) -> str:
        return _told(path, _value_at(self._base, path))

    # Devices

    @property
    def devices(self) -> list[tuple[str, str]]:
        """Those that can be chosen, in words; the chosen one is among them."""
        offered = [("auto", self.tr("Automatic")), *self._devices]
        chosen = self.text(DEVICE)
        return offered if chosen in dict(offered) else [*offered, (chosen, chosen.upper())]

    def offer_devices(self, found: Sequence[tuple[str, str]]) -> None:
        """Let these be chosen: a name and words for each."""
        self._devices = list(found)
        self.changed.emit()

    # Stages

    @property
    def stages(self) -> int:
        return len(self._base.stages)

    def add_stage(self) -> None:
        """One more, like the last; needs a recipe."""
        if self.recipe is not None:
            stages = (*self.recipe.stages, self.recipe.stages[-1])
            self._begin(replace(self.recipe, stages=stages))

    def remove_stage(self, number: int) -> None:
        """Leave one out of several; what was typed into the others stays."""
        kept = {
            path if path[0] != "stages" or int(path[1]) < number else _before(path): text
            for path, text in self._typed.items()
            if path[:2] != ("stages", number)
        }
        stages = self._base.stages
        self._base = replace(self._base, stages=stages[:number] + stages[number + 1 :])
        self._typed = kept
        self._judge()

    # What it comes to

    def _judge(self) -> None:
        """Put together what is in the fields; of several wrong ones, each has its reason."""
        assigned = {path: _assignment(path, text) for path, text in self._typed.items()}
        self.recipe: Recipe | None = None  # None where a field is refused
        self.refusals: Mapping[Path, Refused] = {}
        refusals: dict[Path, Refused] = {}
        while True:
            try:
                recipe = changed(self._base, list(assigned.values())) if assigned else self._base
            except Refused as error:
                refusals[error.path] = error
                if assigned.pop(error.path, None) is None:  # it is wrong only beside another one
                    break
            else:
                self.recipe = None if refusals else recipe
                break
        self.refusals = refusals
        self.changed.emit()

    @property
    def is_changed(self) -> bool:
        """Whether it does something else than the recipe that was opened."""
        if self.recipe is None or self.recipe == self.origin:
            return self.recipe is None
        return bool(differences([self.origin, self.recipe]))  # but for what recipes are called


def _value_at(recipe: Recipe, path: Path) -> Any:
    value: Any = recipe
    for part in path:
        value = value[part] if isinstance(part, int) else getattr(value, part)
    return value


def _told(path: Path, value: Any) -> str:
    """A value as it stands in its field; "" is None."""
    value = gathered(setting_at(path), value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return as_toml(value).strip("[]") if isinstance(value, tuple) else as_toml(value)


def _before(path: Path) -> Path:
    """The same field, one stage earlier."""
    return (path[0], int(path[1]) - 1, *path[2:])


def _assignment(path: Path, text: str) -> str:
    said, text = setting_at(path), text.strip()
    if is_bracketed(said) and (text or said.none is None) and not text.startswith("["):
        text = f"[{text}]"
    return f"{dotted(path)}={text}"

"""Runs as rows for Qt's views: results first, then the settings in which they differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ...training.recipes.recipe_changes import setting_named
from ...training.runs.run_tables import published_of, setting_text
from ..training.seen import RunSeen
from ..words import name_duration
from .styles import Style
from .translation import tr
from .words import state_of

SORTED_BY = Qt.ItemDataRole.UserRole
STYLE = Qt.ItemDataRole.UserRole + 1  # how the row's curves are painted; None = they are not shown
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_NONE = "–"
_UNKNOWN = -math.inf  # stands below all that is known


class _Column(NamedTuple):
    title: str
    text: Callable[[RunSeen], str]
    rank: Callable[[RunSeen], Any]  # what the column is sorted by
    explanation: str
    begins: Qt.SortOrder = Qt.SortOrder.AscendingOrder  # the order that it is sorted in at first


def _numbers(
    title: str,
    value: Callable[[RunSeen], float | None],
    write: Callable[[float], str],
    explanation: str,
) -> _Column:
    """A column of numbers, some of which may not be there yet."""

    def text(seen: RunSeen) -> str:
        number = value(seen)
        return _NONE if number is None else write(number)

    def rank(seen: RunSeen) -> float:
        number = value(seen)
        return _UNKNOWN if number is None else number

    return _Column(title, text, rank, explanation, Qt.SortOrder.DescendingOrder)


def _accuracy(value: float) -> str:
    return f"{value:.4f}"


def _published(seen: RunSeen) -> float | None:
    found = published_of(seen.recipe) if seen.recipe is not None else None
    return found.accuracy if found is not None else None


def _results(runs: Sequence[RunSeen] = ()) -> list[_Column]:
    """What came of runs; of captions, how good they are beside what people wrote."""
    shown = _results_of_all()
    if any(seen.learns_captions for seen in runs):
        shown.insert(3, _bleu())
    return shown


def _bleu() -> _Column:
    return _numbers(
        tr("BLEU-4"),
        lambda seen: seen.best.bleu if seen.best and not math.isnan(seen.best.bleu) else None,
        _accuracy,
        tr("How like those of people its captions of validation pictures are"),
    )


def _results_of_all() -> list[_Column]:
    return [
        _Column(tr("Run"), lambda seen: seen.name, lambda seen: seen.name.casefold(), ""),
        _Column(tr("State"), state_of, state_of, tr("What it does, or how it ended")),
        _numbers(
            tr("Best"),
            lambda seen: seen.best.top1 if seen.best else None,
            _accuracy,
            tr("The best accuracy on the validation pictures; captions count word for word"),
        ),
        _numbers(
            tr("Epoch"),
            lambda seen: seen.best.epoch if seen.best else None,
            str,
            tr("The epoch that was best"),
        ),
        _numbers(
            tr("Train"),
            lambda seen: seen.best.train_accuracy if seen.best else None,
            _accuracy,
            tr("The accuracy on the training pictures in that epoch; of captions, of words"),
        ),
        _numbers(
            tr("Time"),
            lambda seen: seen.last.seconds if seen.last else None,
            name_duration,
            tr("Time of training until the last epoch"),
        ),
        _numbers(
            tr("Published"),
            _published,
            _accuracy,
            tr("What others reached with this recipe and this model"),
        ),
    ]


def _short(name: str, several_stages: bool) -> str:
    """“stages.0.learning_rate” → “learning rate”, or “learning rate, stage 1” of several."""
    parts = name.split(".")
    said = parts[-1].replace("_", " ")
    if parts[0] == "stages" and several_stages:
        said = tr("{0}, stage {1}").format(said, int(parts[1]) + 1)
    return said


def _setting(name: str, several_stages: bool) -> _Column:
    def rank(seen: RunSeen) -> Any:
        value = seen.settings.get(name)
        if isinstance(value, bool | int | float):
            return float(value)
        return _UNKNOWN if value is None else str(value)

    explanation = f"{name}\n{setting_named(name).sentence}"
    short = _short(name, several_stages)
    return _Column(short, lambda seen: setting_text(seen.settings.get(name)), rank, explanation)


class RunModel(QAbstractTableModel):
    """Rows change in place, so that what is selected and where it was scrolled to stay."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._runs: Sequence[RunSeen] = ()
        self._columns = _results()
        self._settings: tuple[str, ...] = ()  # those that have columns
        self._styles: Mapping[Path, Style] = {}

    def show_runs(self, runs: Sequence[RunSeen], styles: Mapping[Path, Style]) -> list[int]:
        """Show these; returns the rows that say something else now: all, where some came or went.

        Of a row whose style alone is another one, whoever shows it knows.
        """
        settings = tuple(runs[0].settings) if runs else ()
        before, self._styles = self._runs, dict(styles)
        is_other = [seen.folder for seen in runs] != [seen.folder for seen in before]
        if is_other or settings != self._settings:
            self._replace(runs, settings)
            return list(range(len(runs)))
        self._runs, last = runs, len(self._columns) - 1
        changed = [row for row, seen in enumerate(runs) if seen is not before[row]]
        for row in changed:
            self.dataChanged.emit(self.index(row, 0), self.index(row, last))
        return changed

    def _replace(self, runs: Sequence[RunSeen], settings: tuple[str, ...]) -> None:
        self.beginResetModel()
        several = any(name.startswith("stages.1.") for name in settings)
        self._runs, self._settings = runs, settings
        self._columns = [*_results(runs), *(_setting(name, several) for name in settings)]
        self.endResetModel()

    def folder(self, row: int) -> Path:
        return self._runs[row].folder

    def titles(self) -> list[str]:
        """What the columns are called."""
        return [column.title for column in self._columns]

    def texts(self, column: int, rows: Sequence[int]) -> list[str]:
        """What a column says in some rows, its title included."""
        shown = self._columns[column]
        return [f"{shown.title}  ", *(shown.text(self._runs[row]) for row in rows)]

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._runs)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.InitialSortOrderRole:
            return column.begins.value
        return column.explanation if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        seen, column = self._runs[index.row()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(seen)
        if role == SORTED_BY:
            return column.rank(seen)
        if role == STYLE and index.column() == 0:
            return self._styles.get(seen.folder)
        if role == Qt.ItemDataRole.ToolTipRole:
            told = str(seen.problem) if seen.problem is not None else ""
            return told or (str(seen.folder) if index.column() == 0 else column.text(seen))
        return None

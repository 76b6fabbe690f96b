"""The table of runs: told what changed, it keeps what a person made of it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt

from explorer.window.runs.table import RunTable


@pytest.fixture
def table(qtbot, make_seen) -> RunTable:
    """Three runs, the second of which lives; sorted by name, backwards."""
    made = RunTable()
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.runs = [make_seen("a"), make_seen("b", (0.4,), doing="running"), make_seen("c")]
    made.show_runs(made.runs, [made.runs[1].folder], {})
    made.sort_by(0)
    made.sort_by(0)
    return made


def cells(table: RunTable, column: int) -> list[str]:
    return [table.model().index(row, column).data() for row in range(table.model().rowCount())]


def test_only_the_run_that_changed_is_told_of(table, make_seen):
    """Fifty runs at rest cost nothing while one goes on; that one's longer words get room."""
    told = []
    table.model().sourceModel().dataChanged.connect(
        lambda first, last: told.append((first.row(), last.row()))
    )
    width = table.columnWidth(1)
    later = replace(table.runs[1], step=30)
    table.show_runs([table.runs[0], later, table.runs[2]], [later.folder], {})
    assert told == [(1, 1)]
    long = replace(later, recipe=replace(later.recipe, stages=later.recipe.stages * 200))
    assert table.columnWidth(1) == width
    table.show_runs([table.runs[0], long, table.runs[2]], [long.folder], {})
    assert cells(table, 1)[1] == "epoch 2 of 4000"
    assert table.columnWidth(1) > width


def test_selected_runs_are_told_from_top_to_bottom(table, qtbot):
    """As they are sorted, also where what is selected is in several pieces."""
    flags, found = QItemSelectionModel.SelectionFlag, []
    table.chosen.connect(found.append)
    table.selectionModel().clearSelection()
    for row in (2, 0):
        index = table.model().index(row, 0)
        table.selectionModel().select(index, flags.Select | flags.Rows)
    assert [folder.name for folder in found[-1]] == ["c", "a"]
    qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert [folder.name for folder in found[-1]] == ["c", "b", "a"]

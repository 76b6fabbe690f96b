"""Runs as tables: for a spreadsheet, and for homework."""

import csv
import io
from dataclasses import replace
from types import SimpleNamespace

import pytest

from explorer.errors import ExplorerError
from explorer.training.recipes.recipe_changes import changed
from explorer.training.recipes.recipe_file import find_recipe
from explorer.training.runs.history import EpochResult
from explorer.training.runs.run_tables import (
    as_csv,
    as_markdown,
    published_of,
    table_of_runs,
    table_of_settings,
    write_table,
)

RESULT = EpochResult(3, 0, 30, 0.2, 0.99, 0.3, 0.9567, 0.99, 1e-4, is_best=True, seconds=81.4)
DONE = SimpleNamespace(epochs=(RESULT,), best=RESULT)
NOTHING = SimpleNamespace(epochs=(), best=None)


def cells(rows: list[list[str]], row: int) -> dict[str, str]:
    return dict(zip(rows[0], rows[row], strict=True))


def test_all_that_is_known():
    """Results, then each setting in which runs differ; what is not known is a dash."""
    adam = find_recipe("adam-384")
    runs = [("one", adam, DONE), ("two", changed(adam, ["seed=7"]), NOTHING), ("odd", None, DONE)]
    rows = table_of_runs(runs)
    assert cells(rows, 1)["best validation accuracy"] == "0.9567"
    assert cells(rows, 1)["seconds"] == "81"
    assert [cells(rows, row)["seed"] for row in (1, 2, 3)] == ["0", "7", "–"]
    assert cells(rows, 2)["best epoch"] == "–"
    assert "stages.0.epochs" not in rows[0]


def test_homework_has_the_published_number_of_the_same_model_beside_ours():
    """And the difference; those of other models follow as rows of their own."""
    recipe = find_recipe("adamw-augmented")
    rows = table_of_settings([("one", recipe, DONE)])
    ours = cells(rows, 1)
    assert (ours["Validation accuracy"], ours["Published"]) == ("0.9567", "0.9433")
    assert ours["Difference"] == "+0.0134"
    assert ours["Augmentation"].startswith("random crop 0.08–1, flip 0.5, rotation 30")
    others = {row[1]: cells(rows, at)["Published"] for at, row in enumerate(rows) if at > 1}
    assert others == {
        "B_16": "0.9155",
        "B_32": "0.8823",
        "L_32": "0.9062",
        "B_32_imagenet1k": "0.9249",
        "L_32_imagenet1k": "0.9383",
    }


def test_stages_are_told_one_after_the_other():
    """Where they differ."""
    told = cells(table_of_settings([("one", find_recipe("two-stage"), NOTHING)]), 1)
    assert told["Optimiser"] == "adam → momentum"
    assert told["Learning rate"] == "0.0001 → 0.01"
    assert told["Validation accuracy"] == "–"
    assert told["Published"] == "0.9440"


def test_another_model_has_no_published_number():
    """A number of the recipe's own model would say nothing about it."""
    assert published_of(find_recipe("adam-384")).accuracy == 0.95
    assert published_of(replace(find_recipe("adam-384"), model="vit_tiny_patch16_224")) is None


def test_csv_is_read_back_and_is_no_formula():
    """Commas and quotes come back; a name that begins as a formula does is a text."""
    rows = [["run", "value"], ['a, "b"', "=1+1"], ["−0.1", "-0.5"]]
    back = list(csv.reader(io.StringIO(as_csv(rows))))
    assert back == [["run", "value"], ['a, "b"', "'=1+1"], ["−0.1", "-0.5"]]


def test_markdown_stands_in_columns():
    """Each line is as long as the others, bars within cells included."""
    lines = as_markdown([["run", "value"], ["a|b", "1"]]).splitlines()
    assert lines[0] == "| run  | value |"
    assert lines[1] == "| ---- | ----- |"
    assert lines[2] == "| a\\|b | 1     |"


def test_the_file_says_which_kind(tmp_path):
    """Markdown or CSV; where it cannot be written, that is said in a sentence."""
    runs = [("one", find_recipe("adam-384"), DONE)]
    write_table(tmp_path / "a.md", "settings", runs)
    write_table(tmp_path / "a.csv", "settings", runs)
    assert (tmp_path / "a.md").read_text().startswith("| Recipe")
    assert (tmp_path / "a.csv").read_text().startswith("Recipe,Model,")
    with pytest.raises(ExplorerError, match=r"a\.csv cannot be written"):
        write_table(tmp_path / "none" / "a.csv", "runs", runs)

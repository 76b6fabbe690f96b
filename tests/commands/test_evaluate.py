"""`evaluate` measures a model on labelled pictures, writes a report, and says what it left out."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from explorer import commands
from explorer.training.data.dataset import find_dataset
from explorer.training.evaluation.measuring import Measuring
from explorer.training.recipes.recipe import Recipe, Stage
from explorer.training.runs.run import create_run

RANDOM = ["--model", "vit_tiny_patch16_224", "--weights", "random", "--device", "cpu"]
UNIT_PIXELS = ["--mean", "0,0,0", "--std", "1,1,1"]  # the model sees 0..1

Shared = Callable[[str], Path]
Told = tuple[int, dict[str, Any], str]  # exit code, the report, what was said


@pytest.fixture
def evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run the command in this process, with its report in a place of its own."""

    def run(*arguments: str | Path, out: Path = tmp_path / "report.json") -> Told:
        code = commands.run(["evaluate", *map(str, arguments), "--out", str(out)])
        report = json.loads(out.read_text("utf-8")) if out.exists() else {}
        return code, report, capsys.readouterr().err

    return run


def _draw(folder: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.new("RGB", (32, 24), (number * 60 % 256, 100, 200)).save(path)
    return folder


def test_really_trained_weights_are_as_good_as_they_were(shared: Shared, evaluate, tmp_path: Path):
    """A thousand CIFAR-10 pictures: the accuracy of the weights' own record, 55.9 %."""
    weights = shared("data/weights/timm_vit_cifar10.safetensors")
    folder, table = shared("data/cifar10/test"), tmp_path / "table.csv"
    code, told, said = evaluate(
        folder, "--weights", weights, *UNIT_PIXELS, "--batch-size", "64", "--csv", table
    )
    assert code == 0
    assert told["pictures"] == 1000
    assert told["top1"] == pytest.approx(0.559, abs=0.03)  # twice what a thousand draws vary
    assert told["balanced_accuracy"] == pytest.approx(told["top1"])  # a hundred of each class
    assert told["top1"] == pytest.approx(np.trace(told["matrix"]) / 1000)
    assert [each["class"] for each in told["per_class"]][3] == "cat"
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert np.mean([int(row["right"]) for row in rows]) == pytest.approx(told["top1"])
    assert f"top-1 {told['top1']:.1%}" in said


def test_a_model_of_other_classes_is_refused(shared: Shared, evaluate):
    """A thousand classes of ImageNet, 37 pets: both are told, and nothing is written."""
    code, told, said = evaluate(shared("data/pets/p1_data"), *RANDOM)
    assert (code, told) == (2, {})
    assert "has 1,000 classes" in said
    assert "of the pictures' 37, it does not know" in said


def _named(folder: Path, broken: bool = False) -> Path:
    """Pictures of two of ImageNet's classes."""
    _draw(folder, "tench/1.png", "tench/2.png", "goldfish/1.png", "goldfish/2.png")
    if broken:
        (folder / "tench" / "3.png").write_bytes(b"no picture")
    return folder


def test_what_cannot_be_read_is_listed(tmp_path: Path, evaluate):
    """The others are measured; the broken one stands in the report, with its reason."""
    code, told, said = evaluate(_named(tmp_path / "fish", broken=True), *RANDOM)
    assert (code, told["pictures"]) == (0, 4)
    (left_out,) = told["unreadable"]
    assert left_out["filename"] == os.path.join("tench", "3.png")
    assert "1 file could not be read" in said
    assert str(tmp_path / "fish" / "tench" / "3.png") in said
    assert told["per_class"][0]["class"] == "tench"
    assert "matched by their names" in told["said"][1]


def test_no_readable_picture_is_no_report(tmp_path: Path, evaluate):
    """Exit code 1, and no file."""
    folder = tmp_path / "fish"
    for name in ("tench", "goldfish"):
        (folder / name).mkdir(parents=True)
        (folder / name / "1.png").write_bytes(b"no picture")
    code, told, said = evaluate(folder, *RANDOM)
    assert (code, told) == (1, {})
    assert "No picture could be read" in said
    assert "2 files could not be read" in said


@pytest.mark.parametrize(("half", "count"), [("train", 4), ("validation", 2), ("all", 6)])
def test_a_half_is_chosen(tmp_path: Path, evaluate, half: str, count: int):
    """Those to train with, those that validate, or both."""
    _named(tmp_path / "fish" / "train")
    _draw(tmp_path / "fish" / "val", "tench/9.png", "goldfish/9.png")
    code, told, _ = evaluate(tmp_path / "fish", "--half", half, *RANDOM)
    assert (code, told["half"], told["pictures"]) == (0, half, count)


def test_a_report_is_not_replaced_unasked(tmp_path: Path, evaluate):
    """It is said before anything is computed."""
    (tmp_path / "report.json").write_text("{}")
    code, told, said = evaluate(_named(tmp_path / "fish"), *RANDOM)
    assert (code, told) == (2, {})
    assert "--overwrite" in said


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that has ended an epoch."""
    recipe = Recipe(stages=(Stage(epochs=1),), model="vit_tiny_patch16_224", pretrained=False)
    dataset = find_dataset(_named(tmp_path / "fish"), fraction=0.5)
    made = create_run(tmp_path / "run", recipe, dataset)
    examples = dataset.validation
    rows = np.array([[0.9, 0.1], [0.6, 0.4]], np.float32)
    np.savez(
        made.validation,
        filenames=np.array(examples.names),
        labels=examples.labels,
        probabilities=rows,
    )
    return made.folder


def test_what_a_run_kept_needs_no_model(run: Path, evaluate, monkeypatch: pytest.MonkeyPatch):
    """Nothing is loaded: what its training kept is counted."""
    monkeypatch.setattr("explorer.commands.evaluate.load_model", lambda _: pytest.fail("loaded"))
    code, told, _ = evaluate(run)
    assert (code, told["half"], told["pictures"], told["top1"]) == (0, "validation", 2, 0.5)
    assert told["model"] == "run"


def test_another_model_looks_at_the_pictures_of_a_run(run: Path, evaluate):
    """Divided as the run divides them."""
    code, told, _ = evaluate(run, "--half", "train", *RANDOM)
    assert (code, told["half"], told["pictures"]) == (0, "train", 2)


def test_a_run_keeps_no_other_half(run: Path, evaluate):
    """It says how to have the others looked at."""
    code, _, said = evaluate(run, "--half", "all")
    assert code == 2
    assert f"--weights {run}" in said


def test_stopped_it_writes_nothing(tmp_path: Path, evaluate, monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C after the second picture: exit code 130, what was done is told, and no report."""
    go_on = Measuring.go_on

    def interrupted(measuring: Measuring) -> Iterator[object]:
        for done, result in enumerate(go_on(measuring), start=1):
            yield result
            if done == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(Measuring, "go_on", interrupted)
    code, told, said = evaluate(_named(tmp_path / "fish"), *RANDOM)
    assert (code, told) == (130, {})
    assert "stopped after 2 of 4 pictures" in said
    assert not list(tmp_path.glob("*.part"))

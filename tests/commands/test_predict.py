"""`predict` writes filename,label for what can be read, and says what cannot."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from explorer import commands
from explorer.commands.predict import Table

MAIN = Path(__file__).resolve().parents[2] / "main.py"
RANDOM = ["--model", "vit_tiny_patch16_224", "--weights", "random", "--device", "cpu"]
UNIT_PIXELS = ["--mean", "0,0,0", "--std", "1,1,1"]  # the model sees 0..1

Shared = Callable[[str], Path]
Written = tuple[int, list[list[str]], str]  # exit code, the file's rows, what was said


@pytest.fixture
def predict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Written]:
    """Run the command in this process, with its output in a place of its own."""

    def run(*arguments: str | Path, out: Path = tmp_path / "pred.csv") -> Written:
        code = commands.run(["predict", *map(str, arguments), "--out", str(out)])
        return code, _read(out) if out.exists() else [], capsys.readouterr().err

    return run


def _read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.reader(file))


def _draw(*paths: Path) -> None:
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.new("RGB", (32, 24), (number * 60 % 256, 100, 200)).save(path)


def test_really_trained_weights_are_as_good_as_they_were(shared: Shared, predict):
    """A thousand CIFAR-10 pictures: the accuracy of the weights' own record, 55.9 %."""
    weights = shared("data/weights/timm_vit_cifar10.safetensors")
    folder = shared("data/cifar10/test")
    code, rows, said = predict(folder, "--weights", weights, "--batch-size", "64", *UNIT_PIXELS)
    assert code == 0
    assert rows.pop(0) == ["filename", "label"]
    assert sorted(name for name, _ in rows) == sorted(os.listdir(folder))
    right = [name.split("_")[0] == label for name, label in rows]
    assert np.mean(right) == pytest.approx(0.559, abs=0.03)  # twice what a thousand draws vary
    assert "Wrote 1,000 labels" in said


def test_probabilities_are_those_of_independent_code(shared: Shared, predict):
    """All ten classes of twenty pictures, against numbers that timm alone computed."""
    weights = shared("data/weights/timm_vit_cifar10.safetensors")
    references = json.loads(shared("data/weights/reference_outputs.json").read_text())
    known = {Path(each["file"]).name: each for each in references["timm_vit_cifar10"]}
    files = [shared("data/cifar10/test") / name for name in known]
    _, rows, _ = predict(*files, "--weights", weights, "--top-k", "10", *UNIT_PIXELS)
    assert rows[0][:5] == ["filename", "label", "probability", "label_2", "probability_2"]
    assert [row[0] for row in rows[1:]] == list(known)
    for name, *ranked in rows[1:]:
        probabilities = dict(zip(map(int, ranked[::2]), map(float, ranked[1::2]), strict=True))
        told = [probabilities[label] for label in range(10)]
        np.testing.assert_allclose(told, known[name]["probabilities"], atol=2e-5)
        assert int(ranked[0]) == known[name]["top1"]


def test_bad_files_are_listed_and_the_others_labelled(shared: Shared, predict):
    """Each real odd file is in the table or in the list of what could not be read; never both."""
    folder = shared("data/odd_images/files")
    files = sorted(folder.iterdir())
    code, rows, said = predict(*files, *RANDOM)
    labelled = [row[0] for row in rows[1:]]
    listed = [line.strip() for line in said.splitlines() if line.startswith(f"  {folder}")]
    unlabelled = [file for file in files if file.name not in labelled]
    assert code == 0
    assert len(labelled) > 60
    assert len(listed) == len(unlabelled) > 10
    for file, line in zip(unlabelled, listed, strict=True):
        assert line.startswith(str(file))
    assert f"{len(listed)} files could not be read:" in said
    assert any("made_zero_byte.jpg is empty" in line for line in listed)


def test_nothing_to_read(tmp_path: Path, predict):
    """Only broken files: exit code 1, each with its reason, and no file is written."""
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG and no more")
    code, rows, said = predict(broken, tmp_path / "missing.jpg", *RANDOM)
    assert (code, rows) == (1, [])
    assert f"  {broken} " in said
    assert f"  {tmp_path / 'missing.jpg'} " in said


def test_an_empty_folder(tmp_path: Path, predict):
    """No picture at all: exit code 1 at once."""
    (tmp_path / "empty").mkdir()
    code, rows, said = predict(tmp_path / "empty", *RANDOM)
    assert (code, rows) == (1, [])
    assert said == f"There is no picture in {tmp_path / 'empty'}.\n"


def test_an_output_that_is_there_is_kept(tmp_path: Path, predict):
    """It is replaced only by who says so, and before that nothing is computed."""
    _draw(tmp_path / "a.png")
    (tmp_path / "pred.csv").write_text("precious\n")
    code, rows, said = predict(tmp_path / "a.png", *RANDOM)
    assert (code, rows) == (2, [["precious"]])
    assert "--overwrite" in said
    code, rows, _ = predict(tmp_path / "a.png", *RANDOM, "--overwrite")
    assert (code, rows[0], rows[1][0]) == (0, ["filename", "label"], "a.png")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--out", "nowhere/pred.csv"], "nowhere/pred.csv cannot be written"),
        (["--out", "."], ". is not an ordinary file"),
        (["--mean", "0.5"], "--mean and --std belong together"),
        (["--model", "vit_wonderful", "--weights", "random"], "vit_wonderful"),
        (["--weights", "missing.pth"], "missing.pth"),
        (["--device", "abacus", *RANDOM[:-2]], "abacus"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path,
    wrong: Sequence[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """One sentence with a next step, exit code 2, nothing written."""
    monkeypatch.chdir(tmp_path)
    _draw(tmp_path / "a.png")
    assert commands.run(["predict", "a.png", *wrong]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said.lower() in line.lower()
    assert os.listdir(tmp_path) == ["a.png"]


def test_names_that_nobody_knows(shared: Shared, tmp_path: Path, predict):
    """A checkpoint without its label set cannot give names: said before anything is read."""
    _draw(tmp_path / "a.png")
    weights = shared("data/weights/timm_vit_cifar10.safetensors")
    code, rows, said = predict(tmp_path / "a.png", "--weights", weights, "--names")
    assert (code, rows) == (2, [])
    assert "Leave out --names." in said


def test_stopping_leaves_nothing_half_written(
    tmp_path: Path, predict, monkeypatch: pytest.MonkeyPatch
):
    """Ctrl-C in the second batch: exit code 130, how far it came, and an untouched folder."""
    from explorer.models.vit import ViT

    _draw(*(tmp_path / f"{number}.png" for number in range(5)))
    before = sorted(os.listdir(tmp_path))
    batches = []

    def interrupted(self: ViT, pictures: Sequence[np.ndarray]) -> np.ndarray:
        batches.append(pictures)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return np.ones((len(pictures), 10), np.float32)

    monkeypatch.setattr(ViT, "predict", interrupted)
    code, rows, said = predict(tmp_path, *RANDOM, "--batch-size", "2")
    assert (code, rows) == (130, [])
    assert "stopped after 2 of 5 pictures" in said
    assert sorted(os.listdir(tmp_path)) == before


def test_a_full_disk_is_said(tmp_path: Path, predict, monkeypatch: pytest.MonkeyPatch):
    """Writing fails at the end: a sentence, and nothing half-written."""
    _draw(tmp_path / "a.png")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    code, rows, said = predict(tmp_path / "a.png", *RANDOM)
    assert (code, rows) == (2, [])
    assert "The disk is full" in said
    assert os.listdir(tmp_path) == ["a.png"]


def test_names_beside_labels():
    """`--names` adds a column, and the homework's two stay first."""
    table = Table(labels=("cat", "dog", "owl"))
    assert table.header == ["filename", "label", "name"]
    assert table.row("a.jpg", np.array([0.2, 0.7, 0.1], np.float32)) == ["a.jpg", 1, "dog"]


def test_the_likeliest_with_names():
    """`--top-k 2 --names`: ranks from the likeliest on, each with its probability."""
    table = Table(labels=("cat", "dog", "owl"), top=2)
    assert table.header == (
        ["filename", "label", "name", "probability", "label_2", "name_2", "probability_2"]
    )
    row = table.row("a.jpg", np.array([0.25, 0.625, 0.125], np.float32))
    assert row == ["a.jpg", 1, "dog", "0.625", 0, "cat", "0.25"]


def test_a_name_that_is_no_text(tmp_path: Path, predict):
    """A file name of arbitrary bytes is written as those bytes."""
    picture = Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.png"))
    _draw(picture)
    code, rows, _ = predict(picture, *RANDOM)
    assert (code, rows[1][0]) == (0, picture.name)
    assert b"\ncaf\xe9.png," in (tmp_path / "pred.csv").read_bytes()


def test_the_door_needs_no_qt(tmp_path: Path):
    """`python main.py predict …` runs in a fresh Python that cannot import Qt."""
    _draw(tmp_path / "a.png")
    out = tmp_path / "pred.csv"
    arguments = [str(MAIN), "predict", str(tmp_path), *RANDOM, "--out", str(out)]
    script = (
        "import runpy, sys\n"
        "sys.modules.update(dict.fromkeys(['PySide6', 'shiboken6', 'pyqtgraph']))\n"
        f"sys.argv = {arguments}\n"
        f"runpy.run_path({str(MAIN)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [row[0] for row in _read(out)] == ["filename", "a.png"]


def test_help_does_not_wait_for_torch():
    """`--help` answers before torch could be imported."""
    script = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from explorer.commands import run\n"
        "run(['predict', '--help'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=MAIN.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_senseless_normalisation_is_refused(tmp_path: Path, predict):
    """What is no number is found before the model is loaded."""
    _draw(tmp_path / "a.png")
    code, rows, said = predict(tmp_path / "a.png", *RANDOM, "--mean", "0,0,0", "--std", "nan,1,1")
    assert (code, rows) == (2, [])
    assert "deviation" in said

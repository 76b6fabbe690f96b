"""`scenes` draws a folder that can be opened and trained on; the same for the same seed."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import PIL.Image
import pytest

from explorer import commands
from explorer.images.folder import list_pictures
from explorer.scenes.drawing import draw_scene
from explorer.scenes.folder import facts_in
from explorer.scenes.language import is_true
from explorer.training.data.dataset import find_dataset

MAIN = Path(__file__).resolve().parents[2] / "main.py"
SMALL = ["--size", "48", "--seed", "3"]

Scenes = Callable[..., tuple[int, str]]


@pytest.fixture
def scenes(capsys: pytest.CaptureFixture[str]) -> Scenes:
    """Run the command in this process: its exit code, and what was said."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        code = commands.run(["scenes", *map(str, arguments), *SMALL])
        return code, capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred small scenes, drawn by two processes."""
    out = tmp_path_factory.mktemp("drawn") / "scenes"
    assert commands.run(["scenes", str(out), "--count", "100", "--workers", "2", *SMALL]) == 0
    return out


def _hashes(folder: Path) -> dict[str, str]:
    files = (file for file in folder.iterdir() if file.suffix == ".jpg")
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_training_opens_it(folder: Path):
    """Labels are told by the table, and nothing is amiss."""
    dataset = find_dataset(folder)
    assert dataset.layout == "table"
    assert not any(problem.files for problem in dataset.problems)
    for half in dataset.halves:
        for name, label in zip(half.names, half.labels, strict=True):
            true = draw_scene(3, int(Path(name).stem), 48).label
            assert dataset.classes[label] == true


def test_the_window_lists_pictures_only(folder: Path):
    """Masks are none, even with sub-folders."""
    assert len(list_pictures(folder, include_subfolders=True).rows) == 100


def test_captions_are_as_coco_has_them(folder: Path):
    """Images by their ids, five captions each."""
    told = json.loads((folder / "captions.json").read_text("utf-8"))
    names = {image["id"]: image["file_name"] for image in told["images"]}
    assert sorted(names.values()) == sorted(_hashes(folder))
    assert {(image["width"], image["height"]) for image in told["images"]} == {(48, 48)}
    assert len({said["id"] for said in told["annotations"]}) == 500
    facts = facts_in(folder)
    for said in told["annotations"]:
        assert is_true(said["caption"], facts[names[said["image_id"]]])


def test_masks_and_truth_are_those_of_the_pictures(folder: Path):
    """Each thing's box is where its number lies; the facts can be read back."""
    told = json.loads((folder / "scenes.json").read_text("utf-8"))
    assert (told["seed"], told["size"], told["count"]) == (3, 48, 100)
    facts = facts_in(folder)
    with ZipFile(folder / "masks.zip") as masks:
        assert len(masks.namelist()) == 100
        for record in told["scenes"][:20]:
            name = Path(record["file_name"]).stem + ".png"
            mask = np.asarray(PIL.Image.open(BytesIO(masks.read(name))))
            scene = draw_scene(3, record["number"], 48)
            assert np.array_equal(mask, scene.mask)
            assert facts[record["file_name"]] == scene.facts
            assert [tuple(thing["box"]) for thing in record["objects"]] == [
                each.box for each in scene.objects
            ]


def test_pictures_are_the_drawn_ones(folder: Path):
    """JPEG changes little."""
    pixels = np.asarray(PIL.Image.open(folder / "000007.jpg"), float)
    assert np.abs(pixels - draw_scene(3, 7, 48).pixels).mean() < 3


def test_the_same_is_drawn_by_any_number_of_processes(folder: Path, scenes: Scenes, tmp_path: Path):
    """And whatever the count is."""
    code, said = scenes(tmp_path / "few", "--count", "50", "--workers", "1")
    assert code == 0
    assert "Wrote 50 scenes of seed 3" in said
    few, many = _hashes(tmp_path / "few"), _hashes(folder)
    assert len(few) == 50
    assert few.items() <= many.items()
    with (
        (folder / "labels.csv").open(newline="") as one,
        (tmp_path / "few/labels.csv").open() as two,
    ):
        assert list(csv.reader(two)) == list(csv.reader(one))[:51]


def test_an_empty_folder_will_do(scenes: Scenes, tmp_path: Path):
    """It stays the same folder, for somebody may be in it; and folders above a new one are made."""
    (tmp_path / "empty").mkdir()
    before = os.stat(tmp_path / "empty").st_ino
    assert scenes(tmp_path / "empty", "--count", "1")[0] == 0
    assert os.stat(tmp_path / "empty").st_ino == before
    names = {"000000.jpg", "captions.json", "labels.csv", "masks.zip", "scenes.json"}
    assert set(os.listdir(tmp_path / "empty")) == names
    assert scenes(tmp_path / "a" / "b", "--count", "1")[0] == 0
    assert (tmp_path / "a" / "b" / "000000.jpg").exists()


@pytest.mark.parametrize("name", ["full", "full/file"])
def test_what_is_there_is_not_touched(scenes: Scenes, tmp_path: Path, name: str):
    """A folder that holds something, or a file, is refused in a sentence."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    code, said = scenes(tmp_path / name, "--count", "1")
    assert code == 2
    assert "is there already, and is not empty. Choose another name" in said
    assert [file.name for file in tmp_path.rglob("*")] == ["full", "file"]


def test_a_full_disk_is_said(scenes: Scenes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In a sentence, and nothing is left behind."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PIL.Image.Image, "save", fail)
    code, said = scenes(tmp_path / "out", "--count", "3")
    assert code == 2
    assert "The disk is full" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--size", "9"], "“9” does not lie between 32 and 2048"),
        (["--seed", "-1"], "“-1” is no number from 0 on"),
        (["--count", "0"], "“0” is no number from 1 on"),
    ],
)
def test_called_wrongly(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    """What is wrong, in a line."""
    with pytest.raises(SystemExit) as exit_:
        commands.run(["scenes", "out", *arguments])
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err


def _hear_ctrl_c() -> None:
    """As in a terminal, also where the tests run in the background, which is deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals between processes")
def test_ctrl_c_leaves_nothing(tmp_path: Path):
    """One line, code 130, and neither a folder nor a process is left."""
    out = tmp_path / "out"
    arguments = ["scenes", str(out), "--count", "100000", "--workers", "2", *SMALL]
    process = subprocess.Popen(
        [sys.executable, str(MAIN), *arguments],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    )
    while process.poll() is None and not list(tmp_path.glob(".out.part/*.jpg")):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "is not written." in said.splitlines()[-1]
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []

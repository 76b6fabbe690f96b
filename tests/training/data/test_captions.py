"""Captioned pictures are found beside their captions.json, and what is wrong with it is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import Cancelled, ExplorerError
from explorer.training.data.dataset import find_dataset
from explorer.training.data.examples import Dataset

from ..scenes import draw_captioned

Shared = Callable[[str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight drawn pictures with two captions each."""
    return draw_captioned(tmp_path / "drawn", count=8)


def _find(folder: Path, **options: Any) -> Dataset:
    return find_dataset(folder, task="caption", **options)


def _change(folder: Path, change: Callable[[Any], object]) -> Dataset:
    """The folder once something in its captions.json is changed."""
    file = folder / "captions.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    return _find(folder)


def _messages(dataset: Dataset) -> list[str]:
    return [problem.message for problem in dataset.problems]


def test_a_real_folder(shared: Shared):
    """Pictures of COCO with five captions each; a seeded fifth validates."""
    dataset = _find(shared("data/coco_captions"))
    assert (len(dataset.train), len(dataset.validation)) == (187, 47)
    assert dataset.task == "caption"
    assert dataset.classes == ()
    assert dataset.is_drawn
    assert min(len(told) for half in dataset.halves for told in half.captions) >= 5
    assert all(dataset.train.path(place).is_file() for place in range(187))
    assert not dataset.problems
    again = _find(shared("data/coco_captions"))
    other = _find(shared("data/coco_captions"), seed=1)
    assert again.validation.names == dataset.validation.names != other.validation.names


def test_labels_are_found_where_they_are_asked_for(folder: Path):
    """A folder may have both: who asks for classes gets them, or hears of the captions."""
    with pytest.raises(ExplorerError, match="are of one class") as caught:
        find_dataset(folder)
    assert "captioner" in caught.value.hint
    names = sorted(path.name for path in (folder / "images").iterdir())
    rows = [f"{name},{'ab'[place % 2]}" for place, name in enumerate(names)]
    (folder / "labels.csv").write_text("\n".join(["filename,label", *rows]))
    assert find_dataset(folder).classes == ("a", "b")
    assert _find(folder).task == "caption"


def test_folders_of_their_own_validate(folder: Path, tmp_path: Path):
    """One that is called “val” beside “train”, or one that is given; as is a file of COCO's."""
    both = tmp_path / "both"
    shutil.copytree(folder, both / "train")
    other = draw_captioned(both / "val", count=3, seed=1)
    for dataset in (_find(both), _find(folder, validation=other)):
        assert (len(dataset.train), len(dataset.validation)) == (8, 3)
        assert not dataset.is_drawn
        assert "“val” validates" in dataset.said
    (tmp_path / "annotations").mkdir()
    shutil.copy(folder / "captions.json", tmp_path / "annotations" / "captions_val.json")
    assert len(_find(tmp_path / "annotations" / "captions_val.json").train) == 6


def test_captions_belong_to_what_is_kept(folder: Path):
    """A run reads them as they were; a changed caption is other data."""
    dataset = _find(folder)
    kept = Dataset.from_json(json.loads(json.dumps(dataset.as_json())))
    assert kept.train.captions == dataset.train.captions
    assert kept.fingerprint() == dataset.fingerprint()

    def reword(content: Any) -> None:
        content["annotations"][0]["caption"] = "another one"

    assert _change(folder, reword).fingerprint() != dataset.fingerprint()


def test_problems_are_told_and_passed_over(folder: Path):
    """Pictures that are gone, or without words; captions that are empty, or of no picture."""
    gone = folder / "images" / "000.png"
    gone.unlink()

    def spoil(content: Any) -> None:
        said = content["annotations"]
        said[2]["caption"] = "  "
        said[4]["caption"], said[5]["caption"] = "", None
        said.append({"image_id": 99, "id": 99, "caption": "nothing"})

    dataset = _change(folder, spoil)
    assert len(dataset.train) + len(dataset.validation) == 6
    assert _messages(dataset) == [
        "1 picture is told of by captions.json and not there.",
        "1 picture is left out: no caption is told.",
        "3 captions are empty.",
        "1 captioned picture is not listed in captions.json.",
    ]
    assert dataset.problems[0].files == ("000.png",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "is not laid out as COCO's"),
        ('{"images": [{"id": 1}], "annotations": []}', "is not laid out as COCO's"),
        ('{"images": [], "annotations": []}', "tells of no captions"),
        (
            '{"images": [{"id": 1, "file_name": "x.png"}],'
            ' "annotations": [{"image_id": 1, "caption": "a"}]}',
            "None of the pictures",
        ),
    ],
)
def test_a_wrong_file_is_said(folder: Path, content: str, said: str):
    """What it is, and what it would have to be."""
    (folder / "captions.json").write_text(content)
    with pytest.raises(ExplorerError, match=said) as caught:
        _find(folder)
    assert caught.value.hint


def test_what_is_not_there_is_said(folder: Path, tmp_path: Path):
    """No folder, no captions, a single picture; and who has enough can stop it."""
    with pytest.raises(ExplorerError, match="There is no folder “nowhere”"):
        _find(tmp_path / "nowhere")
    with pytest.raises(ExplorerError, match=r"There is no captions\.json in “images”"):
        _find(folder / "images")
    with pytest.raises(ExplorerError, match="too few captioned pictures"):
        _find(draw_captioned(tmp_path / "one", count=1))
    with pytest.raises(Cancelled):
        _find(folder, should_stop=lambda: True)

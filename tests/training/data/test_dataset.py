"""Labelled pictures are recognised by themselves, and divided always alike."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.errors import Cancelled, ExplorerError
from explorer.training.data.checking import check_pictures
from explorer.training.data.dataset import find_dataset
from explorer.training.data.examples import Dataset

Shared = Callable[[str], Path]


def _empty(folder: Path, names: Sequence[str]) -> Path:
    """Files without content: labels are told by names alone."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def _numbered(pattern: str, classes: Sequence[str], count: int = 6) -> list[str]:
    return [pattern.format(name, number) for name in classes for number in range(count)]


def _labels(dataset: Dataset) -> dict[str, str]:
    """Each picture's class in words, by its file's name."""
    return {
        Path(name).name: dataset.classes[label]
        for half in dataset.halves
        for name, label in zip(half.names, half.labels.tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("place", "layout", "train", "validation", "first"),
    [
        ("pets", "table", 703, 169, "Abyssinian"),
        ("pets/p1_data", "file names", 703, 169, "Abyssinian"),
        ("pets/p1_data/train", "file names", 703, 169, "Abyssinian"),
        ("pets/labels.csv", "table", 703, 169, "Abyssinian"),
        ("cifar10", "file names", 2000, 1000, "airplane"),
        ("cifar10/labels.csv", "table", 2000, 1000, "airplane"),
        ("digits/single", "file names", 320, 80, "0"),
        ("digits/single_labels.csv", "table", 320, 80, "0"),
    ],
)
def test_real_folders(
    shared: Shared, place: str, layout: str, train: int, validation: int, first: str
):
    """The homework's pictures and others, from any folder that somebody may choose."""
    folder = shared("data") / place
    found = find_dataset(folder)
    assert (found.layout, len(found.train), len(found.validation)) == (layout, train, validation)
    assert found.classes[0] == first
    assert all(half.path(5).is_file() for half in found.halves)


def test_the_homeworks_classes(shared: Shared):
    """26, 29 and 31 are what the homework's pictures show; counts are per class."""
    found = find_dataset(shared("data/pets/p1_data"))
    assert [found.classes[at] for at in (26, 29, 31)] == ["Ragdoll", "samoyed", "shiba_inu"]
    for name, label in zip(found.train.names, found.train.labels.tolist(), strict=True):
        assert name.startswith(f"{label}_")
    counts = found.train.counts(37)
    assert counts.sum() == 703
    samples = found.train.of_class(26, 3)
    assert len(samples) == 3
    assert all(path.name.startswith("26_") for path in samples)
    assert "classes.txt" in found.said
    assert "“val” validates" in found.said


@pytest.mark.parametrize(
    ("names", "layout", "classes"),
    [
        (_numbered("{}/{}.jpg", ["cat", "dog"]), "folders", ("cat", "dog")),
        (_numbered("{}/more/{}.png", ["cat", "dog"]), "folders", ("cat", "dog")),
        (_numbered("{}_{}.jpg", ["cat", "polar_bear"]), "file names", ("cat", "polar_bear")),
        (_numbered("{}_{}.jpg", ["0", "1", "10"]), "file names", ("0", "1", "10")),
        (_numbered("training/{}/{}.jpg", ["a", "b"]), "folders", ("a", "b")),
        (_numbered("{}/{}.jpg", ["bus", "train"]), "folders", ("bus", "train")),
    ],
)
def test_layouts(tmp_path: Path, names: list[str], layout: str, classes: tuple[str, ...]):
    """A folder per class, or {class}_{id}, with words or numbers."""
    found = find_dataset(_empty(tmp_path, names))
    assert (found.layout, found.classes) == (layout, classes)
    assert len(found.train) + len(found.validation) == len(names)


def test_numbers_sort_by_their_value(tmp_path: Path):
    """Class 10 comes after class 9; words as people sort them."""
    found = find_dataset(_empty(tmp_path, _numbered("{}_{}.jpg", ["10", "9", "2"])))
    assert found.classes == ("2", "9", "10")
    found = find_dataset(_empty(tmp_path / "b", _numbered("{}/{}.jpg", ["Zebra", "ant", "Bee"])))
    assert found.classes == ("ant", "Bee", "Zebra")


@pytest.mark.parametrize("validation", ["val", "Validation", "valid", "test"])
def test_a_half_beside_or_inside(tmp_path: Path, validation: str):
    """Train and val are found from above, and from train itself."""
    names = [f"train/{name}" for name in _numbered("{}/{}.jpg", ["a", "b"])]
    names += [f"{validation}/{name}" for name in _numbered("{}/{}.jpg", ["a", "b"], 2)]
    _empty(tmp_path, names)
    for chosen in (tmp_path, tmp_path / "train"):
        found = find_dataset(chosen)
        assert (len(found.train), len(found.validation)) == (12, 4)


def test_val_goes_before_test(tmp_path: Path):
    """What is meant for the end is left for the end."""
    halves = ("train", "test", "val")
    names = [f"{half}/{name}" for half in halves for name in _numbered("{}/{}.jpg", ["a", "b"])]
    assert find_dataset(_empty(tmp_path, names)).validation.folder.name == "val"


def test_another_folder_validates(tmp_path: Path):
    """The user's choice goes before what lies beside."""
    names = [f"{half}/{name}" for half in "xy" for name in _numbered("{}/{}.jpg", ["a", "b"])]
    _empty(tmp_path, names)
    found = find_dataset(tmp_path / "x", tmp_path / "y")
    assert (len(found.train), len(found.validation)) == (12, 12)
    assert found.validation.folder == tmp_path / "y"


@pytest.mark.parametrize(
    ("header", "row", "place"),
    [
        ("filename,label", "{name},{label}", "images/{name}"),
        ("image_id;breed", "{stem};{label}", "images/{name}"),
        ("label\tfile", "{label}\timages/{name}", "images/{name}"),
        ("Image Name,x,class_id,class_name", "{name},7,{number},{label}", "{name}"),
        (None, "{name},{label}", "images/{name}"),
        (None, "images\\{name},{label}", "images/{name}"),
        ("path,what", "./images/{name},{label}", "images/{name}"),
    ],
)
def test_tables(tmp_path: Path, header: str | None, row: str, place: str):
    """Commas, semicolons, tabs; with a header or without; names with folder or suffix or not."""
    lines = [] if header is None else [header]
    truth = {}
    for number in range(12):
        name, label = f"p{number:02}.jpg", "cat" if number % 2 else "dog"
        _empty(tmp_path, [place.format(name=name)])
        facts = {"name": name, "stem": name[:-4], "label": label, "number": number % 2}
        lines.append(row.format(**facts))
        truth[name] = label
    (tmp_path / "labels.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    for chosen in (tmp_path, tmp_path / "labels.csv", tmp_path / "images"):
        if chosen.exists():
            found = find_dataset(chosen)
            assert (found.layout, _labels(found)) == ("table", truth)


def test_a_pair_of_tables_divides(tmp_path: Path):
    """train.csv and val.csv say which pictures train and which validate."""
    _empty(tmp_path, [f"images/{number}.jpg" for number in range(12)])
    rows = [f"{number}.jpg,{'ab'[number % 2]}" for number in range(12)]
    (tmp_path / "train.csv").write_text("\n".join(["file,label", *rows[:8]]))
    (tmp_path / "val.csv").write_text("\n".join(["file,label", *rows[8:]]))
    found = find_dataset(tmp_path)
    assert sorted(found.validation.names) == [f"images{os.sep}{n}.jpg" for n in (10, 11, 8, 9)]
    assert len(found.train) == 8


def test_predictions_are_no_labels(tmp_path: Path):
    """What a model said of the pictures, in a table beside them, is not taken for the truth."""
    names = _numbered("{}_{}.jpg", ["0", "1"])
    _empty(tmp_path / "val", names)
    (tmp_path / "pred.csv").write_text("\n".join(["filename,label", *(f"{n},0" for n in names)]))
    found = find_dataset(tmp_path / "val")
    assert found.layout == "file names"
    assert len(set(_labels(found).values())) == 2


@pytest.mark.parametrize(
    "text", ["0 cat\n1 dog\n2 bear\n", "cat\ndog\nbear", "0: cat\n1,dog\n2\tbear"]
)
def test_class_names_by_file(tmp_path: Path, text: str):
    """Numbered or one a line; classes without pictures keep their numbers, and are told."""
    (tmp_path / "names.txt").write_text(text)
    folder = _empty(tmp_path / "pictures", _numbered("{}_{}.jpg", ["0", "1"], 10))
    found = find_dataset(folder, names=tmp_path / "names.txt")
    assert found.classes == ("cat", "dog", "bear")
    assert any("without any picture (bear)" in problem.message for problem in found.problems)
    (tmp_path / "other.txt").write_text("x y\nz y\n")
    with pytest.raises(ExplorerError, match=r"other\.txt does not name"):
        find_dataset(
            _empty(tmp_path / "b", _numbered("{}_{}.jpg", ["7", "8"])), names=tmp_path / "other.txt"
        )


def test_the_split_is_drawn_by_class(tmp_path: Path):
    """The same with the same seed; a share of each class; other classes do not change it."""
    names = _numbered("{}/{}.jpg", ["a", "b"], 10)
    found = find_dataset(_empty(tmp_path, names), fraction=0.3, seed=5)
    assert found.validation.counts(2).tolist() == [3, 3]
    assert not set(found.train.names) & set(found.validation.names)
    again = find_dataset(tmp_path, fraction=0.3, seed=5)
    assert again.validation.names == found.validation.names
    assert again.fingerprint() == found.fingerprint()
    assert find_dataset(tmp_path, fraction=0.3, seed=6).validation.names != found.validation.names
    more = find_dataset(_empty(tmp_path, _numbered("{}/{}.jpg", ["c"])), fraction=0.3, seed=5)
    assert set(found.validation.names) <= set(more.validation.names)


def test_problems_of_classes(tmp_path: Path):
    """What only one half has, and what has hardly any pictures, is named."""
    names = [f"train/{name}" for name in _numbered("{}/{}.jpg", ["a", "b", "lonely"], 5)]
    names += ["train/few/1.jpg", "val/a/1.jpg", "val/b/1.jpg", "val/few/1.jpg", "val/new/1.jpg"]
    names += ["train/notes.jpg"]
    messages = [one.message for one in find_dataset(_empty(tmp_path, names)).problems]
    assert messages == [
        "1 picture is left out: no class is told.",
        "1 class cannot be learned: no training pictures (new).",
        "1 class cannot be checked: no validation pictures (lonely).",
        "1 class hardly learned: fewer than 5 training pictures (few).",
    ]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "no pictures"),
        (["readme.txt"], "no pictures"),
        ([f"IMG_{number}.jpg" for number in range(20)], "Looked for"),
        ([f"2024010{n}_12.jpg" for n in range(9)], "are not told"),
        (_numbered("cats/{}{}.jpg", ["x"]), "of one class, “cats”"),
        (["0_1.jpg", "1_1.jpg", "2_1.jpg"], "too few pictures"),
    ],
)
def test_what_is_no_dataset(tmp_path: Path, names: list[str], words: str):
    """The reason, and what was looked for."""
    with pytest.raises(ExplorerError) as caught:
        find_dataset(_empty(tmp_path, names))
    assert words in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path):
    """Said in words, for either half."""
    with pytest.raises(ExplorerError, match="“gone” is not there"):
        find_dataset(tmp_path / "gone")
    folder = _empty(tmp_path / "a", _numbered("{}/{}.jpg", ["a", "b"]))
    with pytest.raises(ExplorerError, match="“gone” is not there"):
        find_dataset(folder, tmp_path / "gone")


def test_it_is_kept_as_json(shared: Shared):
    """What a run keeps of its pictures is all there is."""
    found = find_dataset(shared("data/pets/p1_data"))
    again = Dataset.from_json(found.as_json())
    assert again.fingerprint() == found.fingerprint()
    assert (again.said, again.classes, again.layout) == (found.said, found.classes, found.layout)


def test_the_fingerprint_is_of_the_pictures(tmp_path: Path):
    """A copy has the same; one picture more, or of another size, another one."""
    _empty(tmp_path / "a", _numbered("{}/{}.jpg", ["x", "y"]))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    first, copy = find_dataset(tmp_path / "a"), find_dataset(tmp_path / "b")
    assert first.fingerprint() == copy.fingerprint()
    (tmp_path / "b/x/0.jpg").write_bytes(b"1")
    assert first.fingerprint() != copy.fingerprint()
    (tmp_path / "b/x/0.jpg").unlink()
    with pytest.raises(ExplorerError, match=r"0\.jpg is not in “b” any more"):
        copy.fingerprint()
    shutil.rmtree(tmp_path / "b")
    with pytest.raises(ExplorerError, match="“b” is not there any more"):
        copy.fingerprint()


def test_a_hundred_thousand_pictures(hundred_thousand: Path, tmp_path: Path):
    """Are listed, labelled by a table and divided, and can be cancelled."""
    rows = (f"{number}.jpg,{number % 10}" for number in range(100_000))
    (tmp_path / "labels.csv").write_text("\n".join(["filename,label", *rows]))
    (tmp_path / "pictures").symlink_to(hundred_thousand, target_is_directory=True)
    found = find_dataset(tmp_path)
    assert (len(found.train), len(found.validation)) == (80_000, 20_000)
    with pytest.raises(Cancelled):
        find_dataset(tmp_path, should_stop=lambda: True)


@pytest.fixture
def flawed(shared: Shared, tmp_path: Path) -> Dataset:
    """Forty real pictures: one cut off, one no picture, one in both halves, one in two classes."""
    source = shared("data/pets/p1_data/train")
    names = [f"{label}_" for label in (0, 1)]
    chosen = [path for name in names for path in sorted(source.glob(f"{name}*"))[:20]]
    for half, paths in (
        ("train", chosen[:15] + chosen[20:35]),
        ("val", chosen[15:20] + chosen[35:]),
    ):
        (tmp_path / half).mkdir()
        for path in paths:
            shutil.copyfile(path, tmp_path / half / path.name)
    first = tmp_path / "train" / chosen[0].name
    first.write_bytes(first.read_bytes()[:5000])
    (tmp_path / "train" / chosen[1].name).write_text("no picture")
    shutil.copyfile(tmp_path / "train" / chosen[2].name, tmp_path / "val/0_99999.jpg")
    shutil.copyfile(tmp_path / "train" / chosen[3].name, tmp_path / "train/1_99999.jpg")
    return find_dataset(tmp_path)


def test_every_file_is_looked_into(flawed: Dataset):
    """Broken pictures, leaks and contradictions are found; sizes and progress are told."""
    heard = []
    checked = check_pictures(flawed, progress=lambda *done: heard.append(done))
    messages = [problem.message for problem in checked.problems]
    assert [len(problem.files) for problem in checked.problems] == [2, 1, 2]
    assert messages[0].startswith("2 pictures are broken and will be passed over. ")
    assert messages[1].startswith("1 picture is in both halves")
    assert messages[2] == "1 picture is in several classes, such as 0 and 1."
    assert checked.problems[1].files == ("0_99999.jpg",)
    assert heard[-1] == (42, 42)
    assert checked.sizes.shape == (40, 2)
    assert checked.bytes > 100_000
    assert min(checked.typical_size) > 100
    with pytest.raises(Cancelled):
        check_pictures(flawed, should_stop=lambda: True)


def test_sizes_are_those_of_the_files(tmp_path: Path):
    """Although only a glance of each picture is decoded."""
    for label in (0, 1):
        for number in range(3):
            pixels = np.full((300 + number, 500, 3), 40 * number + label, np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"{label}_{number}.jpg")
    checked = check_pictures(find_dataset(tmp_path))
    assert checked.typical_size == (500, 301)
    assert checked.problems == ()

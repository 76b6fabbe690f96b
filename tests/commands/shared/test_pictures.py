"""Which pictures a command is about, and what they are called."""

import os
from pathlib import Path

import PIL.Image

from explorer.commands.shared.pictures import find_pictures, name_apart, name_files, outside


def _draw(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.new("RGB", (32, 24)).save(path)


def test_files_folders_and_patterns_each_picture_once(tmp_path: Path):
    """In the order asked for, folders by natural name, sub-folders only by wish."""
    here = [tmp_path / name for name in ("shot2.png", "shot10.png", "sub/deep.png")]
    _draw(*here)
    (tmp_path / "notes.txt").write_text("no picture")
    assert find_pictures([str(tmp_path)]) == here[:2]
    assert find_pictures([str(tmp_path)], recursive=True) == here
    assert find_pictures([str(tmp_path / "*.png")]) == here[:2]
    assert find_pictures([str(tmp_path / "**/*.png")]) == here
    assert find_pictures([str(here[1]), str(tmp_path)]) == [here[1], here[0]]
    assert find_pictures([str(tmp_path / "missing*")]) == [tmp_path / "missing*"]


def test_a_file_whose_name_looks_like_a_pattern(tmp_path: Path):
    """`[1].png` is a file before it is a pattern."""
    _draw(tmp_path / "[1].png", tmp_path / "1.png")
    assert find_pictures([str(tmp_path / "[1].png")]) == [tmp_path / "[1].png"]


def test_equal_names_are_told_apart():
    """Unique names stand alone; equal ones bring the folders below the one they share."""
    assert name_files([Path("x/a.jpg"), Path("y/b.jpg")]) == ["a.jpg", "b.jpg"]
    assert name_files([Path("x/a.jpg"), Path("x/y/a.jpg")]) == ["a.jpg", "y/a.jpg"]


def test_no_two_files_have_the_same_name():
    """Nor on systems that ignore case or write accents otherwise; own names come first."""
    assert name_apart(["a", "b"], ".png") == ["a.png", "b.png"]
    assert name_apart(["a", "a", "a-2"], ".png") == ["a.png", "a-3.png", "a-2.png"]
    assert name_apart(["a", "A"], ".png") == ["a.png", "A-2.png"]
    assert name_apart(["\u00e9", "e\u0301"], ".png")[1] == "e\u0301-2.png"
    assert name_apart(["a"], ".png", taken=["A.png", "a-2.png"]) == ["a-3.png"]


def test_long_names_leave_room():
    """What is put behind a name still fits in what file systems allow, in bytes."""
    first, second = name_apart(["傘" * 84] * 2, ".png")
    assert first != second
    assert all(len(os.fsencode(name)) <= 255 for name in (first, second))


def test_what_lies_in_a_folder(tmp_path: Path):
    """However it is written; what lies deeper does not count."""
    _draw(tmp_path / "a.png", tmp_path / "sub" / "b.png")
    here = [tmp_path / "a.png", tmp_path / "sub" / ".." / "a.png", tmp_path / "sub" / "b.png"]
    assert outside(here, tmp_path) == here[2:]
    assert outside(here, tmp_path / "sub") == here[:2]
    assert outside(here, tmp_path / "gone") == here

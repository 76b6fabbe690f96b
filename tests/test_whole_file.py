"""Files appear whole or not at all, and leave nothing behind."""

from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.whole_file import whole_file


def test_file_is_there_only_when_it_is_whole(tmp_path):
    """Until the end the name holds what it held before; then nothing else lies beside it."""
    file = tmp_path / "figure.png"
    file.write_text("old")
    with whole_file(file, "Elsewhere.") as unfinished:
        unfinished.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def write(file: Path, text: str) -> None:
    with whole_file(file, "Elsewhere.") as unfinished:
        unfinished.write_text(text[:2])
        if text == "broken":
            raise OSError(28, "No space left on device")


def test_failure_leaves_the_last_file(tmp_path):
    """A disk that is full amid the writing: the last file stays, and no part of the new one."""
    file = tmp_path / "figure.png"
    file.write_text("old")
    with pytest.raises(ExplorerError, match=r"The disk is full: .*figure\.png cannot be written\."):
        write(file, "broken")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_longest_name_is_written(tmp_path):
    """As long as a file's name may be."""
    file = tmp_path / ("ä" * 125 + ".png")
    write(file, "new")
    assert file.read_text() == "ne"


def test_what_a_killed_process_left_is_overwritten(tmp_path, monkeypatch):
    """However often it is killed, one part lies there at most."""
    file = tmp_path / "figure.png"
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # it did not live to tidy up
    for _ in range(2):
        with pytest.raises(ExplorerError):
            write(file, "broken")
    assert len(list(tmp_path.iterdir())) == 1
    write(file, "new")
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("place", ["none/figure.png", "file/figure.png", "folder"])
def test_impossible_place_is_said(tmp_path, place):
    """No such folder, a file for a folder, a folder of that name: a sentence with its next step."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExplorerError, match=r"cannot be written: .+") as told:
        write(tmp_path / place, "new")
    assert told.value.hint == "Elsewhere."

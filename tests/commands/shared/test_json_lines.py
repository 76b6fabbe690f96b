"""Records, one a line: whole, and as soon as they are written."""

from pathlib import Path

import pytest

from explorer.commands.shared.json_lines import append_record, take_up
from explorer.errors import ExplorerError


def test_records_come_back(tmp_path: Path):
    """In order, whatever is in them: line breaks, other scripts, a file name that is no text."""
    file = tmp_path / "records.jsonl"
    records = [{"text": "a\nb"}, {"text": "雨傘"}, {"text": "caf\udce9", "p": 0.5}]
    for number, record in enumerate(records, start=1):
        append_record(file, record)
        assert len(take_up(file)) == number
    assert take_up(file) == records
    assert "雨傘" in file.read_text("utf-8")


def test_half_a_line_is_cut_off(tmp_path: Path):
    """What a killed run left does not spoil what comes after it."""
    file = tmp_path / "records.jsonl"
    file.write_bytes(b'{"a": 1}\n{"a": 2')
    assert take_up(file) == [{"a": 1}]
    append_record(file, {"a": 3})
    assert take_up(file) == [{"a": 1}, {"a": 3}]


@pytest.mark.parametrize("content", [b"notes\n", b"[1]\n", b"\xff\xfe\n", b'{"a": 1}\nnotes\n'])
def test_other_files_are_left_alone(tmp_path: Path, content: bytes):
    """Refused, and not a byte is changed."""
    file = tmp_path / "notes.jsonl"
    file.write_bytes(content)
    with pytest.raises(ExplorerError, match="something else than JSON objects"):
        take_up(file)
    assert file.read_bytes() == content


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_full_disk_is_said():
    """In a sentence."""
    with pytest.raises(ExplorerError, match=r"The disk is full: /dev/full cannot be written\."):
        append_record(Path("/dev/full"), {"a": 1})

"""Events are appended whole, read once, and survive whatever happens to their writer."""

import json
from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.training.runs.events import EventLog, Tail, last_event

try:
    import resource
except ImportError:  # Windows
    resource = None


def _write(path: Path, *kinds: str) -> None:
    log = EventLog(path)
    for number, kind in enumerate(kinds):
        log.append(kind, number=number)
    log.close()


def test_a_tail_reads_only_what_is_new(tmp_path: Path):
    """Each event is given once, in order, also while a line is only half written."""
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    assert tail.read() == []
    _write(path, "started", "step")
    assert [event["kind"] for event in tail.read()] == ["started", "step"]
    assert tail.read() == []
    with path.open("ab") as file:
        file.write(b'{"at":1,"kind":"st')
        file.flush()
        assert tail.read() == []
        file.write(b'ep"}\n')
    assert [event["kind"] for event in tail.read()] == ["step"]
    assert not tail.is_behind


def test_a_torn_last_line_is_taken_away_by_the_next_writer(tmp_path: Path):
    """What a killed process left half written is no event, and spoils none that follow."""
    path = tmp_path / "events.jsonl"
    _write(path, "started")
    with path.open("ab") as file:
        file.write(b'{"at":1,"kind":"step","text":"' + b"x" * 10_000)
    tail = Tail(path)
    assert len(tail.read()) == 1
    _write(path, "resumed")
    assert [event["kind"] for event in tail.read()] == ["resumed"]
    lines = path.read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["started", "resumed"]


def test_a_file_that_is_nothing_but_torn_is_emptied(tmp_path: Path):
    """A process that was killed in its very first word leaves nothing."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"at":1' + b" " * 9000)
    _write(path, "started")
    assert len(path.read_bytes().splitlines()) == 1


def test_numbers_that_are_none_and_odd_texts_are_written_as_json(tmp_path: Path):
    """NaN becomes null; paths, tuples and line breaks come back as JSON has them."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.append("odd", loss=float("nan"), path=Path("a"), pair=(1, float("inf")), text="a\nb – 猫")
    log.close()
    (event,) = Tail(path).read()
    assert (event["loss"], event["path"], event["pair"]) == (None, "a", [1, None])
    assert event["text"] == "a\nb – 猫"


def test_damaged_lines_are_passed_over(tmp_path: Path):
    """A disk's damage costs the events it hit, not the others."""
    path = tmp_path / "events.jsonl"
    _write(path, "started", "step")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\x00\xff garbage\n" + b"[1]\n" + lines[1])
    assert [event["kind"] for event in Tail(path).read()] == ["started", "step"]


def test_a_long_file_is_read_in_bites_and_never_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """100,000 events are read a bite at a time; a look at nothing new opens no file."""
    path = tmp_path / "events.jsonl"
    line = b'{"at":1.5,"kind":"step","step":%d,"loss":0.123456789,"learning_rate":0.0001}\n'
    path.write_bytes(b"".join(line % number for number in range(100_000)))
    tail = Tail(path)
    first = tail.read(most=65_536)
    assert 500 < len(first) < 2000
    assert tail.is_behind
    count = len(first)
    while tail.is_behind:
        count += len(tail.read())
    assert count == 100_000
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("nothing is new"))
    assert tail.read() == []


def test_kinds_that_nobody_wants_are_passed_over(tmp_path: Path):
    """A table of runs reads epochs without their thousands of steps."""
    path = tmp_path / "events.jsonl"
    _write(path, "started", "step", "step", "epoch")
    kinds = [event["kind"] for event in Tail(path, without=["step"]).read()]
    assert kinds == ["started", "epoch"]


def test_the_last_event_is_found_from_the_end(tmp_path: Path):
    """Whatever the file's length, and behind a torn line."""
    path = tmp_path / "events.jsonl"
    assert last_event(path) is None
    _write(path, *["step"] * 500, "paused")
    with path.open("ab") as file:
        file.write(b'{"kind":"torn')
    assert last_event(path)["kind"] == "paused"


@pytest.mark.skipif(resource is None, reason="limits of files are POSIX")
def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path):
    """The event that did not fit is not there in half, and the next one is written as ever."""
    log = EventLog(tmp_path / "events.jsonl")
    log.append("started")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited[1]))
        with pytest.raises(ExplorerError, match=r"The disk is full: .*events\.jsonl cannot be"):
            log.append("step", text="x" * 200)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    log.append("step")
    log.close()
    assert [event["kind"] for event in Tail(tmp_path / "events.jsonl").read()] == [
        "started",
        "step",
    ]


def test_whoever_reads_to_the_end_comes_to_an_end(tmp_path: Path):
    """Also behind a torn line, and of a file that was mended and has grown as long as before."""
    path = tmp_path / "events.jsonl"
    _write(path, "started")
    with path.open("ab") as file:
        file.write(b'{"at":1,"kind":"torn"' + b" " * 500)
    tail = Tail(path)
    for kinds in (["started"], ["step"] * 12):
        found = []
        while tail.is_behind:
            found += tail.read(most=32)
        assert [event["kind"] for event in found] == kinds
        _write(path, *["step"] * 12)

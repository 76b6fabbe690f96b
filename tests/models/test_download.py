"""Downloads against a hub on the loopback: they end whole, or not at all, and say why."""

import errno
import hashlib
import random
import threading
import time
from pathlib import Path

import huggingface_hub
import pytest

from explorer.errors import Cancelled, ExplorerError
from explorer.models import download
from explorer.models.download import NotOnHub, fetch

NAME = "vit_tiny.test"
CONTENT = random.Random(0).randbytes(3_000_000)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights" / f"{NAME}.safetensors"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE", 0.01)


def get(target: Path, told=lambda *_: None, should_stop=lambda: False) -> None:
    fetch(f"timm/{NAME}", "model.safetensors", target, told, should_stop)


def left_over(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_download(hub, target: Path) -> None:
    """A file arrives whole, alone, and its bytes are counted up to the end."""
    hub.put(NAME, CONTENT)
    told: list[tuple[str, float | None]] = []
    get(target, told=lambda text, done: told.append((text, done)))
    assert target.read_bytes() == CONTENT
    assert left_over(target) == [target.name]
    shares = [done for _, done in told if done is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any(text.endswith("of 3.0 MB") for text, _ in told)


def test_cancel_and_resume(hub, target: Path) -> None:
    """A cancelled download leaves no file, keeps its bytes, and goes on from there."""
    hub.put(NAME, CONTENT)
    hub.hold_after = 2_000_000  # then the line is silent, and cannot be read from
    arrived = threading.Event()
    with pytest.raises(Cancelled):
        get(target, lambda _, done: arrived.set() if done else None, arrived.is_set)
    (part,) = target.parent.glob("*.part")
    kept = part.stat().st_size
    assert 0 < kept <= 2_000_000

    hub.hold_after = None
    hub.go_on.set()
    get(target)
    assert target.read_bytes() == CONTENT
    assert hub.ranges == ["", f"bytes={kept}-"]


def test_cancel_is_prompt_while_the_line_is_silent(hub, target: Path) -> None:
    """Nobody waits for a server that says nothing, and nothing is told afterwards."""
    hub.put(NAME, CONTENT)
    hub.hold_after = 0
    pressed = threading.Timer(0.2, (stop := threading.Event()).set)
    pressed.start()
    told: list[str] = []
    started = time.monotonic()
    with pytest.raises(Cancelled):
        get(target, told=lambda text, _: told.append(text), should_stop=stop.is_set)
    assert time.monotonic() - started < 2
    before = len(told)
    hub.go_on.set()
    time.sleep(0.2)
    assert len(told) == before
    assert not target.exists()


def test_interrupt(hub, target: Path) -> None:
    """Ctrl-C ends the writing, too: the thread behind it writes and tells nothing more."""
    hub.put(NAME, CONTENT)
    hub.hold_after = 1_000_000
    arrived = threading.Event()

    def interrupt() -> bool:
        if arrived.is_set():
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        get(target, lambda _, done: arrived.set() if done else None, interrupt)
    kept = sum(part.stat().st_size for part in target.parent.glob("*.part"))
    hub.go_on.set()
    time.sleep(0.2)
    assert sum(part.stat().st_size for part in target.parent.glob("*.part")) == kept
    assert not target.exists()


def test_two_at_once(hub, target: Path) -> None:
    """A second download of the same file waits, and finds what the first one brought."""
    hub.put(NAME, CONTENT)
    hub.hold_after = 1_000_000
    arrived, waits = threading.Event(), threading.Event()
    first = threading.Thread(
        target=get, args=(target, lambda _, done: arrived.set() if done else None)
    )
    first.start()
    assert arrived.wait(5)

    def told(text: str, _: float | None) -> None:
        if text.startswith("Waiting") and not waits.is_set():
            waits.set()
            hub.go_on.set()

    get(target, told)
    first.join()
    assert waits.is_set()
    assert target.read_bytes() == CONTENT
    assert hub.ranges == [""]
    assert left_over(target) == [target.name]


def test_somebody_else_downloads(hub, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program holds the file for long, that is said."""
    hub.put(NAME, CONTENT)
    monkeypatch.setattr(download, "_OTHERS_END", 0.2)
    target.parent.mkdir()
    with (
        download.FileLock(f"{target}.lock"),
        pytest.raises(ExplorerError, match="is being downloaded by another program"),
    ):
        get(target)
    assert hub.ranges == []


def test_cut_line(hub, target: Path) -> None:
    """A line that is cut is taken up again where it broke, without a word."""
    hub.put(NAME, CONTENT)
    hub.cuts, hub.cut_after = 2, 1_000_000
    get(target)
    assert target.read_bytes() == CONTENT
    assert hub.ranges[0] == ""
    assert all(part.startswith("bytes=") for part in hub.ranges[1:])
    assert len(hub.ranges) == 3


def test_line_that_stays_cut(hub, target: Path) -> None:
    """After some vain attempts the download says how far it came; the next one goes on there."""
    hub.put(NAME, CONTENT[:1_500_000])
    hub.says_length = len(CONTENT)
    hub.hash = hashlib.sha256(CONTENT).hexdigest()
    with pytest.raises(ExplorerError, match=r"broke off after 1\.5 MB of 3\.0 MB") as caught:
        get(target)
    assert "try again" in caught.value.hint
    assert not target.exists()
    hub.put(NAME, CONTENT)
    get(target)
    assert target.read_bytes() == CONTENT
    assert hub.ranges[-1] == "bytes=1500000-"


def test_server_without_ranges(hub, target: Path) -> None:
    """A server that sends everything again is understood: nothing is written twice."""
    hub.put(NAME, CONTENT)
    hub.ignores_ranges = True
    hub.cuts, hub.cut_after = 1, 1_000_000
    get(target)
    assert target.read_bytes() == CONTENT


def test_wrong_hash(hub, target: Path) -> None:
    """Bytes that are not those the hub published are thrown away."""
    hub.put(NAME, CONTENT)
    hub.hash = hashlib.sha256(b"another").hexdigest()
    with pytest.raises(ExplorerError, match="damaged on its way"):
        get(target)
    assert left_over(target) == []


def test_server_that_promises_too_much(hub, target: Path) -> None:
    """A server that lies about the length leads to a sentence, not to a short file."""
    hub.put(NAME, CONTENT)
    hub.says_length = len(CONTENT) + 100_000
    with pytest.raises(ExplorerError, match=r"broke off after 3\.0 MB of 3\.1 MB"):
        get(target)
    assert not target.exists()


def test_server_that_promises_too_little(hub, target: Path) -> None:
    """Nor does one that promises less than there is."""
    hub.put(NAME, CONTENT)
    hub.says_length = len(CONTENT) - 100_000
    with pytest.raises(ExplorerError, match="damaged on its way"):
        get(target)
    assert left_over(target) == []


def test_new_version(hub, target: Path) -> None:
    """What is left of an older version is not put together with the new one."""
    target.parent.mkdir()
    (target.parent / f"{target.name}.0123456789abcdef.part").write_bytes(b"old")
    hub.put(NAME, CONTENT)
    get(target)
    assert target.read_bytes() == CONTENT
    assert left_over(target) == [target.name]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "has no weights under timm/vit_tiny.test"),
        (500, "answered with error 500"),
        (503, "answered with error 503"),
        (401, "does not give timm/vit_tiny.test to everybody"),
        (403, "does not give timm/vit_tiny.test to everybody"),
    ],
)
def test_refusals(hub, target: Path, status: int, sentence: str) -> None:
    """Each refusal has its sentence and a next step."""
    hub.put(NAME, CONTENT)
    hub.status = status
    with pytest.raises(ExplorerError, match=sentence) as caught:
        get(target)
    assert caught.value.hint
    assert isinstance(caught.value, NotOnHub) == (status == 404)


def test_no_server(hub, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network the sentence names the network, the proxy and the mirror."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ExplorerError, match="cannot be reached") as caught:
        get(target)
    assert "HF_ENDPOINT" in caught.value.hint


def test_switched_off(hub, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is set to stay offline says so."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    huggingface_hub.close_session()
    with pytest.raises(ExplorerError, match="switched off"):
        get(target)


def test_disk_without_room(hub, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little room is found out before the first byte."""
    hub.put(NAME, CONTENT)
    usage = download.shutil.disk_usage("/")._replace(free=1_000)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ExplorerError, match="not enough space"):
        get(target)
    assert hub.ranges == []


def test_disk_that_fills_up(hub, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up on the way is said, and what has arrived is kept."""
    hub.put(NAME, CONTENT)

    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download.os, "fsync", full)
    with pytest.raises(ExplorerError, match="not enough space"):
        get(target)
    assert not target.exists()


def test_folder_that_cannot_be_written(hub, tmp_path: Path) -> None:
    """A folder that cannot be written to is named, with the reason."""
    hub.put(NAME, CONTENT)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExplorerError, match="cannot be written to"):
        get(tmp_path / "file" / "weights.safetensors")


def test_nothing_is_printed(hub, target: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither bars nor warnings reach the console."""
    hub.put(NAME, CONTENT)
    hub.cuts, hub.cut_after = 1, 1_000_000
    get(target)
    assert capfd.readouterr() == ("", "")

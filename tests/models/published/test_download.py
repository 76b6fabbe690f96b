"""Downloads against a server on the loopback: they end whole, or not at all, and say why."""

import errno
import hashlib
import random
import threading
import time
from pathlib import Path

import huggingface_hub
import pytest

from explorer.errors import Cancelled, ExplorerError
from explorer.models.published import download
from explorer.models.published.addresses import Address, HubFile, NotPublished, ReleaseFile
from explorer.models.published.download import fetch

from ..conftest import RELEASES, Hub, serving

NAME = "vit_tiny.test"
HUB_PATH = f"/timm/{NAME}/resolve/main/model.safetensors"
RELEASE_PATH = f"{RELEASES}/B_16.pth"
CONTENT = random.Random(0).randbytes(3_000_000)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights" / f"{NAME}.safetensors"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE", 0.01)


def get(target: Path, told=lambda *_: None, should_stop=lambda: False) -> None:
    fetch(HubFile(f"timm/{NAME}", "model.safetensors"), target, told, should_stop)


def release(file: str = "B_16.pth") -> Address:
    return ReleaseFile(f"https://github.com{RELEASES}/{file}")


def get_release(target: Path, file: str = "B_16.pth", examine=None) -> None:
    fetch(release(file), target, lambda *_: None, lambda: False, examine)


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
    with pytest.raises(Cancelled):  # the server is silent until `go_on`, which comes later
        get(target, told=lambda text, _: told.append(text), should_stop=stop.is_set)
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
    hub.cuts[HUB_PATH], hub.cut_after = 2, 1_000_000
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
    hub.cuts[HUB_PATH], hub.cut_after = 1, 1_000_000
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


def test_file_that_shrinks(hub, target: Path) -> None:
    """A server that has less than it said, and says so, leads to that sentence, too."""
    hub.put(NAME, CONTENT)
    hub.cuts[HUB_PATH], hub.cut_after = 1, 2_000_000

    def told(_text: str, done: float | None) -> None:
        hub.says_length = 1_500_000 if done else None

    with pytest.raises(ExplorerError, match=r"broke off after 2\.0 MB of 3\.0 MB"):
        get(target, told)
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


def test_damaged_description(hub, target: Path) -> None:
    """Of small files the hub publishes git's hash: that is checked, too."""
    content = b'{"model_type": "vit"}'
    git = hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()
    hub.put(NAME, content)
    hub.hash = git
    get(target)
    assert target.read_bytes() == content
    target.unlink()
    hub.put(NAME, content.replace(b"vit", b"bit"))
    with pytest.raises(ExplorerError, match="damaged on its way"):
        get(target)
    assert left_over(target) == []


def test_release(hub, target: Path) -> None:
    """A file of a release is fetched from where its address leads to."""
    hub.files["/assets/17"] = CONTENT
    hub.moved[RELEASE_PATH] = f"{hub.address}/assets/17"
    get_release(target)
    assert target.read_bytes() == CONTENT
    assert left_over(target) == [target.name]


def test_tokens_stay_with_the_hub(hub, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another server never sees the token of the hub."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert "authorization" in HubFile("timm/vit", "model.safetensors").headers()
    assert "authorization" not in release().headers()


def test_release_that_changed(hub, target: Path) -> None:
    """What has arrived of one version is not put together with another one of the same size."""
    hub.release("B_16.pth", CONTENT[:1_000_000])
    hub.says_length, hub.tag = len(CONTENT), '"1"'
    with pytest.raises(ExplorerError, match=r"broke off after 1\.0 MB of 3\.0 MB"):
        get_release(target)
    hub.release("B_16.pth", other := CONTENT[::-1])
    hub.tag = '"2"'
    get_release(target)
    assert target.read_bytes() == other


def test_release_that_changes_on_the_way(hub, target: Path) -> None:
    """Nor where it changes while the line is broken."""
    hub.release("B_16.pth", CONTENT)
    hub.tag, hub.cuts[RELEASE_PATH], hub.cut_after = '"1"', 2, 1_000_000
    other = CONTENT[::-1]

    def told(_text: str, done: float | None) -> None:
        if done:
            hub.release("B_16.pth", other)
            hub.tag = '"2"'

    fetch(release(), target, told, lambda: False)
    assert target.read_bytes() == other


@pytest.mark.parametrize("tag", ["", 'W/"1"'])
def test_release_without_a_version(hub, target: Path, tag: str) -> None:
    """Where nothing tells one version from another, a download starts anew."""
    hub.release("B_16.pth", CONTENT)
    hub.tag, hub.cuts[RELEASE_PATH], hub.cut_after = tag, 2, 1_000_000
    get_release(target)
    assert target.read_bytes() == CONTENT
    assert hub.ranges == ["", "", ""]


def test_hash_in_a_name(hub, target: Path) -> None:
    """A name that ends in the beginning of a hash promises that hash, as torch's hub has it."""
    good = f"vit-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"
    hub.release(good, CONTENT)
    get_release(target, good)
    target.unlink()
    hub.release(good, CONTENT[::-1])
    with pytest.raises(ExplorerError, match="damaged on its way"):
        get_release(target, good)
    assert left_over(target) == []


def test_content_without_a_hash(hub, target: Path) -> None:
    """Where no hash was published, the content itself is looked at before it gets its name."""

    def examine(path: Path) -> None:
        assert not target.exists()
        if b"<html>" in path.read_bytes():
            raise ExplorerError("It is a text file.")

    hub.release("B_16.pth", b"<html>Log in to the network first.</html>")
    with pytest.raises(ExplorerError, match=r"not what 127\.0\.0\.1 published"):
        get_release(target, examine=examine)
    assert left_over(target) == []
    hub.release("B_16.pth", CONTENT)
    get_release(target, examine=examine)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, r"127\.0\.0\.1 has no weights under .*/0\.0\.2/B_16\.pth"),
        (403, r"127\.0\.0\.1 does not give .*/B_16\.pth to everybody"),
        (500, r"127\.0\.0\.1 answered with error 500"),
    ],
)
def test_refusals_of_releases(hub, target: Path, status: int, sentence: str) -> None:
    """A refusal names the server that refused, and how to name another one."""
    hub.status_of[RELEASE_PATH] = status
    hub.release("B_16.pth", CONTENT)
    with pytest.raises(ExplorerError, match=sentence) as caught:
        get_release(target)
    assert caught.value.hint
    assert status == 500 or "EXPLORER_GITHUB" in caught.value.hint


def test_server_that_is_led_to_is_gone(hub, target: Path) -> None:
    """The server that cannot be reached is named, not the one that leads to it."""
    hub.moved[RELEASE_PATH] = "http://localhost:9/assets/17"
    with pytest.raises(ExplorerError, match=r"^localhost cannot be reached"):
        get_release(target)


@pytest.fixture
def proxy(hub, monkeypatch: pytest.MonkeyPatch):
    """A proxy that everything goes through; it answers what it has itself, and has no tunnels."""
    proxy = Hub()
    with serving(proxy):
        for variable in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, proxy.address)
        monkeypatch.setenv("NO_PROXY", "")
        huggingface_hub.close_session()
        yield proxy


@pytest.mark.parametrize("variable", ["HF_ENDPOINT", "EXPLORER_GITHUB"])
def test_proxy(proxy, target: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """The hub and GitHub are asked through the system's proxy, which knows how to get there."""
    monkeypatch.setenv(variable, "http://far.invalid")
    proxy.put(NAME, CONTENT)
    proxy.release("B_16.pth", CONTENT)
    (get if variable == "HF_ENDPOINT" else get_release)(target)
    assert target.read_bytes() == CONTENT
    assert all(path.startswith("http://far.invalid/") for _, path, _ in proxy.requests)


def test_no_proxy(hub, proxy, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that NO_PROXY names is asked directly."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    huggingface_hub.close_session()
    hub.put(NAME, CONTENT)
    get(target)
    assert target.read_bytes() == CONTENT
    assert proxy.requests == []


def test_proxy_without_a_way(proxy, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that does not lead there is named as the reason."""
    monkeypatch.delenv("EXPLORER_GITHUB")
    with pytest.raises(ExplorerError, match=r"The proxy does not lead to github\.com") as caught:
        get_release(target)
    assert "HTTPS_PROXY" in caught.value.hint
    assert proxy.requests[0][:2] == ("CONNECT", "github.com:443")


def test_proxy_that_cannot_be_used(proxy, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of an unknown kind leads to a sentence."""
    monkeypatch.setenv("HTTP_PROXY", "ftp://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "ftp://127.0.0.1:9")
    huggingface_hub.close_session()
    with pytest.raises(ExplorerError, match="proxy cannot be used"):
        get(target)


def test_who_is_asked() -> None:
    """Without a mirror the hub is called by its name, and others by theirs."""
    assert HubFile("timm/vit", "model.safetensors").host == "The Hugging Face hub"
    assert release().host == "github.com"


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
    assert isinstance(caught.value, NotPublished) == (status == 404)


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
    hub.cuts[HUB_PATH], hub.cut_after = 1, 1_000_000
    get(target)
    assert capfd.readouterr() == ("", "")

"""Downloads: with progress, cancelled at once, resumed where they broke off, whole or not at all.

`hf_hub_download` starts from zero after each break, cannot be stopped while the line is silent,
and knows the hub alone: so the bytes are fetched here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from filelock import BaseFileLock, FileLock, Timeout
from huggingface_hub import get_session

from ... import paths
from ...errors import Cancelled, ExplorerError
from .addresses import PLAIN, SILENCE, Address, Published, check
from .faults import explained, is_of_the_line
from .shelf import parts_of

Progress = Callable[[str, float | None], None]

_TRIES = 5  # times in a row that a line may break without a new byte
_PAUSE = 1.0  # seconds between them
_OTHERS_END = 1.5 * SILENCE  # within these, a download that was stopped has ended
_TELL_EVERY = 0.1  # seconds
_AGAIN = "What has arrived is kept: try again to go on from there."


def fetch(
    address: Address,
    target: Path,
    progress: Progress,
    should_stop: Callable[[], bool],
    examine: Callable[[Path], object] | None = None,
) -> None:
    """Download a file to `target`, which appears whole or not at all.

    `examine` looks at a file whose hash nobody published, and raises ExplorerError for a bad one.
    Raises Cancelled soon after `should_stop` answers True; NotPublished where there is no such
    file; ExplorerError where the server cannot be reached or refuses, the line breaks, the disk is
    full, or the bytes are not those that were published.
    """
    download = _Download(address, target, progress, examine)
    with explained(target.parent, address):
        _run_until(should_stop, download)


class _Download:
    """One download, run in a thread of its own: a silent line cannot be interrupted."""

    def __init__(
        self,
        address: Address,
        target: Path,
        progress: Progress,
        examine: Callable[[Path], object] | None,
    ) -> None:
        self._address, self._target = address, target
        self._called = _called(target)
        self._progress, self._examine = progress, examine
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._told_at = 0.0

    def stop(self) -> None:
        """From now on nothing is written and nobody is told."""
        with self._lock:
            self._stopped.set()

    def run(self) -> None:
        self._tell(f"Asking for {self._called}", None)
        published = self._address.ask()
        self._target.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if not self._target.exists():  # else somebody else's download has just brought it
                self._bring(published)

    def _bring(self, published: Published) -> None:
        part = self._part(published)
        with part.open("ab") as file:
            self._check_space(published, file.tell())
            self._fetch(published, file)
            os.fsync(file.fileno())
        self._check_content(published, part)
        with self._still_wanted():
            part.replace(self._target)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two writers would mix their bytes: wait for another one, which may be ending."""
        lock = FileLock(f"{self._target}.lock")
        with suppress(NotImplementedError):  # some network drives have no locks
            self._wait_for(lock)
        try:
            yield
        finally:
            with suppress(OSError):  # Windows keeps a file that is open
                os.unlink(lock.lock_file)
            lock.release()

    def _wait_for(self, lock: BaseFileLock) -> None:
        given_up = time.monotonic() + _OTHERS_END
        while time.monotonic() < given_up:
            with suppress(Timeout):
                lock.acquire(timeout=0.1)
                return
            self._tell(f"Waiting for another download of {self._called}", None)
        raise ExplorerError(
            f"{self._called} is being downloaded by another program.",
            hint="Wait until it is there, or end the other download.",
        )

    def _part(self, published: Published) -> Path:
        """Where bytes wait; named by version, so that two versions are never put together."""
        version = hashlib.sha256(published.version.encode()).hexdigest()[:16]
        part = self._target.with_name(f"{self._target.name}.{version}.part")
        goes_on = published.version and published.size is not None
        with self._still_wanted():
            for other in parts_of(self._target):
                if other != part or not goes_on:
                    other.unlink()
        return part

    def _check_space(self, published: Published, there: int) -> None:
        missing = (published.size or 0) - there
        if missing > shutil.disk_usage(self._target.parent).free:
            raise OSError(errno.ENOSPC, "no space left")

    def _fetch(self, published: Published, file: BinaryIO) -> None:
        """Go on from where the file ends, again and again while the line breaks."""
        failures = 0
        while published.size is None or file.tell() < published.size:
            before, reason = file.tell(), None
            try:
                self._fetch_rest(published, file)
            except Exception as error:
                if not is_of_the_line(error):
                    raise
                reason = error
            if published.size is None and reason is None:
                return
            failures = 0 if file.tell() > before else failures + 1
            if failures == _TRIES:
                raise self._broke_off(file.tell(), published) from reason
            if failures and self._stopped.wait(_PAUSE):
                raise Cancelled

    def _fetch_rest(self, published: Published, file: BinaryIO) -> None:
        headers = {**self._address.headers(), **PLAIN, **_from(file.tell(), published)}
        url = self._address.url
        with get_session().stream("GET", url, headers=headers, timeout=SILENCE) as response:
            if response.status_code == 416:  # there is less than the server has promised
                return
            check(response)
            start = _first_byte(response, file.tell())
            file.truncate(start)
            file.seek(start)
            for chunk in response.iter_bytes():
                with self._still_wanted():
                    file.write(chunk)
                    file.flush()  # or a stopped download would write its rest when it dies
                self._arrived(file.tell(), published.size)

    def _broke_off(self, there: int, published: Published) -> ExplorerError:
        whole = f" of {megabytes(published.size)}" if published.size else ""
        return ExplorerError(
            f"The download broke off after {megabytes(there)}{whole}.", hint=_AGAIN
        )

    def _arrived(self, there: int, size: int | None) -> None:
        now = time.monotonic()
        if there != size and now - self._told_at < _TELL_EVERY:
            return
        self._told_at = now
        text = f"Downloading {self._called}: {megabytes(there)}"
        if size:
            self._tell(f"{text} of {megabytes(size)}", min(there / size, 1.0))
        else:
            self._tell(text, None)

    def _check_content(self, published: Published, part: Path) -> None:
        self._tell(f"Checking {self._called}", None)
        if not self._is_whole(published, part):
            part.unlink()
            raise ExplorerError(
                f"{self._called} was damaged on its way: it is not what {self._address.host} "
                "published.",
                hint="Download it again; if this happens twice, the mirror or proxy changes it.",
            )

    def _is_whole(self, published: Published, part: Path) -> bool:
        """Whether size and hash are those that were published, or else the content is good."""
        if published.size not in (None, part.stat().st_size):
            return False
        if published.sha256:
            return _sha256(part).startswith(published.sha256)
        if published.git:
            return _git_hash(part) == published.git
        try:
            if self._examine:
                self._examine(part)
        except ExplorerError:
            return False
        return True

    def _tell(self, text: str, done: float | None) -> None:
        with self._still_wanted():
            self._progress(text, done)

    @contextmanager
    def _still_wanted(self) -> Iterator[None]:
        with self._lock:
            if self._stopped.is_set():
                raise Cancelled
            yield


def _called(target: Path) -> str:
    """What people call a file: by its folder, where that is a model's, for they are named alike."""
    home, folder = paths.weights(), target.parent
    is_folder = folder != home and folder.is_relative_to(home)
    return folder.relative_to(home).as_posix() if is_folder else target.name


def _from(start: int, published: Published) -> dict[str, str]:
    """The headers that ask for a file from a byte on, if it is still the same."""
    if not start or not published.version:
        return {}
    condition = {"If-Range": published.condition} if published.condition else {}
    return {"Range": f"bytes={start}-", **condition}


def _first_byte(response: Any, asked: int) -> int:
    """Which byte of the file an answer begins with; a server may send everything again."""
    if response.status_code != 206:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    start = int(found[1]) if found else asked
    if start > asked:
        raise ConnectionError("the server left bytes out")
    return start


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _git_hash(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def _run_until(should_stop: Callable[[], bool], download: _Download) -> None:
    """Run a download in a thread; leave it behind, stopped, as soon as nobody wants it any more."""
    ended = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            download.run()
        except BaseException as error:
            failures.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, name="download", daemon=True).start()
    try:
        while not ended.wait(0.05):
            if should_stop():
                raise Cancelled
    except BaseException:  # Ctrl-C, too
        download.stop()
        raise
    if failures:
        raise failures[0]


def megabytes(size: int) -> str:
    """A size in words: “346 MB”, in millions of bytes; “69 kB” where it is small."""
    if size < 1e5:
        return f"{size / 1e3:.0f} kB" if size >= 1e4 else f"{size / 1e3:.1f} kB"
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"

"""Files from the Hugging Face hub: with progress, cancelled at once, resumed where they broke off.

`huggingface_hub` knows the hub: addresses, mirrors, tokens, proxies, published hashes. Its own
`hf_hub_download` starts from zero after each break and cannot be stopped while the line is silent,
so the bytes are fetched here, through its session.
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
from typing import BinaryIO

from filelock import BaseFileLock, FileLock, Timeout
from huggingface_hub import get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.file_download import HfFileMetadata
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from ..errors import Cancelled, ExplorerError

Progress = Callable[[str, float | None], None]

_TRIES = 5  # times in a row that a line may break without a new byte
_PAUSE = 1.0  # seconds between them
_SILENCE = 10.0  # seconds without a byte that count as a broken line
_OTHERS_END = 1.5 * _SILENCE  # within these, a download that was stopped has ended
_TELL_EVERY = 0.1  # seconds
_AGAIN = "What has arrived is kept: try again to go on from there."


class NotOnHub(ExplorerError):  # noqa: N818 - an answer, after which another name is tried
    """The hub has no such file."""


def fetch(
    repository: str,
    filename: str,
    target: Path,
    progress: Progress,
    should_stop: Callable[[], bool],
) -> None:
    """Download a file of a repository on the hub to `target`, which appears whole or not at all.

    Raises Cancelled soon after `should_stop` answers True; NotOnHub where there is no such file;
    ExplorerError where the hub cannot be reached or refuses, the line breaks, the disk is full,
    or the bytes are not those that the hub published.
    """
    # huggingface_hub read HF_ENDPOINT when it was imported; it may have been set since.
    endpoint = os.environ.get("HF_ENDPOINT")
    url = hf_hub_url(repository, filename, endpoint=endpoint.rstrip("/") if endpoint else None)
    download = _Download(url, target, progress)
    with _explained(target.parent, repository):
        _run_until(should_stop, download)


class _Download:
    """One download, run in a thread of its own: a silent line cannot be interrupted."""

    def __init__(self, url: str, target: Path, progress: Progress) -> None:
        self._url, self._target, self._progress = url, target, progress
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._told_at = 0.0

    def stop(self) -> None:
        """From now on nothing is written and nobody is told."""
        with self._lock:
            self._stopped.set()

    def run(self) -> None:
        self._tell(f"Asking for {self._target.name}", None)
        published = get_hf_file_metadata(self._url)
        self._target.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if not self._target.exists():  # else somebody else's download has just brought it
                self._bring(published)

    def _bring(self, published: HfFileMetadata) -> None:
        part = self._part(published)
        with part.open("ab") as file:
            self._check_space(published, file.tell())
            self._fetch(published, file)
            os.fsync(file.fileno())
        self._check_hash(published, part)
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
            self._tell(f"Waiting for another download of {self._target.name}", None)
        raise ExplorerError(
            f"{self._target.name} is being downloaded by another program.",
            hint="Wait until it is there, or end the other download.",
        )

    def _part(self, published: HfFileMetadata) -> Path:
        """Where bytes wait; named by version, so that two versions are never put together."""
        version = re.sub(r"\W", "", published.etag or "unknown")[:16]
        part = self._target.with_name(f"{self._target.name}.{version}.part")
        with self._still_wanted():
            for other in self._target.parent.glob(f"{self._target.name}.*.part"):
                if other != part or published.size is None:  # how far it came cannot be told
                    other.unlink()
        return part

    def _check_space(self, published: HfFileMetadata, there: int) -> None:
        missing = (published.size or 0) - there
        if missing > shutil.disk_usage(self._target.parent).free:
            raise OSError(errno.ENOSPC, "no space left")

    def _fetch(self, published: HfFileMetadata, file: BinaryIO) -> None:
        """Go on from where the file ends, again and again while the line breaks."""
        failures = 0
        while published.size is None or file.tell() < published.size:
            before, reason = file.tell(), None
            try:
                self._fetch_rest(published, file)
            except Exception as error:
                if not _is_of_the_line(error):
                    raise
                reason = error
            if published.size is None and reason is None:
                return
            failures = 0 if file.tell() > before else failures + 1
            if failures == _TRIES:
                raise self._broke_off(file.tell(), published) from reason
            if failures and self._stopped.wait(_PAUSE):
                raise Cancelled

    def _fetch_rest(self, published: HfFileMetadata, file: BinaryIO) -> None:
        headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
        if file.tell():
            headers["Range"] = f"bytes={file.tell()}-"
        with get_session().stream("GET", self._url, headers=headers, timeout=_SILENCE) as response:
            hf_raise_for_status(response)
            if response.status_code != 206:  # the server sends everything again
                file.truncate(0)
                file.seek(0)
            for chunk in response.iter_bytes():
                with self._still_wanted():
                    file.write(chunk)
                    file.flush()  # or a stopped download would write its rest when it dies
                self._arrived(file.tell(), published.size)

    def _broke_off(self, there: int, published: HfFileMetadata) -> ExplorerError:
        whole = f" of {megabytes(published.size)}" if published.size else ""
        return ExplorerError(
            f"The download broke off after {megabytes(there)}{whole}.", hint=_AGAIN
        )

    def _arrived(self, there: int, size: int | None) -> None:
        now = time.monotonic()
        if there != size and now - self._told_at < _TELL_EVERY:
            return
        self._told_at = now
        name = self._target.name
        if size:
            text = f"Downloading {name}: {megabytes(there)} of {megabytes(size)}"
            self._tell(text, min(there / size, 1.0))
        else:
            self._tell(f"Downloading {name}: {megabytes(there)}", None)

    def _check_hash(self, published: HfFileMetadata, part: Path) -> None:
        """The hub publishes the size, and of large files the SHA-256."""
        self._tell(f"Checking {self._target.name}", None)
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        is_hash = re.fullmatch(r"[0-9a-f]{64}", published.etag or "")
        if published.size not in (None, part.stat().st_size) or (
            is_hash and found != published.etag
        ):
            part.unlink()
            raise ExplorerError(
                f"{self._target.name} was damaged on its way: it is not what the hub published.",
                hint="Download it again; if this happens twice, the mirror or proxy changes it.",
            )

    def _tell(self, text: str, done: float | None) -> None:
        with self._still_wanted():
            self._progress(text, done)

    @contextmanager
    def _still_wanted(self) -> Iterator[None]:
        with self._lock:
            if self._stopped.is_set():
                raise Cancelled
            yield


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


@contextmanager
def _explained(folder: Path, repository: str) -> Iterator[None]:
    """Whatever goes wrong is said in one sentence."""
    try:
        yield
    except (ExplorerError, Cancelled):
        raise
    except OfflineModeIsEnabled as error:
        raise ExplorerError(
            "Downloads are switched off on this machine.", hint="Unset HF_HUB_OFFLINE."
        ) from error
    except HfHubHTTPError as error:
        raise _refused(error.response.status_code, repository) from error
    except Exception as error:
        if _is_of_the_line(error):
            raise ExplorerError(
                "The Hugging Face hub cannot be reached.",
                hint="Check the network and its proxy; HF_ENDPOINT names a mirror.",
            ) from error
        if isinstance(error, OSError):
            raise _not_written(error, folder) from error
        raise


def _is_of_the_line(error: Exception) -> bool:
    """Whether the network failed; the hub's library speaks through httpx, under varying names."""
    library = type(error).__module__.partition(".")[0]
    return library.startswith(("httpx", "httpcore")) or isinstance(
        error, ConnectionError | TimeoutError
    )


def _refused(status: int, repository: str) -> ExplorerError:
    if status == 404:
        return NotOnHub(
            f"The Hugging Face hub has no weights under {repository}.",
            hint="Choose another model, or another mirror (HF_ENDPOINT).",
        )
    if status in (401, 403):
        return ExplorerError(
            f"The Hugging Face hub does not give {repository} to everybody.",
            hint="Accept its terms on the hub's web page, then log in with “hf auth login”.",
        )
    return ExplorerError(
        f"The Hugging Face hub answered with error {status}.", hint=f"Try later. {_AGAIN}"
    )


def _not_written(error: OSError, folder: Path) -> ExplorerError:
    move = "set EXPLORER_WEIGHTS to a folder on another disk."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExplorerError(
            f"There is not enough space for the weights in {folder}.",
            hint=f"Make room there, or {move}",
        )
    reason = error.strerror or str(error)
    return ExplorerError(
        f"The weights cannot be written to {folder}: {reason}.", hint=f"S{move[1:]}"
    )


def megabytes(size: int) -> str:
    """A size in words: “346 MB”, in millions of bytes."""
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"

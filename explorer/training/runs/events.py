"""What happens in a run, one JSON object a line: `{"at": seconds, "kind": …}`.

The file is the truth for whoever watches. Each event is appended by one write; a last line that a
killed process left torn is not read, and the next writer takes it away.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..files import writing

Event = Mapping[str, Any]

CHUNK = 1 << 20  # bytes that a look at the file reads at most: some ten milliseconds' work


class EventLog:
    """Appends to a file of events; whoever `heard` them is told, too.

    Raises ExplorerError where the disk is full, or may not be written.
    """

    def __init__(self, path: Path, heard: Callable[[Event], None] | None = None) -> None:
        self._path = path
        self._heard = heard
        with writing(path):
            _mend(path)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)

    def append(self, kind: str, **facts: Any) -> None:
        """Write an event down, with the time; numbers that are none (NaN) become null."""
        event = {"at": round(time.time(), 3), "kind": kind, **_plain(facts)}
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with writing(self._path):
            _write(self._file, line)
        if self._heard is not None:
            self._heard(event)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _write(file: int, line: bytes) -> None:
    """Append a line whole, or leave the file as it was and raise OSError."""
    before = os.fstat(file).st_size
    try:
        written = os.write(file, line)
        while written < len(line):  # an almost full disk takes a part; the rest tells why
            written += os.write(file, line[written:])
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, before)
        raise


def _mend(path: Path) -> None:
    """Take away a last line without an end."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        end = kept = file.seek(0, os.SEEK_END)
        while kept:
            start = max(0, kept - 4096)
            file.seek(start)
            newline = file.read(kept - start).rfind(b"\n")
            kept = start if newline < 0 else start + newline + 1
            if newline >= 0:
                break
        if kept != end:
            file.truncate(kept)


def _plain(value: Any) -> Any:
    """A value as JSON can say it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


class Tail:
    """Reads what was appended to a file of events since the last look.

    Events of the kinds in `without` are passed over, in a tenth of the time.
    """

    def __init__(self, path: Path, without: Sequence[str] = ()) -> None:
        self._path = path
        self._offset = 0  # behind the last whole line that was read
        self._seen: tuple[int, int] | None = (
            None  # size and time of the file that was read to its end
        )
        self._without = tuple(f'"kind":"{kind}"'.encode() for kind in without)

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read; a file that does not grow costs one question."""
        stamp = _stamp(self._path)
        return stamp is not None and stamp != self._seen

    def read(self, most: int = CHUNK) -> list[Event]:
        """The next events, of about `most` bytes; more may be left, see `is_behind`.

        Lines that are no events (a disk's damage) are left out.
        """
        stamp = _stamp(self._path)
        if stamp is None or stamp == self._seen:
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            content = file.read(most)
            content += b"" if content.endswith(b"\n") else file.readline()
            self._seen = stamp if file.tell() >= stamp[0] else None
        whole = content.rfind(b"\n") + 1  # the last line may not be finished yet
        self._offset += whole
        lines = (line for line in content[:whole].splitlines() if self._is_wanted(line))
        return [event for line in lines if (event := _parse(line))]

    def _is_wanted(self, line: bytes) -> bool:
        return not any(kind in line[:64] for kind in self._without)  # kinds stand at the beginning


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes whenever a file grows or is mended; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _parse(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "kind" in event else None


def last_event(path: Path) -> Event | None:
    """The latest whole event of a file, however long that is; None where there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            for reach in (1 << 12, 1 << 16, size):
                file.seek(max(0, size - reach))
                lines = file.read(reach).rpartition(b"\n")[0].splitlines()
                found = next((event for line in lines[::-1] if (event := _parse(line))), None)
                if found is not None or reach >= size:
                    return found
    except FileNotFoundError:
        pass
    return None

"""Files of records, one JSON object a line: each is there as soon as it is written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ...errors import ExplorerError
from .writing import cannot_write

Record = dict[str, Any]


def take_up(file: Path) -> list[Record]:
    """The records of a file that more are to follow in.

    What a killed run left of its last line is cut off. Raises ExplorerError where the file cannot
    be used, or holds something else.
    """
    try:
        content = file.read_bytes()
        end = content.rfind(b"\n") + 1
        records = [_record(line) for line in content[:end].splitlines()]
        if end < len(content):
            os.truncate(file, end)
    except OSError as error:
        raise cannot_write(file, error) from error
    except ValueError as error:
        raise ExplorerError(
            f"{file} holds something else than JSON objects, one a line.",
            hint="Choose another place with --out.",
        ) from error
    return records


def _record(line: bytes) -> Record:
    record = json.loads(line)
    if not isinstance(record, dict):
        raise ValueError("no object")
    return record


def append_record(file: Path, record: Record) -> None:
    """Add a line, whole or not at all; raises ExplorerError where that fails."""
    # A file name's undecodable bytes become what JSON writes for them.
    line = (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
    try:
        with file.open("ab", buffering=0) as stream:
            start = stream.tell()
            if stream.write(line) != len(line):
                stream.truncate(start)
                raise OSError("the disk is full")
    except OSError as error:
        raise cannot_write(file, error) from error

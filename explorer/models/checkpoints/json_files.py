"""JSON files beside checkpoints, whoever wrote them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_MOST_BYTES = 32_000_000  # the names of 21,841 classes take one million


def read_object(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds; empty where it holds none, or is far too large.

    Raises OSError where it cannot be read.
    """
    if path.stat().st_size > _MOST_BYTES:
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}

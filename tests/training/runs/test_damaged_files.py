"""A run's pictures and probes on a disk that failed."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.training.runs.probe import read_probe
from explorer.training.runs.sample import read_sample


@pytest.mark.parametrize("read", [read_probe, read_sample])
@pytest.mark.parametrize("damage", ["empty", "cut off", "no archive", "another array"])
@pytest.mark.filterwarnings("error::ResourceWarning")
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_damaged_files_are_refused_and_closed(
    tmp_path: Path, read: Callable[[Path], object], damage: str
):
    """Whoever reads them hears one kind of error, and goes on; no file is left open."""
    path = tmp_path / "file.npz"
    np.savez_compressed(path, other=np.arange(1000))
    whole = path.read_bytes()
    contents = {"empty": b"", "cut off": whole[:200], "no archive": b"PK\x03\x04" + bytes(90)}
    path.write_bytes(contents.get(damage, whole))
    with pytest.raises(ValueError, match=r"damaged|pickle"):
        read(path)
    gc.collect()

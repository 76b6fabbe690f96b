"""What all tests share."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # without a screen, Qt would abort

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Ask for a file or folder of the shared test material; skips, or fails where it must be."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            reason = f"shared test material is not here: {name}"
            if os.environ.get("EXPLORER_NEEDS_SHARED") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return find


@pytest.fixture(scope="session")
def hundred_thousand() -> Iterator[Path]:
    """A folder of 100,000 empty files 0.jpg … 99999.jpg; in memory where the system allows."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as place:
        folder = Path(place, "hundred thousand")
        folder.mkdir()
        for number in range(100_000):
            os.close(os.open(folder / f"{number}.jpg", os.O_CREAT | os.O_WRONLY))
        yield folder


@pytest.fixture(autouse=True)
def _private_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """No test reads or writes the settings, caches, weights or log of the person who runs it."""
    place = tmp_path_factory.mktemp("places")
    monkeypatch.setenv("EXPLORER_WEIGHTS", str(place / "weights"))
    monkeypatch.setenv("EXPLORER_CACHE", str(place / "cache"))
    monkeypatch.setenv("EXPLORER_SETTINGS", str(place / "settings.ini"))
    monkeypatch.setenv("EXPLORER_LOG", str(place / "vit-explorer.log"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

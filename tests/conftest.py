"""What all tests share."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class DigitGrid:
    """A picture of handwritten digits, row by row, in squares of equal size."""

    path: Path
    digits: tuple[int, ...]
    rows: int
    columns: int
    reading: tuple[int, ...]  # what the captioner of digits answered its author's own code

    def digit_at(self, x: float, y: float) -> int:
        """Which digit, counted from 0, lies at a place in the picture, width and height being 1."""
        return int(y * self.rows) * self.columns + int(x * self.columns)


@pytest.fixture(scope="session")
def digit_grids(shared: Callable[[str], Path]) -> list[DigitGrid]:
    """Sixty pictures of 2 to 16 digits."""
    folder = shared("data/digits/grids")
    return [
        DigitGrid(
            folder / told["filename"],
            tuple(told["digits"]),
            told["rows"],
            told["columns"],
            tuple(told["reference_prediction"]),
        )
        for told in json.loads(shared("data/digits/grids.json").read_text())
    ]


@pytest.fixture(scope="module")
def digits_file(shared: Callable[[str], Path]) -> Iterator[Path]:
    """A captioner that was really trained, to read them; its family is found like any other."""
    from explorer.models.captions import families  # takes torch

    own = Path(__file__).with_name("models") / "captions/digit_family"
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(families, "__path__", [*families.__path__, str(own)])
        yield shared("data/weights/digit_captioner_vit_encoder_decoder_original.pth")


@pytest.fixture(scope="session")
def tiny_file(shared: Callable[[str], Path]) -> Path:
    """A captioner, CATR in small: 2 + 2 layers of width 64, 4 heads, 1,000 tokens."""
    return shared("golden/catr/tiny.safetensors")


@pytest.fixture(scope="session")
def tiny_vocabulary(
    shared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The first 1,000 tokens of BERT's: no words, but begin and end."""
    lines = shared("data/vocab/bert-base-uncased-vocab.txt").read_text("utf-8").split("\n")
    file = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    file.write_text("\n".join([*lines[:1000], ""]), "utf-8")
    return file


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
    """No test reads or writes settings, caches, weights, runs or log of the person who runs it."""
    place = tmp_path_factory.mktemp("places")
    monkeypatch.setenv("EXPLORER_WEIGHTS", str(place / "weights"))
    monkeypatch.setenv("EXPLORER_RUNS", str(place / "runs"))
    monkeypatch.setenv("EXPLORER_CACHE", str(place / "cache"))
    monkeypatch.setenv("EXPLORER_SETTINGS", str(place / "settings.ini"))
    monkeypatch.setenv("EXPLORER_LOG", str(place / "vit-explorer.log"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

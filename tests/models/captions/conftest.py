"""The captioners of the goldens: the tiny one whole, the full one with made-up weights."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

import explorer
from explorer.models.captions.captioner import Captioner
from explorer.models.captions.families import open_captioner
from explorer.models.captions.family import Asked, Opened
from explorer.models.checkpoints.reading import Checkpoint, read_checkpoint

Shared = Callable[[str], Path]


@pytest.fixture(scope="session")
def tiny(tiny_file: Path) -> Opened:
    return open_captioner(read_checkpoint(tiny_file), Asked(tiny_file, heads=4))


@pytest.fixture(scope="session")
def full_tensors(
    shared: Shared, fill: Callable[..., str], golden_fill: ModuleType
) -> dict[str, torch.Tensor]:
    """Weights of CATR in its own size, as the goldens were made with."""
    folder = shared("golden/catr")
    keys = json.loads((folder / "full_keys.json").read_text())
    manifest = json.loads((folder / "full_manifest.json").read_text())
    state = {name: torch.zeros(said["shape"]) for name, said in keys.items()}
    fill(state, manifest["seed"])
    with np.load(folder / manifest["overrides"]) as overrides:
        state.update({name: torch.from_numpy(overrides[name]) for name in overrides})
    assert golden_fill.digest(state) == manifest["weights_sha256"]
    return state


@pytest.fixture(scope="session")
def full(full_tensors: dict[str, torch.Tensor]) -> Opened:
    checkpoint = Checkpoint(full_tensors, "model", {})
    return open_captioner(checkpoint, Asked(Path("full.pth")))


@pytest.fixture(scope="session")
def captioner(tiny_file: Path, tiny_vocabulary: Path) -> Captioner:
    """The tiny one, loaded as anybody does."""
    return explorer.load_captioner(
        weights=tiny_file, vocabulary=tiny_vocabulary, device="cpu", heads=4
    )


@pytest.fixture(scope="session")
def coffee(shared: Shared) -> Path:
    return shared("golden/images/coffee.png")

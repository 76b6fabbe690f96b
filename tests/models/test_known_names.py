"""A known model's name beside a file: what is known counts, unless the file is another's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import timm
import torch

from explorer.errors import ExplorerError
from explorer.models.loading import Loaded, load_network
from explorer.models.published.known import Known, known_models
from explorer.records import Weights

from .other_names import HUB_NAMES, RELEASE_NAMES, State, renamed

NAME = "somebody/tiny"
NETWORK = "test_vit"  # timm's own, for tests
EPSILON = 1e-4  # no other model's
INPUT: Mapping[str, Any] = {
    "mean": (0.1, 0.2, 0.3),
    "std": (0.5,) * 3,
    "interpolation": "lanczos",
    "crop_mode": "squash",
    "crop_pct": 1.0,
}


@pytest.fixture(autouse=True)
def _in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known(
        NAME, "Hugging Face", NETWORK, (160, 160), 1000, None, NAME, INPUT, epsilon=EPSILON
    )
    monkeypatch.setitem(known_models(), NAME, known)


@pytest.fixture(scope="module")
def state() -> State:
    return timm.create_model(NETWORK).state_dict()


def loaded(path: Path, state: State, name: str = NAME) -> Loaded:
    torch.save(state, path)
    return load_network(Weights(name, file=path))


def epsilons(found: Loaded) -> set[float]:
    norms = (m for m in found.network.modules() if isinstance(m, torch.nn.LayerNorm))
    return {norm.eps for norm in norms}


def test_what_is_known_counts(tmp_path: Path, state: State) -> None:
    """A file without its config is read as the published model is, not as all of its library."""
    theirs = renamed(state, HUB_NAMES)
    named, nameless = (loaded(tmp_path / "a.bin", theirs, name) for name in (NAME, ""))
    assert (epsilons(named), epsilons(nameless)) == ({EPSILON}, {1e-12})
    assert (named.preprocessing.mean, nameless.preprocessing.mean) == (INPUT["mean"], (0.5,) * 3)
    assert f"as {NAME}, normalised as Hugging Face does" in named.source


@pytest.mark.parametrize(
    ("names", "library"), [({}, "timm"), (RELEASE_NAMES, "PyTorch-Pretrained-ViT")]
)
def test_another_librarys_file(
    tmp_path: Path, state: State, names: dict[str, str], library: str
) -> None:
    """It is read as that library does, and the contradiction is said."""
    found = loaded(tmp_path / "a.bin", renamed(state, names) if names else state)
    assert f"as {NAME}, though in {library}'s layout, not in Hugging Face's" in found.source
    assert f"normalised as {library} does" in found.source
    assert found.preprocessing.mean != INPUT["mean"]
    assert epsilons(found) == {1e-6}


def test_another_patch(tmp_path: Path) -> None:
    """A published model has its own patches: they are not resampled from others."""
    theirs = renamed(timm.create_model(NETWORK, patch_size=8).state_dict(), HUB_NAMES)
    sentence = f"its patches are of 8 × 8 pixels, those of {NAME} of 16 × 16"
    with pytest.raises(ExplorerError, match=sentence):
        loaded(tmp_path / "a.bin", theirs)

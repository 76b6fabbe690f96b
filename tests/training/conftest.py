"""What tests of whole trainings share: a tiny model, and pictures for it."""

from pathlib import Path

import pytest

from .tiny import draw_model, draw_pictures


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with random values."""
    return draw_model(tmp_path_factory.mktemp("model") / "model.safetensors")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures of three classes; who changes it copies it first."""
    return draw_pictures(tmp_path_factory.mktemp("data") / "pictures")

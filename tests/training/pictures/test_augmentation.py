"""Training pictures are changed by torchvision as a recipe says, and always alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from explorer.errors import ExplorerError
from explorer.images.geometry import look
from explorer.images.reading import read_picture
from explorer.records import Preprocessing
from explorer.training.pictures.augmentation import Painter
from explorer.training.recipes.recipe import Augmentation

PREPROCESSING = Preprocessing((64, 64), (0.5, 0.4, 0.3), (0.5, 0.5, 0.5), "squash")
FIELDS = [
    Augmentation(),
    Augmentation(crop_scale=(0.08, 1.0)),
    Augmentation(flip=1.0),
    Augmentation(vertical_flip=1.0),
    Augmentation(rotation=30.0),
    Augmentation(translation=(0.2, 0.2)),
    Augmentation(zoom=(0.5, 0.8)),
    Augmentation(shear=20.0),
    Augmentation(policy="AutoAugment"),
    Augmentation(policy="RandAugment"),
    Augmentation(policy="TrivialAugment"),
    Augmentation(policy="AugMix", policy_strength=3),
    Augmentation(brightness=0.5),
    Augmentation(contrast=0.5),
    Augmentation(saturation=0.5),
    Augmentation(hue=0.2),
    Augmentation(grey=1.0),
    Augmentation(erasing=1.0),
]


@pytest.fixture(scope="module")
def path(shared: Callable[[str], Path]) -> Path:
    """A real picture, 400 pixels wide."""
    return min(shared("data/pets/p1_data/train").glob("26_*.jpg"))


def _painted(path: Path, augmentation: Augmentation, seed: int) -> np.ndarray:
    painter = Painter(PREPROCESSING, augmentation)
    return painter.painted(painter.stored(path, is_training=True), seed)


@pytest.mark.parametrize("augmentation", FIELDS)
def test_each_change_depends_on_the_seed_alone(path: Path, augmentation: Augmentation):
    """Whatever chance did before; and chance goes on afterwards as if nothing had been."""
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first = _painted(path, augmentation, seed=7)
    assert torch.equal(torch.rand(3), expected)
    assert np.array_equal(_painted(path, augmentation, seed=7), first)
    assert (first.shape, first.dtype) == ((64, 64, 3), np.uint8)


@pytest.mark.parametrize("augmentation", FIELDS[1:])
def test_each_change_changes_something(path: Path, augmentation: Augmentation):
    """No field of the recipe is without effect."""
    plain = look(read_picture(path), PREPROCESSING)
    changed = [_painted(path, augmentation, seed) for seed in range(4)]
    assert any(not np.array_equal(one, plain) for one in changed)


def test_without_changes_it_is_the_models_own_look(path: Path):
    """What is trained on is then what is validated and predicted, to the bit."""
    for framing in ("squash", "crop", "pad"):
        preprocessing = Preprocessing((64, 64), (0.5,) * 3, (0.5,) * 3, framing)
        painter = Painter(preprocessing, Augmentation())
        expected = look(read_picture(path), preprocessing)
        assert np.array_equal(painter.painted(painter.stored(path, True), 0), expected)
        assert np.array_equal(painter.stored(path, False), expected)


def test_a_flip_is_a_flip(path: Path):
    """Of what the model sees, left and right are swapped."""
    plain = look(read_picture(path), PREPROCESSING)
    assert np.array_equal(_painted(path, Augmentation(flip=1.0), 0), plain[:, ::-1])


def test_the_crop_is_torchvisions(path: Path):
    """The same part and the same pixels as torchvision's own transform gives for the picture."""
    augmentation = Augmentation(crop_scale=(0.3, 0.9), crop_ratio=(0.5, 2.0))
    transform = v2.RandomResizedCrop(
        (64, 64), (0.3, 0.9), (0.5, 2.0), v2.InterpolationMode.BICUBIC, antialias=True
    )
    painter = Painter(PREPROCESSING, augmentation)
    stored = painter.stored(path, is_training=True)
    torch.manual_seed(11)
    expected = transform(torch.from_numpy(stored.copy()).permute(2, 0, 1)).permute(1, 2, 0)
    assert np.array_equal(painter.painted(stored, 11), expected.numpy())


def test_jitter_is_torchvisions(path: Path):
    """The same as torchvision's own transform of the framed picture."""
    image = Image.fromarray(look(read_picture(path), PREPROCESSING))
    torch.manual_seed(11)
    expected = v2.ColorJitter(0.5, 0.5, 0.5, 0.2)(image)
    augmentation = Augmentation(brightness=0.5, contrast=0.5, saturation=0.5, hue=0.2)
    assert np.array_equal(_painted(path, augmentation, 11), np.asarray(expected))


def test_erased_is_the_mean_colour(path: Path):
    """Which the model sees as zero."""
    augmentation = Augmentation(erasing=1.0, erasing_scale=(0.2, 0.2))
    seen = _painted(path, augmentation, 3)
    erased = (seen == np.array([128, 102, 76])).all(axis=-1)
    assert 0.15 < erased.mean() < 0.25


def test_a_large_picture_is_stored_as_large_as_its_parts_need(tmp_path: Path):
    """The smallest part that chance may cut is still not enlarged, and no more is kept."""
    Image.new("RGB", (3000, 2000), "red").save(tmp_path / "large.jpg")
    for scale in (0.08, 0.5):
        painter = Painter(PREPROCESSING, Augmentation(crop_scale=(scale, 1.0)))
        stored = painter.stored(tmp_path / "large.jpg", is_training=True)
        pixels = stored.shape[0] * stored.shape[1] * scale
        assert 64 * 64 * 4 / 3 <= pixels < 64 * 64 * 4 / 3 * 2
        taken = painter.stored_bytes([tmp_path / "large.jpg"], is_training=True)
        assert taken == pytest.approx(stored.nbytes, rel=0.02)


def test_a_broken_picture_is_said(tmp_path: Path):
    """In words, whichever way it is read; its size counts as nothing."""
    (tmp_path / "x.jpg").write_text("no picture")
    for augmentation in FIELDS[:2]:
        painter = Painter(PREPROCESSING, augmentation)
        with pytest.raises(ExplorerError, match=r"x\.jpg"):
            painter.stored(tmp_path / "x.jpg", is_training=True)
    assert painter.stored_bytes([tmp_path / "x.jpg"], is_training=True) == 0

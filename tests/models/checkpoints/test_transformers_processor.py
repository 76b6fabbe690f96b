"""Pictures are prepared as Hugging Face's processors do, whatever form their config has.

The pixels were made by ../transformers_peer/processors.py.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.images.geometry import prepare
from explorer.models.checkpoints.transformers_processor import preparation
from explorer.records import Picture, Preprocessing

from ..conftest import module_of

PEER = Path(__file__).parents[1] / "transformers_peer"
FRAMINGS = {"squash": "squash", "center": "crop"}
make = module_of(PEER / "processors.py")


@pytest.fixture(scope="module")
def peers() -> dict[str, np.ndarray]:
    with np.load(PEER / "processors.npz") as arrays:
        return dict(arrays)


def prepared(said: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    """The peer's picture, prepared as timm's words say, for an input of height and width."""
    mean, std = (said[what] * (3 // len(said[what])) for what in ("mean", "std"))
    wanted = Preprocessing(
        size, mean, std, FRAMINGS[said["crop_mode"]], said["crop_pct"], said["interpolation"]
    )
    pixels = make.picture()
    picture = Picture(None, pixels, (pixels.shape[1], pixels.shape[0]))
    return prepare(picture, wanted, 1, 1)[0]


@pytest.mark.parametrize("name", make.PROCESSORS)
def test_same_pixels(peers: dict[str, np.ndarray], name: str) -> None:
    """What a processor saved about itself gives its very pixels."""
    config, _ = json.loads(str(peers["configs"]))[name]
    height, width = (int(side) for side in peers[f"{name}|size"])
    ours = make.samples(prepared(preparation(config), (height, width)))
    np.testing.assert_allclose(ours, peers[name], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DINO", "ViTFeatureExtractor"),
        ("DeiT", "DeiTFeatureExtractor"),
        ("BEiT", "BeitFeatureExtractor"),
        ("DINOv2", "BitImageProcessor"),
    ],
)
def test_old_forms(peers: dict[str, np.ndarray], name: str, kind: str) -> None:
    """Published configs are older: one number for a size, a feature extractor, no rescaling."""
    _, arguments = json.loads(str(peers["configs"]))[name]
    old = {"do_normalize": True, "feature_extractor_type": kind, "resample": 3, **arguments}
    height, width = (int(side) for side in peers[f"{name}|size"])
    ours = make.samples(prepared(preparation(old), (height, width)))
    np.testing.assert_allclose(ours, peers[name], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, {}),
        ({"size": 256}, {"crop_mode": "squash", "crop_pct": 1.0}),
        ({"size": [192, 256]}, {"crop_mode": "squash", "crop_pct": 1.0}),
        ({"size": {"shortest_edge": 256}}, {"crop_mode": "center", "crop_pct": 1.0}),
        ({"size": {"shortest_edge": 256, "longest_edge": 300}}, {}),
        ({"size": {"height": 8}}, {}),
        (
            {"size": 256, "image_processor_type": "CLIPImageProcessor", "do_center_crop": False},
            {"crop_mode": "center", "crop_pct": 1.0},
        ),
        ({"size": 224, "do_center_crop": True, "crop_size": 256}, {"crop_mode": "squash"}),
        ({"size": 224, "do_center_crop": True}, {"crop_mode": "squash"}),
        ({"size": 224, "do_resize": False, "resample": 3}, {}),
        ({"resample": 2}, {"interpolation": "bilinear"}),
        ({"resample": 4}, {}),  # Pillow's box filter, which is not here
        ({"resample": True}, {}),
        ({"image_mean": [0.5, 0.4, 0.3], "image_std": 0}, {}),
        ({"image_mean": 0.5, "image_std": 0.25}, {"mean": (0.5,), "std": (0.25,)}),
        ({"image_mean": [0.5], "image_std": ["0.5"]}, {}),
        ({"image_mean": [0.5] * 3}, {}),
        ({"do_normalize": False}, {"mean": (0.0,), "std": (1.0,)}),
        ({"do_normalize": False, "rescale_factor": 0}, {}),
    ],
    ids=str,
)
def test_what_is_understood(said: dict[str, Any], expected: dict[str, Any]) -> None:
    """What has no place here, or no sense, counts as not said."""
    assert preparation(said) == expected


@pytest.mark.parametrize(("size", "crop"), [(256, 224), (438, 384), (248, 224), (259, 227)])
def test_sizes_are_met(size: int, crop: int) -> None:
    """The picture is resized to the very size that was said, not one pixel less."""
    said = preparation({"size": size, "crop_size": crop, "do_center_crop": True})
    assert int(crop / said["crop_pct"]) == size


KEYS = (
    *("size", "crop_size", "do_resize", "do_center_crop", "do_normalize", "do_rescale"),
    *("rescale_factor", "resample", "image_mean", "image_std", "image_processor_type"),
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(KEYS), ODD))
def test_odd_configs(said: dict[str, Any]) -> None:
    """Whatever stands there, something usable comes out."""
    found = preparation(said)
    assert 0 < found.get("crop_pct", 1) <= 1
    assert min(found.get("std", (1,))) > 0
    assert found.get("interpolation", "nearest") in ("nearest", "bilinear", "bicubic", "lanczos")

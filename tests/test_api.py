"""The notebook interface takes what people give it, or says in words what it wants."""

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

import explorer
from explorer.models import vit as vit_module
from explorer.models.vit import ViT


@pytest.fixture(scope="module")
def tiny() -> ViT:
    sizes: Any = (np.int64(32), np.int64(48))
    device = torch.device("cpu")
    return explorer.load_vit("vit_tiny_patch16_224", "random", device, sizes)


def test_completion_offers_the_interface() -> None:
    """What is loaded only when asked for is listed all the same."""
    assert set(explorer.__all__) <= set(dir(explorer))


@pytest.mark.parametrize(
    "wish",
    [
        *({"precision": precision} for precision in ("float16", None, ["float32"])),
        {"framing": "stretch"},
        *({"device": device} for device in ("cpu:x", "cuda:99", None, 5)),
        *({"image_size": size} for size in ((64,), (0, 64), -1, 64.0, "64", (1, 2, 3))),
        *({"weights": "some.pth", "heads": heads} for heads in (-2, 0, 1.5)),
        *({"heads": 3, "weights": weights} for weights in (None, "random")),
        {"normalisation": 0.5},
        *({"normalisation": (mean, (0.5,) * len(mean))} for mean in ((), (0, 0), (0, 0, np.nan))),
        *({"normalisation": ((0, 0, 0), std)} for std in ((1,), (1, 1, 0), (1, 1, np.inf))),
    ],
)
def test_senseless_arguments_are_refused_before_loading(
    wish: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is an ExplorerError with a hint, and nothing was loaded for it."""
    monkeypatch.setattr(vit_module, "load_network", lambda *_: pytest.fail("loaded"))
    with pytest.raises(explorer.ExplorerError) as refused:
        explorer.load_vit("vit_tiny_patch16_224", **wish)
    assert refused.value.hint


def test_an_unknown_framing_is_refused(tiny: ViT) -> None:
    """Also for a model that is there already."""
    framing: Any = "stretch"
    with pytest.raises(explorer.ExplorerError, match="stretch"):
        tiny.reframed(framing)


def test_arrays_are_pictures(tiny: ViT) -> None:
    """An array of uint8 is traced and predicted as the PIL image of it; also one turned around."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)[:, ::-1]
    expected = tiny.trace(PIL.Image.fromarray(np.ascontiguousarray(pixels))).probability
    np.testing.assert_array_equal(tiny.trace(pixels).probability, expected)
    np.testing.assert_allclose(tiny.predict([pixels])[0], expected, atol=1e-6)


def test_ready_pixels_may_run_backwards(tiny: ViT) -> None:
    """Views that torch cannot take over are copied."""
    pixels = np.random.default_rng(0).normal(size=(3, 32, 48))[:, :, ::-1]
    pixels.flags.writeable = False
    expected = tiny.trace(pixels=np.ascontiguousarray(pixels)).logits
    np.testing.assert_array_equal(tiny.trace(pixels=pixels).logits, expected)


@pytest.mark.parametrize(
    "image",
    [
        b"GIF89a",
        io.BytesIO(b"GIF89a"),
        5,
        PIL.Image.new("RGB", (0, 5)),
        np.zeros((5, 5), np.uint8),
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 5, 3), np.float32),
        ["a.png"],
    ],
    ids=repr,
)
def test_what_is_no_picture_is_refused(tiny: ViT, image: Any) -> None:
    """In words, alone and in a batch."""
    with pytest.raises(explorer.ExplorerError) as refused:
        tiny.trace(image)
    assert refused.value.hint
    with pytest.raises(explorer.ExplorerError):
        tiny.predict([image])


@pytest.mark.parametrize("pictures", [[], (), "cat.jpg", np.zeros((3, 32, 48), np.float32)])
def test_only_lists_of_pictures_are_predicted(tiny: ViT, pictures: Any) -> None:
    """Nothing, one path and one picture without its list are refused in words."""
    with pytest.raises(explorer.ExplorerError):
        tiny.predict(pictures)

"""A loaded model traces, predicts, stops, and survives a full GPU."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

import explorer
from explorer.errors import Cancelled, ExplorerError
from explorer.models import recording
from explorer.models.anatomy import decision_of
from explorer.models.attention import AttentionCall
from explorer.models.devices import exact_convolutions, pick_device
from explorer.models.recording import Kept, Recorder, mean_of_patches, record_pooling
from explorer.models.vit import ViT
from explorer.records import POOLING_HEAD, Picture


@pytest.fixture(scope="module")
def tiny() -> ViT:
    return explorer.load_vit("vit_tiny_patch16_224", weights="random", device="cpu")


def _picture(width: int = 300, height: int = 200, seed: int = 0) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return Picture(None, pixels, (width, height))


def test_traces_whatever_holds_a_picture(tiny: ViT, tmp_path: Path) -> None:
    """A path, a PIL image and a Picture of the same pixels give the same trace."""
    picture = _picture()
    image = PIL.Image.fromarray(picture.pixels)
    image.save(tmp_path / "same.png")
    logits = [tiny.trace(it).logits for it in (picture, image, tmp_path / "same.png")]
    np.testing.assert_array_equal(logits[0], logits[1])
    np.testing.assert_array_equal(logits[0], logits[2])


def test_predictions_are_the_traces(tiny: ViT) -> None:
    """A batch gives each picture the probabilities that its own trace has."""
    pictures = [_picture(seed=seed) for seed in range(3)]
    traced = np.stack([tiny.trace(picture).probability for picture in pictures])
    np.testing.assert_allclose(tiny.predict(pictures), traced, atol=1e-6)


def test_stops_between_layers(tiny: ViT) -> None:
    """A trace that nobody waits for ends at the next layer, not after the last."""
    asked = []

    def should_stop() -> bool:
        asked.append(True)
        return len(asked) == 3

    with pytest.raises(Cancelled):
        tiny.trace(_picture(), should_stop=should_stop)
    assert len(asked) == 3
    tiny.trace(_picture())  # and the model is as good as before


def test_a_full_gpu_moves_the_model_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA out of memory in the middle of a trace: the answer comes all the same, and says so."""
    vit = explorer.load_vit("vit_tiny_patch16_224", weights="random", device="cpu")
    expected = vit.trace(_picture())
    run, failures = vit._run, [True]

    def run_out_of_memory_once(batch: torch.Tensor, heard: Callable[..., None]) -> torch.Tensor:
        if failures:
            run(batch, heard)  # it fails late: what was recorded by then must not count twice
            failures.clear()
            raise torch.OutOfMemoryError
        return run(batch, heard)

    monkeypatch.setattr(vit, "_run", run_out_of_memory_once)
    trace = vit.trace(_picture())
    np.testing.assert_array_equal(trace.rows(), expected.rows())
    assert len(trace.layers) == len(trace.token_norms) == 12
    assert "memory" in vit.info.device


def test_pooling_head_is_the_query(shared: Callable[[str], Path]) -> None:
    """SigLIP has no class token: its pooling head's own query is asked, in one layer."""
    vit = explorer.load_vit("vit_base_patch16_siglip_224", weights="random", device="cpu")
    trace = vit.trace(shared("golden/images/coffee.png"))
    assert trace.grid.prefix == ()
    assert trace.default_query == POOLING_HEAD
    assert trace.maps().shape == (1, 12, 14, 14)
    np.testing.assert_allclose(trace.attention_row(-1).sum(axis=-1), 1, atol=1e-5)


def test_pooling_head_that_sees_patches_only() -> None:
    """Where prefix tokens are hidden from the pooling head, its attention to them is zero."""
    kept = Kept(torch.randn(3, 1, 8), torch.randn(3, 196, 8), None, 1.0)
    row = record_pooling(kept, tokens=197).row(0)
    assert row.shape == (3, 197)
    assert (row[:, 0] == 0).all()
    np.testing.assert_allclose(row.sum(axis=-1), 1, atol=1e-5)


def test_bfloat16_is_near_float32(tiny: ViT) -> None:
    """The fast precision shows nearly the same attention, in rows that sum to 1."""
    fast = explorer.load_vit(
        "vit_tiny_patch16_224", weights="random", device="cpu", precision="bfloat16"
    )
    ours, exact = fast.trace(_picture()), tiny.trace(_picture())
    np.testing.assert_allclose(ours.rows(), exact.rows(), atol=2e-3)
    np.testing.assert_allclose(ours.rows().sum(axis=-1), 1, atol=1e-5)


def test_framings_share_the_network(tiny: ViT) -> None:
    """Another framing is another look through the same weights."""
    squashed = tiny.reframed("squash")
    assert squashed.info.framing == "squash"
    assert tiny.info.framing == "crop"
    assert squashed.trace(_picture()).frame.box == (0, 0, 300, 200)
    left, top, right, bottom = tiny.trace(_picture()).frame.box
    assert right - left == pytest.approx(bottom - top, rel=0.01)


def test_image_size_changes_the_grid() -> None:
    """A non-square input gives a non-square grid."""
    vit = explorer.load_vit("vit_tiny_patch16_224", weights="random", image_size=(96, 160))
    trace = vit.trace(_picture())
    assert (trace.grid.rows, trace.grid.columns) == (6, 10)
    assert trace.attention().shape == (6, 10)


@pytest.mark.parametrize("shape", [(3, 224, 225), (1, 224, 224), (3, 3, 224, 224)])
def test_pixels_of_another_shape_are_refused(tiny: ViT, shape: tuple[int, ...]) -> None:
    """Ready pixels must have the model's shape; the message says which."""
    with pytest.raises(ExplorerError, match="wants"):
        tiny.trace(pixels=np.zeros(shape, np.float32))


def test_a_device_that_is_not_there_is_refused() -> None:
    """Asking for a missing device names those that are there."""
    missing = "mps" if not torch.backends.mps.is_available() else "cuda"
    with pytest.raises(ExplorerError, match=missing) as refused:
        pick_device(missing)
    assert "cpu" in refused.value.hint


class Deaf(torch.nn.Module):
    """Stands where attention stood, and never calls the seam."""

    def forward(self, tokens: torch.Tensor, **_options: object) -> torch.Tensor:
        return tokens


def test_a_model_that_does_not_attend_fully_is_refused(tiny: ViT) -> None:
    """When a layer never calls the seam, the trace is refused, not drawn empty."""
    vit = explorer.load_vit("vit_tiny_patch16_224", weights="random", device="cpu")
    vit._network.blocks[3].attn = Deaf()
    with pytest.raises(ExplorerError, match="11 of its 12 layers"):
        vit.trace(_picture())
    with pytest.raises(ExplorerError, match="11 of its 12 layers"):
        vit.self_check(_picture())


def test_self_check_fails_on_a_wrong_recording(tiny: ViT, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-check can fail: with a wrong scale it does."""
    assert tiny.self_check(_picture()).passed
    right = Recorder.keep
    monkeypatch.setattr(Recorder, "keep", lambda *call: right(*call)._replace(scale=0.4))
    checked = tiny.self_check(_picture())
    assert not checked.passed
    assert "NOT" in str(checked)


@pytest.fixture
def precision_of_convolutions() -> Iterator[Callable[[str], None]]:
    """Sets torch's precision for everything, as a host program may; puts the usual one back."""
    before = torch.backends.cudnn.conv.fp32_precision

    def set_all(precision: str) -> None:
        torch.backends.fp32_precision = precision

    yield set_all
    set_all("none")
    torch.backends.cudnn.conv.fp32_precision = before


@pytest.mark.parametrize("host", ["none", "tf32", "ieee"])
def test_convolutions_are_exact_on_cuda(
    precision_of_convolutions: Callable[[str], None], host: str
) -> None:
    """Whatever a host program set: float32 inside, its own setting after, and cuDNN stays on."""
    precision_of_convolutions(host)
    before = torch.backends.cudnn.conv.fp32_precision
    with exact_convolutions(torch.device("cuda")):
        assert torch.backends.cudnn.conv.fp32_precision == "ieee"
        assert torch.backends.cudnn.enabled
    assert torch.backends.cudnn.conv.fp32_precision == before
    with exact_convolutions(torch.device("cpu")):
        assert torch.backends.cudnn.conv.fp32_precision == before


def _call(bias: torch.Tensor | None) -> AttentionCall:
    q = torch.randn(1, 2, 5, 4)
    return AttentionCall(q, q, q, bias, 0.5, q)


def test_traces_share_a_layers_bias() -> None:
    """An equal bias is not kept again, nor twice; another one takes its place."""
    recorder, bias = Recorder(), torch.randn(1, 2, 5, 5)
    first = recorder.keep(_call(bias), 0)
    again = recorder.keep(_call(bias.clone()), 0)
    assert again.bias is first.bias
    shared = recorder.layer(again, 0).bias
    assert shared is not None
    assert again.bias is not None
    assert shared is recorder.layer(first, 0).bias
    assert shared.ctypes.data == again.bias.data_ptr()
    other = recorder.keep(_call(bias + 1), 0)
    np.testing.assert_array_equal(recorder.layer(other, 0).bias, bias[0] + 1)


def test_a_bias_of_another_device_is_not_compared() -> None:
    """After the model moved to the CPU, biases that were kept on the GPU are forgotten."""
    recorder, bias = Recorder(), torch.randn(1, 2, 5, 5)
    on_gpu = torch.empty(2, 5, 5, device="meta")  # cannot be compared with one on the CPU, either
    recorder._biases[0] = (on_gpu, np.zeros((2, 5, 5), np.float32))
    kept = recorder.keep(_call(bias), 0)
    np.testing.assert_array_equal(recorder.layer(kept, 0).bias, bias[0])


def test_a_full_gpu_leaves_the_mean_of_patches_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of memory after the forward pass: the layer's matrix is computed on the CPU."""
    layers = [Kept(*torch.randn(2, 3, 5, 4), torch.randn(3, 5, 5), 0.5) for _ in range(2)]
    expected, right, failures = mean_of_patches(layers, 1), recording.attention_weights, [True]

    def fail_once(*call: Any) -> torch.Tensor:
        if failures:
            raise torch.OutOfMemoryError(failures.pop())
        return right(*call)

    monkeypatch.setattr(recording, "attention_weights", fail_once)
    np.testing.assert_array_equal(mean_of_patches(layers, 1), expected)
    assert not failures


@pytest.mark.parametrize("pooling", ["", "max", "avgmax"])
def test_an_unusual_decision_is_refused(pooling: str) -> None:
    """Where neither class token nor patches' mean decides, nothing untrue is said."""
    with pytest.raises(ExplorerError, match="global_pool"):
        decision_of(SimpleNamespace(global_pool=pooling))

"""The originals of google-research open as timm opens them, and with what timm drops."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch

import explorer
from explorer.errors import ExplorerError
from explorer.models.checkpoints.reading import read_checkpoint
from explorer.models.layouts import Origin
from explorer.models.layouts.vision_transformer_jax import translate
from explorer.models.loading import Loaded, load_network
from explorer.records import Preprocessing, Weights


def in_jax(network: Any) -> dict[str, np.ndarray]:
    """A VisionTransformer's weights by the names and in the shapes of the originals."""
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    arrays = {
        "cls": state["cls_token"],
        "embedding/kernel": state["patch_embed.proj.weight"].transpose(2, 3, 1, 0),
        "embedding/bias": state["patch_embed.proj.bias"],
        "Transformer/posembed_input/pos_embedding": state["pos_embed"],
        "Transformer/encoder_norm/scale": state["norm.weight"],
        "Transformer/encoder_norm/bias": state["norm.bias"],
        "head/kernel": state["head.weight"].T,
        "head/bias": state["head.bias"],
    }
    for number, block in enumerate(network.blocks):
        own = block_in_jax(block)
        arrays |= {f"Transformer/encoderblock_{number}/{name}": own[name] for name in own}
    return arrays


def block_in_jax(block: Any) -> dict[str, np.ndarray]:
    state = {name: tensor.numpy() for name, tensor in block.state_dict().items()}
    heads, width = block.attn.num_heads, block.attn.qkv.in_features
    attention = "MultiHeadDotProductAttention_1"
    arrays = {
        f"{attention}/out/kernel": state["attn.proj.weight"].T.reshape(heads, -1, width),
        f"{attention}/out/bias": state["attn.proj.bias"],
    }
    parts = (np.split(state[f"attn.qkv.{kind}"], 3) for kind in ("weight", "bias"))
    for part, weight, bias in zip(("query", "key", "value"), *parts, strict=True):
        arrays[f"{attention}/{part}/kernel"] = weight.T.reshape(width, heads, -1)
        arrays[f"{attention}/{part}/bias"] = bias.reshape(heads, -1)
    for ours, theirs in (("norm1", "LayerNorm_0"), ("norm2", "LayerNorm_2")):
        arrays[f"{theirs}/scale"] = state[f"{ours}.weight"]
        arrays[f"{theirs}/bias"] = state[f"{ours}.bias"]
    for ours, theirs in (("fc1", "Dense_0"), ("fc2", "Dense_1")):
        arrays[f"MlpBlock_3/{theirs}/kernel"] = state[f"mlp.{ours}.weight"].T
        arrays[f"MlpBlock_3/{theirs}/bias"] = state[f"mlp.{ours}.bias"]
    return arrays


def saved(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    np.savez(path, **arrays)
    return path


def opened(path: Path, **wishes: Any) -> Loaded:
    return load_network(Weights("", file=path, **wishes))


@pytest.mark.parametrize("prefix", ["", "opt/target/"])
def test_as_timm_reads_it(
    tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any], prefix: str
) -> None:
    """Logits are those of timm's own reader; heads are read, not guessed; the picture stretched."""
    arrays = in_jax(small(num_classes=10))
    path = saved(tmp_path / "ViT-B_8.npz", {prefix + name: arrays[name] for name in arrays})
    twin = small(num_classes=10)
    for parameter in twin.parameters():
        parameter.data.zero_()
    twin.load_pretrained(str(path))
    loaded = opened(path)
    torch.testing.assert_close(logits(loaded.network), logits(twin), rtol=0, atol=1e-5)
    assert loaded.preprocessing == Preprocessing(
        (32, 32), (0.5,) * 3, (0.5,) * 3, "squash", interpolation="bilinear"
    )
    assert "converted from google-research/vision_transformer's names" in loaded.source
    assert "3 heads" in loaded.source
    assert "Assumed" not in loaded.source


def test_state_of_the_optimiser(tmp_path: Path, small: Callable[..., Any]) -> None:
    """What the optimiser kept beside the weights is left out, and said."""
    arrays = in_jax(small(num_classes=10))
    content = {f"opt/target/{name}": arrays[name] for name in arrays}
    content |= {"opt/state/step": np.int64(7), "opt/state/param_states/cls/grad": arrays["cls"]}
    loaded = opened(saved(tmp_path / "checkpoint.npz", content))
    assert "without opt/state/step, opt/state/param_states/cls/grad" in loaded.source


def test_pre_logits(tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any]) -> None:
    """The layer before the classifier, which timm drops, stands where the original has it."""
    network = small(num_classes=10)
    generator = np.random.default_rng(0)
    kernel = generator.normal(size=(48, 48)).astype(np.float32)
    bias = generator.normal(size=48).astype(np.float32)
    arrays = in_jax(network) | {"pre_logits/kernel": kernel, "pre_logits/bias": bias}
    path = saved(tmp_path / "ViT-B_8.npz", arrays)
    pictures = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        pooled = network.forward_features(pictures)[:, 0]  # after the last norm
        layer = torch.from_numpy(kernel), torch.from_numpy(bias)
        expected = network.head(torch.tanh(pooled @ layer[0] + layer[1]))
    loaded = opened(path)
    torch.testing.assert_close(logits(loaded.network), expected, rtol=0, atol=1e-5)
    assert ("Pre-logits layer", "after the last norm, as in JAX's original") in loaded.details
    dropped = opened(path, pre_logits="dropped")
    torch.testing.assert_close(logits(dropped.network), logits(network), rtol=0, atol=1e-5)


def test_other_picture_size(tmp_path: Path, small: Callable[..., Any]) -> None:
    """Positions are resampled as the original does: straight lines between aligned corners."""
    network = small(num_classes=10)
    loaded = opened(saved(tmp_path / "ViT-B_8.npz", in_jax(network)), image_size=(56, 56))
    stored = network.pos_embed.data[:, 1:].reshape(4, 4, 48)
    used = loaded.network.pos_embed[:, 1:].reshape(7, 7, 48)
    torch.testing.assert_close(used[::2, ::2], stored)
    torch.testing.assert_close(used[0, 1], (stored[0, 0] + stored[0, 1]) / 2)
    assert loaded.stored_positions is not None


def test_half_precision(
    tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any]
) -> None:
    """JAX's bfloat16, which NumPy stores as bytes without a meaning, is read."""
    network = small(num_classes=10).bfloat16()
    halves = {
        name: torch.from_numpy(array).bfloat16().view(torch.int16).numpy().view("V2")
        for name, array in in_jax(network.float()).items()
    }
    loaded = opened(saved(tmp_path / "ViT-B_8.npz", halves))
    torch.testing.assert_close(logits(loaded.network), logits(network), rtol=0, atol=1e-5)


def hybrid_in_jax(network: Any) -> dict[str, np.ndarray]:
    """The ResNet of a hybrid by the names of the originals."""
    backbone = network.patch_embed.backbone
    stem = getattr(backbone, "stem", backbone)
    arrays = {"conv_root": stem.conv, "gn_root": stem.norm}
    for stage, blocks in enumerate(getattr(backbone, "stages", ()), 1):
        for unit, block in enumerate(blocks.blocks, 1):
            place = f"block{stage}/unit{unit}"
            for number in "123":
                arrays[f"{place}/conv{number}"] = getattr(block, f"conv{number}")
                arrays[f"{place}/gn{number}"] = getattr(block, f"norm{number}")
            if block.downsample is not None:
                arrays[f"{place}/conv_proj"] = block.downsample.conv
                arrays[f"{place}/gn_proj"] = block.downsample.norm
    return {f"{place}/{kind}": array for place in arrays for kind, array in of(arrays[place])}


def of(module: torch.nn.Module) -> list[tuple[str, np.ndarray]]:
    weight = module.weight.data.numpy()
    if weight.ndim == 4:
        return [("kernel", weight.transpose(2, 3, 1, 0))]
    flat = (1, 1, 1, -1)
    return [("scale", weight.reshape(flat)), ("bias", module.bias.data.numpy().reshape(flat))]


@pytest.mark.parametrize("name", ["vit_tiny_r_s16_p8_384", "vit_small_r26_s32_224"])
def test_hybrids(tmp_path: Path, trained: Callable[..., Any], name: str) -> None:
    """A ViT on a ResNet has the tensors that timm's own reader gives it."""
    network = trained(timm.create_model, model_name=name, depth=1, num_classes=5)
    arrays = in_jax(network) | hybrid_in_jax(network)
    path = saved(tmp_path / "R26+ViT-S_32.npz", arrays)
    translated = translate(read_checkpoint(path).tensors, Origin(path, "", {}, False))
    assert translated is not None
    assert translated.architecture == name
    assert translated.left_out == ()
    expected = network.state_dict()
    assert translated.tensors.keys() == expected.keys()
    for key, tensor in translated.tensors.items():
        torch.testing.assert_close(tensor, expected[key], rtol=0, atol=0)


def test_hybrid_opens(tmp_path: Path, trained: Callable[..., Any]) -> None:
    """A hybrid opens by its tensors alone, at the picture size of its positions."""
    network = trained(timm.create_model, model_name="vit_tiny_r_s16_p8_384", num_classes=5)
    path = saved(tmp_path / "R_Ti_16.npz", in_jax(network) | hybrid_in_jax(network))
    vit = explorer.load_vit(weights=path, device="cpu")
    assert (vit.info.grid.rows, vit.info.input_size) == (12, (384, 384))
    pixels = torch.randn(3, 384, 384, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network(pixels[None])[0]
    found = torch.from_numpy(vit.trace(pixels=pixels).logits)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def test_mixers_are_refused(tmp_path: Path) -> None:
    """The other models of that repository have no attention: their tensors are named."""
    arrays = {"stem/kernel": np.ones((8, 8, 3, 48)), "MixerBlock_0/LayerNorm_0/scale": np.ones(48)}
    with pytest.raises(ExplorerError, match="stem/kernel, MixerBlock_0/LayerNorm_0/scale"):
        opened(saved(tmp_path / "Mixer-B_16.npz", arrays))


def test_broken_training(tmp_path: Path, small: Callable[..., Any]) -> None:
    """Values that are no numbers are found."""
    arrays = in_jax(small(num_classes=10))
    arrays["head/kernel"] = arrays["head/kernel"] * np.float32("inf")
    with pytest.raises(ExplorerError, match=r"not numbers .*: head\.weight\."):
        opened(saved(tmp_path / "ViT-B_16.npz", arrays))

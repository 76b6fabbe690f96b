"""What other libraries compute otherwise is computed so in a network of timm's."""

import numpy as np
import pytest
import torch
from timm.layers import resample_abs_pos_embed
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.networks.fitting import fit
from explorer.models.networks.recognition import recognise
from explorer.models.networks.variations import (
    resampled,
    with_epsilon,
    with_pre_logits,
    with_resampling,
)

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 64, "depth": 2, "num_heads": 4}
HEADS = {"num_heads": 4}


def state_with_pre_logits(width: int, norm_width: int) -> dict[str, Tensor]:
    """A network of 5 classes whose layer before the classifier is `width` wide."""
    torch.manual_seed(7)
    state = VisionTransformer(**SMALL, num_classes=5).state_dict()
    state |= {"norm.weight": torch.rand(norm_width), "norm.bias": torch.rand(norm_width)}
    state |= {"head.weight": torch.randn(5, width), "head.bias": torch.randn(5)}
    return state | {
        "pre_logits.weight": torch.randn(width, 64) / 8,
        "pre_logits.bias": torch.randn(width),
    }


def tokens_after_blocks(state: dict[str, Tensor], pixels: Tensor) -> Tensor:
    """What comes out of the last block: (batch, tokens, width)."""
    plain = VisionTransformer(**SMALL, num_classes=0, final_norm=False)
    plain.load_state_dict({name: state[name] for name in plain.state_dict()})
    return plain.eval().forward_features(pixels)


@pytest.mark.parametrize("width", [64, 48])
def test_pre_logits_after_the_norm(width: int) -> None:
    """JAX's order: head(tanh(layer(norm(class token))))."""
    state, pixels = state_with_pre_logits(width, 64), torch.randn(2, 3, 32, 32)
    plain = {name: tensor for name, tensor in state.items() if "pre_logits" not in name}
    blueprint = with_pre_logits(recognise(plain, HEADS).blueprint, state, "after norm")
    token = nn.functional.layer_norm(
        tokens_after_blocks(state, pixels)[:, 0],
        (64,),
        state["norm.weight"],
        state["norm.bias"],
        1e-6,
    )
    layer = torch.tanh(token @ state["pre_logits.weight"].T + state["pre_logits.bias"])
    wanted = layer @ state["head.weight"].T + state["head.bias"]
    torch.testing.assert_close(fit(blueprint, state, "it")(pixels), wanted)


@pytest.mark.parametrize("width", [64, 48])
def test_pre_logits_before_the_norm(width: int) -> None:
    """PyTorch-Pretrained-ViT's order: head(norm(tanh(layer(tokens)))), also of another width."""
    state, pixels = state_with_pre_logits(width, width), torch.randn(2, 3, 32, 32)
    plain = {name: tensor for name, tensor in state.items() if "pre_logits" not in name}
    blueprint = with_pre_logits(recognise(plain, HEADS).blueprint, state, "before norm")
    token = tokens_after_blocks(state, pixels)[:, 0]
    layer = torch.tanh(token @ state["pre_logits.weight"].T + state["pre_logits.bias"])
    norm = nn.functional.layer_norm(layer, (width,), state["norm.weight"], state["norm.bias"], 1e-6)
    wanted = norm @ state["head.weight"].T + state["head.bias"]
    torch.testing.assert_close(fit(blueprint, state, "it")(pixels), wanted)


def test_pre_logits_dropped() -> None:
    """As if the file had no such layer."""
    state, pixels = state_with_pre_logits(64, 64), torch.randn(1, 3, 32, 32)
    plain = {name: tensor for name, tensor in state.items() if "pre_logits" not in name}
    blueprint = with_pre_logits(recognise(plain, HEADS).blueprint, state, "dropped")
    wanted = fit(recognise(plain, HEADS).blueprint, plain, "it")(pixels)
    torch.testing.assert_close(fit(blueprint, state, "it")(pixels), wanted)


def test_pre_logits_without_a_class_token() -> None:
    """A network that pools its patches has no place for the layer, and is told how to go on."""
    network = VisionTransformer(**SMALL, num_classes=5, global_pool="avg", class_token=False)
    blueprint = recognise(network.state_dict(), HEADS).blueprint
    layer = {"pre_logits.weight": torch.ones(64, 64)}
    with pytest.raises(ExplorerError, match="does not classify by its class token"):
        with_pre_logits(blueprint, layer, "after norm")


def test_epsilon() -> None:
    """Where tokens are tiny the epsilon decides, and it is the one that was asked for."""
    state = VisionTransformer(**SMALL, num_classes=5).state_dict()
    for name in ("cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias"):
        state[name] = state[name] * 1e-4
    pixels = torch.randn(1, 3, 32, 32)
    reference = VisionTransformer(**SMALL, num_classes=5)
    reference.load_state_dict(state)
    for module in reference.modules():
        if isinstance(module, nn.LayerNorm):
            module.eps = 1e-12
    blueprint = with_epsilon(recognise(state, HEADS).blueprint, 1e-12)
    found = fit(blueprint, state, "it")(pixels)
    torch.testing.assert_close(found, reference.eval()(pixels))
    timms = fit(recognise(state, HEADS).blueprint, state, "it")(pixels)
    assert (found - timms).abs().max() > 0.01


def test_corners_stay_where_they_are() -> None:
    """With aligned corners the outermost positions of a table are those of the other."""
    positions = torch.randn(1, 1 + 16, 8)
    found = resampled(positions, (4, 4), (7, 9), "corners")
    assert found.shape == (1, 1 + 63, 8)
    np.testing.assert_array_equal(found[:, 0], positions[:, 0])
    for old, new in ((0, 0), (3, 8), (12, 54), (15, 62)):
        torch.testing.assert_close(found[:, 1 + new], positions[:, 1 + old])


def test_timms_resampling_is_timms() -> None:
    """By default positions of another grid are what timm makes of them; other ways differ."""
    positions = torch.randn(1, 1 + 16, 8)
    wanted = resample_abs_pos_embed(positions, new_size=[2, 3], old_size=[4, 4])
    torch.testing.assert_close(resampled(positions, (4, 4), (2, 3), "timm"), wanted)
    assert not torch.allclose(resampled(positions, (4, 4), (2, 3), "bicubic"), wanted)


@pytest.mark.parametrize("how", ["corners", "bicubic", "bicubic corners"])
def test_network_of_another_grid(how) -> None:
    """A network of another input size gets the positions that the chosen way makes."""
    state = VisionTransformer(**SMALL, num_classes=5).state_dict()
    blueprint = recognise(state, HEADS, image_size=(48, 32)).blueprint
    network = fit(with_resampling(blueprint, (4, 4), how), state, "it")
    torch.testing.assert_close(
        network.pos_embed, resampled(state["pos_embed"], (4, 4), (6, 4), how)
    )

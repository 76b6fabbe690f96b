"""Networks are recognised by their tensors, as far as tensors tell."""

import warnings
from functools import partial
from typing import Any

import pytest
import timm
import timm.models
import torch
from timm.models.beit import Beit
from timm.models.vision_transformer import VisionTransformer

from explorer.errors import ExplorerError
from explorer.models.networks.fitting import fit
from explorer.models.networks.recognition import recognise
from explorer.models.published import catalog

CLIPS_NORM = partial(torch.nn.LayerNorm, eps=1e-5)
SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 64, "depth": 2, "num_heads": 4}


def plain_architectures() -> list[str]:
    """Those of timm that are its VisionTransformer, or the distilled one, and nothing else."""
    names = []
    for name in catalog.architectures():
        module = timm.models.model_entrypoint(name).__module__.rpartition(".")[2]
        special = ("aimv2", "beit3", "_xp_", "pwee", "test_vit4")  # other blocks, other norms
        if module in ("vision_transformer", "deit") and not any(s in name for s in special):
            names.append(name)
    return names


def epsilons(network: torch.nn.Module) -> set[float]:
    return {m.eps for m in network.modules() if isinstance(m, torch.nn.LayerNorm)}


def test_timm_architectures() -> None:
    """All of timm's plain ViTs are recognised, to the last tensor, the pooling and the epsilon."""
    names = plain_architectures()
    assert len(names) > 140
    for name in names:
        with torch.device("meta"):
            network = timm.create_model(name, depth=2)
        found = recognise(network.state_dict(), said_size=network.patch_embed.img_size)
        twin = found.blueprint.network
        shapes = {key: tensor.shape for key, tensor in network.state_dict().items()}
        assert {key: tensor.shape for key, tensor in twin.state_dict().items()} == shapes, name
        assert (twin.global_pool, type(twin)) == (network.global_pool, type(network)), name
        assert twin.patch_embed.grid_size == network.patch_embed.grid_size, name
        assert epsilons(twin) == epsilons(network), name


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_classes": 0},
        {"in_chans": 1},
        {"class_token": False, "global_pool": "avg"},
        {"reg_tokens": 4, "no_embed_class": True},
        {"init_values": 0.1, "qkv_bias": False, "qk_norm": True},
        {"global_pool": "avg"},
        {"global_pool": "map", "class_token": False},
        {"pre_norm": True, "norm_layer": CLIPS_NORM},
        {"pre_norm": True, "norm_layer": CLIPS_NORM, "final_norm": False},
        {"mlp_ratio": 2.6666, "proj_bias": False},
        {"mlp_layer": timm.layers.SwiGLUPacked, "act_layer": "silu", "mlp_ratio": 4},
        {"mlp_layer": timm.layers.SwiGLU, "act_layer": "silu"},
        {"patch_size": (8, 4)},
    ],
    ids=str,
)
def test_same_function(options: dict[str, Any]) -> None:
    """What is recognised computes what was saved, bit by bit."""
    torch.manual_seed(0)
    network = VisionTransformer(**{**SMALL, **options}).eval()
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    state = network.state_dict()
    twin = fit(recognise(state, {"num_heads": 4}, said_size=(32, 32)).blueprint, state, "it")
    picture = torch.randn(2, network.patch_embed.proj.in_channels, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(twin(picture), network(picture), rtol=0, atol=0)


@pytest.mark.parametrize(
    "options",
    [
        {"use_rel_pos_bias": True, "use_abs_pos_emb": False, "init_values": 0.1},
        {"use_shared_rel_pos_bias": True, "global_pool": "token", "num_classes": 0},
        {"use_rel_pos_bias": True, "use_shared_rel_pos_bias": True, "qkv_bias": False},
        {"use_rel_pos_bias": True, "swiglu_mlp": True, "scale_mlp": True},
    ],
    ids=str,
)
def test_same_function_of_beits(options: dict[str, Any]) -> None:
    """BEiTs of any size are recognised, too; the number of heads is in their tables of biases."""
    torch.manual_seed(0)
    network = Beit(**{**SMALL, **options}).eval()
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    state = network.state_dict()
    found = recognise(state)
    assert found.assumed == ()
    picture = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        twin = fit(found.blueprint, state, "it")
        torch.testing.assert_close(twin(picture), network(picture), rtol=0, atol=0)


@pytest.mark.parametrize("size", [(48, 48), (32, 64)], ids=str)
def test_beit_of_another_size(size: tuple[int, int]) -> None:
    """Its biases and positions are resampled as timm does."""
    torch.manual_seed(0)
    network = Beit(**SMALL, use_rel_pos_bias=True, use_shared_rel_pos_bias=True).eval()
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    twin = fit(recognise(state, image_size=size).blueprint, state, "it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, about timm's resampling
        network.set_input_size(img_size=size)
    picture = torch.randn(1, 3, *size)
    with torch.no_grad():
        torch.testing.assert_close(twin(picture), network(picture), rtol=0, atol=0)


def test_assumptions_are_told() -> None:
    """A number of heads that was assumed is said; one that was given is not."""
    state = VisionTransformer(**SMALL).state_dict()
    assert recognise(state).assumed == ("4 heads, the usual number",)
    assert recognise(state, {"num_heads": 8}).assumed == ()
    assert (
        "2 layers of width 64, 8 heads, patches of 8 × 8"
        in recognise(state, {"num_heads": 8}).summary
    )
    with pytest.raises(ExplorerError, match="3 heads do not divide its attention of width 64"):
        recognise(state, {"num_heads": 3})


def test_assumptions_about_models_trained_with_captions() -> None:
    """CLIP's and SigLIP's differ in what tensors do not tell: what is assumed of it is said."""
    clip = VisionTransformer(**SMALL, pre_norm=True).state_dict()
    said = ("GELU as the activation", "a layer norm epsilon of 1e-5, as in CLIP")
    assert recognise(clip, {"num_heads": 4}).assumed == said
    siglip = VisionTransformer(**SMALL, class_token=False, global_pool="map").state_dict()
    assert recognise(siglip, {"num_heads": 4}).assumed == said[:1]
    assert recognise(siglip, {"num_heads": 4, "act_layer": "gelu_tanh"}).assumed == ()


def test_wide_attention() -> None:
    """Attention wider than the tokens (4 heads of 64 on tokens of 64) is built as it is."""
    state = VisionTransformer(**SMALL).state_dict()
    for block in range(2):
        state[f"blocks.{block}.attn.qkv.weight"] = torch.randn(3 * 256, 64)
        state[f"blocks.{block}.attn.qkv.bias"] = torch.randn(3 * 256)
        state[f"blocks.{block}.attn.proj.weight"] = torch.randn(64, 256)
    network = fit(recognise(state).blueprint, state, "it")
    assert (network.blocks[0].attn.num_heads, network.blocks[0].attn.head_dim) == (4, 64)


def test_positions_that_form_no_square() -> None:
    """Where positions form no square, the picture size is asked for, with the likely ones."""
    state = VisionTransformer(**{**SMALL, "img_size": (32, 40)}).state_dict()
    with pytest.raises(ExplorerError, match="20 positions form no square") as caught:
        recognise(state)
    assert "32 × 40 or 40 × 32" in caught.value.hint
    network = recognise(state, image_size=(40, 32)).blueprint.network
    assert network.patch_embed.grid_size == (5, 4)


def test_foreign_tensors() -> None:
    """Tensors with foreign names are shown, a few of them."""
    names = [f"layer{i}.0.conv1.weight" for i in range(9)]
    with pytest.raises(ExplorerError, match=r"layer0\.0.*layer3\.0\.conv1\.weight and 5 more"):
        recognise({name: torch.ones(2) for name in names})

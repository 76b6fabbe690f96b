"""Positions read off a network are what the network itself does with its patches."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pytest
import timm
import torch
from timm.layers import apply_rot_embed_cat
from timm.models.beit import Beit
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_relpos import VisionTransformerRelPos
from torch import nn

from explorer.errors import ExplorerError
from explorer.explain.position_views import by_distance
from explorer.explain.positions import Source, describe_positions, field_of, sources_of
from explorer.models.anatomy import grid_of
from explorer.models.attention import AttentionCall, listen
from explorer.models.loading import Loaded
from explorer.models.positions import positions_of, similarity_of
from explorer.models.vit import ViT, load
from explorer.records import Grid, Preprocessing, Weights

SIZE = (48, 80)  # height, width: 3 × 5 patches of 16
SMALL: dict[str, Any] = {"img_size": SIZE, "embed_dim": 48, "depth": 2, "num_heads": 3}


@cache
def network_of(name: str, **more: Any) -> nn.Module:
    """A real architecture, made small, with random values everywhere."""
    return randomised(timm.create_model(name, num_classes=4, **{**SMALL, **more}))


def randomised(network: nn.Module) -> nn.Module:
    """Values for all parameters: BEiT's biases, for one, begin as zeros."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.3, generator=generator)
    return network.requires_grad_(False).eval()


def grid_for(network: nn.Module) -> Grid:
    return grid_of(network, network.patch_embed.img_size)


def calls_of(network: nn.Module) -> list[AttentionCall]:
    """What each attention of a forward pass is given."""
    calls: list[AttentionCall] = []
    for module in network.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = True
    with torch.inference_mode(), listen(calls.append):
        height, width = network.patch_embed.img_size
        network(torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0)))
    return calls


TABLES = {  # architecture, what is special, names of the prefix tokens that have an entry
    "vit_base_patch16_224": ("class",),
    "deit_base_distilled_patch16_224": ("class", "distillation"),
    "deit3_base_patch16_224": (),
    "vit_base_patch16_siglip_224": (),
    "vit_base_patch16_reg4_gap_256": (),
    "vit_so150m_patch16_reg4_gap_256": ("register 1", "register 2", "register 3", "register 4"),
    "eva_giant_patch14_224": ("class",),
    "vit_base_r26_s32_224": ("class",),
    "test_vit": ("class",),
}


def make_table_model(name: str) -> nn.Module:
    if name == "vit_base_r26_s32_224":
        return network_of(name, img_size=(96, 160))
    if "patch14" in name:
        return network_of(name, img_size=(42, 70))
    return network_of(name)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_what_the_network_adds(name: str):
    """Patches of zeros become the table's vectors; prefix tokens become theirs plus the table's."""
    network = make_table_model(name)
    grid = grid_for(network)
    positions = positions_of(network, grid)
    table = positions.table
    assert (positions.rows, positions.columns, positions.bias) == (3, 5, None)
    assert table is not None
    assert table.prefix_names == TABLES[name]
    assert (table.origin, table.stored) == ("learned", None)
    zeros = torch.zeros(1, 3, 5, 48) if network.dynamic_img_size else torch.zeros(1, 15, 48)
    with torch.inference_mode():
        found = network._pos_embed(zeros)
    added = (found[0] if isinstance(found, tuple) else found)[0].numpy()
    first = len(grid.prefix)
    np.testing.assert_array_equal(table.patches.reshape(15, -1), added[first:])
    tokens = [getattr(network, name, None) for name in ("cls_token", "dist_token", "reg_token")]
    bare = torch.cat([token[0] for token in tokens if token is not None] or [zeros[0, :0]])
    lifted = table.prefix if len(table.prefix) else 0
    np.testing.assert_allclose(bare.numpy() + lifted, added[:first], atol=1e-6)


ROTARY = (
    "eva02_base_patch14_224",  # one after the other, and a table
    "vit_base_patch16_rope_224",
    "vit_base_patch16_rope_mixed_224",  # learned, its own in each layer and head
    "vit_base_patch16_rope_mixed_ape_224",
    "vit_base_patch16_dinov3",  # halved
    "vit_base_patch16_sapiens2",
    "vit_pe_core_base_patch16_224",  # x before y
    "vit_base_patch16_rope_reg1_gap_256",  # a prefix token that is not turned
)


def make_rotary_model(name: str) -> nn.Module:
    size = (42, 70) if "patch14" in name else SIZE
    return network_of(name, img_size=size, **({"num_kv_heads": 3} if "sapiens" in name else {}))


@pytest.mark.parametrize("name", ROTARY)
def test_rotary_similarity_is_what_the_networks_own_turning_leaves(name: str):
    """Queries turned by timm at two patches: their product over |q|², in the mean over basis."""
    network = make_rotary_model(name)
    grid = grid_for(network)
    positions = positions_of(network, grid)
    assert positions.rotary is not None
    layers, heads, *_ = positions.rotary.cos.shape
    assert (layers, heads) == ((2, 3) if "mixed" in name else (1, 1))
    with torch.inference_mode():
        found = network._pos_embed(
            torch.zeros(1, 3, 5, 48) if network.dynamic_img_size else torch.zeros(1, 15, 48)
        )[1]
        attention = network.blocks[0].attn
        for layer in range(layers):
            rope = found[layer] if "mixed" in name else found
            q = torch.eye(16).reshape(16, 1, 1, 16).expand(16, 3, 15, 16)  # a query at each patch
            turned = apply_rot_embed_cat(q, rope, half=attention.rotate_half).numpy()
            similarity = np.einsum("bhiw,bhjw->hij", turned, turned) / 16
            for head in range(heads):
                source = Source("rotary", layer, head)
                maps = field_of(positions, source).maps().reshape(15, 15)
                np.testing.assert_allclose(maps, similarity[head], atol=2e-5)


@pytest.mark.parametrize("name", ROTARY)
def test_a_rotary_pair_is_a_pair_of_the_networks_dimensions(name: str):
    """One frequency alone: a random query with two numbers that are not 0."""
    network = make_rotary_model(name)
    positions = positions_of(network, grid_for(network))
    pairs = positions.rotary.cos.shape[-1]
    attention = network.blocks[0].attn
    with torch.inference_mode():
        rope = network._pos_embed(
            torch.zeros(1, 3, 5, 48) if network.dynamic_img_size else torch.zeros(1, 15, 48)
        )[1]
        rope = rope[0] if "mixed" in name else rope
        for pair in (0, 3, pairs - 1):
            first, second = (
                (pair, pair + pairs) if attention.rotate_half else (2 * pair, 2 * pair + 1)
            )
            q = torch.zeros(1, 3, 15, 16)
            q[..., first], q[..., second] = 0.6, -0.8
            turned = apply_rot_embed_cat(q, rope, half=attention.rotate_half)[0, 2].numpy()
            maps = field_of(positions, Source("rotary", 0, 2, pair)).maps().reshape(15, 15)
            np.testing.assert_allclose(maps, turned @ turned.T, atol=2e-5)


@pytest.mark.parametrize("name", ROTARY)
def test_queries_and_keys_are_turned_by_the_recorded_angles(name: str, monkeypatch):
    """What the first attention is given, against the same without rotation; patches only."""
    network = make_rotary_model(name)
    grid = grid_for(network)
    rotary = positions_of(network, grid).rotary
    used = calls_of(network)[0]
    original = network._pos_embed
    monkeypatch.setattr(network, "_pos_embed", lambda x: (original(x)[0], None))
    bare, first = calls_of(network)[0], len(grid.prefix)
    cos, sin = (part[0].reshape(-1, 15, 8) for part in (rotary.cos, rotary.sin))
    is_halved = network.blocks[0].attn.rotate_half
    pairs = (slice(8), slice(8, None)) if is_halved else (slice(0, None, 2), slice(1, None, 2))
    for turned, plain in ((used.q, bare.q), (used.k, bare.k)):
        np.testing.assert_array_equal(turned[0, :, :first], plain[0, :, :first])
        x, y = (plain[0, :, first:, pair].numpy() for pair in pairs)
        seen = turned[0, :, first:].numpy()
        np.testing.assert_allclose(seen[..., pairs[0]], x * cos - y * sin, atol=1e-4)
        np.testing.assert_allclose(seen[..., pairs[1]], y * cos + x * sin, atol=1e-4)


def small_beit(**more: Any) -> nn.Module:
    return randomised(Beit(**{**SMALL, "num_classes": 4, "use_abs_pos_emb": False, **more}))


BIASES = {  # maker, layers that have their own
    "beit": (lambda: network_of("beit_base_patch16_224"), 2),
    "beit shared": (lambda: small_beit(use_shared_rel_pos_bias=True), 1),
    "beit both": (lambda: small_beit(use_rel_pos_bias=True, use_shared_rel_pos_bias=True), 2),
    "relpos": (lambda: network_of("vit_relpos_base_patch16_224"), 2),
    "relpos class": (lambda: network_of("vit_relpos_base_patch16_cls_224"), 2),
    "relpos rw": (lambda: network_of("vit_relpos_base_patch16_rpn_224"), 2),
    "relpos shared": (lambda: network_of("vit_srelpos_small_patch16_224"), 1),
    "relpos swin": (
        lambda: randomised(VisionTransformerRelPos(**SMALL, rel_pos_type="mlp-swin")),
        2,
    ),
    "relpos table": (
        lambda: randomised(
            VisionTransformerRelPos(
                **SMALL, rel_pos_type="bias", class_token=True, global_pool="token"
            )
        ),
        2,
    ),
}


@pytest.mark.parametrize("kind", BIASES)
def test_a_bias_is_what_the_attention_is_given(kind: str):
    """For every pair of patches, in every layer and head; prefix tokens are left out."""
    make, layers = BIASES[kind]
    network = make()
    grid = grid_for(network)
    positions = positions_of(network, grid)
    bias = positions.bias
    assert bias is not None
    assert (positions.table, positions.rotary) == (None, None)
    assert bias.offsets.shape == (layers, 3, 5, 9)
    first = len(grid.prefix)
    for layer, call in enumerate(calls_of(network)):
        given = call.bias[..., first:, first:].numpy().reshape(3, 3, 5, 3, 5)
        for head in range(3):
            found = field_of(positions, Source("bias", layer, head)).maps()
            np.testing.assert_allclose(found, given[head], atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_trace_was_given_the_bias_that_positions_show(precision: str):
    """The bias kept beside queries and keys, patch by patch, in the numbers that were computed."""
    network = copy.deepcopy(network_of("beit_base_patch16_224"))
    preprocessing = Preprocessing(SIZE, (0.5,) * 3, (0.5,) * 3, "squash")
    loaded = Loaded(network, preprocessing, None, "small", "Made for this test.")
    vit = ViT(loaded, torch.device("cpu"), precision)
    trace = vit.trace(pixels=np.zeros((3, *SIZE), np.float32))
    for number, layer in enumerate(trace.layers):
        field = field_of(vit.positions, Source("bias", number, 1))
        given = layer.bias[1, 1:, 1:].reshape(3, 5, 3, 5)
        np.testing.assert_array_equal(field.maps(), given)


def test_each_layers_table_is_told_from_the_others():
    """No layer is shown another's bias: all differ in a network of random values."""
    bias = positions_of(network := network_of("beit_base_patch16_224"), grid_for(network)).bias
    assert not np.allclose(bias.offsets[0], bias.offsets[1])
    table = network.blocks[1].attn.relative_position_bias_table[:45].numpy().reshape(5, 9, 3)
    # BEiT counts from key to query; the record from query to key.
    np.testing.assert_array_equal(bias.offsets[1], table[::-1, ::-1].transpose(2, 0, 1))


def test_a_network_without_positions_says_so():
    """Left out on purpose: nothing to choose from, and a sentence for it."""
    network = randomised(VisionTransformer(**SMALL, num_classes=4, pos_embed="none"))
    positions = positions_of(network, grid_for(network))
    assert (positions.table, positions.rotary, positions.bias) == (None, None, None)
    assert sources_of(positions) == ()
    assert describe_positions(positions).startswith("None")
    assert calls_of(network)[0].bias is None


def mae_table(rows: int, columns: int, width: int) -> np.ndarray:
    """As MAE's release builds it: the column first, sines before cosines."""
    frequencies = 1 / 10000 ** (np.arange(width // 4) / (width / 4))
    y, x = np.mgrid[:rows, :columns]
    waves = [wave(place[..., None] * frequencies) for place in (x, y) for wave in (np.sin, np.cos)]
    return np.concatenate(waves, axis=-1).astype(np.float32)


def moco_table(rows: int, columns: int, width: int) -> np.ndarray:
    """As MoCo v3's release builds it: the row first."""
    return mae_table(columns, rows, width).transpose(1, 0, 2)


def big_vision_table(rows: int, columns: int, width: int) -> np.ndarray:
    """As big_vision's `posemb_sincos_2d` builds it: the slowest frequency is 1 / 10000."""
    frequencies = 1 / 10000 ** (np.arange(width // 4) / (width // 4 - 1))
    y, x = np.mgrid[:rows, :columns]
    waves = [wave(place[..., None] * frequencies) for place in (x, y) for wave in (np.sin, np.cos)]
    return np.concatenate(waves, axis=-1).astype(np.float32)


def put(network: nn.Module, table: np.ndarray) -> nn.Module:
    count = table.shape[0] * table.shape[1]
    with torch.no_grad():
        network.pos_embed[0, -count:] = torch.from_numpy(table.reshape(count, -1))
    return network


@pytest.mark.parametrize("formula", [mae_table, moco_table, big_vision_table])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_table_of_sines_is_recognised(formula, dtype: torch.dtype):
    """Whatever the order of its numbers, and rounded as the network may be."""
    network = randomised(VisionTransformer(**SMALL, num_classes=4))
    put(network, formula(3, 5, 48)).to(dtype)
    positions = positions_of(network, grid_for(network))
    assert positions.table.origin == "sines"
    assert positions.table.patches.dtype == np.float32


def test_sines_that_were_resampled_are_still_sines():
    """What was stored tells; what is used is shown beside it."""
    network = randomised(VisionTransformer(**SMALL, num_classes=4))
    stored = mae_table(4, 4, 48)
    table = positions_of(network, grid_for(network), stored).table
    assert (table.origin, table.stored is stored) == ("sines", True)


def test_learned_tables_are_not_taken_for_sines():
    """Not even one that began as sines and was trained, or that has their length."""
    network = randomised(VisionTransformer(**SMALL, num_classes=4))
    grid, sines = grid_for(network), mae_table(3, 5, 48)
    moved = sines + 0.05 * np.random.default_rng(0).standard_normal(sines.shape)
    assert positions_of(put(network, moved), grid).table.origin == "learned"
    shuffled = np.random.default_rng(0).permutation(sines.reshape(15, 48)).reshape(3, 5, 48)
    assert positions_of(put(network, shuffled), grid).table.origin == "learned"
    assert positions_of(put(network, 2 * sines), grid).table.origin == "learned"


def test_positions_are_read_once_and_are_the_networks():
    """The property is cheap afterwards, and shared by copies with another framing."""
    vit = load(Weights("test_vit", random=True), device="cpu")
    positions = vit.positions
    assert vit.positions is positions
    assert vit.reframed("pad").positions is positions
    assert positions.table.stored is None


def test_similarity_is_the_cosine_of_every_pair():
    """Row by row, symmetric, 1 on the diagonal; as numpy says in float64."""
    vit = load(Weights("test_vit", random=True, image_size=(64, 96)), device="cpu")
    found = vit.position_similarity()
    vectors = vit.positions.table.patches.reshape(24, -1).astype(np.float64)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert found.dtype == np.float32
    assert found.shape == (24, 24)
    np.testing.assert_allclose(found, units @ units.T, atol=1e-6)


@pytest.mark.parametrize(
    ("positions", "hint"),
    [
        (lambda: network_of("vit_base_patch16_dinov3"), "by its `positions.rotary`"),
        (lambda: network_of("beit_base_patch16_224"), "by its `positions.bias`"),
        (lambda: VisionTransformer(**SMALL, pos_embed="none").eval(), "no positions at all"),
    ],
)
def test_similarity_without_a_table_is_refused(positions, hint: str):
    """A sentence that says what there is instead."""
    network = positions()
    with pytest.raises(ExplorerError, match="no table of position embeddings") as caught:
        similarity_of(positions_of(network, grid_for(network)))
    assert hint in caught.value.hint


def test_another_input_size_keeps_what_was_stored(shared):
    """The checkpoint's table beside the resampled one, each with its own grid."""
    file = shared("data/weights/timm_vit_cifar10.safetensors")
    own, resampled = (
        load(Weights("", file=file, image_size=size), device="cpu").positions
        for size in (None, (48, 32))
    )
    assert own.table.stored is None
    assert (resampled.rows, resampled.columns) == (12, 8)
    np.testing.assert_array_equal(resampled.table.stored, own.table.patches)
    assert "It was stored for 8 × 8 patches." in describe_positions(resampled)
    field = field_of(resampled, Source("stored"))
    assert (field.rows, field.columns) == (8, 8)


def test_a_trained_model_knows_its_neighbours(shared):
    """Really trained on CIFAR-10: patches side by side are more alike than those far apart."""
    file = shared("data/weights/timm_vit_cifar10.safetensors")
    vit = load(Weights("", file=file), device="cpu")
    positions = vit.positions
    assert positions.table.origin == "learned"
    curve = by_distance(field_of(positions, Source("table")))
    assert curve.mean[1] > 0.05
    assert abs(curve.mean[curve.distances > 4].mean()) < 0.02
    assert curve.fit is not None
    assert curve.fit.height > 0
    field = field_of(positions, Source("table"))
    similarity = vit.position_similarity().reshape(8, 8, 8, 8)
    np.testing.assert_allclose(similarity, field.maps(), atol=1e-6)

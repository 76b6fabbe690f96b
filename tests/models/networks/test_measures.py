"""What can be measured on tensors is measured; what cannot is offered to be chosen."""

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer

from explorer.errors import ExplorerError
from explorer.models.networks.measures import (
    check_sizes,
    depth_of,
    heads_of,
    patch_of,
    possible_heads,
    stored_grid,
    usual_heads,
)

SMALL = {"img_size": 32, "patch_size": (8, 4), "embed_dim": 64, "depth": 2, "num_heads": 4}


def test_heads() -> None:
    """The usual number of heads is that of published models, and of small ones from courses."""
    usual = {64: 4, 128: 8, 192: 3, 384: 6, 768: 12, 1024: 16, 1280: 16, 1152: 16, 100: 5, 8: 1}
    assert {width: usual_heads(width) for width in usual} == usual
    assert possible_heads(64) == (1, 2, 4, 8, 16)
    assert possible_heads(3) == (1,)
    state = VisionTransformer(**SMALL).state_dict()
    assert heads_of(state) == (4, (1, 2, 4, 8, 16))
    assert heads_of({"weight": torch.ones(1)}) is None


def test_measures() -> None:
    """Depth and patch are read off the tensors, or are said not to be there."""
    state = VisionTransformer(**SMALL).state_dict()
    assert (depth_of(state), patch_of(state)) == (2, (8, 4))
    assert (depth_of({}), patch_of({})) == (0, None)


@pytest.mark.parametrize("numbers", [(0, 3_000_000), (1,), (0, 1, 3), ("00",)])
def test_layers_that_are_missing(numbers: tuple[object, ...]) -> None:
    """One high number is not taken for the number of layers."""
    tensors = {f"blocks.{number}.norm1.weight": torch.ones(8) for number in numbers}
    with pytest.raises(ExplorerError, match="not numbered one after the other"):
        depth_of(tensors)


@pytest.mark.parametrize("name", ["blocks.0.attn.qkv.weight", "pos_embed", "head.weight"])
@pytest.mark.parametrize("shape", [(), (5,), (8, 0, 8), (0, 8, 8)])
def test_sizes_that_cannot_be_measured(name: str, shape: tuple[int, ...]) -> None:
    """Too few dimensions, and sizes of zero, are told with the tensor's name."""
    with pytest.raises(ExplorerError, match=f"tensor {name} of "):
        check_sizes({name: torch.empty(shape)})


def positions(count: int, **others: torch.Tensor) -> dict[str, torch.Tensor]:
    kernel = torch.empty(8, 3, 16, 16)
    return {"patch_embed.proj.weight": kernel, "pos_embed": torch.empty(1, count, 8), **others}


def test_square_grids() -> None:
    """Positions that form a square are one, with those of prefix tokens or without."""
    class_token = {"cls_token": torch.empty(1, 1, 8)}
    assert stored_grid(positions(196)) == (14, 14)
    assert stored_grid(positions(197, **class_token)) == (14, 14)
    assert stored_grid(positions(196, **class_token)) == (14, 14)
    assert stored_grid(positions(201, **class_token, reg_token=torch.empty(1, 4, 8))) == (14, 14)
    table = torch.empty(27 * 27 + 3, 12)
    assert stored_grid({**positions(1), "blocks.0.attn.relative_position_bias_table": table}) == (
        14,
        14,
    )
    assert stored_grid({}) is None


@pytest.mark.parametrize("count", [1, 2])
def test_no_positions_of_patches(count: int) -> None:
    """Positions of prefix tokens alone are no grid of any size."""
    tokens = {"cls_token": torch.empty(1, 1, 8), "dist_token": torch.empty(1, 1, 8)}
    registers = {"reg_token": torch.empty(1, 4, 8)}
    with pytest.raises(ExplorerError, match="no positions of patches"):
        stored_grid(positions(count + 1, **tokens, **registers))


def test_grids_by_picture_size() -> None:
    """What a config says goes before the square, what somebody asks for after it."""
    assert stored_grid(positions(300), said=(240, 320)) == (15, 20)
    assert stored_grid(positions(300), asked=(320, 240)) == (20, 15)
    assert stored_grid(positions(64), said=(64, 256), asked=(32, 512)) == (4, 16)
    assert stored_grid(positions(64), asked=(64, 256)) == (8, 8)
    assert stored_grid(positions(64), said=(224, 224)) == (8, 8)
    with pytest.raises(ExplorerError, match="300 positions form no square") as caught:
        stored_grid(positions(300), said=(224, 224))
    assert "240 × 320 or 320 × 240" in caught.value.hint


def test_endless_layers() -> None:
    """Small tensors do not make a network that nobody could build."""
    tensors = {f"blocks.{number}.norm1.weight": torch.ones(1) for number in range(1001)}
    with pytest.raises(ExplorerError, match="1,001 layers, more than any"):
        depth_of(tensors)

"""timm's architectures are found by their tensors where only one has them."""

import pytest
import timm
import torch

from explorer.errors import ExplorerError
from explorer.models.networks.architectures import fitting_architectures, for_architecture
from explorer.models.networks.recognition import recognise


def test_other_families() -> None:
    """Models with other blocks are found among timm's: the only one, or those to choose from."""
    with torch.device("meta"):
        only = timm.create_model("eva02_enormous_patch14_clip_224").state_dict()
        several = timm.create_model("eva02_base_patch14_224").state_dict()
    assert recognise(only).summary.endswith("eva02_enormous_patch14_clip_224")
    assert "eva02_base_patch14_448" in fitting_architectures(several)
    with pytest.raises(ExplorerError, match="fit several architectures") as caught:
        recognise(several)
    assert "eva02_base_patch14_224" in caught.value.hint


@pytest.mark.parametrize("kind", ["core_tiny_patch16_384", "spatial_tiny_patch16_512"])
def test_rotations_that_no_file_holds(kind: str) -> None:
    """A Perception Encoder is not taken for the plain ViT that has the same tensors."""
    with torch.device("meta"):
        tensors = timm.create_model(f"vit_pe_{kind}").state_dict()
    found = recognise(tensors)
    assert found.summary == f"recognised by its tensors as vit_pe_{kind}"
    assert found.blueprint.network.rope is not None


def test_positions_that_form_no_square() -> None:
    """A checkpoint for wide pictures is resampled from its own grid, if that is known."""
    with torch.device("meta"):
        wide = timm.create_model("test_vit", img_size=(64, 160)).state_dict()
    with pytest.raises(ExplorerError, match="40 positions form no square"):
        for_architecture("test_vit", wide)
    blueprint = for_architecture("test_vit", wide, said_size=(64, 160))
    assert blueprint.network.patch_embed.grid_size == (4, 10)
    real = {name: torch.randn(tensor.shape) for name, tensor in wide.items()}
    blueprint = for_architecture("test_vit", real, (160, 160), said_size=(64, 160))
    resampled = blueprint.adapt(real)["pos_embed"]
    expected = timm.layers.resample_abs_pos_embed(real["pos_embed"], [10, 10], [4, 10])
    torch.testing.assert_close(resampled, expected, rtol=0, atol=0)


def test_another_patch() -> None:
    """Patches of another size are resampled to the architecture's own, at its own picture size."""
    with torch.device("meta"):
        fine = timm.create_model("test_vit", patch_size=8, img_size=96).state_dict()
    network = for_architecture("test_vit", fine).network
    assert network.patch_embed.img_size == (160, 160)
    assert network.patch_embed.patch_size == (16, 16)

"""MAE's files are known by their decoder or by the sines of their positions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from explorer.models.layouts.mae import sines
from explorer.models.loading import load_network
from explorer.records import Weights


def encoder(small: Callable[..., Any], **options: Any) -> Any:
    """A network with MAE's positions."""
    network = small(**options)
    network.pos_embed.data = torch.cat([torch.zeros(1, 48), sines(4, 48)])[None]
    return network


def test_sines() -> None:
    """The table has the numbers of util/pos_embed.py: the column first, sines before cosines."""
    table = sines(14, 8).reshape(14, 14, 8)
    wave = torch.tensor([1.0, 1 / 100])  # frequencies of a quarter of the width
    torch.testing.assert_close(table[3, 5, :2], torch.sin(5 * wave))
    torch.testing.assert_close(table[3, 5, 2:4], torch.cos(5 * wave))
    torch.testing.assert_close(table[3, 5, 4:6], torch.sin(3 * wave))
    torch.testing.assert_close(table[3, 5, 6:], torch.cos(3 * wave))


def test_presmall(tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any]) -> None:
    """The encoder opens, its decoder is left out, and said."""
    network = encoder(small, num_classes=0)
    decoder = {
        "mask_token": torch.ones(1, 1, 32),
        "decoder_pos_embed": torch.ones(1, 17, 32),
        "decoder_embed.weight": torch.ones(32, 48),
        "decoder_blocks.0.norm1.weight": torch.ones(32),
        "decoder_pred.weight": torch.ones(192, 32),
    }
    torch.save({"model": network.state_dict() | decoder}, tmp_path / "checkpoint-799.pth")
    loaded = load_network(Weights("", file=tmp_path / "checkpoint-799.pth"))
    torch.testing.assert_close(logits(loaded.network), logits(network))
    assert "without mask_token, decoder_pos_embed, decoder_embed.weight, " in loaded.source
    assert "and 1 more, which it has no place for" in loaded.source
    assert "Taken for MAE's by its decoder." in loaded.source
    assert loaded.preprocessing.mean == (0.485, 0.456, 0.406)


def test_release(tmp_path: Path, small: Callable[..., Any]) -> None:
    """A release file without decoder is known by its positions, under whatever name."""
    path = tmp_path / "mine.pth"
    torch.save({"model": encoder(small, num_classes=0).state_dict()}, path)
    loaded = load_network(Weights("", file=path))
    assert "normalised as MAE does. Taken for MAE's by its positions" in loaded.source


def test_fine_tuned(tmp_path: Path, small: Callable[..., Any], logits: Callable[..., Any]) -> None:
    """Fine-tuning moves the sines a little, pools the patches, and still is MAE's."""
    network = encoder(small, num_classes=10, global_pool="avg", fc_norm=True)
    network.pos_embed.data += 0.01 * torch.randn_like(network.pos_embed)
    torch.save({"model": network.state_dict()}, tmp_path / "mae_finetuned_vit_base.pth")
    loaded = load_network(Weights("", file=tmp_path / "mae_finetuned_vit_base.pth"))
    torch.testing.assert_close(logits(loaded.network), logits(network))
    assert loaded.network.global_pool == "avg"
    assert "by its positions" in loaded.source


def test_others(tmp_path: Path, small: Callable[..., Any]) -> None:
    """Neither trained positions nor sines with rows first (MoCo v3's) are taken for MAE's."""
    network = small(num_classes=0)
    path = tmp_path / "mine.pth"
    turned = sines(4, 48).reshape(4, 4, 48).transpose(0, 1).reshape(16, 48)
    for positions in (network.pos_embed.data[0, 1:], turned):
        network.pos_embed.data = torch.cat([torch.zeros(1, 48), positions])[None]
        torch.save(network.state_dict(), path)
        assert "MAE" not in load_network(Weights("", file=path)).source

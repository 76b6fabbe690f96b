"""Which weights a stage may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch import nn

from ...errors import ExplorerError
from ..recipes.recipe import Stage

_BEFORE_BLOCKS = ("patch_embed", "pos_embed", "cls_token", "reg_token", "dist_token", "norm_pre")


def heads_of(network: Any) -> list[nn.Linear]:
    """The layers that give the logits: one, or, of distilled networks, two."""
    found = network.get_classifier()
    heads = found if isinstance(found, tuple) else (found,)
    return [layer for layer in heads if isinstance(layer, nn.Linear)]


def set_trained(network: Any, stage: Stage) -> None:
    """Freeze what a stage does not train of a classifier.

    Raises ExplorerError where nothing like it is there.
    """
    _set_trained(network, network, "", heads_of(network), stage)


def set_trained_captioner(network: Any, stage: Stage) -> None:
    """The same of a captioner: its encoder has the blocks, and its decoder is the head."""
    _set_trained(network, network.encoder, "encoder.", [network.decoder], stage)


def _set_trained(
    network: nn.Module, encoder: Any, prefix: str, heads: Iterable[nn.Module], stage: Stage
) -> None:
    if stage.frozen_blocks > len(encoder.blocks):
        raise ExplorerError(
            f"“frozen_blocks” is {stage.frozen_blocks}, and the model has {len(encoder.blocks)}.",
            hint='Choose fewer, or trained = "head".',
        )
    head = {id(parameter) for layer in heads for parameter in layer.parameters()}
    trained = set(_trained_names(network, prefix, head, stage))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in trained)


def _trained_names(network: nn.Module, prefix: str, head: set[int], stage: Stage) -> Iterator[str]:
    numbered = (f"blocks.{number}." for number in range(stage.frozen_blocks))
    frozen = tuple(f"{prefix}{name}" for name in (*_BEFORE_BLOCKS, *numbered))
    attends = "attention" in stage.trained
    for name, parameter in network.named_parameters():
        if id(parameter) in head:
            yield name
        elif stage.trained == "head" or (attends and ".attn." not in name):
            continue
        elif not (stage.frozen_blocks and name.startswith(frozen)):
            yield name

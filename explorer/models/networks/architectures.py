"""Checkpoints of timm's named architectures: built to suit, or found by their tensors."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import Any

import timm
import torch

from ...errors import ExplorerError
from ..published import catalog
from .fitting import Blueprint, build, embedding, timm_blueprint
from .measures import KERNEL, Size, Tensors, classes_of, depth_of, patch_of, stored_grid

_VARYING = re.compile(
    r"blocks\.[1-9]|head\.|head_dist\.|pos_embed|.*relative_position|rope|mask_token"
)


def for_architecture(
    name: str,
    tensors: Tensors,
    image_size: Size | None = None,
    said_size: Size | None = None,
    **options: Any,
) -> Blueprint:
    """A named architecture (with or without a tag), with a checkpoint's own classes and size.

    `image_size` (height, width) None = the one of the stored positions, for which `said_size` may
    speak, or does where they cannot be counted, else the architecture's; `options` as for
    `timm.create_model`.
    Raises ExplorerError where the stored positions could be of several sizes.
    """
    patch, grid = patch_of(tensors), stored_grid(tensors, said_size, image_size)
    stored = (grid[0] * patch[0], grid[1] * patch[1]) if patch and grid else None
    options |= _classes_and_channels(name, tensors, stored)
    blueprint = _sized(name, image_size or stored or said_size, options)
    resampled = patch != tuple(embedding(blueprint.network).patch_size)
    if stored and not image_size and resampled:  # the size of its patches says nothing here
        return _sized(name, catalog.config(name).input_size[1:], options)
    return blueprint


def _sized(name: str, size: Size | None, options: dict[str, Any]) -> Blueprint:
    return timm_blueprint(name, **options, **({"img_size": size} if size else {}))


def _classes_and_channels(name: str, tensors: Tensors, stored: Size | None) -> dict[str, Any]:
    """Options that describe a checkpoint to timm, which else takes it for the pretrained one."""
    config = catalog.config(name)
    channels, height, width = config.input_size
    classes = classes_of(tensors) if "blocks.0.norm1.weight" in tensors else config.num_classes
    options: dict[str, Any] = {"num_classes": classes}
    if patch_of(tensors):
        channels = options["in_chans"] = tensors[KERNEL].shape[1]
    size = stored or (height, width)
    overlay = {"num_classes": classes, "input_size": (channels, *size)}
    return {**options, "pretrained_cfg_overlay": overlay}


def fitting_architectures(tensors: Tensors) -> list[str]:
    """The architectures of timm that have just these tensors, whatever their classes and size."""
    depth = depth_of(tensors)
    if not depth:
        return []
    wanted = _signature(tensors)
    alike = [name for name, signature in _signatures().items() if signature == wanted]
    return [name for name in alike if depth_of(_shapes(name)) == depth]


@cache
def _signatures() -> dict[str, frozenset[tuple[str, tuple[int, ...]]]]:
    """All architectures' signatures, from networks of one layer: a few seconds, once."""
    signatures = {}
    for name in catalog.architectures():
        with suppress(ExplorerError):  # a few cannot be so shallow
            signatures[name] = _signature(_shapes(name, depth=1))
    return signatures


def _signature(tensors: Tensors) -> frozenset[tuple[str, tuple[int, ...]]]:
    """Names and shapes that depend neither on depth nor on classes nor on the picture size."""
    return frozenset((n, tuple(t.shape)) for n, t in tensors.items() if not _VARYING.match(n))


def _shapes(name: str, **options: Any) -> Tensors:
    """An architecture's tensors, without any values."""
    with torch.device("meta"):
        return build(timm.create_model, name, **options).state_dict()

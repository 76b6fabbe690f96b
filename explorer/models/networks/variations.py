"""What other libraries compute otherwise than timm, put into a network of timm's."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from timm.layers import resample_abs_pos_embed
from torch import Tensor, nn
from torch.nn import functional

from ...errors import ExplorerError
from ...records import PreLogits, Resampling
from .beit import TABLE
from .fitting import Blueprint, embedding
from .measures import Size, Tensors

PRE_LOGITS = "pre_logits."
_HOW: dict[Resampling, dict[str, Any]] = {
    "corners": {"mode": "bilinear", "align_corners": True},
    "bicubic": {"mode": "bicubic", "align_corners": False},
    "bicubic corners": {"mode": "bicubic", "align_corners": True},
}


def with_epsilon(blueprint: Blueprint, epsilon: float) -> Blueprint:
    """Every layer norm adds `epsilon` to the variance."""
    for module in blueprint.network.modules():
        if isinstance(module, nn.LayerNorm):
            module.eps = epsilon
    return blueprint


def with_resampling(blueprint: Blueprint, stored: Size, how: Resampling) -> Blueprint:
    """Positions of a `stored` grid are resampled to the network's own, as another library does.

    So are biases between patches, where that library is transformers.
    """
    network: Any = blueprint.network
    grid = tuple(embedding(network).grid_size)
    if how == "timm" or grid == stored:
        return blueprint

    def adapt(tensors: Tensors) -> dict[str, Tensor]:
        adapted = blueprint.adapt(tensors)
        for name, tensor in tensors.items():  # instead of timm's
            if name == "pos_embed":
                adapted[name] = resampled(tensor, stored, grid, how)
            elif how == "bicubic" and name.endswith(TABLE):
                adapted[name] = resampled_biases(tensor, stored, grid)
        return adapted

    return blueprint._replace(adapt=adapt)


def resampled(positions: Tensor, stored: Size, grid: Size, how: Resampling) -> Tensor:
    """Position embeddings (1, prefix + rows · columns, width) of one grid for another one.

    Those of prefix tokens, which come first, stay as they are.
    """
    prefix = positions.shape[1] - stored[0] * stored[1]
    if how == "timm":
        return resample_abs_pos_embed(
            positions, new_size=list(grid), old_size=list(stored), num_prefix_tokens=prefix
        )
    first, patches = positions[:, :prefix], positions[:, prefix:].float()
    image = patches.transpose(1, 2).reshape(1, -1, *stored)  # (1, width, rows, columns)
    image = functional.interpolate(image, size=grid, **_HOW[how])
    return torch.cat([first, image.flatten(2).transpose(1, 2).to(first.dtype)], dim=1)


def resampled_biases(table: Tensor, stored: Size, grid: Size) -> Tensor:
    """Biases between patches (offsets + 3, heads) of one grid for another one, bilinearly.

    As transformers' BEiT does. The last three are of the class token and stay as they are.
    """
    offsets = [2 * side - 1 for side in stored]
    image = table[:-3].float().T.reshape(1, -1, *offsets)  # (1, heads, rows, columns)
    size = [2 * side - 1 for side in grid]
    image = functional.interpolate(image, size=size, mode="bilinear", align_corners=False)
    return torch.cat([image.flatten(2)[0].T.to(table.dtype), table[-3:]])


def with_pre_logits(blueprint: Blueprint, tensors: Tensors, order: PreLogits) -> Blueprint:
    """A linear layer and tanh before the classifier, or, "dropped", as if there were none.

    "after norm", on the pooled token, is the original (google-research/vision_transformer,
    vit_jax/models_vit.py); "before norm", on all tokens, is PyTorch-Pretrained-ViT's
    (pytorch_pretrained_vit/model.py), whose last norm then has the layer's width.
    Raises ExplorerError where the network has no place for it.
    """
    network: Any = blueprint.network
    adapt = blueprint.adapt
    if order == "dropped":
        return blueprint._replace(adapt=lambda tensors: adapt(without_pre_logits(tensors)))
    if network.global_pool != "token" or not isinstance(network.fc_norm, nn.Identity):
        raise ExplorerError(
            "It has a layer before the classifier, and does not classify by its class token.",
            hint="Leave that layer out: pre_logits=“dropped”.",
        )
    _install(network, tensors, order)
    return blueprint._replace(adapt=lambda tensors: _placed(tensors, adapt, order))


def _install(network: Any, tensors: Tensors, order: PreLogits) -> None:
    """Put the layer, without values, where the order says; the classifier gets its width."""
    with torch.device("meta"):
        if order == "after norm":
            network.fc_norm = _layer(tensors)
        else:
            norm = nn.LayerNorm(tensors["norm.weight"].shape[0], eps=network.norm.eps)
            network.norm = nn.Sequential(
                OrderedDict([*_layer(tensors).named_children(), ("norm", norm)])
            )
        if "head.weight" in tensors:
            classes, width = tensors["head.weight"].shape
            network.head = nn.Linear(width, classes, bias="head.bias" in tensors)
    network.head_hidden_size = tensors["pre_logits.weight"].shape[0]


def _layer(tensors: Tensors) -> nn.Sequential:
    rows, columns = tensors["pre_logits.weight"].shape
    linear = nn.Linear(columns, rows, bias="pre_logits.bias" in tensors)
    return nn.Sequential(OrderedDict(pre_logits=linear, tanh=nn.Tanh()))


def _placed(
    tensors: Tensors, adapt: Callable[[Tensors], dict[str, Tensor]], order: PreLogits
) -> dict[str, Tensor]:
    """A checkpoint by the names that the network has once the layer is in it."""
    adapted = adapt(without_pre_logits(tensors))
    if order == "before norm":
        adapted = {re.sub(r"^norm\.", "norm.norm.", name): t for name, t in adapted.items()}
    place = "fc_norm" if order == "after norm" else "norm"
    layer = {f"{place}.{n}": t for n, t in tensors.items() if n.startswith(PRE_LOGITS)}
    return adapted | layer


def taken_out(placed: Tensors) -> tuple[dict[str, Tensor], PreLogits | None]:
    """The tensors of a network as a checkpoint names them, and where the layer stands in it."""
    places: dict[str, PreLogits] = {"fc_norm.": "after norm", "norm.": "before norm"}
    for place, order in places.items():
        if any(name.startswith(f"{place}{PRE_LOGITS}") for name in placed):
            return {name.removeprefix(place): tensor for name, tensor in placed.items()}, order
    return dict(placed), None


def without_pre_logits(tensors: Tensors) -> dict[str, Tensor]:
    """All tensors but those of the layer before the classifier."""
    return {name: t for name, t in tensors.items() if not name.startswith(PRE_LOGITS)}

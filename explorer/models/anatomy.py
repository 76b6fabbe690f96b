"""What a network is made of, read off timm's attributes."""

from typing import Any

from ..errors import ExplorerError
from ..records import Decision, Grid, ModelInfo
from .loading import Loaded
from .published.labels import classes_of


def describe(loaded: Loaded, device: str, precision: str) -> ModelInfo:
    """What the window says about a loaded network."""
    network: Any = loaded.network
    preprocessing = loaded.preprocessing
    block = network.blocks[0]
    return ModelInfo(
        name=loaded.name,
        source=loaded.source,
        grid=grid_of(network, preprocessing.input_size),
        layers=len(network.blocks),
        heads=getattr(block, "attn", block).num_heads,  # timm's fused blocks have no part `attn`
        decision=decision_of(network),
        input_size=preprocessing.input_size,
        framing=preprocessing.framing,
        labels=loaded.labels,
        classes=_classes(loaded),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        device=device,
        precision=precision,
        details=loaded.details,
    )


def _classes(loaded: Loaded) -> int:
    network: Any = loaded.network
    config = getattr(network, "pretrained_cfg", None) or {}
    if loaded.labels:
        return int(network.num_classes)
    return classes_of(config.get("architecture") or "", network.num_classes)


def grid_of(network: Any, input_size: tuple[int, int]) -> Grid:
    """Patches and prefix tokens, in timm's order: class, distillation, registers, patches."""
    rows, columns = network.patch_embed.dynamic_feat_size(input_size)
    named = [
        name
        for name, attribute in (("class", "cls_token"), ("distillation", "dist_token"))
        if getattr(network, attribute, None) is not None
    ]
    registers = network.num_prefix_tokens - len(named)
    return Grid(rows, columns, (*named, *(f"register {i + 1}" for i in range(registers))))


def patch_size_of(network: Any) -> tuple[int, int]:
    """Height, width in input pixels; of a hybrid, what one feature covers."""
    height, width = network.patch_embed.feat_ratio(as_scalar=False)
    return int(height), int(width)


def decision_of(network: Any) -> Decision:
    """Which tokens feed the logits (timm's `global_pool`).

    Raises ExplorerError where it is none of the usual ways, of which alone the truth can be told.
    """
    if getattr(network, "attn_pool", None) is not None:
        return "pooling head"
    if network.global_pool == "token":
        return "class token"
    if network.global_pool == "avg" and not getattr(network, "pool_include_prefix", False):
        return "mean of patches"
    raise ExplorerError(
        f"This model's way from tokens to answer is not known (global_pool {network.global_pool}).",
        hint="Choose one that takes its class token, the mean of its patches or a pooling head.",
    )

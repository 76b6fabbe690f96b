"""Kinds of captioners: one file each, found by itself."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from ....errors import ExplorerError
from ...checkpoints.reading import Checkpoint
from ..family import Asked, Open, Opened

__all__ = ["open_captioner"]


def _families() -> list[Open]:
    """The `open_captioner` of every file here that has one, in the order of their names."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    return [module.open_captioner for module in modules if hasattr(module, "open_captioner")]


def open_captioner(checkpoint: Checkpoint, asked: Asked) -> Opened:
    """The captioner that a checkpoint holds; raises ExplorerError where no family knows it."""
    for family in _families():
        opened = family(checkpoint, asked)
        if opened is not None:
            return opened
    is_vit = any("patch_embed" in name or name == "cls_token" for name in checkpoint.tensors)
    holds = "a vision transformer, not a captioner" if is_vit else "no captioner that is known here"
    raise ExplorerError(
        f"{asked.file.name} holds {holds}.",
        hint="Open it as a model." if is_vit else "Choose a checkpoint of CATR.",
    )

"""Checkpoints of other libraries, told in timm's names: one file per layout, found by itself."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ..checkpoints.reading import Checkpoint
from .base import Origin, Translate, Translated

__all__ = ["Origin", "Translated", "translate"]


@cache
def _layouts() -> tuple[Translate, ...]:
    """The `translate` of every file here that has one, in the order of their names."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    return tuple(module.translate for module in modules if hasattr(module, "translate"))


def translate(checkpoint: Checkpoint, origin: Origin) -> Translated:
    """A checkpoint's tensors by timm's names; unchanged where no layout knows them."""
    for layout in _layouts():
        translated = layout(checkpoint.tensors, origin)
        if translated is not None:
            return translated
    return Translated("", checkpoint.tensors)

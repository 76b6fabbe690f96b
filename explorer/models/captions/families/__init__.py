"""Kinds of captioners: one file each, found by itself."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ....errors import ExplorerError
from ...checkpoints.reading import Checkpoint
from ..family import Asked, Opened, Recognise, Recognised, VocabularyFile

__all__ = ["open_captioner", "recognise_captioner"]


def _families() -> list[ModuleType]:
    """Every file here with an `open_captioner`, in the order of their names.

    Its `recognise_captioner` is left out where opening needs no answers and is done at once.
    """
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    return [module for module in modules if hasattr(module, "open_captioner")]


def recognise_captioner(checkpoint: Checkpoint, file: Path) -> Recognised | None:
    """What a captioner's checkpoint is; None where no family knows it.

    Raises ExplorerError where one does, and it cannot be opened whatever is answered.
    """
    for family in _families():
        recognise: Recognise = getattr(family, "recognise_captioner", _by_opening(family))
        recognised = recognise(checkpoint, file)
        if recognised is not None:
            return recognised
    return None


def _by_opening(family: ModuleType) -> Recognise:
    def recognise(checkpoint: Checkpoint, file: Path) -> Recognised | None:
        opened: Opened | None = family.open_captioner(checkpoint, Asked(file))
        if opened is None:
            return None
        said = opened.vocabulary
        vocabulary = said if isinstance(said, VocabularyFile) else None
        return Recognised(opened.library, opened.source, opened.tokens, vocabulary)

    return recognise


def open_captioner(checkpoint: Checkpoint, asked: Asked) -> Opened:
    """The captioner that a checkpoint holds; raises ExplorerError where no family knows it."""
    for family in _families():
        opened: Opened | None = family.open_captioner(checkpoint, asked)
        if opened is not None:
            return opened
    is_vit = any("patch_embed" in name or name == "cls_token" for name in checkpoint.tensors)
    holds = "a vision transformer, not a captioner" if is_vit else "no captioner that is known here"
    raise ExplorerError(
        f"{asked.file.name} holds {holds}.",
        hint="Open it as a model." if is_vit else "Choose a checkpoint of CATR.",
    )

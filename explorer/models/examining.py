"""Local checkpoints, before they are opened: vision transformers and captioners by one door."""

from __future__ import annotations

from pathlib import Path

from . import opening
from .captions import examining as captions
from .captions.examining import ExaminedCaptioner
from .checkpoints.folder import checkpoint_in
from .checkpoints.reading import read_checkpoint
from .opening import Examined


def examine(place: Path) -> Examined | ExaminedCaptioner:
    """What a checkpoint is, from a file or its folder, and what a person has to say.

    Raises ExplorerError where it cannot be read at all, or is a captioner that cannot be opened.
    """
    file = checkpoint_in(place)
    checkpoint = read_checkpoint(file)
    return captions.examine(checkpoint, file) or opening.examine(file, checkpoint)

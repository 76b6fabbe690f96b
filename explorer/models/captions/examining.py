"""Local captioners: what a file holds, and what a person has to say, before it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from ...errors import ExplorerError
from ..checkpoints.reading import Checkpoint
from .families import recognise_captioner
from .family import Recognised, VocabularyFile
from .vocabularies import find_vocabulary, read_vocabulary


@dataclass(frozen=True)
class ExaminedCaptioner:
    """What a dialog tells and asks of a captioner before it is loaded."""

    is_captioner: ClassVar[Literal[True]] = True
    recognised: Recognised
    vocabulary: Path | None  # on this machine, and right; None where there is none, or no need
    vocabulary_problem: ExplorerError | None  # what is wrong with the one that was found

    @property
    def vocabulary_is_published(self) -> bool:
        """Whether the vocabulary that it needs can be fetched."""
        said = self.recognised.vocabulary
        return said is not None and said.tokens == self.recognised.tokens


def examine(checkpoint: Checkpoint, file: Path) -> ExaminedCaptioner | None:
    """What a captioner's checkpoint is; None where it is of something else.

    Only shapes are looked at. Raises ExplorerError where it is a captioner that cannot be opened,
    whatever is answered.
    """
    recognised = recognise_captioner(checkpoint, file)
    if recognised is None:
        return None
    said, tokens = recognised.vocabulary, recognised.tokens
    place = find_vocabulary(said, tokens, file) if said else None
    problem = _problem(said, tokens, place) if said and place else None
    return ExaminedCaptioner(recognised, None if problem else place, problem)


def _problem(said: VocabularyFile, tokens: int, place: Path) -> ExplorerError | None:
    try:
        read_vocabulary(said, tokens, place)
    except ExplorerError as error:
        return error
    return None

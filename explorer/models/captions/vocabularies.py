"""Vocabularies that lie in files of their own: found on this machine, read, and counted."""

from __future__ import annotations

from pathlib import Path

from ... import paths
from ...errors import ExplorerError
from ..published.supply import beside_weights
from .family import Vocabulary, VocabularyFile

_MOST_BYTES = 32_000_000  # 50,257 tokens of GPT-2 take one million, or two with all its merges
_CHOOSE = "Choose the vocabulary that it was trained with."


def find_vocabulary(said: VocabularyFile, tokens: int, checkpoint: Path) -> Path | None:
    """A vocabulary beside a checkpoint, or, where the usual one will do, in the weights' folder."""
    places = [checkpoint.with_name(name) for name in (said.filename, *said.also)]
    if tokens == said.tokens:
        places += [beside_weights(said.repository, said.filename)]
        places += [paths.weights() / said.filename]
    return next((place for place in places if place.is_file()), None)


def read_vocabulary(said: VocabularyFile, tokens: int, place: Path) -> Vocabulary:
    """The words of a captioner that has so many tokens.

    Raises ExplorerError where a file holds none, or as many as the captioner has not.
    """
    if place.is_file() and place.stat().st_size > _MOST_BYTES:
        raise ExplorerError(f"{place.name} is far too large for a vocabulary.", hint=_CHOOSE)
    vocabulary = said.read(place)
    if len(vocabulary.texts) != tokens:
        raise ExplorerError(
            f"The vocabulary {place.name} holds {len(vocabulary.texts):,} tokens; this captioner "
            f"has {tokens:,}.",
            hint=_CHOOSE,
        )
    return vocabulary

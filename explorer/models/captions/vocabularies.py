"""Vocabularies that lie in files of their own: found on this machine, read, and counted."""

from __future__ import annotations

from pathlib import Path

from ... import paths
from ...errors import ExplorerError
from ..published.supply import beside_weights
from .family import Vocabulary, VocabularyFile


def find_vocabulary(said: VocabularyFile, tokens: int, checkpoint: Path) -> Path | None:
    """A vocabulary beside a checkpoint, or, where the usual one will do, in the weights' folder."""
    places = [checkpoint.with_name(said.filename)]
    if tokens == said.tokens:
        places += [beside_weights(said.repository, said.filename)]
        places += [paths.weights() / said.filename]
    return next((place for place in places if place.is_file()), None)


def read_vocabulary(said: VocabularyFile, tokens: int, place: Path) -> Vocabulary:
    """The words of a captioner that has so many tokens.

    Raises ExplorerError where a file holds none, or as many as the captioner has not.
    """
    vocabulary = said.read(place)
    if len(vocabulary.texts) != tokens:
        raise ExplorerError(
            f"The vocabulary {place.name} holds {len(vocabulary.texts):,} tokens; this captioner "
            f"has {tokens:,}.",
            hint="Choose the vocabulary that it was trained with.",
        )
    return vocabulary

"""Captioners with their weights and words: published ones, or from local files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from ...errors import ExplorerError, WeightsMissing
from ...records import CaptionerWeights
from ..checkpoints.folder import checkpoint_in
from ..checkpoints.reading import read_checkpoint
from ..devices import pick_device
from ..published.captioners import KnownCaptioner, known_captioner
from ..published.supply import fetch_beside, fetch_captioner
from ..watch import Watch, never, quiet
from .captioner import Captioner
from .families import open_captioner
from .family import Asked, Opened, Vocabulary, VocabularyFile
from .vocabularies import find_vocabulary, read_vocabulary


def load_captioner(
    wanted: CaptionerWeights,
    device: str | torch.device = "auto",
    progress: Callable[[str, float | None], None] = quiet,
    should_stop: Callable[[], bool] = never,
    may_download: bool = True,
) -> Captioner:
    """Load a captioner with its vocabulary, and place it on a device.

    `progress` is told what happens and how much of it is done (0..1; None where nobody knows),
    from any thread. Raises Cancelled once `should_stop` answers True; WeightsMissing where a
    download is needed and not allowed; ExplorerError for whatever else stands in the way.
    """
    watch = Watch(progress, should_stop, may_download)
    chosen = pick_device(device)
    if wanted.file is not None:
        file, name = checkpoint_in(wanted.file), wanted.file.stem
        opened = _open(file, wanted, watch)
        source = f"From {file.name}: {opened.source}"
    else:
        known = known_captioner(wanted.name)
        file, name = known.file or _download(known, watch), known.name
        opened = _open_published(file, wanted, watch)
        source = f"Published as {Path(known.url).name}: {opened.source}"
    vocabulary = _vocabulary(opened, wanted.vocabulary, file, watch)
    return Captioner(opened, vocabulary, name, source, chosen)


def _open(file: Path, wanted: CaptionerWeights, watch: Watch) -> Opened:
    watch.tell(f"Loading {file.name}")
    return open_captioner(read_checkpoint(file), Asked(file, wanted.heads, wanted.dilation))


def _open_published(file: Path, wanted: CaptionerWeights, watch: Watch) -> Opened:
    try:
        return _open(file, wanted, watch)
    except ExplorerError as error:
        hint = f"Delete {file}, and choose the captioner again: it is downloaded anew."
        raise ExplorerError(error.message, hint) from error


def _download(known: KnownCaptioner, watch: Watch) -> Path:
    if not watch.may_download:
        raise WeightsMissing(
            f"The weights of {known.name} are not on this machine.",
            hint=f"Download them (at least {known.megabytes} MB), or open a local checkpoint.",
        )
    return fetch_captioner(known, watch.progress, watch.should_stop)


def _vocabulary(opened: Opened, given: Path | None, file: Path, watch: Watch) -> Vocabulary:
    """The words of a captioner; raises ExplorerError where they are as many as it has not."""
    said = opened.vocabulary
    if not isinstance(said, VocabularyFile):
        return said
    place = given or find_vocabulary(said, opened.tokens, file) or _fetched(said, opened, watch)
    return read_vocabulary(said, opened.tokens, place)


def _fetched(said: VocabularyFile, opened: Opened, watch: Watch) -> Path:
    if opened.tokens != said.tokens:
        raise ExplorerError(
            f"This captioner needs its own vocabulary, of {opened.tokens:,} tokens.",
            hint=f"Give its file, or put it beside the checkpoint as {said.filename}.",
        )
    if not watch.may_download:
        raise WeightsMissing(
            f"The vocabulary of {opened.library} is not on this machine.",
            hint=f"Download it ({said.filename} of {said.repository}), or choose a local file.",
        )
    return fetch_beside(
        said.repository, said.filename, watch.progress, watch.should_stop, said.read
    )

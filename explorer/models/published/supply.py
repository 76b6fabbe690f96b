"""Published weights, brought into the folder of weights once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ... import paths
from ..checkpoints.reading import read_checkpoint
from .addresses import HubFile, NotPublished, ReleaseFile
from .captioners import KnownCaptioner
from .download import Progress, fetch
from .known import Known
from .shelf import DESCRIPTIONS, PICKLED, SAFE


def fetch_timm(
    name: str, repository: str, progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch the weights of a timm model; the safe format where there is one."""
    target = paths.weights() / f"{name}.safetensors"
    return _fetch_either(repository, target, target.with_name(f"{name}.bin"), progress, should_stop)


def fetch_known(known: Known, progress: Progress, should_stop: Callable[[], bool]) -> Path:
    """Fetch a known model: its one file, or what matters of its folder on the hub.

    There, the weights come last: with them the folder is complete.
    """
    if known.url:
        target = paths.weights() / f"{known.name}{Path(known.url).suffix}"
        fetch(ReleaseFile(known.url), target, progress, should_stop, read_checkpoint)
        return target
    folder, repository = paths.weights() / known.name, known.repository or known.name
    for description in DESCRIPTIONS:
        with suppress(NotPublished):
            address = HubFile(repository, description)
            fetch(address, folder / description, progress, should_stop)
    return _fetch_either(repository, folder / SAFE, folder / PICKLED, progress, should_stop)


def fetch_captioner(
    known: KnownCaptioner, progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch a captioner's one file."""
    target = paths.weights() / f"{known.name}{Path(known.url).suffix}"
    fetch(ReleaseFile(known.url), target, progress, should_stop, read_checkpoint)
    return target


def beside_weights(repository: str, filename: str) -> Path:
    """Where a file of a repository on the hub lies in the folder of weights, once fetched."""
    return paths.weights() / repository / filename


def fetch_beside(
    repository: str,
    filename: str,
    progress: Progress,
    should_stop: Callable[[], bool],
    examine: Callable[[Path], object],
) -> Path:
    """Fetch what weights need beside them, such as a vocabulary."""
    target = beside_weights(repository, filename)
    fetch(HubFile(repository, filename), target, progress, should_stop, examine)
    return target


def _fetch_either(
    repository: str, safe: Path, pickled: Path, progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch a repository's weights in the safe format, or, where it has none, as a pickle."""
    try:
        fetch(HubFile(repository, SAFE), safe, progress, should_stop, read_checkpoint)
        return safe
    except NotPublished:
        fetch(HubFile(repository, PICKLED), pickled, progress, should_stop, read_checkpoint)
        return pickled

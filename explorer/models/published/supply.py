"""Published weights, brought into the folder of weights once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from ... import paths
from ..checkpoints.reading import read_checkpoint
from .addresses import HubFile, NotPublished, ReleaseFile
from .captioners import KnownCaptioner
from .download import Progress, fetch
from .known import Known
from .shelf import DESCRIPTIONS, PICKLED, SAFE, WRITING


def fetch_timm(
    name: str, repository: str, progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch the weights of a timm model; the safe format where there is one."""
    target = paths.weights() / f"{name}.safetensors"
    return _fetch_either(repository, target, target.with_name(f"{name}.bin"), progress, should_stop)


def fetch_known(known: Known, progress: Progress, should_stop: Callable[[], bool]) -> Path:
    """Fetch a known model: its one file, or what matters of its folder on the hub."""
    if known.url:
        return _fetch_release(known.name, known.url, progress, should_stop)
    return _fetch_folder(known.repository or known.name, DESCRIPTIONS, progress, should_stop)


def fetch_captioner(
    known: KnownCaptioner, progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch a captioner's one file, or what matters of its folder on the hub, words included."""
    if known.url:
        return _fetch_release(known.name, known.url, progress, should_stop)
    beside = (*DESCRIPTIONS, WRITING, known.vocabulary)
    return _fetch_folder(known.name, beside, progress, should_stop)


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


def _fetch_release(
    name: str, url: str, progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch the one file of a release."""
    target = paths.weights() / f"{name}{Path(url).suffix}"
    fetch(ReleaseFile(url), target, progress, should_stop, read_checkpoint)
    return target


def _fetch_folder(
    repository: str, beside: Iterable[str], progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch weights from the hub, and what lies beside them as far as it is published.

    The weights come last: with them the folder is complete.
    """
    folder = paths.weights() / repository
    for name in beside:
        with suppress(NotPublished):
            fetch(HubFile(repository, name), folder / name, progress, should_stop)
    return _fetch_either(repository, folder / SAFE, folder / PICKLED, progress, should_stop)


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

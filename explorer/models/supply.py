"""Published weights, brought into the folder of weights once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .. import paths
from .download import NotOnHub, Progress, fetch
from .known import Known


def fetch_timm(
    name: str, repository: str, progress: Progress, should_stop: Callable[[], bool]
) -> Path:
    """Fetch the weights of a timm model; the safe format where there is one."""
    target = paths.weights() / f"{name}.safetensors"
    try:
        fetch(repository, "model.safetensors", target, progress, should_stop)
    except NotOnHub:
        target = target.with_name(f"{name}.bin")
        fetch(repository, "pytorch_model.bin", target, progress, should_stop)
    return target


def fetch_known(known: Known, progress: Progress, should_stop: Callable[[], bool]) -> Path:
    """Fetch a known model's folder from the hub, its weights last: with them it is complete."""
    repository = known.repository or known.name
    folder = paths.weights() / known.name
    for described in ("config.json", "preprocessor_config.json"):
        with suppress(NotOnHub):
            fetch(repository, described, folder / described, progress, should_stop)
    target = folder / "model.safetensors"
    try:
        fetch(repository, "model.safetensors", target, progress, should_stop)
    except NotOnHub:
        target = folder / "pytorch_model.bin"
        fetch(repository, "pytorch_model.bin", target, progress, should_stop)
    return target

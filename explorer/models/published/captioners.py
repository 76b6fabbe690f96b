"""Published captioners, by the names people know them by."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ... import paths
from ...errors import ExplorerError
from . import shelf


@dataclass(frozen=True)
class KnownCaptioner:
    """One published captioner."""

    name: str
    library: str  # as people call it
    url: str  # where its one file lies
    megabytes: int  # of its weights alone

    @property
    def file(self) -> Path | None:
        """Where its weights lie on this machine; None where they do not."""
        return shelf.find((self.name,))


@cache
def known_captioners() -> Mapping[str, KnownCaptioner]:
    """All of them by name, the usual one first."""
    text = (paths.resources() / "known_captioners.toml").read_text(encoding="utf-8")
    families = tomllib.loads(text)["family"]
    found = (
        KnownCaptioner(
            name=name,
            library=family["library"],
            url=family["address"].format(file=file),
            megabytes=family["megabytes"],
        )
        for family in families
        for name, file in family["models"]
    )
    return {known.name: known for known in found}


def known_captioner(name: str) -> KnownCaptioner:
    """A captioner by its name, in any case; raises ExplorerError where there is none."""
    known = known_captioners().get(name.strip().lower())
    if known is None:
        listed = ", ".join(f"“{name}”" for name in known_captioners())
        raise ExplorerError(
            f"There is no captioner called “{name}”.",
            hint=f"Choose one of {listed}, or open a local checkpoint.",
        )
    return known

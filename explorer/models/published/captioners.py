"""Published captioners, by the names people know them by."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ... import paths
from ...errors import ExplorerError
from . import shelf
from .addresses import HubFile, ReleaseFile

_AROUND = re.compile(r"^(hf[-_]hub:|(https?://)?huggingface\.co/)|/$")  # the hub's address


@dataclass(frozen=True)
class KnownCaptioner:
    """One published captioner: one file, or a folder on the hub."""

    name: str
    library: str  # as people call it
    url: str | None  # where its one file lies; None where its name is that of a folder on the hub
    vocabulary: str  # the file in that folder that holds its words; "" where there is none
    words_of: str  # the folder on the hub whose words it shares with others; "" where it does not
    short_name: str  # another one that means it
    megabytes: int  # of its weights alone

    @property
    def address(self) -> str:
        """Where it is published, for people."""
        if self.url:
            return ReleaseFile(self.url).url
        return HubFile(self.name, shelf.SAFE).page

    @property
    def published_as(self) -> str:
        """What it is called there: its file, or its folder."""
        return Path(self.url).name if self.url else self.name

    @property
    def file(self) -> Path | None:
        """Where its weights lie on this machine; None where they do not."""
        return shelf.find((self.name,))


@cache
def known_captioners() -> Mapping[str, KnownCaptioner]:
    """All of them by name, the usual one first."""
    text = (paths.resources() / "known_captioners.toml").read_text(encoding="utf-8")
    families = tomllib.loads(text)["family"]
    return {known.name: known for family in families for known in _members(family)}


def _members(family: Mapping[str, Any]) -> Iterator[KnownCaptioner]:
    """The captioners of one family of the table."""
    address = family.get("address", "")
    for name, place, megabytes in family["models"]:
        yield KnownCaptioner(
            name=name,
            library=family["library"],
            url=address.format(file=place) if address else None,
            vocabulary=family.get("vocabulary", ""),
            words_of=family.get("words_of", ""),
            short_name=name if address else place,
            megabytes=megabytes,
        )


def known_captioner(name: str) -> KnownCaptioner:
    """A captioner by its name, long or short, in any case, with the hub's address or without.

    Raises ExplorerError where there is none.
    """
    asked = _AROUND.sub("", name.strip()).lower()
    for known in known_captioners().values():
        if asked in (known.name.lower(), known.short_name):
            return known
    listed = ", ".join(f"“{known.short_name}”" for known in known_captioners().values())
    raise ExplorerError(
        f"There is no captioner called “{name}”.",
        hint=f"Choose one of {listed}, or open a local checkpoint.",
    )

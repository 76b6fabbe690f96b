"""The list of captioners: which are published, and what of them is on this computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import shelf
from .captioners import KnownCaptioner, known_captioners
from .entry import Entry


@dataclass(frozen=True)
class CaptionerEntry(Entry):
    """One line of the list of captioners."""

    download: int  # bytes of its weights where they are published, about
    shared: tuple[Path, ...]  # files on this machine that it shares with others: their words

    def goes_with(self, entries: Sequence[CaptionerEntry]) -> tuple[Path, ...]:
        """What is of no use without its weights: also what no other entry here shares with it."""
        others = [entry for entry in entries if entry.name != self.name and entry.belongings]
        needed = {file for entry in others for file in entry.shared}
        return (*self.belongings, *(file for file in self.shared if file not in needed))


def entries() -> list[CaptionerEntry]:
    """All published captioners, the usual one first; costs no more than a look at the disk."""
    there = shelf.contents()
    return [_describe(known, there) for known in known_captioners().values()]


def _describe(known: KnownCaptioner, there: Mapping[str, Sequence[Path]]) -> CaptionerEntry:
    belongings = tuple(there.get(known.name, ()))
    return CaptionerEntry(
        name=known.name,
        library=known.library,
        address=known.address,
        file=known.file if belongings else None,
        belongings=belongings,
        size=sum(file.stat().st_size for file in belongings),
        download=known.megabytes * 10**6,
        shared=tuple(there.get(known.words_of, ())),
    )

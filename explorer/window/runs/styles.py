"""How each run's curves are told from those of others: by colour and by dashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..parts.chart_series import Kind

# 3 : 1 to the grounds of both themes; apart also for eyes that miss red, green or blue.
COLORS = ("#1f9678", "#c97b12", "#4f82e8", "#c957a8", "#7f5f1e")
KINDS: tuple[Kind, ...] = ("line", "dashes", "dots")


@dataclass(frozen=True)
class Style:
    """Of one run's curves."""

    color: str
    kind: Kind


STYLES = tuple(Style(color, kind) for kind in KINDS for color in COLORS)
MOST = len(STYLES)  # runs whose curves are shown at once


class Styles:
    """Gives every run that is shown a style, which it keeps as long as it is shown."""

    def __init__(self) -> None:
        self._given: dict[Path, Style] = {}

    def give(self, folders: Sequence[Path]) -> dict[Path, Style]:
        """The styles of the first MOST of these runs."""
        kept = {folder: self._given[folder] for folder in folders if folder in self._given}
        free = [style for style in STYLES if style not in kept.values()]
        for folder in folders:
            if folder not in kept and free:
                kept[folder] = free.pop(0)
        self._given = {folder: kept[folder] for folder in folders if folder in kept}
        return self._given

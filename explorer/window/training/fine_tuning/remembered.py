"""What the dialog begins with: the pictures, the recipe and its changes of the last time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....training.recipes.recipe import Recipe
from ....training.recipes.recipe_changes import as_table
from ....training.recipes.settings import built
from .looking import Source

RECENT = 8  # places of pictures


@dataclass(frozen=True)
class Remembered:
    """The last training that somebody set up, whether it was started or not."""

    source: Source | None  # of the pictures
    recent: tuple[Path, ...]  # places of pictures, the latest first
    recipe_source: str  # the name of a recipe that ships, or a file
    recipe: Recipe  # as it was changed

    def as_plain(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        source = self.source
        places = (source.pictures, source.validation, source.names) if source else None
        return {
            "source": [str(place) if place else None for place in places] if places else None,
            "recent": [str(place) for place in self.recent],
            "recipe_source": self.recipe_source,
            "recipe": as_table(self.recipe),
        }

    @classmethod
    def from_plain(cls, saved: Any) -> Remembered:
        """What `as_plain` gave; raises where it is something else."""
        places = [Path(place) if place else None for place in saved["source"] or (None,) * 3]
        pictures, validation, names = places
        return cls(
            source=Source(pictures, validation, names) if pictures else None,
            recent=tuple(Path(place) for place in saved["recent"])[:RECENT],
            recipe_source=str(saved["recipe_source"]),
            recipe=built(Recipe, saved["recipe"]),
        )

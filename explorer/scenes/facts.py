"""What can be said about a scene: its things, and how they stand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Pattern = Literal["plain", "striped", "dotted"]
SizeName = Literal["small", "medium", "large"]
RelationName = Literal["left", "right", "above", "below", "front", "behind", "beside"]

INVERSE: dict[RelationName, RelationName] = {
    "left": "right",
    "right": "left",
    "above": "below",
    "below": "above",
    "front": "behind",
    "behind": "front",
    "beside": "beside",
}


@dataclass(frozen=True)
class Mention:
    """What is said of one thing, or of several; None: nothing is said."""

    kind: str
    colour: str | None = None
    pattern: Pattern | None = None
    size: SizeName | None = None
    count: int = 1

    def matches(self, thing: Mention) -> bool:
        """Whether all that is said is true of a thing that everything is said of."""
        return self.kind == thing.kind and all(
            said in (None, true)
            for said, true in (
                (self.colour, thing.colour),
                (self.pattern, thing.pattern),
                (self.size, thing.size),
            )
        )


class Relation(NamedTuple):
    """The first is to the left (and so on) of the second; things are counted from 0."""

    first: int
    name: RelationName
    second: int


@dataclass(frozen=True)
class Facts:
    """The truth about a scene."""

    things: tuple[Mention, ...]  # of each, everything is said
    relations: frozenset[Relation]  # all that hold, each also the other way round
    label: str  # the kind of the thing that most is seen of
    main: int  # which thing that is

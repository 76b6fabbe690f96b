"""Published checkpoints of other libraries than timm, by the names people know them by."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ... import paths

_INPUT = ("mean", "std", "interpolation", "crop_mode", "crop_pct")


@dataclass(frozen=True)
class Known:
    """One published checkpoint: a network that timm has, too, in another library's words."""

    name: str
    library: str  # as people call it
    architecture: str  # timm's name of the same network
    input_size: tuple[int, int]  # height, width
    classes: int  # 0 where it gives features
    url: str | None  # where its one file lies; None where it is a folder on the hub, or nowhere
    repository: str | None  # its folder on the hub
    input: Mapping[str, Any]  # as timm's configs: mean, std, interpolation, crop_mode, crop_pct
    epsilon: float  # of every layer norm

    @property
    def is_published(self) -> bool:
        """Whether its weights can be downloaded."""
        return bool(self.url or self.repository)


@cache
def known_models() -> Mapping[str, Known]:
    """All of them by name, in the order of the table."""
    text = (paths.resources() / "known_models.toml").read_text(encoding="utf-8")
    families = tomllib.loads(text)["family"]
    return {known.name: known for family in families for known in _members(family)}


def _members(family: Mapping[str, Any]) -> Iterator[Known]:
    """The models of one family of the table."""
    address, unpublished = family.get("address", ""), family.get("unpublished", ())
    for name, architecture, size, classes in family["models"]:
        is_file = address and name not in unpublished
        yield Known(
            name=name,
            library=family["library"],
            architecture=architecture,
            input_size=(size, size),
            classes=classes,
            url=address.format(name=name) if is_file else None,
            repository=None if address else name,
            input={key: family[key] for key in _INPUT},
            epsilon=family["epsilon"],
        )

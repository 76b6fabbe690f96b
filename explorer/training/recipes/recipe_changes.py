"""Recipes beside each other: one changed by words such as stages.0.epochs=3, several compared."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import is_dataclass
from typing import Any

from ...errors import ExplorerError
from .recipe import Recipe
from .settings import Path, Refused, Setting, built, dotted, gathered, nearest, settings_of

_TOLD = ("name", "about", "published")  # what a recipe says, not what it does
_NOTHING = ("", "none")  # how a setting that may be left out is left out


def changed(recipe: Recipe, assignments: Sequence[str]) -> Recipe:
    """The recipe with some settings changed, each written as “stages.0.epochs=3”.

    A stage is named by its number from 0; the next free number adds one. All change together, so
    that their order does not matter. Raises ExplorerError where one cannot be.
    """
    table = as_table(recipe)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            hint = "Write it as in stages.0.epochs=3."
            raise ExplorerError(f"“{assignment}” gives no value.", hint=hint)
        _assign(table, _path(name.strip()), text)
    new: Recipe = built(Recipe, table)
    return new


def as_table(record: Any) -> dict[str, Any]:
    """A record as nested tables and lists, as a file has it; what is left out is left out."""
    known = settings_of(record.__class__).values()
    values = {said.name: gathered(said, getattr(record, said.name)) for said in known}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return as_table(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


def _assign(table: dict[str, Any], path: Path, text: str) -> None:
    """Put a value into nested tables."""
    said = _setting_at(Recipe, path)
    holder: Any = table
    for depth, part in enumerate(path[:-1]):
        if isinstance(holder, list) and part == len(holder):
            holder.append({})
        elif isinstance(holder, list) and int(part) > len(holder):
            hint = f"The next one has the number {len(holder)}."
            raise Refused(path[: depth + 1], "leaves a gap.", hint)
        holder = holder[part]
    text = text.strip()
    if said.none is not None and text in _NOTHING:
        holder.pop(said.name, None)
    else:
        holder[said.name] = _value(said, text)


def setting_named(name: str) -> Setting:
    """What is said of a setting, by its dotted name; raises Refused where there is none."""
    return _setting_at(Recipe, _path(name))


def _path(name: str) -> Path:
    return tuple(int(part) if part.isdecimal() else part for part in name.split("."))


def _setting_at(record: Any, path: Path, parents: Path = ()) -> Setting:
    """The setting that a path leads to; raises Refused where it leads nowhere."""
    name, rest = path[0], path[1:]
    here = (*parents, name)
    known = settings_of(record)
    said = known.get(str(name))
    if said is None:
        raise Refused(here, "is no setting.", nearest(str(name), known))
    if said.is_several and said.record is not None:
        if not rest or not isinstance(rest[0], int):
            raise Refused(here, "has several: give a number.", f"As in {name}.0.")
        here, rest = (*here, rest[0]), rest[1:]
    if said.record is None:
        if rest:
            raise Refused((*here, *rest), "is no setting.", f"“{dotted(here)}” holds no others.")
        return said
    if not rest:
        inner = ", ".join(settings_of(said.record))
        raise Refused(here, "holds several settings.", f"Name one of them: {inner}.")
    return _setting_at(said.record, rest, here)


def _value(said: Setting, text: str) -> Any:
    """What the text after “=” means: TOML, but that a text needs no quotes, and .5 is a number."""
    if said.kind is float:
        with suppress(ValueError):
            return float(text)
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return text if said.kind is str and not isinstance(value, str) else value


def differences(recipes: Sequence[Recipe]) -> Mapping[str, tuple[Any, ...]]:
    """The settings in which recipes differ: dotted name → each one's value.

    None stands where a recipe leaves a setting out, or has no such stage. What recipes are called
    and what they tell of themselves is no difference.
    """
    flat = [_flat(as_table(recipe), ()) for recipe in recipes]
    paths = sorted({path for one in flat for path in one}, key=_order)
    rows = {path: tuple(one.get(path) for one in flat) for path in paths}
    return {dotted(path): row for path, row in rows.items() if _differs(path, row)}


def unusual(recipe: Recipe) -> dict[str, Any]:
    """The settings that are not as usual: dotted name → value, as JSON can have it."""
    flat = _flat(as_table(recipe), ())
    return {dotted(path): value for path, value in flat.items() if _differs(path, (None, value))}


def _differs(path: Path, row: tuple[Any, ...]) -> bool:
    """Whether values differ; one that a recipe does not have counts as the usual one."""
    usual = _plain(_setting_at(Recipe, path).default)
    known = [usual if value is None else value for value in row]
    return any(value != known[0] for value in known)


def _flat(value: Any, path: Path) -> dict[Path, Any]:
    """Every single value in nested tables, by its path."""
    if path and path[0] in _TOLD:
        return {}
    if isinstance(value, dict) and path[-1:] != ("arguments",):
        inner = value.items()
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        inner = enumerate(value)  # type: ignore[assignment]
    else:
        return {path: value}
    return {below: one for key, part in inner for below, one in _flat(part, (*path, key)).items()}


def _order(path: Path) -> tuple[Any, ...]:
    """Sorts paths as the records have them."""
    record, place = Recipe, []
    for part in path:
        if isinstance(part, int):
            place.append(part)
            continue
        known = settings_of(record)
        place.append(list(known).index(part))
        record = known[part].record or record  # type: ignore[assignment]
    return tuple(place)

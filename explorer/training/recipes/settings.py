"""Settings that explain and check themselves: each is a field of a frozen dataclass, said once.

What stands beside a field here is what a refused file says, what a command line is checked by,
and what the dialog shows.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import Any, Literal

from ...errors import ExplorerError

Path = tuple[str | int, ...]  # ("stages", 0, "epochs")
Argument = bool | int | float | str | list[float]  # what a library's own argument may be
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}
_PLURALS = {int: "whole numbers", float: "numbers", str: "texts"}


class Refused(ExplorerError):  # noqa: N818 - what it says of a setting
    """A setting that cannot be: which one, why, and what could be instead."""

    def __init__(self, path: Path, reason: str, hint: str = "") -> None:
        super().__init__(f"“{dotted(path)}” {reason}", hint)
        self.path = path
        self.reason = reason

    def below(self, *parents: str | int) -> Refused:
        """The same, seen from the record that holds the record."""
        return Refused((*parents, *self.path), self.reason, self.hint)


def dotted(path: Path) -> str:
    """A path as `--set` has it: stages.0.epochs."""
    return ".".join(str(part) for part in path)


@dataclass(frozen=True)
class Setting:
    """All that is to be said about one field."""

    name: str
    kind: Any  # bool, int, float, str, tuple[…], Mapping, or a record of settings; None left out
    sentence: str
    default: Any  # MISSING where it must be given
    unit: str  # "" where it has none
    low: float | None  # the least that may be; None = no bound
    above: float | None  # it must be more than this; None = no bound
    high: float | None
    below: float | None  # it must be less than this; None = no bound
    choices: tuple[str, ...]  # () = any
    none: str | None  # what leaving it out means, in words; None where it may not be left out
    in_front: bool  # shown by the dialog before “More”
    one_for_all: bool  # a number alone stands for each of several that are alike

    @property
    def is_required(self) -> bool:
        return self.default is MISSING

    @functools.cached_property
    def record(self) -> type | None:
        """The class of settings that it holds, one or several times; None where it is a value."""
        inner = typing.get_args(self.kind)[0] if self.is_several else self.kind
        return inner if dataclasses.is_dataclass(inner) else None  # type: ignore[return-value]

    @functools.cached_property
    def is_several(self) -> bool:
        """Whether it holds any number of values or records."""
        arguments = typing.get_args(self.kind)
        return typing.get_origin(self.kind) is tuple and arguments[-1] is Ellipsis

    @property
    def range(self) -> str:
        """What may be, in words: “1 to 100”, “more than 0”; "" where anything may."""
        if self.choices:
            return ", ".join(f"“{choice}”" for choice in self.choices)
        least = _bound(self.low, "", " or more") or _bound(self.above, "more than ")
        most = _bound(self.high, "at most ") or _bound(self.below, "less than ")
        if self.low is not None and self.high is not None:
            return f"{_number(self.low)} to {_number(self.high)}"
        return " and ".join(filter(None, (least, most)))


def _bound(value: float | None, before: str, after: str = "") -> str:
    return "" if value is None else f"{before}{_number(value)}{after}"


def _number(value: float) -> str:
    """As people write it: 100000, 0.5, 1e-05."""
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)


def setting(
    sentence: str,
    default: Any = MISSING,
    *,
    unit: str = "",
    low: float | None = None,
    above: float | None = None,
    high: float | None = None,
    below: float | None = None,
    choices: Sequence[str] = (),
    none: str | None = None,
    in_front: bool = False,
    one_for_all: bool = False,
) -> Any:
    """A field of a record of settings; see `Setting` for what its parts mean."""
    metadata = {
        "sentence": sentence,
        "unit": unit,
        "low": low,
        "above": above,
        "high": high,
        "below": below,
        "choices": tuple(choices),
        "none": none,
        "in_front": in_front,
        "one_for_all": one_for_all,
    }
    if isinstance(default, Mapping):
        made: Any = functools.partial(dict, default)
        return dataclasses.field(default_factory=made, hash=False, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@functools.cache
def settings_of(record: Any) -> Mapping[str, Setting]:
    """Every setting of a record, by name, in its order."""
    hints = typing.get_type_hints(record)
    return {
        field.name: _described(field, hints[field.name]) for field in dataclasses.fields(record)
    }


def _described(field: dataclasses.Field[Any], hint: Any) -> Setting:
    kind = _without_none(hint)
    said = dict(field.metadata)
    if typing.get_origin(kind) is Literal:
        kind, said["choices"] = str, typing.get_args(kind)
    made = field.default_factory
    default = field.default if made is MISSING else made()
    return Setting(name=field.name, kind=kind, default=default, **said)


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return hint
    (kind,) = (kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    return kind


def check(record: Any) -> None:
    """Raise Refused where a field of a record holds what its setting does not allow."""
    for name, said in settings_of(record.__class__).items():
        value = getattr(record, name)
        if value is None:
            if said.none is None:
                raise Refused((name,), "must be given.", _explained(said))
        else:
            _check_value(said, value)


def _check_value(said: Setting, value: Any) -> None:
    kind = _plain_kind(said)
    values = value if typing.get_origin(said.kind) is tuple else (value,)
    if not _is(said.kind, value):
        raise Refused(
            (said.name,), f"must be {_named(said)}, not {_shown(value)}.", _explained(said)
        )
    for one in values if kind in (int, float, str) else ():
        if said.choices and one not in said.choices:
            near = difflib.get_close_matches(one.lower(), said.choices, n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"It can be {said.range}."
            raise Refused((said.name,), f"cannot be {_shown(one)}.", hint)
        if kind is not str and not _in_range(said, one):
            raise Refused((said.name,), f"must be {said.range}, not {_number(one)}.", said.sentence)


def _plain_kind(said: Setting) -> Any:
    """Of the values in a tuple, or of the value itself."""
    return typing.get_args(said.kind)[0] if typing.get_origin(said.kind) is tuple else said.kind


def _in_range(said: Setting, value: float) -> bool:
    return (
        math.isfinite(value)
        and (said.low is None or value >= said.low)
        and (said.above is None or value > said.above)
        and (said.high is None or value <= said.high)
        and (said.below is None or value < said.below)
    )


def _is(kind: Any, value: Any) -> bool:
    """Whether a value is of a setting's kind."""
    if typing.get_origin(kind) is tuple:
        return isinstance(value, tuple) and _fits(typing.get_args(kind), value)
    if typing.get_origin(kind) is not None:  # a mapping of a library's own arguments
        return isinstance(value, Mapping) and all(map(_is_argument, value, value.values()))
    if kind in (int, float):
        return isinstance(value, kind) and not isinstance(value, bool)
    return isinstance(value, kind)


def _is_argument(key: Any, value: Any) -> bool:
    numbers = value if isinstance(value, list) else ()
    known = isinstance(value, bool | int | float | str | list)
    are_numbers = all(_is(int, one) or _is(float, one) for one in numbers)
    return isinstance(key, str) and known and are_numbers


def _fits(kinds: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    if kinds[-1] is Ellipsis:
        return all(_is(kinds[0], value) for value in values)
    return len(kinds) == len(values) and all(map(_is, kinds, values))


def _named(said: Setting) -> str:
    """What its values are called: “a whole number”, “2 numbers in brackets”."""
    if typing.get_origin(said.kind) is tuple:
        inner = typing.get_args(said.kind)
        one = f"{_KINDS[inner[0]]}, or " if said.one_for_all else ""
        many = "" if said.is_several else f"{len(inner)} "
        return f"{one}{many}{_PLURALS.get(inner[0], 'tables')} in brackets"
    return _KINDS.get(said.kind, "a table")


def _shown(value: Any) -> str:
    """As people wrote it: texts in quotes, several values in brackets."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f"“{value}”" if isinstance(value, str) else repr(value).lower()


def _explained(said: Setting) -> str:
    return f"{said.sentence} It can be {said.range}." if said.range else said.sentence


def built(record: Any, values: Mapping[str, Any]) -> Any:
    """A record from what a file or a command line says; raises Refused, with the path."""
    known = settings_of(record)
    for name in values:
        if name not in known:
            raise Refused((name,), "is no setting.", nearest(name, known))
    for name, said in known.items():
        if said.is_required and name not in values:
            raise Refused((name,), "is missing.", _explained(said))
    return record(**{name: _converted(known[name], value) for name, value in values.items()})


def nearest(name: str, known: Mapping[str, Setting]) -> str:
    """What somebody may have meant by a name that no setting has."""
    holders = (one for one in known.values() if one.record and name in settings_of(one.record))
    if holder := next(holders, None):
        place = (holder.name, 0, name) if holder.is_several else (holder.name, name)
        return f"Did you mean “{dotted(place)}”?"
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(known)}."


def _converted(said: Setting, value: Any) -> Any:
    """What a file has, as the record wants it: records, tuples, 1 as 1.0."""
    if said.record is None:
        return _as(said.kind, _spread(said, value))
    if said.is_several:
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise Refused((said.name,), f"must be tables: [[{said.name}]].", said.sentence)
        return tuple(_inner(said.record, one, said.name, at) for at, one in enumerate(value))
    if not isinstance(value, Mapping):
        raise Refused((said.name,), f"must be a table: [{said.name}].", said.sentence)
    return _inner(said.record, value, said.name)


def _spread(said: Setting, value: Any) -> Any:
    """Several numbers, where one stands for all."""
    numbers = value if isinstance(value, list | tuple) else [value]
    is_one = said.one_for_all and len(numbers) == 1 and isinstance(numbers[0], int | float)
    return numbers * len(typing.get_args(said.kind)) if is_one else value


def gathered(said: Setting, value: Any) -> Any:
    """A value as people write it: one number for several that are alike, where that may be."""
    is_alike = said.one_for_all and value is not None and len(set(value)) == 1
    return value[0] if is_alike else value


def _inner(record: type, values: Mapping[str, Any], *place: str | int) -> Any:
    try:
        return built(record, values)
    except Refused as error:
        raise error.below(*place) from None


def _as(kind: Any, value: Any) -> Any:
    if typing.get_origin(kind) is tuple and isinstance(value, list | tuple):
        inner = typing.get_args(kind)[0]
        return tuple(_as(inner, one) for one in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value

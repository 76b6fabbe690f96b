"""Recipes as TOML: read with the line of whatever is wrong, written with what settings mean."""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ... import paths
from ...errors import ExplorerError
from ..files import write_text
from .recipe import Recipe
from .settings import Path as SettingPath
from .settings import Refused, Setting, built, gathered, settings_of

_MOST_BYTES = 1_000_000  # no recipe is so long: it is another file
_WIDTH = 100  # columns of a comment
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def known_recipes() -> Mapping[str, Path]:
    """The recipes that ship: the file of each name, sorted."""
    return {file.stem: file for file in sorted((paths.resources() / "recipes").glob("*.toml"))}


def find_recipe(name: str) -> Recipe:
    """A recipe that ships, by name, or any by its file; raises ExplorerError if there is none."""
    known = known_recipes()
    file = known.get(name, Path(name))
    if name not in known and not file.is_file():
        listed = ", ".join(known)
        hint = f"There are: {listed}; or give a TOML file."
        raise ExplorerError(f"There is no recipe called “{name}”.", hint=hint)
    return read_recipe(file)


def read_recipe(path: Path) -> Recipe:
    """A recipe from a TOML file; raises ExplorerError, with the line, where it is none."""
    text = _read(path)
    try:
        recipe: Recipe = built(Recipe, tomllib.loads(text))
        return recipe
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(path, text, str(error)) from error
    except Refused as error:
        line = line_of(text, error.path)
        raise ExplorerError(f"{path.name}, line {line}: {error.message}", error.hint) from error


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ExplorerError(f"{path.name} is too long to be a recipe.", "Choose another file.")
        return path.read_text(encoding="utf-8-sig")  # Windows' editors write a mark before it
    except UnicodeDecodeError as error:
        raise ExplorerError(f"{path.name} is no text.", "Choose a TOML file.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExplorerError(f"{path.name} cannot be read: {reason}.", "Choose another.") from error


def _no_toml(path: Path, text: str, reason: str) -> ExplorerError:
    found = _AT_LINE.search(reason)
    line = int(found[1]) if found else text.count("\n") + 1
    reason = _AT_LINE.sub("", reason).removesuffix(" (at end of document)")
    hint = 'Texts stand in quotes, lists in brackets: model = "vit_tiny_patch16_224".'
    return ExplorerError(f"{path.name}, line {line}: this is no TOML: {reason}.", hint)


def line_of(text: str, path: SettingPath) -> int:
    """The line, from 1, where a setting stands; of one that is missing, its table's; else 1.

    The first lines that can be read by themselves and hold the setting end with its own: so the
    file is read as TOML reads it, whatever its style.
    """
    lines = text.splitlines()
    for known in (path[:length] for length in range(len(path), 0, -1)):
        if _holds(tomllib.loads(text), known):
            return _first(lines, known)
    return 1


def _first(lines: list[str], path: SettingPath) -> int:
    low, high = 0, len(lines)  # the first `low` lines do not hold it, the first `high` do
    while high - low > 1:
        middle = _readable(lines, low, (low + high) // 2)
        if middle == low:  # one statement fills all lines in between
            middle = next(n for n in range(low + 1, high + 1) if _parsed(lines[:n]) is not None)
            if middle == high:
                break
        low, high = (low, middle) if _holds(_parsed(lines[:middle]), path) else (middle, high)
    statement = lines[low:high]
    blank = next(n for n, line in enumerate(statement) if line.split("#")[0].strip())
    return low + blank + 1


def _readable(lines: list[str], low: int, high: int) -> int:
    """The greatest number of lines, from `low` to `high`, that can be read by themselves."""
    return next(n for n in range(high, low - 1, -1) if _parsed(lines[:n]) is not None)


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return None


def _holds(value: Any, path: SettingPath) -> bool:
    for part in path:
        if isinstance(part, int) and not (isinstance(value, list | tuple) and part < len(value)):
            return False
        if isinstance(part, str) and not (isinstance(value, Mapping) and part in value):
            return False
        value = value[part]
    return True


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write a whole recipe, or nothing; raises ExplorerError where it cannot be written."""
    try:
        write_text(path, recipe_text(recipe))
    except UnicodeEncodeError as error:  # a file's name whose bytes are no text
        hint = "Rename the checkpoint or the probe picture."
        raise ExplorerError("A file's name in this recipe is no text.", hint) from error


def recipe_text(recipe: Recipe) -> str:
    """A recipe as TOML, each setting below what it means."""
    return "\n".join(_lines(recipe, "")) + "\n"


def _lines(record: Any, place: str, is_explained: bool = True) -> Iterator[str]:
    """The values of a record first, as TOML wants it, then its tables, then the repeated ones.

    Of several tables only the first is explained.
    """
    known = settings_of(record.__class__).values()
    for said in known:
        if said.record is None:
            yield from _comment(said) if is_explained else ()
            yield _assignment(said, getattr(record, said.name))
    for said in sorted(known, key=lambda said: said.is_several):
        if said.record is not None:
            yield from _tables(said, getattr(record, said.name), f"{place}{said.name}")


def _tables(said: Setting, value: Any, place: str) -> Iterator[str]:
    header = f"[[{place}]]" if said.is_several else f"[{place}]"
    for number, record in enumerate(value if said.is_several else (value,)):
        yield from ("", header)
        yield from _lines(record, f"{place}.", is_explained=number == 0)


def _comment(said: Setting) -> list[str]:
    facts = ", ".join(filter(None, (said.unit, said.range)))
    left_out = f" Left out: {said.none}." if said.none else ""
    text = f"{said.sentence}{f' ({facts})' if facts else ''}{left_out}"
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _assignment(said: Setting, value: Any) -> str:
    if value is None:
        return f"# {said.name} ="
    return f"{said.name} = {as_toml(gathered(said, value))}"


def as_toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_escaped(key)} = {as_toml(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return repr(value)


def _quoted(text: str) -> str:
    """A text in one line, or in as many as it has."""
    if "\n" not in text:
        return _escaped(text)
    lines = [_escaped(line)[1:-1] for line in text.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'


def _escaped(text: str) -> str:
    # TOML escapes as JSON does, and the delete character besides.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

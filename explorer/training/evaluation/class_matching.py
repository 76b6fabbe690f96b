"""Which class of a model is which class of labelled pictures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import ExplorerError

_NAMED = 3  # classes that a refusal names
_BETWEEN_WORDS = re.compile(r"[\s_\-]+")


@dataclass(frozen=True, eq=False)
class Match:
    """Where the classes of labelled pictures are among a model's."""

    places: np.ndarray  # int64 (classes of the pictures,): the model's number of each
    classes: tuple[str, ...]  # all of the model's, by the pictures' names where these have some
    said: str  # one sentence


def match_classes(
    classes: Sequence[str], model: str, count: int, labels: Sequence[str] | None
) -> Match:
    """Find each class of labelled pictures among the `count` classes of a model.

    By its name, whatever its case, with spaces or with underscores; where names are not known or
    not shared, by its number. `labels` are what the model calls its classes, if that is known.
    Raises ExplorerError, which says both, where neither makes sense.
    """
    if not count:
        raise ExplorerError(
            f"{model} has no classes; it only describes pictures.",
            hint="Choose a model with a classifier, or fine-tune this one first.",
        )
    known = _by_name(labels or ())
    found = [known.get(folded(name)) for name in classes]
    if None not in found:
        said = "Classes are matched by their names."
        return _match(classes, [place for place in found if place is not None], count, labels, said)
    places = _by_number(classes, found, count)
    if places is None:
        raise _refusal(classes, model, count, labels, found)
    return _match(classes, places, count, labels, _said_of_numbers(classes, labels))


def folded(name: str) -> str:
    """The same for names that people take for one: “american_bulldog”, “American Bulldog”."""
    return _BETWEEN_WORDS.sub(" ", name.strip()).casefold()


def _by_name(labels: Sequence[str]) -> Mapping[str, int]:
    """Each name that only one class has, whole or one of several: “tabby, tabby cat”."""
    names = [{folded(one) for one in (label, *label.split(","))} for label in labels]
    often = Counter(name for each in names for name in each)
    return {name: place for place, each in enumerate(names) for name in each if often[name] == 1}


def _by_number(
    classes: Sequence[str], found: Sequence[int | None], count: int
) -> Sequence[int] | None:
    """The model's numbers of classes that are numbers, or of as many; None where names say no."""
    if all(name.isascii() and name.isdecimal() and int(name) < count for name in classes):
        return [int(name) for name in classes]
    contradicted = any(place not in (None, number) for number, place in enumerate(found))
    return None if len(classes) != count or contradicted else range(count)


def _match(
    classes: Sequence[str],
    places: Sequence[int],
    count: int,
    labels: Sequence[str] | None,
    said: str,
) -> Match:
    names = list(labels or (str(number) for number in range(count)))
    for place, name in zip(places, classes, strict=True):
        names[place] = names[place] if labels and name.isdecimal() else name
    return Match(np.array(places, np.int64), tuple(names), said)


def _said_of_numbers(classes: Sequence[str], labels: Sequence[str] | None) -> str:
    if not labels:
        return "Classes are matched by their numbers, for the model does not name its own."
    if all(name.isdecimal() for name in classes):
        return "Classes are matched by their numbers, for the pictures do not name theirs."
    first = f"“{labels[0]}” is taken for “{classes[0]}”"
    return f"Classes are matched by their numbers, for their names differ: {first}."


def _refusal(
    classes: Sequence[str],
    model: str,
    count: int,
    labels: Sequence[str] | None,
    found: Sequence[int | None],
) -> ExplorerError:
    """Says what both have."""
    unknown = [name for name, place in zip(classes, found, strict=True) if place is None]
    own = f"{count:,} classes, such as {_some(labels)}" if labels else f"{count:,} classes"
    theirs = f"{len(classes):,}, such as {_some(unknown)}"
    if not labels:
        why = f"the pictures have {theirs}, and the model does not name its own"
    elif len(unknown) == len(classes):
        why = f"the pictures have {theirs}, which it does not know"
    else:
        why = f"of the pictures' {len(classes):,}, it does not know {_all_or_some(unknown)}"
    return ExplorerError(
        f"{model} has {own}; {why}.",
        hint="Fine-tune it on pictures of these classes first, or choose a model that knows them.",
    )


def _all_or_some(names: Sequence[str]) -> str:
    return _some(names) if len(names) <= _NAMED else f"{len(names):,}, such as {_some(names)}"


def _some(names: Sequence[str]) -> str:
    shown = [f"“{name}”" for name in names[:_NAMED]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

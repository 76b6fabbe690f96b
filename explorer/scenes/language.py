"""Captions of scenes, and what captions say: each way undoes the other.

A caption names one to three things, each as “a small striped red umbrella”, and may say how the
first two stand to each other. `describe` writes some of a scene, `content` reads what one says,
`is_true` holds that against the facts, and `nouns` tells which word means which thing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any, Literal, TypeVar, get_args

import numpy as np

from .facts import INVERSE, Facts, Mention, Pattern, Relation, RelationName, SizeName
from .kinds import KINDS, kind_of
from .palette import COLOURS

T = TypeVar("T")
Words = tuple[str, ...]
Unit = tuple[int, ...]  # the things of one mention
Aspect = Literal["colour", "pattern", "size", "relation"]  # of what is said

_COUNTS = {1: ("a", "an", "another"), 2: ("two",), 3: ("three",), 4: ("four",)}
_SIZES: dict[SizeName, Words] = {"small": ("small", "little"), "large": ("large", "big")}
_PATTERNS: dict[Pattern, Words] = {"striped": ("striped",), "dotted": ("dotted", "spotted")}
_WITH_PATTERN: dict[Pattern, Words] = {"striped": ("stripes",), "dotted": ("dots", "spots")}
_LEADS = ("", "", "", "there is", "there are", "a picture of", "a drawing of")
_LINKS: dict[RelationName, Words] = {
    "left": ("to the left of",),
    "right": ("to the right of",),
    "above": ("above",),
    "below": ("below", "under"),
    "front": ("in front of",),
    "behind": ("behind",),
    "beside": ("next to", "beside"),
}
_JOINTS = ("and", "with")  # say nothing of where


def _tails(own: str, it: str) -> dict[str, RelationName]:
    """What may end “a house with a car …”, and how the car then stands to the house."""
    return {
        **{f"to {own} {side}": side for side in ("left", "right")},
        **{
            f"{link} {it}": name
            for name, links in _LINKS.items()
            for link in links
            if name not in ("left", "right")
        },
    }


_TAILS = {False: _tails("its", "it"), True: _tails("their", "them")}  # by: are there several?
_PLURALS = {kind_of(kind).plural: kind for kind in KINDS}


def _every_word() -> Iterator[str]:
    for table in (_COUNTS, _SIZES, _PATTERNS, _WITH_PATTERN, _LINKS):
        yield from (word for words in table.values() for phrase in words for word in phrase.split())
    for phrases in (_LEADS, _TAILS[False], _TAILS[True], _JOINTS, COLOURS, KINDS, _PLURALS):
        yield from (word for phrase in phrases for word in phrase.split())
    yield from ("is", "are")


WORDS = tuple(sorted(set(_every_word())))  # all that captions are made of


@dataclass(frozen=True)
class Content:
    """What a caption says."""

    mentions: tuple[Mention, ...]
    relations: tuple[Relation, ...] = ()  # between mentions
    places: tuple[int, ...] = field(default=(), compare=False)
    # of the mentions' nouns among the caption's words


def content(caption: str) -> Content | None:
    """What a caption says; None where it is no sentence of this language."""
    try:
        return _Reader(caption.split()).read()
    except _NotUnderstood:
        return None


class _NotUnderstood(Exception):  # noqa: N818 - not shown to anybody
    """These words cannot come here."""


class _Reader:
    """Reads a caption word by word."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._at = 0
        self._places: list[int] = []

    def read(self) -> Content:
        self._take(*sorted(set(_LEADS) - {""}))
        first = self._mention()
        if self._is_over():
            return Content((first,), (), tuple(self._places))
        mentions, relations = self._rest(first)
        if not self._is_over():
            raise _NotUnderstood
        return Content((first, *mentions), relations, tuple(self._places))

    def _rest(self, first: Mention) -> tuple[list[Mention], tuple[Relation, ...]]:
        """What follows the first mention."""
        is_told = self._take("is", "are") is not None
        for name, links in _LINKS.items():
            if self._take(*links) is not None:
                return [self._mention()], (Relation(0, name, 1),)
        joint = self._take(*_JOINTS)
        if joint is None or is_told:
            raise _NotUnderstood
        second = self._mention()
        if joint == "with" and not self._is_over():
            return self._after_with(first, second)
        return [second], ()

    def _after_with(
        self, first: Mention, second: Mention
    ) -> tuple[list[Mention], tuple[Relation, ...]]:
        if self._take("and") is not None:
            return [second, self._mention()], ()
        tails = _TAILS[first.count > 1]
        tail = self._take(*tails)
        if tail is None:
            raise _NotUnderstood
        return [second], (Relation(1, tails[tail], 0),)

    def _mention(self) -> Mention:
        """“two small red stars”, “an orange house with stripes”."""
        count = self._one_of(_COUNTS)
        size = colour = pattern = None
        while (word := self._next()) not in (_PLURALS if count > 1 else KINDS):
            if size is None and (found := _key(_SIZES, word)):
                size = found
            elif pattern is None and (seen := _key(_PATTERNS, word)):
                pattern = seen
            elif colour is None and word in COLOURS:
                colour = word
            else:
                raise _NotUnderstood
        self._places.append(self._at - 1)
        for shown, nouns in _WITH_PATTERN.items():
            if pattern is None and self._take(*(f"with {noun}" for noun in nouns)) is not None:
                pattern = shown
        return Mention(_PLURALS[word] if count > 1 else word, colour, pattern, size, count)

    def _one_of(self, table: dict[int, Words]) -> int:
        found = _key(table, self._next())
        if found is None:
            raise _NotUnderstood
        return found

    def _next(self) -> str:
        if self._is_over():
            raise _NotUnderstood
        self._at += 1
        return self._words[self._at - 1]

    def _take(self, *phrases: str) -> str | None:
        """Go past the one of these that comes next, if any does."""
        for phrase in phrases:
            words = phrase.split()
            if list(self._words[self._at : self._at + len(words)]) == words:
                self._at += len(words)
                return phrase
        return None

    def _is_over(self) -> bool:
        return self._at == len(self._words)


def _key(table: dict[T, Words], word: str) -> T | None:
    return next((key for key, words in table.items() if word in words), None)


def is_true(caption: str, facts: Facts, besides: Collection[Aspect] = ()) -> bool:
    """Whether all that a caption says is so; False where it cannot be understood.

    “a star” is true of two stars, “two stars” only where there are no more. `besides`: what may be
    wrong, to find out what a model that describes scenes has yet to learn.
    """
    said = content(caption)
    if said is None:
        return False
    kept = said.relations if "relation" not in besides else ()
    unsaid: dict[str, Any] = {name: None for name in besides if name != "relation"}
    mentions = tuple(replace(mention, **unsaid) for mention in said.mentions)
    readings = _readings(Content(mentions, kept), facts, counts_all=not besides)
    return next(readings, None) is not None


def nouns(caption: str, facts: Facts) -> dict[int, tuple[int, ...]]:
    """Which things each noun may mean: the word's place in the caption → the things' in the facts.

    Several where the caption counts, or does not tell them apart; {} where it is not true.
    """
    said = content(caption)
    readings = [] if said is None else list(_readings(said, facts))
    if said is None or not readings:
        return {}
    return {
        place: tuple(sorted({thing for reading in readings for thing in reading[mention]}))
        for mention, place in enumerate(said.places)
    }


def _readings(said: Content, facts: Facts, counts_all: bool = True) -> Iterator[tuple[Unit, ...]]:
    """Every way in which mentions can be things of the scene, so that all is true."""
    for units in product(*(_meant(mention, facts, counts_all) for mention in said.mentions)):
        meant = [thing for unit in units for thing in unit]
        if len(set(meant)) == len(meant) and all(
            holds(units[first], name, units[second], facts)
            for first, name, second in said.relations
        ):
            yield units


def _meant(mention: Mention, facts: Facts, counts_all: bool = True) -> list[Unit]:
    """The things, or the sets of things, that a mention fits.

    `counts_all`: “two stars” are all stars that there are.
    """
    fitting = [at for at, thing in enumerate(facts.things) if mention.matches(thing)]
    sets = list(combinations(fitting, mention.count))
    return sets if mention.count == 1 or len(sets) == 1 or not counts_all else []


def holds(first: Unit, name: RelationName, second: Unit, facts: Facts) -> bool:
    """Whether each of the first stands so to each of the second."""
    return all(
        Relation(one, name, other) in facts.relations for one, other in product(first, second)
    )


def describe(facts: Facts, rng: np.random.Generator, count: int = 5) -> tuple[str, ...]:
    """Different captions of a scene, all true, each naming its main thing."""
    captions: dict[str, None] = {}
    for _ in range(20 * count):
        said = _thought(facts, rng)
        if said is not None:
            captions[write(said, rng)] = None
        if len(captions) == count:
            break
    return tuple(captions)


def _thought(facts: Facts, rng: np.random.Generator) -> Content | None:
    """Something to say of a scene; None where it would not be clear which things are meant."""
    units = _units(facts, rng)
    main = next(unit for unit in units if facts.main in unit)
    others = [unit for unit in units if unit != main]
    if not others:
        return _told([main], (), facts, rng)
    chance = rng.random()
    if chance < 0.16 and len(others) > 1:
        second, third = _drawn(rng, list(combinations(others, 2)))
        return _told([main, second, third], (), facts, rng)
    other = _drawn(rng, others)
    names = [name for name in get_args(RelationName) if holds(main, name, other, facts)]
    if not names or chance > 0.9:
        pair = [main, other] if rng.random() < 0.7 else [other, main]
        return _told(pair, (), facts, rng)
    return _related(main, _drawn(rng, names), other, facts, rng)


def _related(
    main: Unit, name: RelationName, other: Unit, facts: Facts, rng: np.random.Generator
) -> Content | None:
    """Two mentions and how they stand to each other, from the one's side or from the other's."""
    inverse = INVERSE[name]
    chance = rng.random()
    if chance < 0.4:
        return _told([main, other], (Relation(0, name, 1),), facts, rng)
    if chance < 0.75:
        return _told([other, main], (Relation(0, inverse, 1),), facts, rng)
    return _told([main, other], (Relation(1, inverse, 0),), facts, rng)


def _units(facts: Facts, rng: np.random.Generator) -> list[Unit]:
    """The things one by one or, at times, those of a kind together."""
    by_kind: dict[str, list[int]] = {}
    for at, thing in enumerate(facts.things):
        by_kind.setdefault(thing.kind, []).append(at)
    units: list[Unit] = []
    for things in by_kind.values():
        colours = {facts.things[at].colour for at in things}
        together = len(things) > 1 and rng.random() < (0.6 if len(colours) == 1 else 0.3)
        units += [tuple(things)] if together else [(at,) for at in things]
    return units


def _told(
    units: Sequence[Unit],
    relations: tuple[Relation, ...],
    facts: Facts,
    rng: np.random.Generator,
) -> Content | None:
    """The mentions of units, told apart from all other things; None where words cannot do that."""
    mentions = tuple(_mention(unit, facts, rng) for unit in units)
    if len(units) == 2 and _are_all_of_their_like(units, facts):
        # “a red star above another red star”
        plain = Mention(facts.things[units[0][0]].kind, facts.things[units[0][0]].colour)
        return Content((plain, plain), relations)
    if all(_meant(said, facts) == [unit] for said, unit in zip(mentions, units, strict=True)):
        return Content(mentions, relations)
    return None


def _are_all_of_their_like(units: Sequence[Unit], facts: Facts) -> bool:
    first = facts.things[units[0][0]]
    like = Mention(first.kind, first.colour)
    alike = [at for at, thing in enumerate(facts.things) if like.matches(thing)]
    return all(len(unit) == 1 for unit in units) and alike == sorted(at for (at,) in units)


def _mention(unit: Unit, facts: Facts, rng: np.random.Generator) -> Mention:
    """What is said of things: of that which they share, most; more where it tells them apart."""
    things = [facts.things[at] for at in unit]
    kind = things[0].kind
    colour, pattern, size = (
        values.pop() if len(values := {getattr(thing, name) for thing in things}) == 1 else None
        for name in ("colour", "pattern", "size")
    )
    pattern, size = pattern if pattern in _PATTERNS else None, size if size in _SIZES else None
    chances = rng.random(3)
    mention = Mention(
        kind,
        colour if chances[0] < 0.93 else None,
        pattern if chances[1] < 0.7 else None,
        size if chances[2] < 0.45 else None,
        len(unit),
    )
    is_clear = _meant(mention, facts) == [unit]
    return mention if is_clear else Mention(kind, colour, pattern, size, len(unit))


def _drawn(rng: np.random.Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def write(said: Content, rng: np.random.Generator) -> str:
    """Say something in words, in one of the ways to do so."""
    first = said.mentions[0]
    lead = _drawn(rng, [lead for lead in _LEADS if _fits(lead, said)])
    if len(said.mentions) == 1:
        return f"{lead} {_phrase(first, rng)}".strip()
    if len(said.mentions) == 3:
        one, two, three = (_phrase(each, rng, may_trail=False) for each in said.mentions)
        return f"{lead} {one} with {two} and {three}".strip()
    return f"{lead} {_pair(said, lead, rng)}".strip()


def _fits(lead: str, said: Content) -> bool:
    """Whether a caption may begin so: “there are” two, and three things need no long one."""
    if lead.startswith("there"):
        return (lead == "there are") == (said.mentions[0].count > 1)
    return not lead or len(said.mentions) < 3


def _pair(said: Content, lead: str, rng: np.random.Generator) -> str:
    first, second = said.mentions
    other = "another" if first == second and first.count == 1 else None
    if not said.relations:
        joint = _drawn(rng, _JOINTS)
        trails = joint == "and"
        return f"{_phrase(first, rng, trails)} {joint} {_phrase(second, rng, trails, other)}"
    ((subject, name, _),) = said.relations
    if subject == 1:
        tail = _drawn(rng, [tail for tail, of in _TAILS[first.count > 1].items() if of == name])
        return f"{_phrase(first, rng, False)} with {_phrase(second, rng, False, other)} {tail}"
    verb = (" are" if first.count > 1 else " is") if not lead and rng.random() < 0.3 else ""
    link = _drawn(rng, _LINKS[name])
    return f"{_phrase(first, rng)}{verb} {link} {_phrase(second, rng, True, other)}"


def _phrase(
    mention: Mention,
    rng: np.random.Generator,
    may_trail: bool = True,
    article: str | None = None,
) -> str:
    """“a small striped red umbrella”; `may_trail`: or “a small red umbrella with stripes”."""
    words = [_drawn(rng, _SIZES[mention.size])] if mention.size else []
    trail = ""
    if mention.pattern and may_trail and rng.random() < 0.3:
        trail = f" with {_drawn(rng, _WITH_PATTERN[mention.pattern])}"
    elif mention.pattern:
        words.append(_drawn(rng, _PATTERNS[mention.pattern]))
    words += [mention.colour] if mention.colour else []
    words.append(kind_of(mention.kind).plural if mention.count > 1 else mention.kind)
    article = article or ("an" if words[0][0] in "aeiou" else "a")
    if mention.count > 1:
        article = _COUNTS[mention.count][0]
    return f"{article} {' '.join(words)}{trail}"

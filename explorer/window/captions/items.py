"""The parts of a caption with what the panel shows of each."""

from __future__ import annotations

from dataclasses import dataclass

from ...explain.words import Part, parts_of
from ...records import BEGIN, END, Caption, WordQuery


@dataclass(frozen=True)
class Item:
    """One part of a row."""

    part: Part
    word: int | str  # its number among the caption's words; or the name of an end token
    piece: int = 0  # which of the word's pieces; the first, where it is the whole word
    joins: bool = False  # a piece that goes on the word of the item before it
    goes_on: bool = False  # a piece whose word goes on in the next item
    is_given: bool = False  # a person's word, not the captioner's


def items_of(caption: Caption, words: WordQuery) -> tuple[Item, ...]:
    """A caption as a row, as `parts_of` has it."""
    return tuple(_item(caption, part) for part in parts_of(caption, words))


def _item(caption: Caption, part: Part) -> Item:
    first = part.places[0]
    is_given = 0 < first <= caption.given
    if part.is_end:
        return Item(part, BEGIN if first == 0 else END, is_given=is_given)
    number = next(n for n, word in enumerate(caption.words) if first in word.places)
    word = caption.words[number]
    piece, goes_on = first - word.place, part.places[-1] < word.places[-1]
    return Item(part, number, piece, joins=piece > 0, goes_on=goes_on, is_given=is_given)

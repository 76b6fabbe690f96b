"""Words are cut into BERT's pieces and put together again."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.models.captions.word_pieces import WordPieces

Shared = Callable[[str], Path]


@pytest.fixture(scope="module")
def bert(shared: Shared) -> WordPieces:
    return WordPieces.read(shared("data/vocab/bert-base-uncased-vocab.txt"))


def test_begin_and_end(bert: WordPieces):
    """All of BERT's tokens have their numbers, those that are odd characters, too."""
    assert len(bert.texts) == 30522
    assert (bert.begin, bert.end) == (101, 102)
    assert (bert.texts[1037], bert.texts[30521]) == ("a", "##～")


def test_captions_of_people(bert: WordPieces, shared: Shared):
    """Captions that people wrote come back as they were, but for case and space."""
    with gzip.open(shared("data/vocab/coco_val2017_captions.txt.gz"), "rt") as file:
        lines = [line.strip() for line in file.readlines()[:2000]]
    plain = [line for line in lines if line.replace(" ", "").rstrip(".").isalpha()]
    assert len(plain) > 1000
    for line in plain:
        expected = " ".join(line.lower().replace(" .", ".").split())
        assert bert.sentence(bert.encode(line)) == expected


def test_pieces_make_words(bert: WordPieces):
    """A word is all its pieces; a piece that follows nothing is a word of its own."""
    tokens = bert.encode("a skateboarder")
    assert [word.text for word in bert.words(tokens)] == ["a", "skateboarder"]
    assert [(word.start, word.stop) for word in bert.words(tokens)] == [(0, 1), (1, 4)]
    assert [word.text for word in bert.words(tokens[2:])] == ["boarder"]
    assert bert.words([]) == []


@pytest.mark.parametrize(
    "sentence",
    ["a man, who isn't there.", "the dog's ball", "what? no!", "they're here"],
)
def test_punctuation_stands_where_people_put_it(bert: WordPieces, sentence: str):
    """No space before a full stop, none around an apostrophe."""
    assert bert.sentence(bert.encode(sentence)) == sentence


def test_special_tokens_are_not_said(bert: WordPieces):
    """They are tokens of a caption, but no part of its sentence."""
    tokens = (0, *bert.encode("a cat"), 100, 103)
    assert bert.sentence(tokens) == "a cat"
    assert [word.text for word in bert.words(tokens)] == ["[PAD]", "a", "cat", "[UNK]", "[MASK]"]


def test_what_cannot_be_spelled(bert: WordPieces):
    """It is named; so is nothing at all."""
    with pytest.raises(ExplorerError, match="cannot spell “☃☃”"):
        bert.encode("a ☃☃ man")
    with pytest.raises(ExplorerError, match="no word"):
        bert.encode("  ")

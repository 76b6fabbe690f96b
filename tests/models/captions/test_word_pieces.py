"""Words are cut into BERT's pieces and put together again."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.models.captions.word_pieces import WordPieces

Shared = Callable[[str], Path]
PEER = Path(__file__).parents[1] / "transformers_peer"


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
    with pytest.raises(ExplorerError, match=f"spell “{40 * '☃'}”"):
        bert.encode("☃" * 1000)
    with pytest.raises(ExplorerError, match="no word"):
        bert.encode("  ")


@pytest.mark.parametrize("version", [4, 5])
def test_the_other_form_of_a_vocabulary(version: int, tmp_path: Path):
    """What transformers saves as tokenizer.json is the same list, and makes the same tokens."""
    with np.load(PEER / f"captioners_{version}.npz") as arrays:
        peer = json.loads(str(arrays["told"]))["vocabularies"]["blip"]
    read = []
    for name in ("vocab.txt", "tokenizer.json"):
        (tmp_path / name).write_text(peer[name], "utf-8")
        read.append(WordPieces.read(tmp_path / name, more=("[DEC]", "[SEP]"), begin=60))
    listed, saved = read
    assert listed.texts == saved.texts
    assert (len(saved.texts), saved.texts[60]) == (61, "[DEC]")
    assert (saved.begin, saved.end) == (60, 3)
    assert saved.encode("a dog on the grass") == tuple(peer["tokens"][0])
    assert saved.sentence((60, *peer["tokens"][0], 3)) == "a dog on the grass"


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"model": {"type": "BPE", "vocab": {"a": 0}}}',
        '{"model": {"type": "WordPiece", "vocab": {"a": 0, "b": 2}}}',
        '{"model": {"type": "WordPiece", "vocab": {"a": 0, "b": "1"}}}',
    ],
)
def test_json_that_is_no_vocabulary(tmp_path: Path, content: str):
    """Other files of that kind get a sentence."""
    file = tmp_path / "tokenizer.json"
    with pytest.raises(ExplorerError, match="cannot be read"):
        WordPieces.read(file)
    file.write_text(content)
    with pytest.raises(ExplorerError, match="holds no vocabulary of pieces of words"):
        WordPieces.read(file)


def test_ends_that_are_no_tokens(shared: Shared):
    """What begins or ends a caption must be among the tokens."""
    file = shared("data/vocab/bert-base-uncased-vocab.txt")
    assert WordPieces.read(file, more=("[DEC]", "[ENC]"), begin=30522).begin == 30522
    with pytest.raises(ExplorerError, match="of 30,522 tokens has none that begins or ends"):
        WordPieces.read(file, begin=30522)

"""GPT-2's tokens make words, and typed sentences make the tokens that the real library makes.

Its vocabulary and what the library makes of it: ../transformers_peer/captioners.py.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.models.captions.byte_pairs import BytePairs

PEER = Path(__file__).parents[1] / "transformers_peer"
SENTENCES = (
    "a dog on the grass",
    "Two dogs' umbrellas, wet; don't look!",
    "a café in the snow ☃ at 10:30",
)


@pytest.fixture(params=[4, 5])
def peer(request: pytest.FixtureRequest) -> dict[str, Any]:
    with np.load(PEER / f"captioners_{request.param}.npz") as arrays:
        return json.loads(str(arrays["told"]))["vocabularies"]["vit-gpt2"]


@pytest.fixture(params=["tokenizer.json", "vocab.json"])
def vocabulary(request: pytest.FixtureRequest, peer: dict[str, Any], tmp_path: Path) -> BytePairs:
    """From each of the two forms that such vocabularies have."""
    for name in (request.param, "merges.txt"):
        (tmp_path / name).write_text(peer[name], "utf-8")
    return BytePairs.read(tmp_path / request.param)


def test_sentences_become_the_librarys_tokens(vocabulary: BytePairs, peer: dict[str, Any]):
    """Whatever is typed; and the tokens read as what was typed."""
    for sentence, tokens, read in zip(SENTENCES, peer["tokens"], peer["read"], strict=True):
        assert vocabulary.encode(sentence) == tuple(tokens)
        assert vocabulary.sentence(tokens) == read == sentence


def test_words(vocabulary: BytePairs):
    """A word begins with a space; what ends a sentence is none of the word before it."""
    for sentence, words in zip(
        SENTENCES,
        (
            ["a", "dog", "on", "the", "grass"],
            ["Two", "dogs'", "umbrellas", ",", "wet", ";", "don't", "look", "!"],
            ["a", "café", "in", "the", "snow", "☃", "at", "10", ":30"],
        ),
        strict=True,
    ):
        spans = vocabulary.words(vocabulary.encode(sentence))
        assert [span.text for span in spans] == words
        assert [span.start for span in spans[1:]] == [span.stop for span in spans[:-1]]
        assert spans[-1].stop == len(vocabulary.encode(sentence))
    assert vocabulary.words([]) == []


def test_tokens_as_people_read_them(vocabulary: BytePairs):
    """The space before a word is one; where bytes make no character, that is marked."""
    tokens = vocabulary.encode("the grass café")
    assert vocabulary.texts[vocabulary.encode("a grass")[1]] == " gr"
    assert "\ufffd" in "".join(vocabulary.texts[token] for token in tokens)
    assert vocabulary.texts[vocabulary.end] == "<|endoftext|>"


def test_ends_are_no_words(vocabulary: BytePairs):
    """One token begins and ends captions, and is read by nobody."""
    assert vocabulary.begin == vocabulary.end == 299
    tokens = (*vocabulary.encode("a dog"), vocabulary.end)
    assert vocabulary.sentence(tokens) == "a dog"


def test_nothing_typed(vocabulary: BytePairs):
    """Spaces are no word."""
    with pytest.raises(ExplorerError, match="no word in this"):
        vocabulary.encode("   ")


@pytest.mark.parametrize("content", ["", "{}", "[1", '{"model": 5}', "\0"])
@pytest.mark.parametrize("name", ["tokenizer.json", "vocab.json"])
def test_files_that_are_none(tmp_path: Path, name: str, content: str):
    """What is no vocabulary gets a sentence; so does a missing one, or one without its merges."""
    file = tmp_path / name
    with pytest.raises(ExplorerError, match=f"{name} is no vocabulary"):
        BytePairs.read(file)
    file.write_text(content)
    with pytest.raises(ExplorerError, match=f"{name} is no vocabulary") as error:
        BytePairs.read(file)
    assert "merges.txt" in error.value.hint


def test_tokens_that_it_has_not(peer: dict[str, Any], tmp_path: Path):
    """Ends that lie outside of it are noticed when it is read."""
    file = tmp_path / "tokenizer.json"
    file.write_text(peer["tokenizer.json"], "utf-8")
    assert BytePairs.read(file, begin=3, end=7).begin == 3
    with pytest.raises(ExplorerError, match="of 300 tokens lacks some"):
        BytePairs.read(file, end=300)

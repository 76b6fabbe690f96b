"""Captions are correct English, say what is true, and can be read back."""

import re
from typing import get_args

import numpy as np
import pytest

from explorer.scenes.facts import Facts, Mention, Relation
from explorer.scenes.kinds import KINDS
from explorer.scenes.language import (
    WORDS,
    Aspect,
    Content,
    content,
    describe,
    is_true,
    nouns,
    write,
)
from explorer.scenes.palette import COLOURS
from explorer.scenes.plans import generator, plan_scene

RED_STAR = Mention("star", "red", "plain", "small")
BLUE_CAR = Mention("car", "blue", "striped", "large")
SIDE_BY_SIDE = Facts(
    (RED_STAR, BLUE_CAR), frozenset({Relation(0, "left", 1), Relation(1, "right", 0)}), "car", 1
)
TWO_RED_STARS = Facts(
    (Mention("star", "red", "plain", "medium"), Mention("star", "red", "plain", "medium")),
    frozenset({Relation(0, "above", 1), Relation(1, "below", 0)}),
    "star",
    0,
)
Described = list[tuple[Facts, tuple[str, ...]]]


@pytest.fixture(scope="module")
def described() -> Described:
    """The captions of a thousand scenes."""
    facts = [plan_scene(2, number).facts for number in range(1000)]
    return [(each, describe(each, generator(2, at, 2))) for at, each in enumerate(facts)]


def test_captions_are_true(described: Described):
    """All that is said of a scene is so."""
    for facts, captions in described:
        assert all(is_true(caption, facts) for caption in captions)


def test_captions_are_different_and_short(described: Described):
    """Five of a scene, of 20 words at most."""
    assert all(len(set(captions)) == 5 for _, captions in described)
    assert max(len(text.split()) for _, captions in described for text in captions) <= 20


def test_captions_name_the_main_thing(described: Described):
    """So that its kind is always told."""
    for facts, captions in described:
        assert all(
            any(facts.main in things for things in nouns(text, facts).values()) for text in captions
        )


def test_every_mention_is_clear(described: Described):
    """It means one thing only, unless it counts or says “another”."""
    for facts, captions in described:
        for text in captions:
            said = content(text)
            assert said is not None
            for mention, things in zip(said.mentions, nouns(text, facts).values(), strict=True):
                assert len(things) == mention.count or " another " in text


def test_words_are_few_and_known(described: Described):
    """All words are in the vocabulary, and all of that comes up."""
    used = {word for _, captions in described for text in captions for word in text.split()}
    assert used <= set(WORDS)
    assert set(WORDS) - used <= {"four"}
    assert len(WORDS) <= 120
    assert all(re.fullmatch("[a-z]+", word) for word in WORDS)


def test_grammar_is_right(described: Described):
    """“an” before vowels, plurals after counts, verbs that agree."""
    text = "\n".join(caption for _, captions in described for caption in captions)
    assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", text)
    adjectives = "|".join(("small", "little", "large", "big", "striped", "dotted", *COLOURS))
    one = "|".join(set(KINDS) - {"fish"})
    assert not re.search(rf"\b(two|three|four) (({adjectives}|spotted) )*({one})\b", text)
    assert not re.search(r"there are an? |there is (two|three|four) ", text)
    assert not re.search(r"^(two|three) .* is |^an? (?!.* (two|three) ).* are ", text, re.MULTILINE)


def test_reading_undoes_writing(described: Described):
    """However it is put in words, the same is said."""
    rng = np.random.default_rng(0)
    for _, captions in described:
        for caption in captions:
            said = content(caption)
            assert said is not None
            assert content(write(said, rng)) == said


@pytest.mark.parametrize(
    ("caption", "said"),
    [
        (
            "a small red star to the left of a striped blue car",
            Content(
                (Mention("star", "red", size="small"), Mention("car", "blue", "striped")),
                (Relation(0, "left", 1),),
            ),
        ),
        (
            "there is a big car with a spotted fish to its left",
            Content(
                (Mention("car", size="large"), Mention("fish", pattern="dotted")),
                (Relation(1, "left", 0),),
            ),
        ),
        (
            "two butterflies are in front of an orange house with stripes",
            Content(
                (Mention("butterfly", count=2), Mention("house", "orange", "striped")),
                (Relation(0, "front", 1),),
            ),
        ),
        (
            "a picture of a white cup with dots and a boat",
            Content((Mention("cup", "white", "dotted"), Mention("boat"))),
        ),
        (
            "three fish with a tree and a moon",
            Content((Mention("fish", count=3), Mention("tree"), Mention("moon"))),
        ),
        (
            "a red star above another red star",
            Content((Mention("star", "red"), Mention("star", "red")), (Relation(0, "above", 1),)),
        ),
    ],
)
def test_a_caption_is_read(caption: str, said: Content):
    """What is mentioned, and how it stands to each other."""
    assert content(caption) == said


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "a",
        "a red",
        "star",
        "a red blue star",
        "two star",
        "a stars",
        "a red star a blue car",
        "a red star to the left",
        "a red star to the left of",
        "a red star above a blue car and a tree",
        "a red star with a blue car to its",
        "a red star is with a car",
        "a man on a horse",
    ],
)
def test_what_is_no_caption_is_not_understood(caption: str):
    """A model may write anything: that is no error."""
    assert content(caption) is None
    assert not is_true(caption, SIDE_BY_SIDE)
    assert nouns(caption, SIDE_BY_SIDE) == {}


@pytest.mark.parametrize(
    ("caption", "truth"),
    [
        ("a red star to the left of a blue car", True),
        ("a big striped blue car to the right of a little red star", True),
        ("a blue car with a red star to its left", True),
        ("a star", True),
        ("a car and a star", True),
        ("a red star to the right of a blue car", False),
        ("a blue car with a red star to its right", False),
        ("a blue star", False),
        ("a large red star", False),
        ("a striped red star and a car", False),
        ("a red star above a blue car", False),
        ("two cars", False),
        ("a car and another car", False),
        ("a blue house to the right of a red star", False),
    ],
)
def test_what_is_true_is_told_from_what_is_not(caption: str, truth: bool):
    """Every kind, colour, pattern, size, count and relation must be right."""
    assert is_true(caption, SIDE_BY_SIDE) is truth


@pytest.mark.parametrize(
    ("caption", "wrong"),
    [
        ("a green star to the left of a blue car", "colour"),
        ("a small dotted star and a blue car", "pattern"),
        ("a big red star", "size"),
        ("a red star in front of a blue car", "relation"),
    ],
)
def test_what_is_wrong_can_be_found_out(caption: str, wrong: Aspect):
    """A caption is true besides that which it has wrong."""
    for aspect in get_args(Aspect):
        assert is_true(caption, SIDE_BY_SIDE, besides=[aspect]) is (aspect == wrong)
    assert not is_true("a house", SIDE_BY_SIDE, besides=get_args(Aspect))


def test_likes_are_told_truthfully():
    """Two things of a kind and a colour are two, or one and another."""
    captions = describe(TWO_RED_STARS, np.random.default_rng(0), 8)
    assert all(re.search(r"\b(two|another)\b", caption) for caption in captions)
    assert any("another" in caption for caption in captions)
    assert all(is_true(caption, TWO_RED_STARS) for caption in captions)
    assert not is_true("three red stars", TWO_RED_STARS)
    assert not is_true("two blue stars", TWO_RED_STARS)


@pytest.mark.parametrize(
    ("caption", "facts", "meant"),
    [
        ("a red star to the left of a blue car", SIDE_BY_SIDE, {2: (0,), 9: (1,)}),
        ("there is a car with a star to its left", SIDE_BY_SIDE, {3: (1,), 6: (0,)}),
        ("two red stars", TWO_RED_STARS, {2: (0, 1)}),
        ("a red star above another red star", TWO_RED_STARS, {2: (0,), 6: (1,)}),
        ("a star", TWO_RED_STARS, {1: (0, 1)}),
        ("a blue car above a red star", SIDE_BY_SIDE, {}),
    ],
)
def test_nouns_mean_things(caption: str, facts: Facts, meant: dict[int, tuple[int, ...]]):
    """The place of each noun among the words, and which things it may mean."""
    assert nouns(caption, facts) == meant

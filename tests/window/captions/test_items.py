"""A caption's row: words, pieces and ends, and what is known of each."""

from explorer.records import WordQuery
from explorer.window.captions.items import items_of


def test_words(make_caption):
    """One item a word, with all its places."""
    items = items_of(make_caption("a red um ##brel ##la"), WordQuery())
    assert [(item.word, item.part.places) for item in items] == [
        (0, (1,)),
        (1, (2,)),
        (2, (3, 4, 5)),
    ]
    assert not any(item.joins or item.goes_on for item in items)


def test_pieces_hang_together(make_caption):
    """A piece knows its word, its number there, and on which side the word goes on."""
    items = items_of(make_caption("a um ##brel ##la"), WordQuery(by_piece=True))
    told = [(item.word, item.piece, item.joins, item.goes_on) for item in items]
    assert told == [
        (0, 0, False, False),
        (1, 0, False, True),
        (1, 1, True, True),
        (1, 2, True, False),
    ]


def test_ends_are_asked_for_by_name(make_caption):
    """Begin and end are no words; nobody gave the begin token, which always stands there."""
    query = WordQuery(with_ends=True, row="stands")
    begin, _, end = items_of(make_caption("a", given=2), query)
    assert (begin.word, end.word) == ("begin", "end")
    assert (begin.is_given, end.is_given) == (False, True)


def test_given_words(make_caption):
    """A word is a person's where its first piece was given."""
    items = items_of(make_caption("a red um ##brel ##la", given=3), WordQuery())
    assert [item.is_given for item in items] == [True, True, True]
    items = items_of(make_caption("a red um ##brel ##la", given=2), WordQuery())
    assert [item.is_given for item in items] == [True, True, False]

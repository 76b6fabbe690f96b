"""The bounded cache."""

from hypothesis import given
from hypothesis import strategies as st

from explorer.window.cache import Cache


def test_least_used_goes_first():
    """Looking at an entry keeps it; the one that nobody looked at has to go."""
    cache: Cache[str, int] = Cache(limit=3)
    for name in "abc":
        cache.put(name, ord(name), 1)
    assert cache.get("a") == ord("a")
    cache.put("d", ord("d"), 1)
    assert [name in cache for name in "abcd"] == [True, False, True, True]


def test_too_large_entry_stays_alone():
    """What is on the screen is kept, though it is larger than the whole cache."""
    cache: Cache[str, int] = Cache(limit=3)
    cache.put("small", 1, 1)
    cache.put("large", 2, 100)
    assert "small" not in cache
    assert cache.get("large") == 2


def test_the_unwanted_go():
    """Entries can be let go by their keys; the bytes are right after that."""
    cache: Cache[str, int] = Cache(limit=10)
    for name in "abc":
        cache.put(name, ord(name), 2)
    cache.keep(lambda name: name != "b")
    assert [name in cache for name in "abc"] == [True, False, True]
    assert cache.nbytes == 4


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.booleans()), max_size=40))
def test_never_over_its_limit(steps):
    """Whatever is put and removed, the bytes are right and stay within bounds."""
    cache: Cache[int, int] = Cache(limit=12)
    sizes: dict[int, int] = {}
    for key, nbytes, remove in steps:
        if remove:
            cache.remove(key)
        else:
            cache.put(key, key, nbytes)
            sizes[key] = nbytes
        assert cache.nbytes == sum(sizes[key] for key in sizes if key in cache)
        assert cache.nbytes <= cache.limit

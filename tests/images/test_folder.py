"""Which pictures a folder holds, in which order, and whether it changed."""

import builtins
import os
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import Cancelled, ExplorerError
from explorer.images import folder as subject
from explorer.images.folder import (
    find,
    list_pictures,
    matching,
    natural_key,
    readable,
    relative,
    row_of,
)

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX file system")


def put(place: Path, *names: str) -> Path:
    """Empty files: listing never opens them."""
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    return place


def names(listing: subject.Listing) -> list[str]:
    return [relative(row) for row in listing.rows]


def settle(*places: Path) -> None:
    """As if nothing had changed there for a while."""
    for place in places:
        os.utime(place, (1e9, 1e9))


def test_numbers_are_sorted_by_value_and_case_is_ignored(tmp_path):
    """2 comes before 10, and b between A and C."""
    put(tmp_path, "img10.jpg", "img2.jpg", "Img1.jpg", "C.png", "b.png", "A.png", "img002.jpg")
    assert names(list_pictures(tmp_path)) == [
        *("A.png", "b.png", "C.png"),
        *("Img1.jpg", "img002.jpg", "img2.jpg", "img10.jpg"),
    ]


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.sampled_from(["", "a", "IMG_"]))
def test_natural_keys_sort_as_numbers_do(one, other, before):
    """Whatever the numbers, their keys compare as they do."""
    keys = natural_key(f"{before}{one}.jpg"), natural_key(f"{before}{other}.jpg")
    assert (keys[0] < keys[1]) == (one < other)


def test_only_pictures_are_listed(tmp_path):
    """Pictures of any format, also unreadable ones; no other files, hidden ones or folders."""
    put(tmp_path, "a.jpg", "b.PNG", "c.heic", "notes.txt", "table.csv", ".hidden.jpg", "no_suffix")
    (tmp_path / "folder.jpg").mkdir()
    assert names(list_pictures(tmp_path)) == ["a.jpg", "b.PNG", "c.heic"]


@needs_posix
def test_what_would_block_a_reader_is_not_listed(tmp_path):
    """A pipe named like a picture is left out, and so is a link that leads nowhere."""
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    put(tmp_path, "a.jpg")
    assert names(list_pictures(tmp_path)) == ["a.jpg"]


def test_subfolders_are_an_option(tmp_path):
    """With them, each folder's pictures stay together; hidden folders stay out."""
    put(tmp_path, "b.jpg", "a/2.jpg", "a/10.jpg", "a-b/1.jpg", ".git/x.jpg", "a/deep/er/1.jpg")
    assert names(list_pictures(tmp_path)) == ["b.jpg"]
    found = [name.replace(os.sep, "/") for name in names(list_pictures(tmp_path, True))]
    assert found == ["a/2.jpg", "a/10.jpg", "a/deep/er/1.jpg", "a-b/1.jpg", "b.jpg"]


@needs_posix
def test_links_in_circles_end(tmp_path):
    """A linked folder is read once, however it links back."""
    put(tmp_path, "a/1.jpg")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert names(list_pictures(tmp_path, True)) == ["a/1.jpg"]


@pytest.fixture
def forbid(monkeypatch):
    """`forbid(place)`: reading that folder is refused, as it is to anybody but root."""
    real = os.scandir

    def forbid_place(place: Path) -> None:
        def scandir(path):
            if Path(path) == place:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", scandir)

    return forbid_place


def test_a_forbidden_subfolder_is_passed_over(tmp_path, forbid):
    """The others are listed; the forbidden folder itself says why it is not."""
    put(tmp_path, "a/1.jpg", "b/2.jpg")
    forbid(tmp_path / "a")
    assert names(list_pictures(tmp_path, True)) == [os.path.join("b", "2.jpg")]
    with pytest.raises(ExplorerError, match="“a” may not be read"):
        list_pictures(tmp_path / "a")


def test_by_date_the_newest_comes_first(tmp_path):
    """Pictures of the same moment are sorted by name."""
    put(tmp_path, "old.jpg", "new.jpg", "same10.jpg", "same2.jpg")
    for name, when in {"old.jpg": 1e9, "new.jpg": 3e9, "same10.jpg": 2e9, "same2.jpg": 2e9}.items():
        os.utime(tmp_path / name, (when, when))
    by_date = list_pictures(tmp_path, order="date")
    assert names(by_date) == ["new.jpg", "same2.jpg", "same10.jpg", "old.jpg"]
    assert find(by_date.rows, "old.jpg", "date") == 3


@pytest.mark.parametrize("order", ["name", "date"])
def test_a_picture_is_found_in_either_order(tmp_path, order):
    """`find` says where it stands, or that it does not."""
    put(tmp_path, *(f"{number}.jpg" for number in range(50)))
    listing = list_pictures(tmp_path, order=order)
    for place, name in enumerate(names(listing)):
        assert find(listing.rows, name, order) == place
    assert find(listing.rows, "50.jpg", order) is None
    assert (tmp_path / relative(listing.rows[0])).is_file()


def test_the_filter_wants_every_word_anywhere(tmp_path):
    """Case does not matter; a word may stand in the name of a sub-folder."""
    rows = [row_of(name) for name in ("Cats/One 1.jpg", "cats/two.jpg", "dogs/one.jpg")]
    assert matching(rows, "CAT one") == rows[:1]
    assert matching(rows, "one") == [rows[0], rows[2]]
    assert matching(rows, "  ") == rows
    assert matching(rows, "bird") == []


def test_the_filter_finds_accents_however_they_are_stored():
    """Some systems store é as e and an accent; the keyboard types one letter."""
    rows = [row_of("Cafe\N{COMBINING ACUTE ACCENT}.jpg")]
    assert matching(rows, "CAFÉ") == rows


@needs_posix
def test_names_that_are_no_text_are_listed(tmp_path):
    """Bytes that are not UTF-8 can be listed, found and shown."""
    name = os.fsdecode(b"caf\xe9.jpg")
    try:
        put(tmp_path, name)
    except OSError:
        pytest.skip("this file system takes text only")
    listing = list_pictures(tmp_path)
    assert find(listing.rows, name, "name") == 0
    assert readable(name) == "caf\N{REPLACEMENT CHARACTER}.jpg"
    assert (tmp_path / relative(listing.rows[0])).is_file()


def test_a_folder_that_is_not_there_says_so(tmp_path):
    """One sentence with the folder's name; a file is no folder either."""
    with pytest.raises(ExplorerError, match="“gone” is not there"):
        list_pictures(tmp_path / "gone")
    put(tmp_path, "a.jpg")
    with pytest.raises(ExplorerError, match=r"“a.jpg” is not there"):
        list_pictures(tmp_path / "a.jpg")


def test_changes_are_noticed(tmp_path):
    """Files that come or go make a listing stale, in sub-folders too, and so does a lost folder."""
    put(tmp_path, "a.jpg", "sub/b.jpg")
    settle(tmp_path / "sub", tmp_path)
    listing = list_pictures(tmp_path, True)
    assert not listing.is_stale()
    put(tmp_path, "sub/c.jpg")
    assert listing.is_stale()
    settle(tmp_path / "sub")
    assert not listing.is_stale()
    (tmp_path / "sub").rename(tmp_path / "moved")
    assert listing.is_stale()


def test_a_change_within_the_clocks_tick_is_not_missed(tmp_path):
    """A folder that changed just now is read once more, for its clock may be coarse."""
    put(tmp_path, "a.jpg")
    assert list_pictures(tmp_path).is_stale()
    settle(tmp_path)
    assert not list_pictures(tmp_path).is_stale()


def test_listing_stops_when_asked(tmp_path):
    """Nobody waits for the rest of a folder that was left."""
    put(tmp_path, "a.jpg")
    with pytest.raises(Cancelled):
        list_pictures(tmp_path, should_stop=lambda: True)


def test_a_long_listing_tells_parts(tmp_path, monkeypatch):
    """Parts are sorted, grow, and are marked as parts."""
    monkeypatch.setattr(subject, "BATCH", 10)
    monkeypatch.setattr(subject, "FIRST_PART", 0.0)
    put(tmp_path, *(f"{number}.jpg" for number in range(100)))
    parts: list[subject.Listing] = []
    whole = list_pictures(tmp_path, on_part=parts.append)
    assert parts
    assert not any(part.complete for part in parts)
    assert whole.complete
    assert all(part.rows == sorted(part.rows) for part in parts)
    assert [len(part.rows) for part in parts] == sorted({len(part.rows) for part in parts})
    assert set(parts[0].rows) < set(whole.rows)


def test_many_rows_are_sorted_in_short_steps(monkeypatch):
    """Sorting run by run gives what one sort would; no step sorts more than two sorted runs."""
    rows = [row_of(f"IMG_{number}.jpg") for number in range(20_000)]
    random.Random(0).shuffle(rows)
    assert subject._sorted_in_steps(rows) == sorted(rows)
    assert subject._sorted_in_steps([]) == []


def test_a_hundred_thousand_files_are_listed_by_one_scan(hundred_thousand, monkeypatch):
    """None of them is asked for or opened by itself."""
    asked: list[str] = []

    def watched(name, usual):
        def act(path, *arguments, **options):
            asked.append(name)
            return usual(path, *arguments, **options)

        return act

    for place, name in ((os, "stat"), (os, "lstat"), (os, "scandir"), (builtins, "open")):
        monkeypatch.setattr(place, name, watched(name, getattr(place, name)))
    listing = list_pictures(hundred_thousand)
    monkeypatch.undo()
    assert len(listing.rows) == 100_000
    assert asked.count("scandir") == 1
    assert len(asked) < 20
    assert [relative(row) for row in listing.rows[9:12]] == ["9.jpg", "10.jpg", "11.jpg"]

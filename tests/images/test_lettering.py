"""Text on images stays within its place, and is written in the letters that there are."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.images import lettering
from explorer.images.lettering import fitted, length, wrapped, write

SENTENCE = "a woman in an orange spacesuit standing in front of a flag"


def drawn(text: str, align: str = "left") -> np.ndarray:
    """Which pixels a text blackens that is written at (100, 40): bool (60, 200)."""
    image = Image.new("RGB", (200, 60), "white")
    write(ImageDraw.Draw(image), (100, 40), text, 20, (0, 0, 0), align)
    return np.asarray(image.convert("L")) < 128


@pytest.mark.parametrize(("align", "share"), [("left", 0.0), ("middle", 0.5), ("right", 1.0)])
def test_a_text_stands_where_it_is_put(align: str, share: float):
    """On its line, and from, around or up to its place, as long as it was said to be."""
    ink = drawn("umbra", align)
    columns, rows = np.nonzero(ink.any(axis=0))[0], np.nonzero(ink.any(axis=1))[0]
    start = 100 - share * length("umbra", 20)
    assert columns[0] == pytest.approx(start, abs=3)
    assert columns[-1] == pytest.approx(start + length("umbra", 20), abs=3)
    assert rows[-1] in (39, 40)


@pytest.mark.parametrize("width", [30, 60, 120, 1000])
def test_a_long_name_shrinks_then_is_cut(width: int):
    """It is never too wide, never too small, and whole where it can be."""
    text, size = fitted("electroencephalography", 20, width, smallest=0.6)
    assert length(text, size) <= width
    assert 12 <= size <= 20
    is_whole = text == "electroencephalography"
    assert is_whole or (text.endswith("…") and size == 12)


def test_a_place_too_narrow_for_a_letter():
    """Only the sign of a cut is left; nothing fails."""
    assert fitted("word", 20, 1, smallest=0.6)[0] == "…"


@pytest.mark.parametrize("width", [1, 90, 200, 5000])
def test_lines_are_no_wider_than_they_may(width: int):
    """Nothing is lost but spaces, and only single letters may be wider."""
    lines = wrapped(SENTENCE, 20, width)
    assert "".join(lines).replace(" ", "") == SENTENCE.replace(" ", "")
    assert all(length(line, 20) <= width or len(line) == 1 for line in lines)
    assert len(lines) == 1 or width < 5000


def test_no_text_has_no_line():
    assert wrapped("", 20, 100) == []


def test_letters_that_pillow_has_not():
    """They come from fonts of the system, one by one; a box stands for what none has."""
    box = drawn("\uffff")
    assert (drawn("\u0378") == box).all()
    if not any(lettering._has(font, "ж") for font in lettering._installed()):
        pytest.skip("no font here has Cyrillic letters")
    assert (drawn("ж") != box).any()
    assert length("aж", 20) == pytest.approx(length("a", 20) + length("ж", 20))

"""Chips: readable in both themes; what differs is not told by colour alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette

from explorer.explain.words import Part
from explorer.window.captions.chips import Chips, ground_of, number_color
from explorer.window.captions.items import Item
from explorer.window.captions.part_painter import Marks
from explorer.window.captions.sentences import short_number
from explorer.window.theme import DARK, LIGHT, palette

PLAIN = Marks()
both_themes = pytest.mark.parametrize("colors", [DARK, LIGHT], ids=lambda colors: colors.name)


def item(probability: float | None = 0.5, text: str = "word", **special: object) -> Item:
    is_end = bool(special.pop("is_end", False))
    return Item(Part(text, (1,), probability, is_end), 0, **special)


def luminance(color: QColor) -> float:
    """Relative luminance, by WCAG 2."""
    channels = np.array([color.redF(), color.greenF(), color.blueF()])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@both_themes
@pytest.mark.parametrize("probability", [0.0, 0.01, 0.3, 0.7, 0.99, 1.0, None])
def test_text_keeps_its_contrast(qapp, colors, probability):
    """Word and number keep 4.5 : 1 to their chip, however probable the word."""
    made = palette(colors)
    ground = ground_of(item(probability), made)
    assert contrast(made.color(QPalette.ColorRole.Text), ground) >= 4.5
    assert contrast(number_color(ground, made), ground) >= 4.5


@both_themes
def test_more_probable_is_stronger(qapp, colors):
    """The ground goes steadily from the window's to the accent."""
    made = palette(colors)
    accent = made.color(QPalette.ColorRole.Highlight)
    grounds = [ground_of(item(p), made) for p in (0.0, 0.25, 0.5, 0.75, 1.0)]
    nearness = [contrast(accent, ground) for ground in grounds]
    assert nearness == sorted(nearness, reverse=True)
    assert len(set(nearness)) == 5


def painted(shown: Item, marks: Marks = PLAIN) -> np.ndarray:
    """Its pixels on the dark window: uint32 (height, width)."""
    chips, font = Chips(), QFont()
    height = chips.height(font, QSize())
    (width,) = chips.widths([shown], font, height)
    image = QImage(width + 12, height + 12, QImage.Format.Format_RGB32)
    colors = palette(DARK)
    image.fill(colors.color(QPalette.ColorRole.Window))
    painter = QPainter(image)
    chips.paint(painter, 0, shown, QRect(6, 6, width, height), marks, colors)
    painter.end()
    return np.array(image.constBits(), np.uint8).view(np.uint32).reshape(image.height(), -1)


SPECIAL = {
    "plain": (item(), PLAIN),
    "less probable": (item(0.4), PLAIN),
    "chosen": (item(), Marks(chosen=True)),
    "hovered": (item(), Marks(hovered=True)),
    "current": (item(), Marks(current=True)),
    "chosen and current": (item(), Marks(chosen=True, current=True)),
    "given": (item(is_given=True), PLAIN),
    "goes on": (item(goes_on=True), PLAIN),
    "joins": (item(joins=True), PLAIN),
    "end": (item(is_end=True), PLAIN),
}


def test_each_state_looks_different(qapp):
    """In grey, too: no two of them look the same."""
    seen = {}
    for name, (shown, marks) in SPECIAL.items():
        pixels = painted(shown, marks)
        green = (pixels >> 8) & 255
        other = seen.setdefault(green.tobytes(), name)
        assert other == name, f"{name} looks as {other} does"


def test_pieces_are_straight_where_they_join(qapp):
    """The corner of a chip is round; that of a piece towards its next one is filled."""
    plain, piece = painted(item()), painted(item(goes_on=True))
    right = plain.shape[1] - 6 - 1
    assert plain[7, right] == plain[0, 0]
    assert piece[7, right] == piece[20, right] != plain[0, 0]


def test_menu_lies_inside(qapp):
    """The arrow that opens the menu covers neither word nor number."""
    rect = QRect(0, 0, 90, 26)
    place = Chips().menu_place(rect)
    assert rect.contains(place)
    assert place.width() < 20


@given(st.floats(0, 1))
def test_number_never_claims_certainty(probability):
    """Only 0 is written as zero, and only 1 as one."""
    text = short_number(Part("word", (1,), probability))
    assert (text == "0.00") == (probability == 0)
    assert (text == "1.00") == (probability == 1)
    assert len(text) <= 5

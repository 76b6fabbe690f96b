"""Text on images, in any script for which this machine has letters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Literal

from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont

_WIDER = (  # what systems bring: Pillow's own letters are Latin
    *("DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "NotoSans-Regular.ttf", "wqy-microhei.ttc"),
    *("Arial Unicode.ttf", "PingFang.ttc"),  # macOS
    *("segoeui.ttf", "msjh.ttc", "malgun.ttf", "Nirmala.ttf", "LeelawUI.ttf"),  # Windows
)
_TRIED_AT = 16  # pixels: where a font is asked whether it has a letter
_NO_LETTER = "\uffff"  # means none, in every font
_LONE = ImageFont.Layout.BASIC  # draws a letter as it is, with no circle to carry an accent
_CUT = "…"
_SHARES = {"left": 0.0, "middle": 0.5, "right": 1.0}  # of a text that lies left of where it stands


def length(text: str, size: int) -> float:
    """How wide a text is, in pixels, in letters `size` pixels high."""
    return sum(font.getlength(run) for run, font in _runs(text, size))


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    ink: tuple[int, int, int],
    align: Literal["left", "middle", "right"] = "left",
) -> None:
    """Write a text in one line, its left end, middle or right end at x, its letters on y."""
    x = at[0] - _SHARES[align] * length(text, size)
    for run, font in _runs(text, size):
        draw.text((x, at[1]), run, ink, font, anchor="ls")
        x += font.getlength(run)


def fitted(text: str, size: int, width: float, smallest: float) -> tuple[str, int]:
    """A text and the height of its letters, so that it is no wider than `width` pixels.

    Letters shrink from `size`, at the most to a share `smallest` of it; then the text is cut.
    """
    full = length(text, size)
    if full > width:
        size = max(1, int(size * max(smallest, width / full)))
    if length(text, size) <= width:
        return text, size
    while text and length(text + _CUT, size) > width:
        text = text[:-1]
    return text + _CUT, size


def wrapped(text: str, size: int, width: float) -> list[str]:
    """A text in lines no wider than `width` pixels, broken between words where there are any."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer, size) <= width:
            lines[-1] = longer
        else:
            lines += _broken(word, size, width)
    return lines


def _broken(word: str, size: int, width: float) -> list[str]:
    """A word in pieces no wider than `width`, a letter at least."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and length(pieces[-1] + letter, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _runs(text: str, size: int) -> Iterator[tuple[str, Font]]:
    """A text in pieces that one font can write."""
    for font, letters in groupby(text, _font_of):
        yield "".join(letters), _sized(font, max(1, size))


@cache
def _font_of(letter: str) -> Font:
    """The first font that has a letter; Pillow's own, which draws a box, where none has."""
    if _has(_own(), letter):
        return _own()
    return next((font for font in _installed() if _has(font, letter)), _own())


@cache
def _own() -> Font:
    font = ImageFont.load_default(_TRIED_AT)
    assert isinstance(font, Font)  # Pillow as pip brings it has FreeType
    return font.font_variant(layout_engine=_LONE)


@cache
def _installed() -> tuple[Font, ...]:
    """Asked for only where it must be: it means to search folders."""
    return tuple(font for name in _WIDER if (font := _opened(name)) is not None)


def _opened(name: str) -> Font | None:
    try:
        return ImageFont.truetype(name, _TRIED_AT, layout_engine=_LONE)
    except OSError:
        return None


def _has(font: Font, letter: str) -> bool:
    """Whether a font draws something else for a letter than where it has none."""
    return bytes(font.getmask(letter)) != bytes(font.getmask(_NO_LETTER))


@cache
def _sized(font: Font, size: int) -> Font:
    return font.font_variant(size=size, layout_engine=ImageFont.Layout.RAQM)

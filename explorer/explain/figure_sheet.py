"""White paper with a grid of pictures, words beneath each, and a few lines beneath them all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageDraw

from ..images import colormaps
from ..images.lettering import fitted, length, wrapped, write

WIDTH = 1600  # pixels

# Lengths are those of a sheet that is so wide; on another one, all are smaller or larger.
_MARGIN, _GAP = 40, 16
_NARROWEST = 150  # cell
_TALLEST = 1.5  # cell's picture, in widths of the cell
_UNDER = 66  # a picture lies its name and number
_NAME, _NUMBER, _SENTENCE, _NOTE = 24, 18, 36, 19  # heights of letters
_SMALLEST = 0.6  # share to which the letters of a long name shrink
_LINE = 1.4  # from line to line, in heights of letters
_BAR = 180, 14  # of colours: width, height

_SHAPE = 1.5  # width by height that a sheet comes near to,
_EMPTY = 1.0  # and how much worse it is without any full cell, in powers of e
_PAPER, _INK, _PALE = (255, 255, 255), (24, 24, 27), (113, 113, 122)
_EDGE = (228, 228, 231)  # a pixel wide, around pictures that may be as white as the paper

Size = tuple[int, int]  # width, height
Color = tuple[int, int, int]


class Cell(NamedTuple):
    """A picture on the sheet, and what is written beneath it."""

    picture: Image.Image
    name: str
    number: str = ""
    is_word: bool = True  # else its name is written in pale ink


class Scale(NamedTuple):
    """A bar of colours, and what its ends mean."""

    colormap: str
    low: str
    high: str


@dataclass(frozen=True)
class Plan:
    """Where everything lies."""

    width: int  # pixels of the sheet
    columns: int
    rows: int
    picture: Size  # pixels of each

    def pixels(self, length: float) -> int:
        """A length at the top of this file in pixels of this sheet."""
        return max(1, round(length * self.width / WIDTH))

    @property
    def inner(self) -> int:
        """Width without margins."""
        return self.width - 2 * self.pixels(_MARGIN)

    @property
    def cell(self) -> float:
        """Width of a cell, which may be more than its picture's."""
        return _cell(self.inner, self.columns, self.pixels(_GAP))

    @property
    def pitch(self) -> int:
        """From the top of one row to that of the next."""
        return self.picture[1] + self.pixels(_UNDER) + self.pixels(_GAP)

    @property
    def foot(self) -> int:
        """Where the lines beneath all pictures begin."""
        return self.pixels(_MARGIN) + self.rows * self.pitch

    def corner(self, index: int) -> tuple[int, int]:
        """Left, top of a cell's picture."""
        row, column = divmod(index, self.columns)
        left = self.pixels(_MARGIN) + column * (self.cell + self.pixels(_GAP))
        inset = (self.cell - self.picture[0]) / 2
        return round(left + inset), self.pixels(_MARGIN) + row * self.pitch


def _cell(inner: float, columns: int, gap: float) -> float:
    return (inner - (columns - 1) * gap) / columns


def plan_sheet(width: int, picture_size: Size, count: int) -> Plan:
    """Places for so many pictures of one shape: a sheet that is neither too wide nor too high."""
    inner = WIDTH - 2 * _MARGIN
    most = (inner + _GAP) // (_NARROWEST + _GAP)
    plans = [_plan(width, picture_size, count, columns) for columns in range(1, most + 1)]
    return min(plans, key=lambda plan: _fault(plan, count))


def _plan(width: int, picture_size: Size, count: int, columns: int) -> Plan:
    unit = width / WIDTH
    cell = _cell(WIDTH - 2 * _MARGIN, columns, _GAP) * unit
    scale = min(cell / picture_size[0], cell * _TALLEST / picture_size[1])
    across, down = (max(1, int(side * scale)) for side in picture_size)
    return Plan(width, columns, math.ceil(count / columns), (across, down))


def _fault(plan: Plan, count: int) -> float:
    shape = plan.width / (plan.foot + plan.pixels(2 * _SENTENCE + _MARGIN))
    return abs(math.log(shape / _SHAPE)) + _EMPTY * (1 - count / (plan.rows * plan.columns))


def draw_sheet(
    plan: Plan, cells: Sequence[Cell], sentence: str, note: str, scale: Scale | None
) -> Image.Image:
    """The sheet, as high as it must be: RGB. The scale stands beside the note."""
    beside = 0 if scale is None else _scale_width(plan, scale) + plan.pixels(_MARGIN)
    sentences = wrapped(sentence, plan.pixels(_SENTENCE), plan.inner)
    notes = wrapped(note, plan.pixels(_NOTE), plan.inner - beside)
    foot = plan.foot + plan.pixels(len(sentences) * _SENTENCE * _LINE + _GAP / 4)
    height = foot + plan.pixels(len(notes) * _NOTE * _LINE + _MARGIN)
    sheet = Image.new("RGB", (plan.width, height), _PAPER)
    for index, cell in enumerate(cells):
        _draw_cell(sheet, plan, plan.corner(index), cell)
    _draw_lines(sheet, plan, sentences, plan.foot, _SENTENCE, _INK)
    _draw_lines(sheet, plan, notes, foot, _NOTE, _PALE)
    if scale is not None:
        _draw_scale(sheet, plan, foot, scale)
    return sheet


def _draw_cell(sheet: Image.Image, plan: Plan, corner: tuple[int, int], cell: Cell) -> None:
    draw = ImageDraw.Draw(sheet)
    right, bottom = corner[0] + plan.picture[0], corner[1] + plan.picture[1]
    draw.rectangle((corner[0] - 1, corner[1] - 1, right, bottom), _EDGE)
    sheet.paste(cell.picture, corner)
    middle = corner[0] + plan.picture[0] / 2
    name, size = fitted(cell.name, plan.pixels(_NAME), plan.cell, _SMALLEST)
    ink = _INK if cell.is_word else _PALE
    first = plan.pixels(_NAME * 1.2)  # from the picture down to where the name's letters stand
    write(draw, (middle, bottom + first), name, size, ink, "middle")
    second, size = first + plan.pixels(_NUMBER * _LINE), plan.pixels(_NUMBER)
    write(draw, (middle, bottom + second), cell.number, size, _PALE, "middle")


def _draw_lines(
    sheet: Image.Image, plan: Plan, lines: Sequence[str], top: int, height: int, ink: Color
) -> None:
    draw = ImageDraw.Draw(sheet)
    for index, line in enumerate(lines):
        at = plan.pixels(_MARGIN), top + plan.pixels(height * (1 + index * _LINE))
        write(draw, at, line, plan.pixels(height), ink)


def _scale_width(plan: Plan, scale: Scale) -> int:
    low, high = (length(text, plan.pixels(_NOTE)) for text in (scale.low, scale.high))
    return math.ceil(low + high) + plan.pixels(_BAR[0]) + 2 * plan.pixels(_GAP / 2)


def _draw_scale(sheet: Image.Image, plan: Plan, top: int, scale: Scale) -> None:
    draw, size, gap = ImageDraw.Draw(sheet), plan.pixels(_NOTE), plan.pixels(_GAP / 2)
    right, stands = plan.width - plan.pixels(_MARGIN), top + size
    left = right - _scale_width(plan, scale)
    write(draw, (left, stands), scale.low, size, _PALE)
    write(draw, (right, stands), scale.high, size, _PALE, "right")
    bar = Image.fromarray(colormaps.table(scale.colormap)[None])
    width, height = map(plan.pixels, _BAR)
    beside = left + math.ceil(length(scale.low, size)) + gap
    sheet.paste(bar.resize((width, height)), (beside, stands - height))

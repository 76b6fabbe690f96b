"""A caption as a figure: each word under where the captioner looked for it (Xu et al. 2015)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from ..images.overlay import overlaid
from ..records import Caption, Heatmap, Picture, WordQuery
from .figure_sheet import WIDTH, Cell, Scale, draw_sheet, plan_sheet
from .numbers import format_probability, significant
from .words import Part, describe_query, heatmap, parts_of

_START, _END = "<start>", "<end>"  # as such figures call a caption's ends


@dataclass(frozen=True)
class FigureLook:
    """How a figure is painted."""

    colormap: str = "inferno"
    opacity: float = 0.65  # 0..1
    smooth: bool = True  # interpolate between cells, or show each as it is
    shared_scale: bool = False  # one scale for all words, so that they can be compared
    width: int = WIDTH  # pixels; the height follows


def word_figure(
    picture: Picture,
    caption: Caption,
    query: WordQuery | None = None,
    look: FigureLook | None = None,
) -> Image.Image:
    """The picture, then each part of its caption under its own map on it, on white: RGB.

    `query` says which parts there are, and which of their maps are shown; its places do not
    matter. None is the usual. Raises ExplorerError where there is no such layer, head or colour
    map.
    """
    query, look = query or WordQuery(), look or FigureLook()
    parts = parts_of(caption, query)
    maps = [heatmap(caption, query, (part,), look.shared_scale) for part in parts]
    plan = plan_sheet(look.width, picture.size, 1 + len(parts))
    small = _resized(picture, plan.picture)
    cells = [_bare(small, parts)]
    for part, shown in zip(parts, maps, strict=True):
        painted = overlaid(small, shown, caption.frame, look.colormap, look.opacity, look.smooth)
        cells.append(_cell(painted, part))
    note = " · ".join(_notes(caption, query))
    return draw_sheet(plan, cells, caption.text, note, _scale(maps, look))


def _resized(picture: Picture, size: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(picture.pixels)
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _bare(small: Image.Image, parts: tuple[Part, ...]) -> Cell:
    """The picture without a map: where a caption begins, unless its begin has a map, too."""
    has_begin = bool(parts) and parts[0].probability is None
    return Cell(small, "" if has_begin else _START, is_word=False)


def _cell(painted: Image.Image, part: Part) -> Cell:
    number = "" if part.probability is None else format_probability(part.probability)
    if not part.is_end:
        return Cell(painted, part.text, number)
    return Cell(painted, _START if part.probability is None else _END, number, is_word=False)


def _notes(caption: Caption, query: WordQuery) -> Iterator[str]:
    """What one must know to read the figure."""
    yield f"Where the captioner looked for each word: {describe_query(caption, query)}"
    given = sum(word.places[-1] <= caption.given for word in caption.words)
    if given:
        yield "the first word was given" if given == 1 else f"the first {given} words were given"
    if not caption.ended:
        yield "stopped at its greatest length"


def _scale(maps: list[Heatmap], look: FigureLook) -> Scale | None:
    if not maps:
        return None
    high = significant(maps[0].high) if look.shared_scale else "each map's maximum"
    return Scale(look.colormap, "0", high)

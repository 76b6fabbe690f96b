"""A caption's figure: every map where the captioner looked, over the word that it belongs to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.explain.figure_sheet import Plan, plan_sheet
from explorer.explain.word_figure import FigureLook, word_figure
from explorer.records import Caption, Frame, Picture, Word, WordQuery

SIZE = 120, 80  # width, height
SQUASH = Frame("squash", SIZE, (40, 60), (0, 0, 120, 80), 4, 6)
FRAMES = {
    "squash": SQUASH,
    "crop": Frame("crop", SIZE, (64, 64), (20, 0, 100, 80), 4, 4),
    "pad": Frame("pad", SIZE, (64, 64), (0, -20, 120, 100), 4, 4),
    "begins outside": replace(SQUASH, box=(-10, -10, 110, 70), sees_all=True),
    "ends before": replace(SQUASH, box=(-7.5, -7.5, 112.5, 72.5), rows=5, columns=8, sees_all=True),
}
EXACT = FigureLook(colormap="grey", opacity=1.0, smooth=False)


def make_picture(size: tuple[int, int] = SIZE, value: int = 0) -> Picture:
    return Picture(None, np.full((*size[::-1], 3), value, np.uint8), size)


def make_caption(maps: np.ndarray, texts: list[str], frame: Frame = SQUASH) -> Caption:
    """Words of one piece each; maps (begin and words and end, rows, columns)."""
    count = len(texts)
    words = [Word(text, 1 + at, (text,), (0.5,)) for at, text in enumerate(texts)]
    return Caption(
        frame=frame,
        text=" ".join(texts),
        words=tuple(words),
        tokens=tuple(range(count + 2)),
        ended=True,
        given=0,
        maps=maps.astype(np.float32)[:, None, None],
        scores=np.zeros((count + 1, count + 2), np.float32),
        vocabulary=tuple("x" * (count + 2)),
    )


def peaks(places: list[tuple[int, int]], frame: Frame) -> np.ndarray:
    """Maps that are 1 in one cell each."""
    maps = np.zeros((len(places), frame.rows, frame.columns))
    for values, place in zip(maps, places, strict=True):
        values[place] = 1
    return maps


def cell_of(figure: Image.Image, plan: Plan, index: int) -> np.ndarray:
    """The picture in a cell: uint8 (height, width, 3)."""
    left, top = plan.corner(index)
    return np.asarray(figure)[top : top + plan.picture[1], left : left + plan.picture[0]]


def brightest(cell: np.ndarray, size: tuple[int, int] = SIZE) -> tuple[float, float]:
    """Where a cell is brightest, the middle of it, in picture pixels: x, y."""
    light = cell.sum(axis=-1, dtype=int)
    y, x = np.nonzero(light == light.max())
    return (x.mean() + 0.5) * size[0] / cell.shape[1], (y.mean() + 0.5) * size[1] / cell.shape[0]


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("name", FRAMES)
def test_maps_lie_where_the_captioner_looked(name: str, smooth: bool):
    """Each cell's map is brightest in the middle of what is seen of the cell.

    To within half a cell where it is smooth, else to the pixel.
    """
    frame = FRAMES[name]
    places = [(row, column) for row in range(frame.rows) for column in range(frame.columns)]
    caption = make_caption(peaks([*places, (0, 0)], frame), ["x"] * len(places), frame)
    figure = word_figure(make_picture(), caption, look=replace(EXACT, smooth=smooth))
    plan = plan_sheet(EXACT.width, SIZE, 1 + len(places))
    pixel = SIZE[0] / plan.picture[0], SIZE[1] / plan.picture[1]
    left, top, right, bottom = frame.box
    half = (right - left) / frame.columns / 2, (bottom - top) / frame.rows / 2
    rows, columns = (
        edges.clip(0, side) for edges, side in zip(frame.edges(), SIZE[::-1], strict=True)
    )
    for number, (row, column) in enumerate(places):
        x, y = brightest(cell_of(figure, plan, 1 + number))
        near = half if smooth else pixel
        assert abs(x - columns[column : column + 2].mean()) <= near[0]
        assert abs(y - rows[row : row + 2].mean()) <= near[1]


def test_nothing_is_painted_where_nothing_was_seen():
    """Beside a crop the picture is as it is; within it, even the lowest value has its colour."""
    caption = make_caption(np.zeros((2, 4, 4)), ["a"], FRAMES["crop"])
    figure = word_figure(make_picture(value=200), caption, look=EXACT)
    plan = plan_sheet(EXACT.width, SIZE, 2)
    shown = cell_of(figure, plan, 1)[:, :, 0]
    edges = [round(x * plan.picture[0] / SIZE[0]) for x in (20, 100)]
    assert (shown[:, : edges[0]] == 200).all()
    assert (shown[:, edges[0] : edges[1]] == 0).all()
    assert (shown[:, edges[1] :] == 200).all()


def under(figure: Image.Image, plan: Plan, index: int) -> int:
    """How many pixels wide what is written under a cell's picture is."""
    left, top = plan.corner(index)
    below = top + plan.picture[1] + 2
    box = (left, below, left + plan.picture[0], below + plan.pixels(30))
    dark = np.asarray(figure.crop(box).convert("L")) < 128
    return int(dark.any(axis=0).sum())


@pytest.mark.parametrize(("row", "shift"), [("chose", 0), ("stands", 1)])
def test_every_word_under_its_own_map(row: str, shift: int):
    """Longer and longer words, whose maps peak further and further right: none is off by one."""
    caption = make_caption(
        peaks([(0, at) for at in range(6)], SQUASH), ["m" * n for n in range(1, 5)]
    )
    query = WordQuery(row=row)
    figure = word_figure(make_picture(), caption, query, EXACT)
    plan = plan_sheet(EXACT.width, SIZE, 5)
    widths = [under(figure, plan, 1 + at) for at in range(4)]
    shares = [width / widths[0] for width in widths]
    assert shares == pytest.approx([1, 2, 3, 4], abs=0.5)
    for at in range(4):
        x, _ = brightest(cell_of(figure, plan, 1 + at))
        assert x // 20 == at + shift


def test_the_bare_picture_comes_first():
    """Its pixels are untouched, and the caption's begin is written under it."""
    caption = make_caption(peaks([(0, 0)] * 3, SQUASH), ["a"])
    figure = word_figure(make_picture(value=90), caption)
    plan = plan_sheet(1600, SIZE, 2)
    assert (cell_of(figure, plan, 0) == 90).all()
    assert under(figure, plan, 0) > 0


def test_ends_on_request():
    """The end has a cell; the begin, too, where the row that stands on it is shown."""
    caption = make_caption(peaks([(0, 0), (0, 1), (0, 2)], SQUASH), ["a"])
    for row, looked in (("chose", [0, 1]), ("stands", [0, 1, 2])):
        query = WordQuery(with_ends=True, row=row)
        figure = word_figure(make_picture(), caption, query, EXACT)
        plan = plan_sheet(EXACT.width, SIZE, 1 + len(looked))
        found = [brightest(cell_of(figure, plan, 1 + at))[0] for at in range(len(looked))]
        assert [x // 20 for x in found] == looked


def test_scales():
    """On its own scale each map reaches the brightest colour; on a shared one, only the highest."""
    maps = peaks([(0, 0)] * 3, SQUASH) * np.array([1.0, 0.5, 0.0])[:, None, None]
    caption = make_caption(maps, ["a", "b"])
    plan = plan_sheet(EXACT.width, SIZE, 3)
    for shared, high in ((False, 255), (True, 128)):
        figure = word_figure(make_picture(), caption, look=replace(EXACT, shared_scale=shared))
        assert cell_of(figure, plan, 1).max() == 255
        assert cell_of(figure, plan, 2).max() == pytest.approx(high, abs=1)


@pytest.mark.parametrize("size", [(120, 80), (3000, 30), (30, 3000), (1, 1), (1, 4096)])
@pytest.mark.parametrize("words", [0, 1, 12, 127])
def test_any_picture_and_any_caption(size: tuple[int, int], words: int):
    """The sheet is as wide as asked for, and holds every picture whole, in its shape."""
    frame = Frame("squash", size, (40, 60), (0, 0, *size), 4, 6)
    texts = ["supercalifragilisticexpialidocious" if at % 5 == 0 else "x" for at in range(words)]
    caption = make_caption(peaks([(0, 0)] * (words + 2), frame), texts, frame)
    look = FigureLook(width=800)
    figure = word_figure(make_picture(size), caption, look=look)
    plan = plan_sheet(look.width, size, 1 + words)
    assert figure.width == 800
    last_left, last_top = plan.corner(words)
    assert last_left + plan.picture[0] < 800
    assert last_top + plan.picture[1] < plan.foot < figure.height
    assert plan.cell >= 70  # of 800 pixels: words can be read
    if 1 not in plan.picture:
        assert plan.picture[0] / plan.picture[1] == pytest.approx(size[0] / size[1], rel=0.2)


def test_long_words_stay_under_their_maps():
    """A word of hundred letters reaches into no neighbour's place, nor off the sheet."""
    caption = make_caption(peaks([(0, 0)] * 14, SQUASH), ["w" * 100] * 12)
    figure = word_figure(make_picture(), replace(caption, text=""))
    plan = plan_sheet(1600, SIZE, 13)
    written = np.asarray(figure.convert("L")) < 128
    for at in range(1, 13):
        left, top = plan.corner(at)
        gap = written[top + plan.picture[1] + 2 : top + plan.pitch, left - 14 : left - 2]
        assert not gap.any()


def test_what_must_be_known_is_written():
    """A caption that never ended, or began with given words, has more written beneath."""
    caption = make_caption(peaks([(0, 0)] * 4, SQUASH), ["a", "b"])

    def ink(caption: Caption) -> int:
        figure = word_figure(make_picture(), caption)
        return int((np.asarray(figure.convert("L"))[-60:] < 200).sum())

    endless = replace(caption, tokens=caption.tokens[:-1], ended=False)
    assert ink(endless) > ink(caption)
    assert ink(replace(caption, given=1)) > ink(caption)


@pytest.mark.parametrize(
    ("query", "look", "said"),
    [
        (WordQuery(layer=6), FigureLook(), "no layer 6"),
        (WordQuery(head=9), FigureLook(), "no head 9"),
        (WordQuery(), FigureLook(colormap="jet"), "no colour map “jet”"),
    ],
)
def test_what_is_not_there(query: WordQuery, look: FigureLook, said: str):
    """Said in a sentence."""
    caption = make_caption(peaks([(0, 0)] * 3, SQUASH), ["a"])
    with pytest.raises(ExplorerError, match=said):
        word_figure(make_picture(), caption, query, look)

"""A captioner's map lies where the captioner looked, on a picture that another model owns."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from explorer.images.colormaps import table
from explorer.records import Frame, Heatmap, Patch, Picture
from explorer.window.picture import backdrop
from explorer.window.picture.canvas import Canvas
from explorer.window.picture.surface import MARGIN
from explorer.window.state import Overlay

SIZE = (240, 160)  # of the picture
GREY = (90, 90, 90)  # of the picture
FULL = Overlay(opacity=1.0)
PATCHES = Overlay(opacity=1.0, smooth=False)
BOTH = pytest.mark.parametrize("overlay", [FULL, PATCHES], ids=["smooth", "patches"])
HIGH, LOW = table("inferno")[-1].astype(int), table("inferno")[0].astype(int)
TOLERANCE = 30  # of 255: a smooth peak may lie between two pixels

# 240 × 160 squashed to 90 × 60 for convolutions of stride 16: 6 × 4 cells from pixel -7.5 to 88.5
# and to 56.5, a pixel of theirs being 2 ⅔ of the picture's.
CAPTION = Frame("squash", SIZE, (60, 90), (-20.0, -20.0, 236.0, 150.6666), 4, 6, sees_all=True)
SQUASH = Frame("squash", SIZE, (96, 144), (0.0, 0.0, 240.0, 160.0), 6, 9)
CROP = Frame("crop", SIZE, (96, 96), (40.0, 10.0, 200.0, 150.0), 6, 6)
PAD = Frame("pad", SIZE, (96, 96), (0.0, -40.0, 240.0, 200.0), 6, 6)


@pytest.fixture
def plain() -> Picture:
    return Picture(None, np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8), SIZE)


@pytest.fixture
def canvas(qtbot, plain: Picture) -> Canvas:
    """A canvas of 600 × 400 on screen, where the picture fits at a scale of 2.2."""
    shown = Canvas()
    qtbot.addWidget(shown)
    shown.resize(576, 400)
    shown.show_picture(plain, SQUASH)
    with qtbot.waitExposed(shown):
        shown.show()
    return shown


@pytest.fixture
def backdrops(monkeypatch: pytest.MonkeyPatch) -> list[Frame | None]:
    """The frames of all backdrops that are made."""
    made: list[Frame | None] = []
    render = backdrop.render

    def counted(pyramid, size, frame, *others):
        made.append(frame)
        return render(pyramid, size, frame, *others)

    monkeypatch.setattr(backdrop, "render", counted)
    return made


def hot(cell: Patch, frame: Frame = CAPTION) -> Heatmap:
    """A map whose one cell is high."""
    values = np.zeros((frame.rows, frame.columns), np.float32)
    values[cell] = 1.0
    return Heatmap(values, 0.0, 1.0, "attention", "")


def pixels(canvas: Canvas) -> np.ndarray:
    """What is on the screen: int (height, width, 3)."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def in_view(canvas: Canvas, x: float, y: float) -> tuple[int, int]:
    """The screen's pixel at a place in the picture: column, row."""
    across, down = canvas.viewport.to_view(x, y)
    return int(across), int(down)


def place_of(canvas: Canvas, x: float, y: float) -> QPoint:
    return QPoint(*in_view(canvas, x, y))


def scene(canvas: Canvas) -> QRect:
    left, top, right, bottom = canvas.viewport.rect_to_view((0, 0, *SIZE))
    return QRect(left, top, right - left, bottom - top)


def distance(shown: np.ndarray, color: np.ndarray) -> np.ndarray:
    return np.abs(shown - color).max(axis=-1)


@BOTH
@pytest.mark.parametrize("cell", [(0, 0), (0, 5), (3, 0), (3, 5), (2, 3)])
def test_cells_are_painted_where_the_network_looked(canvas: Canvas, overlay: Overlay, cell: Patch):
    """The highest colour has its middle over the cell's, as far as that is on the picture."""
    canvas.show_heatmap(hot(cell), overlay, frame=CAPTION)
    shown = pixels(canvas)
    row, column = cell
    # the network's pixel 16 i + 0.5, in pixels of the picture
    x, y = (16 * column + 0.5) * 240 / 90, (16 * row + 0.5) * 160 / 60
    across, down = in_view(canvas, x, y)
    assert distance(shown, HIGH)[down, across] <= TOLERANCE
    for other_x, other_y in ((x - 42.7, y), (x + 42.7, y), (x, y - 42.7), (x, y + 42.7)):
        if 0 <= other_x < 240 and 0 <= other_y < 160:
            across, down = in_view(canvas, other_x, other_y)
            assert distance(shown, LOW)[down, across] <= TOLERANCE


@BOTH
def test_the_last_cells_reach_the_edge(canvas: Canvas, overlay: Overlay):
    """Where the last cell ends before the picture, it goes on: nothing of it was unseen."""
    canvas.show_heatmap(hot((3, 5)), overlay, frame=CAPTION)
    shown, edges = pixels(canvas), scene(canvas)
    right, bottom = edges.right(), edges.bottom()
    assert distance(shown, HIGH)[bottom - 20 : bottom - 5, right].max() <= TOLERANCE
    assert distance(shown, HIGH)[bottom, right - 20 : right - 5].max() <= TOLERANCE
    canvas.show_heatmap(hot((0, 0)), overlay, frame=CAPTION)
    shown = pixels(canvas)
    assert distance(shown, LOW)[bottom, edges.left() + 10 : right - 5].max() <= TOLERANCE


@BOTH
@pytest.mark.parametrize("zoomed", [False, True])
def test_nothing_is_painted_beside_the_picture(canvas: Canvas, overlay: Overlay, zoomed: bool):
    """Cells that begin outside the picture are cut off at its edge, zoomed or not."""
    ground = canvas.palette().window().color().getRgb()[:3]
    if zoomed:
        canvas.zoom_by(3)
        canvas.pan_by(-9, -9)
    canvas.show_heatmap(hot((0, 0)), overlay, frame=CAPTION)
    shown, edges = pixels(canvas), scene(canvas)
    beside = np.ones(shown.shape[:2], bool)
    top, left = max(0, edges.top()), max(0, edges.left())
    beside[top : edges.bottom() + 1, left : edges.right() + 1] = False
    assert (shown[beside] == ground).all()
    assert zoomed or beside[:MARGIN].all()
    assert distance(shown, HIGH)[top + 8, left + 8] <= TOLERANCE


def test_no_part_of_the_picture_is_called_unseen(canvas: Canvas):
    """A see-through map shows the picture alike up to its edges: no fading and no hatch."""
    canvas.show_heatmap(
        Heatmap(np.ones((4, 6), np.float32), 0.0, 1.0, "attention", ""),
        Overlay(opacity=0.5),
        frame=CAPTION,
    )
    shown, edges = pixels(canvas), scene(canvas).adjusted(5, 5, -5, -5)
    inside = shown[edges.top() : edges.bottom() + 1, edges.left() : edges.right() + 1]
    assert (inside == inside[0, 0]).all()
    assert (shown[edges.center().y(), scene(canvas).right()] == inside[0, 0]).all()


@pytest.mark.parametrize("own", [SQUASH, CROP, PAD], ids=["squash", "crop", "pad"])
def test_the_picture_stays_in_place(canvas: Canvas, plain: Picture, own: Frame):
    """However the picture's own model saw it, a captioner's map moves nothing on the screen."""
    canvas.show_picture(plain, own)
    canvas.show_heatmap(hot((0, 0), own), FULL)
    before = canvas.viewport
    canvas.show_heatmap(hot((2, 3)), FULL, frame=CAPTION)
    assert canvas.viewport == before
    across, down = in_view(canvas, (3 * 16 + 0.5) * 240 / 90, (2 * 16 + 0.5) * 160 / 60)
    assert distance(pixels(canvas), HIGH)[down, across] <= TOLERANCE
    canvas.show_heatmap(hot((0, 0), own), FULL)
    assert canvas.viewport == before


def test_words_come_and_go_on_one_backdrop(canvas: Canvas, backdrops: list[Frame | None]):
    """Where both see all of the picture, changing from one's map to the other's renders nothing."""
    canvas.show_heatmap(hot((0, 0), SQUASH), Overlay())
    pixels(canvas)
    backdrops.clear()
    for cell in ((0, 0), (3, 5), (2, 2)):
        canvas.show_heatmap(hot(cell), Overlay(), frame=CAPTION)
        pixels(canvas)
        canvas.show_heatmap(hot(cell, SQUASH), Overlay())
        pixels(canvas)
    assert backdrops == []


@pytest.mark.parametrize("own", [CROP, PAD], ids=["crop", "pad"])
def test_two_backdrops_are_kept(
    canvas: Canvas, plain: Picture, backdrops: list[Frame | None], own: Frame
):
    """Where they differ each is rendered once, until the picture moves, and shows what is new."""
    canvas.show_picture(plain, own)
    canvas.zoom_by(1)
    for _ in range(3):
        canvas.show_heatmap(hot((0, 0), own), Overlay())
        pixels(canvas)
        canvas.show_heatmap(hot((1, 1)), Overlay(), frame=CAPTION)
        pixels(canvas)
    assert backdrops == [own, None]
    canvas.zoom_by(2)
    pixels(canvas)
    assert backdrops == [own, None, None]


def test_what_was_cropped_fades_for_its_own_map_only(canvas: Canvas, plain: Picture):
    """The captioner saw what the picture's own model did not."""
    canvas.show_picture(plain, CROP)
    cropped = place_of(canvas, 20, 80)
    canvas.show_heatmap(hot((0, 0), CROP), Overlay(opacity=0.01))
    assert distance(pixels(canvas), np.array(GREY))[cropped.y(), cropped.x()] > 20
    canvas.show_heatmap(hot((0, 5)), Overlay(opacity=0.01), frame=CAPTION)
    assert distance(pixels(canvas), np.array(GREY))[cropped.y(), cropped.x()] <= 3


@pytest.mark.parametrize(
    ("place", "cell"),
    [((1, 1), (0, 0)), ((239, 159), (3, 5)), ((239, 2), (0, 5)), ((129, 85), (2, 3))],
)
def test_hovering_finds_the_captioners_cells(
    canvas: Canvas, qtbot, place: tuple[int, int], cell: Patch
):
    """Up to the picture's very edge the nearest cell is told and outlined, no patch beside it."""
    heatmap = Heatmap(np.arange(24, dtype=np.float32).reshape(4, 6), 0.0, 23.0, "attention", "")
    canvas.show_heatmap(heatmap, FULL, frame=CAPTION)
    told: list[Patch | None] = []
    canvas.patch_hovered.connect(told.append)
    canvas.patch_hovered.connect(lambda patch: canvas.show_marks(None, patch))
    QTest.mouseMove(canvas, place_of(canvas, *place))
    qtbot.waitUntil(lambda: told == [cell])
    row, column = cell
    assert canvas.describe(cell).startswith(f"row {row + 1}, column {column + 1} · ")
    assert canvas.value_of(cell) == 6 * row + column
    white = distance(pixels(canvas), np.full(3, 255)) == 0
    y, x = CAPTION.edges()
    left, top = in_view(canvas, x[column], y[row])
    right, bottom = in_view(canvas, x[column + 1], y[row + 1])
    assert white[(top + bottom) // 2, left - 3 : left].any()
    assert white[(top + bottom) // 2, right : right + 4].any()


def test_outside_the_picture_there_is_no_cell(canvas: Canvas):
    """Though the first cell's box begins there."""
    canvas.show_heatmap(hot((0, 0)), FULL, frame=CAPTION)
    assert canvas.patch_at(QPointF(place_of(canvas, -3, 20))) is None
    assert canvas.patch_at(QPointF(place_of(canvas, 20, 163))) is None


@pytest.mark.parametrize("own", [SQUASH, CROP, PAD], ids=["squash", "crop", "pad"])
def test_a_click_chooses_a_patch_of_the_pictures_own(canvas: Canvas, plain: Picture, own: Frame):
    """What is clicked on a captioner's map is the model's patch at that very place."""
    canvas.show_picture(plain, own)
    canvas.show_heatmap(hot((2, 3)), FULL, frame=CAPTION)
    chosen: list[Patch] = []
    canvas.patch_chosen.connect(lambda row, column: chosen.append((row, column)))
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place_of(canvas, 150, 60))
    assert chosen == [own.patch_at(150, 60)]
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert chosen[1] == (own.rows // 2, own.columns // 2)


def test_before_the_model_has_looked_nothing_is_chosen(canvas: Canvas, plain: Picture):
    """A word's map may be there first; its cells are no patches to ask from."""
    canvas.show_picture(plain, None)
    canvas.show_heatmap(hot((2, 3)), FULL, frame=CAPTION)
    chosen: list[Patch] = []
    canvas.patch_chosen.connect(lambda row, column: chosen.append((row, column)))
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place_of(canvas, 150, 60))
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert chosen == []
    assert distance(pixels(canvas), HIGH).min() <= TOLERANCE


def test_the_query_is_marked_on_its_own_map_only(canvas: Canvas):
    """A patch that looks is none of the captioner's cells."""
    canvas.show_marks((5, 8), None)
    canvas.show_heatmap(hot((2, 3)), FULL, frame=CAPTION)
    without = pixels(canvas)
    canvas.show_marks(None, None)
    assert (pixels(canvas) == without).all()
    canvas.show_marks((5, 8), None)
    canvas.show_heatmap(hot((2, 3), SQUASH), FULL)
    assert (pixels(canvas) != without).any()


@BOTH
@pytest.mark.parametrize("size", [(40, 900), (900, 40), (1, 1)])
def test_pictures_at_the_limit(canvas: Canvas, overlay: Overlay, size: tuple[int, int]):
    """A strip that has but one column of cells, far wider than itself, is covered by them."""
    strip = Picture(None, np.full((size[1], size[0], 3), GREY, np.uint8), size)
    pixel = max(size) / 299
    seen = max(1, int(size[0] / pixel)), max(1, int(size[1] / pixel))
    columns, rows = (-(-side // 32) for side in seen)
    box = -15.5 * pixel, -15.5 * pixel, (32 * columns - 15.5) * pixel, (32 * rows - 15.5) * pixel
    frame = Frame("squash", size, seen[::-1], box, rows, columns, sees_all=True)
    canvas.show_picture(strip, None)
    values = np.ones((rows, columns), np.float32)
    canvas.show_heatmap(Heatmap(values, 0.0, 1.0, "attention", ""), overlay, frame=frame)
    left, top, right, bottom = canvas.viewport.rect_to_view((0, 0, *size))
    inside = pixels(canvas)[top + 4 : bottom - 4, left + 4 : right - 4]
    assert inside.size
    assert (inside == HIGH).all()


def test_another_picture_forgets_where_the_last_words_lay(canvas: Canvas, make_picture: Callable):
    """Until its own words are there, nothing is placed by the last picture's."""
    canvas.show_heatmap(hot((2, 3)), FULL, frame=CAPTION)
    other = make_picture(300, 300)
    own = Frame("squash", (300, 300), (96, 96), (0.0, 0.0, 300.0, 300.0), 4, 6)
    canvas.show_picture(other, own)
    assert canvas.patch_at(QPointF(place_of(canvas, 290, 290))) == (3, 5)

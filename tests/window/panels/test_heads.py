"""The heads panel: every layer and head in its place, chosen by mouse and keys."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QToolTip

from explorer.errors import ExplorerError
from explorer.images.colormaps import table
from explorer.records import Query, RecordedAttention
from explorer.window.panels import heads
from explorer.window.panels.heads import HeadsPanel, entropy
from explorer.window.parts import map_grid
from explorer.window.parts.map_grid import MapGrid
from explorer.window.parts.numbers import significant
from explorer.window.state import Overlay

LAYERS, HEADS, ROWS, COLUMNS = 4, 3, 6, 9
SHARED = Overlay(shared_scale=True)


def looking_at(trace, layer: int, head: int, patch: tuple[int, int]):
    """The trace, but one head looks at one patch alone and all others everywhere alike."""
    tokens = trace.grid.tokens
    recorded = []
    for number in range(len(trace.layers)):
        k = np.zeros((HEADS, tokens, 2), np.float32)
        if number == layer:
            k[head, trace.grid.index(patch), 0] = 50.0
        recorded.append(RecordedAttention(np.ones((HEADS, tokens, 2), np.float32), k, 1.0))
    return replace(trace, layers=tuple(recorded), _rows={})


@pytest.fixture
def trace(make_trace):
    return make_trace(ROWS, COLUMNS, LAYERS, HEADS)


def grab(grid: MapGrid) -> QImage:
    return grid.grab().toImage()


def color_at(grid: MapGrid, place: QPointF) -> tuple[int, int, int]:
    return grab(grid).pixelColor(place.toPoint()).getRgb()[:3]


def patch_center(grid: MapGrid, cell: tuple[int, int], patch: tuple[int, int]) -> QPointF:
    rect = grid.cell_rect(*cell)
    across, down = rect.width() / COLUMNS, rect.height() / ROWS
    return rect.topLeft() + QPointF((patch[1] + 0.5) * across, (patch[0] + 0.5) * down)


def center(grid: MapGrid, row: int, column: int) -> QPoint:
    return grid.cell_rect(row, column).center().toPoint()


def has_color(image: QImage, color: QColor) -> bool:
    return any(
        image.pixelColor(x, y) == color for x in range(image.width()) for y in range(image.height())
    )


def outlined(grid: MapGrid, row: int, column: int) -> bool:
    """Whether the accent stands around a cell: left of its middle."""
    accent = grid.palette().color(QPalette.ColorRole.Highlight)
    rect = grid.cell_rect(row, column).toRect()
    return has_color(grab(grid).copy(rect.left() - 4, rect.center().y(), 5, 1), accent)


@pytest.mark.parametrize(
    ("layer", "head", "patch"), [(0, 0, (0, 0)), (2, 1, (4, 7)), (3, 2, (5, 8)), (1, 2, (2, 0))]
)
def test_hot_patch_lights_its_place(show, trace, layer, head, patch):
    """The right pixel of the right cell, and no other cell: nothing is transposed."""
    hot = looking_at(trace, layer, head, patch)
    grid = show(HeadsPanel, trace=hot, overlay=SHARED).find(MapGrid)
    bright = tuple(table("inferno")[-1])
    assert color_at(grid, patch_center(grid, (layer, head), patch)) == bright
    others = set(np.ndindex(LAYERS, HEADS)) - {(layer, head)}
    assert all(color_at(grid, patch_center(grid, cell, patch)) != bright for cell in others)
    mirrored = (ROWS - 1 - patch[0], COLUMNS - 1 - patch[1])
    assert color_at(grid, patch_center(grid, (layer, head), mirrored)) == tuple(table("inferno")[0])


def test_every_pixel_is_a_color_of_the_map(show, trace):
    """Patches are shown as they are, their colours exact, at 1×."""
    grid = show(HeadsPanel, trace=trace).find(MapGrid)
    maps = trace.maps()
    for row, column in ((0, 0), (3, 1)):
        values = maps[row, column] / maps[row, column].max()
        for patch in np.ndindex(ROWS, COLUMNS):
            color = table("inferno")[round(float(values[patch]) * 255)]
            assert color_at(grid, patch_center(grid, (row, column), patch)) == tuple(color)


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_sharp_on_fine_screens(show, trace, monkeypatch, ratio):
    """Also where a logical pixel is more than one, no colour is blended."""
    grid = show(HeadsPanel, trace=trace).find(MapGrid)
    monkeypatch.setattr(MapGrid, "devicePixelRatioF", lambda self: ratio)
    image = QImage(grid.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    grid.render(image)
    known = {tuple(color) for color in table("inferno").tolist()}
    cell = grid.cell_rect(1, 1)
    xs = range(round(cell.left() * ratio), round(cell.right() * ratio))
    ys = range(round(cell.top() * ratio), round(cell.bottom() * ratio))
    assert {image.pixelColor(x, y).getRgb()[:3] for x in xs for y in ys} <= known


def test_last_column_is_the_mean(show, trace):
    """It shows the mean of the layer's heads, on its own scale."""
    grid = show(HeadsPanel, trace=trace).find(MapGrid)
    mean = trace.attention(1, "mean")
    row, column = np.unravel_index(mean.argmax(), mean.shape)
    place = patch_center(grid, (1, HEADS), (row, column))
    assert color_at(grid, place) == tuple(table("inferno")[-1])


def test_click_chooses(show, qtbot, trace):
    """A click on a cell is a query for its layer and head, its token unchanged."""
    shown = show(HeadsPanel, trace=trace, query=Query(token=(1, 2)))
    grid = shown.find(MapGrid)
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=center(grid, 2, 1))
    assert shown.store.state.query == Query(2, 1, (1, 2))
    assert outlined(grid, 2, 1)
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=center(grid, 0, HEADS))
    assert shown.store.state.query == Query(0, "mean", (1, 2))
    assert outlined(grid, 0, HEADS)
    assert not outlined(grid, 2, 1)


def test_drag_walks_over_cells(show, qtbot, trace):
    """With the button held, the query follows the mouse; each cell is wished once."""
    shown = show(HeadsPanel, trace=trace)
    grid = shown.find(MapGrid)
    wished = []
    shown.wishes.query_chosen.connect(lambda query: wished.append((query.layer, query.head)))
    qtbot.mousePress(grid, Qt.MouseButton.LeftButton, pos=center(grid, 0, 0))
    for column in (0, 1, 1, 2):
        qtbot.mouseMove(grid, center(grid, 0, column))
        QApplication.processEvents()
    qtbot.mouseRelease(grid, Qt.MouseButton.LeftButton, pos=center(grid, 0, 2))
    assert wished[0] == (0, 0)
    assert len(wished) == len(set(wished))


def test_negative_layers_count_from_the_last(show, trace):
    """The query's layer −1 is the last row."""
    grid = show(HeadsPanel, trace=trace, query=Query(-1, 2)).find(MapGrid)
    assert outlined(grid, LAYERS - 1, 2)
    assert not outlined(grid, 0, 2)


@pytest.mark.parametrize("head", ["minimum", "maximum"])
def test_other_ways_to_put_heads_together(show, trace, head):
    """The last column shows what the overlay shows, and is outlined."""
    grid = show(HeadsPanel, trace=trace, query=Query(1, head)).find(MapGrid)
    values = trace.attention(1, head)
    peak = np.unravel_index(values.argmax(), values.shape)
    assert color_at(grid, patch_center(grid, (1, HEADS), peak)) == tuple(table("inferno")[-1])
    assert outlined(grid, 1, HEADS)
    assert f"{head} of heads" in grid.accessibleDescription()
    assert "entropy" not in grid.accessibleDescription()


def test_keys_walk(show, qtbot, trace):
    """Arrows step and stop at the edges; Home, End, Page Up and Page Down go all the way."""
    shown = show(HeadsPanel, trace=trace, query=Query(1, 1))
    grid = shown.find(MapGrid)
    walk = [
        (Qt.Key.Key_Right, (1, 2)),
        (Qt.Key.Key_Right, (1, "mean")),
        (Qt.Key.Key_Right, (1, "mean")),
        (Qt.Key.Key_Up, (0, "mean")),
        (Qt.Key.Key_Up, (0, "mean")),
        (Qt.Key.Key_Home, (0, 0)),
        (Qt.Key.Key_Left, (0, 0)),
        (Qt.Key.Key_PageDown, (LAYERS - 1, 0)),
        (Qt.Key.Key_Down, (LAYERS - 1, 0)),
        (Qt.Key.Key_End, (LAYERS - 1, "mean")),
        (Qt.Key.Key_PageUp, (0, "mean")),
    ]
    for key, expected in walk:
        qtbot.keyClick(grid, key)
        query = shown.store.state.query
        assert (query.layer, query.head) == expected


def test_reached_by_tab(show, qtbot, trace):
    """The grid takes the focus by Tab and then says so with a frame."""
    shown = show(HeadsPanel, trace=trace)
    grid = shown.find(MapGrid)
    accent = grid.palette().color(QPalette.ColorRole.Highlight)
    shown.panel.activateWindow()
    qtbot.waitUntil(shown.panel.isActiveWindow)
    grid.clearFocus()
    grid.setFocus(Qt.FocusReason.TabFocusReason)
    assert has_color(grab(grid).copy(0, grid.height() // 2, 3, 1), accent)
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=center(grid, 0, 0))
    grid.clearFocus()
    grid.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not has_color(grab(grid).copy(0, grid.height() // 2, 3, 1), accent)


def test_tooltip_tells_numbers(show, trace):
    """Layer, head, the highest weight, and how spread the row is."""
    grid = show(HeadsPanel, trace=trace).find(MapGrid)
    place = center(grid, 1, 2)
    QApplication.sendEvent(grid, QHelpEvent(QEvent.Type.ToolTip, place, grid.mapToGlobal(place)))
    peak = trace.maps()[1, 2].max()
    row = trace.attention_row(1)[2].astype(float)
    nats = -(row * np.log(row)).sum()
    assert (
        QToolTip.text()
        == f"layer 2, head 3 · peak {significant(float(peak), 2)} · entropy {nats:.1f} nats"
    )
    QToolTip.hideText()


def test_entropy():
    """0 where one token has it all, ln n where n share it alike."""
    assert entropy(np.float32([0, 1, 0])) == 0
    assert entropy(np.full(8, 1 / 8, np.float32)) == pytest.approx(np.log(8))


def test_pooling_head_is_one_row(show, qtbot, make_trace):
    """It attends once: one row, whose heads can be chosen, and the layer stays as it is."""
    trace = make_trace(ROWS, COLUMNS, LAYERS, HEADS, (), decision="pooling head")
    shown = show(HeadsPanel, trace=trace, query=Query(-1, 0))
    grid = shown.find(MapGrid)
    assert outlined(grid, 0, 0)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=center(grid, 0, 2))
    assert shown.store.state.query == Query(-1, 2)
    assert grid.accessibleDescription().startswith("pooling head, head 3")
    shown.store.update(query=Query(-1, 2, (0, 0)))
    assert outlined(grid, LAYERS - 1, 2)


def test_scale_is_one_switch(show, trace):
    """Choosing in the menu wishes the overlay's scale; the button says which is chosen."""
    shown = show(HeadsPanel, trace=trace, overlay=Overlay(opacity=0.3))
    button = shown.panel.corner().findChild(QToolButton)
    own, shared = button.menu().actions()
    assert button.text() == own.text()
    shared.trigger()
    assert shown.store.state.overlay == Overlay(opacity=0.3, shared_scale=True)
    assert button.text() == shared.text()
    shown.store.update(overlay=Overlay())
    assert button.text() == own.text()
    assert own.isChecked()


def test_title_tells_the_shape(show, trace, make_trace):
    """How many layers and heads there are stands beside the dock's title."""
    shown = show(HeadsPanel)
    caption = shown.panel.corner().findChild(QLabel)
    assert caption.text() == ""
    shown.store.update(trace=trace)
    assert caption.text() == "4 layers × 3 heads"
    shown.store.update(trace=make_trace(prefix=(), heads=5, decision="pooling head"))
    assert caption.text() == "5 heads of the pooling head"


def test_follows_the_color_map(show, trace):
    """The overlay's colours are the panel's."""
    shown = show(HeadsPanel, trace=looking_at(trace, 1, 1, (2, 2)), overlay=SHARED)
    shown.store.update(overlay=replace(SHARED, colormap="viridis"))
    grid = shown.find(MapGrid)
    place = patch_center(grid, (1, 1), (2, 2))
    assert color_at(grid, place) == tuple(table("viridis")[-1])


def test_calm_between_pictures(show, trace, make_trace, make_model, tmp_path):
    """While the next picture is traced the last maps stay in place, faded, and answer keys."""
    model = make_model(trace)
    shown = show(HeadsPanel, trace=trace, model=model, path=tmp_path / "a.png", query=Query(0, 0))
    grid = shown.find(MapGrid)
    place, before = grid.cell_rect(1, 1), grab(grid)
    shown.store.update(path=tmp_path / "b.png", trace=None)
    assert grid.isVisible()
    assert grid.cell_rect(1, 1) == place
    assert grab(grid) != before
    shown.store.update(query=Query(2, 1))
    assert outlined(grid, 2, 1) is False  # faded as well
    shown.store.update(trace=make_trace(ROWS, COLUMNS, LAYERS, HEADS, seed=1))
    assert outlined(grid, 2, 1)


def test_empty_states(show, trace, make_model, tmp_path):
    """Where there is nothing to show, one sentence says why; never maps of another model."""
    shown = show(HeadsPanel)
    grid = shown.find(MapGrid)

    def sentence() -> str:
        assert not grid.isVisible()
        (label,) = (x for x in shown.panel.findChildren(QLabel) if x.isVisible())
        return label.text()

    assert sentence() == "Choose a picture to look at."
    shown.store.update(path=tmp_path / "a.png")
    assert sentence() == "Looking at the picture…"
    shown.store.update(model_problem=ExplorerError("No weights."))
    assert sentence() == "No model is loaded."
    shown.store.update(trace=trace, model=make_model(trace), model_problem=None)
    assert grid.isVisible()
    shown.store.update(trace=None, picture_problem=ExplorerError("broken"))
    assert sentence() == "This picture cannot be shown."
    shown.store.update(trace=trace, picture_problem=None)
    shown.store.update(trace=None, model=make_model(trace))
    assert sentence() == "Looking at the picture…"


def test_query_that_the_model_lacks(show, trace):
    """A token that is not there is told; a layer or head that is not there is not outlined."""
    shown = show(HeadsPanel, trace=trace, query=Query(9, 9))
    grid = shown.find(MapGrid)
    assert grid.isVisible()
    assert grid.accessibleDescription() == ""
    shown.store.update(query=Query(token="register 1"))
    assert not grid.isVisible()
    shown.store.update(query=Query())
    assert grid.isVisible()


def test_hidden_costs_nothing_and_quick_queries_one_painting(show, qtbot, trace, monkeypatch):
    """Maps are put together when they are painted: once for many queries, never while hidden."""
    made = []
    original = map_grid.mosaic
    monkeypatch.setattr(map_grid, "mosaic", lambda *a: made.append(1) or original(*a))
    shown = show(HeadsPanel, trace=trace)
    made.clear()
    for column in range(COLUMNS):
        shown.store.update(query=Query(token=(0, column)))
    qtbot.waitUntil(lambda: len(made) > 0)
    assert len(made) == 1
    shown.panel.hide()
    for column in range(COLUMNS):
        shown.store.update(query=Query(token=(1, column)))
    QApplication.processEvents()
    assert len(made) == 1
    shown.panel.show()
    qtbot.waitUntil(lambda: len(made) == 2)


def test_hovering_repaints_nothing(show, qtbot, trace, monkeypatch):
    """What moves elsewhere in the state does not make new images."""
    shown = show(HeadsPanel, trace=trace)
    shown.find(MapGrid).repaint()
    monkeypatch.setattr(heads.MapGrid, "paintEvent", lambda *_: pytest.fail("painted"))
    shown.store.update(hovered=(1, 1))
    shown.store.update(neighbours=(Path("other.png"),))
    QApplication.processEvents()
    QApplication.processEvents()


@pytest.mark.parametrize("shape", [(24, 24, 24, 16), (7, 5, 40, 24), (1, 1, 1, 1), (32, 2, 2, 2)])
@pytest.mark.parametrize("size", [(240, 200), (640, 900), (120, 80)])
def test_any_shape_in_any_dock(show, qtbot, make_trace, shape, size):
    """From one map to forty layers, in a narrow dock or a wide one: the last cell is in view."""
    rows, columns, layers, head_count = shape
    trace = make_trace(rows, columns, layers, head_count)
    shown = show(HeadsPanel, trace=trace, size=size)
    grid = shown.find(MapGrid)
    last = grid.cell_rect(layers - 1, head_count)
    grid.repaint()
    if size != (120, 80):
        assert grid.rect().toRectF().contains(last)

"""The positions panel: what a person sees of position embeddings, by mouse and keys."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.errors import ExplorerError
from explorer.explain.positions import Source, field_of
from explorer.images.colormaps import colorize, table
from explorer.records import PositionBias, Positions, PositionTable, RotaryPositions, Weights
from explorer.window.panels.positions import PositionsPanel
from explorer.window.parts.chart import Chart
from explorer.window.parts.empty_state import EmptyState
from explorer.window.parts.words_line import WordsLine
from explorer.window.positions.mosaic_view import MosaicView
from explorer.window.positions.patch_map import PatchMap
from explorer.window.positions.source_bar import SourceBar
from explorer.window.positions.tile import Tile
from explorer.window.state import Overlay, Second

ROWS, COLUMNS = 6, 9
SIZE = (560, 360)
CLICK = Qt.MouseButton.LeftButton


def move(widget: QWidget, place: QPoint) -> None:
    """Move the mouse there: as an event, for the pointer of a real screen has its own ways."""
    none, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    where, everywhere = QPointF(place), QPointF(widget.mapToGlobal(place))
    kind = QEvent.Type.MouseMove
    QApplication.sendEvent(widget, QMouseEvent(kind, where, everywhere, none, none, no_key))


class Panel:
    """A positions panel on screen, and what is seen of it."""

    def __init__(self, shown, qtbot) -> None:
        self.shown, self.qtbot = shown, qtbot
        self.store, self.panel = shown.store, shown.panel
        self.mosaic, self.bar = shown.find(MosaicView), shown.find(SourceBar)
        self.words, self.empty = shown.find(WordsLine), shown.find(EmptyState)

    @property
    def maps(self) -> list[PatchMap]:
        return [found for found in self.panel.findChildren(PatchMap) if found.isVisible()]

    @property
    def names(self) -> list[str]:
        return [tile.name.text() for tile in self.panel.findChildren(Tile) if tile.isVisible()]

    @property
    def charts(self) -> list[Chart]:
        return [found for found in self.panel.findChildren(Chart) if found.isVisible()]

    def choose(self, box, name: str) -> None:
        """As a person does, by the name in the box."""
        place = box.findText(name)
        assert place >= 0, f"“{name}” is not offered"
        box.setCurrentIndex(place)
        box.activated.emit(place)

    def hover(self, widget, patch) -> None:
        move(widget, self._place(widget, patch))

    def click(self, widget, patch) -> None:
        self.qtbot.mouseClick(widget, CLICK, pos=self._place(widget, patch))

    def _place(self, widget, patch) -> QPoint:
        if isinstance(widget, MosaicView):
            return widget.map_rect(*patch).center().toPoint()
        return widget.patch_center(*patch).toPoint()

    def shows(self, values: np.ndarray, low: float, high: float, place: int = 0) -> bool:
        """Whether a map's pixels are those of these values, patch for patch."""
        shown = self.maps[place]
        image, colors = shown.grab().toImage(), colorize(values, low, high, "inferno")
        return all(
            _has(image, shown.patch_center(*patch).toPoint(), colors[patch])
            for patch in np.ndindex(values.shape)
            # The frame and the badge of a pin reach its neighbours.
            if not any(_touches(patch, pin) for pin in self.store.state.pins)
        )


def _touches(patch: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(abs(patch[0] - other[0]), abs(patch[1] - other[1])) <= 1


def _has(image: QImage, place: QPoint, color: np.ndarray) -> bool:
    return image.pixelColor(place).getRgb()[:3] == tuple(color.tolist())


@pytest.fixture
def opened(show, qtbot, make_positions):
    """Opens a panel and waits until its mosaic is there: `opened(positions, …)`."""

    def open_panel(positions: Positions | None = None, *, size=SIZE, **state: object) -> Panel:
        positions = positions or make_positions(ROWS, COLUMNS)
        panel = Panel(show(PositionsPanel, size=size, positions=positions, **state), qtbot)
        qtbot.waitUntil(lambda: panel.mosaic.shades is not None)
        return panel

    return open_panel


def field(positions: Positions, source: Source | None = None):
    return field_of(positions, source or Source("table"))


def rotary(rows: int = ROWS, columns: int = COLUMNS) -> Positions:
    down, right = np.mgrid[:rows, :columns]
    angles = np.stack([down, 0.3 * down, right, 0.3 * right], axis=-1).astype(np.float32)
    return Positions(
        rows,
        columns,
        rotary=RotaryPositions(np.cos(angles)[None, None], np.sin(angles)[None, None]),
    )


def biased(layers: int = 2, heads: int = 3) -> Positions:
    shape = (layers, heads, 2 * ROWS - 1, 2 * COLUMNS - 1)
    offsets = np.random.default_rng(0).standard_normal(shape, np.float32)
    return Positions(ROWS, COLUMNS, bias=PositionBias(offsets))


# Hover, pin, compare


@pytest.mark.parametrize("patch", [(0, 0), (2, 7), (5, 8)])
def test_hover_shows_that_patchs_cosines(opened, make_positions, patch):
    """At once, on the scale from −1 to 1, each patch in its place."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions)
    panel.hover(panel.maps[0], patch)
    assert panel.store.state.hovered == patch
    assert panel.shows(field(positions).map_from(patch), -1.0, 1.0)
    assert panel.words.text().startswith(f"row {patch[0] + 1}, column {patch[1] + 1} · cosine")


def test_hover_in_the_mosaic_shows_its_map_large(opened, make_positions):
    """Whose small map the mouse is on, that patch's map is shown, and outlined in both."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions)
    panel.hover(panel.mosaic, (4, 3))
    assert panel.store.state.hovered == (4, 3)
    assert panel.shows(field(positions).map_from((4, 3)), -1.0, 1.0)
    corner = panel.mosaic.map_rect(4, 3).topLeft().toPoint() - QPoint(2, 2)
    assert panel.mosaic.grab().toImage().pixelColor(corner).lightness() == 255


def test_hover_in_the_picture_shows_the_map(opened, make_positions):
    """What is hovered elsewhere is shown here."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions)
    panel.store.update(hovered=(1, 6))
    assert panel.shows(field(positions).map_from((1, 6)), -1.0, 1.0)


def test_a_map_stays_when_the_mouse_has_left(opened, make_positions):
    """The panel is never empty; its sentence says what the model has."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions)
    panel.hover(panel.maps[0], (1, 2))
    QApplication.sendEvent(panel.maps[0], QEvent(QEvent.Type.Leave))
    assert panel.store.state.hovered is None
    assert panel.shows(field(positions).map_from((1, 2)), -1.0, 1.0)
    assert panel.words.text() == ("A learned table: 6 × 9 patches and the class token, width 48.")


def test_click_pins_and_frees(opened, make_positions):
    """A pinned map stays while the mouse reads its values; the second click lets it go."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions)
    panel.click(panel.maps[0], (2, 3))
    assert panel.store.state.pins == ((2, 3),)
    panel.hover(panel.maps[0], (4, 4))
    assert panel.shows(field(positions).map_from((2, 3)), -1.0, 1.0)
    cosine = f"{field(positions).map_from((2, 3))[4, 4]:.2f}".replace("-", "−")
    assert panel.words.text() == f"row 5, column 5 · cosine {cosine}"
    panel.click(panel.maps[0], (2, 3))
    assert panel.store.state.pins == ()


def test_two_pins_compare(opened, make_positions):
    """Both maps and their difference; the number between them; a third takes the second's place."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions)
    panel.click(panel.maps[0], (1, 1))
    panel.click(panel.mosaic, (4, 7))
    assert panel.store.state.pins == ((1, 1), (4, 7))
    assert len(panel.maps) == 3
    assert panel.names == ["1 · row 2, column 2", "2 · row 5, column 8", "1 − 2"]
    first, second = (field(positions).map_from(patch) for patch in ((1, 1), (4, 7)))
    assert panel.shows(first, -1.0, 1.0, place=0)
    assert panel.shows(second, -1.0, 1.0, place=1)
    between = f"{first[4, 7]:.2f}".replace("-", "−")
    panel.store.update(hovered=None)  # the mouse may rest on a map that is another one now
    assert panel.words.text() == f"cosine of 1 and 2: {between}"
    panel.hover(panel.maps[2], (3, 3))
    assert panel.words.text().endswith(f"(2) · 1 to 2: {between}")
    panel.click(panel.mosaic, (0, 8))
    assert panel.store.state.pins == ((1, 1), (0, 8))


def test_difference_has_two_hues(opened, make_positions):
    """Where both pins are alike to a patch, it has the middle colour; the scale holds all."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions, pins=((1, 1), (4, 7)))
    difference = panel.panel.findChildren(Tile)[2]
    first, second = (field(positions).map_from(patch) for patch in ((1, 1), (4, 7)))
    values = first - second
    most = max(1.0, float(np.abs(values).max()))  # never cut off
    said, _, high = difference.scale.accessibleDescription().rpartition(" to +")
    assert said.startswith("difference from −")
    assert float(high) == pytest.approx(most, rel=0.05)  # written in two digits
    patch = tuple(int(n) for n in np.unravel_index(values.argmax(), values.shape))
    middle = difference.map.patch_center(*patch).toPoint()
    color = difference.map.grab().toImage().pixelColor(middle)
    assert color.getRgb()[:3] in {tuple(row) for row in table(Overlay().diverging)[128:].tolist()}


def test_keys_do_what_the_mouse_does(opened, make_positions, qtbot):
    """Arrows walk, Enter pins, Space frees, Esc frees all; in the map and in the mosaic."""
    panel = opened(make_positions(ROWS, COLUMNS))
    for widget in (panel.maps[0], panel.mosaic):
        panel.store.update(hovered=(2, 2), pins=())
        qtbot.keyClick(widget, Qt.Key.Key_Right)
        qtbot.keyClick(widget, Qt.Key.Key_Down)
        assert panel.store.state.hovered == (3, 3)
        qtbot.keyClick(widget, Qt.Key.Key_Return)
        assert panel.store.state.pins == ((3, 3),)
        qtbot.keyClick(widget, Qt.Key.Key_Space)
        assert panel.store.state.pins == ()
        qtbot.keyClick(widget, Qt.Key.Key_Enter)
        qtbot.keyClick(widget, Qt.Key.Key_Escape)
        assert panel.store.state.pins == ()


def test_double_click_in_the_mosaic_pins_nothing(opened, make_positions, qtbot):
    """It fits the mosaic; what was pinned before stays pinned."""
    panel = opened(make_positions(ROWS, COLUMNS), pins=((0, 0),))
    place = panel.mosaic.map_rect(3, 3).center().toPoint()
    qtbot.mouseClick(panel.mosaic, CLICK, pos=place)
    qtbot.mouseDClick(panel.mosaic, CLICK, pos=place)
    assert panel.store.state.pins == ((0, 0),)


# The mosaic


def test_mosaic_has_every_map(opened, make_positions):
    """Each small map is that of the patch in its place, in the colours of the large one."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions, size=(900, 500))
    maps = field(positions).maps()
    image, colors = panel.mosaic.grab().toImage(), colorize(maps, -1.0, 1.0, "inferno")
    for row, column in ((0, 0), (5, 8), (2, 6)):
        rect = panel.mosaic.map_rect(row, column)
        for patch in ((0, 0), (5, 8), (3, 1)):
            x = int(rect.left() + (patch[1] + 0.5) * rect.width() / COLUMNS)
            y = int(rect.top() + (patch[0] + 0.5) * rect.height() / ROWS)
            assert image.pixelColor(x, y).getRgb()[:3] == tuple(colors[row, column][patch])


def test_own_scale(opened, make_positions, qtbot):
    """Each map from its own least to its most; the scale's numbers follow."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions, hovered=(2, 2))
    before = panel.mosaic.shades
    panel.bar.own.trigger()
    qtbot.waitUntil(lambda: panel.mosaic.shades is not before)
    values = field(positions).map_from((2, 2))
    assert panel.shows(values, float(values.min()), float(values.max()))
    assert (panel.mosaic.shades.min(axis=(2, 3)) == 0).all()
    assert "from −1 to 1" not in panel.panel.findChildren(Tile)[0].scale.accessibleDescription()


def test_colors_of_the_overlay(opened, make_positions):
    """Another colour map changes the maps and the mosaic."""
    panel = opened(make_positions(ROWS, COLUMNS))
    panel.store.update(overlay=Overlay(colormap="viridis"))
    known = {tuple(color) for color in table("viridis").tolist()}
    rect = panel.mosaic.map_rect(3, 3)
    for widget, place in (
        (panel.mosaic, rect.center().toPoint()),
        (panel.maps[0], panel.maps[0].patch_center(0, 0).toPoint()),
    ):
        assert widget.grab().toImage().pixelColor(place).getRgb()[:3] in known


def test_on_the_picture(opened, make_positions, make_picture, make_trace):
    """The map lies where the model looked, and stays while the next picture is traced."""
    picture, trace = make_picture(), make_trace(ROWS, COLUMNS)
    panel = opened(make_positions(ROWS, COLUMNS), picture=picture, trace=trace)
    plain = panel.maps[0].grab().toImage()
    panel.bar.on_picture.trigger()
    over = panel.maps[0].grab().toImage()
    assert over != plain
    panel.store.update(trace=None)
    assert panel.maps[0].grab().toImage() == over
    panel.bar.on_picture.trigger()
    assert panel.maps[0].grab().toImage() == plain


def test_tab_goes_from_boxes_to_maps_to_the_mosaic(opened, make_positions):
    """In the order in which they are read."""
    panel = opened(make_positions(ROWS, COLUMNS), pins=((0, 0), (3, 3)))
    chain, widget = [], panel.bar.view
    for _ in range(200):
        chain.append(widget)
        widget = widget.nextInFocusChain()
    places = [
        chain.index(one) for one in (panel.bar.kind, panel.bar.look, *panel.maps, panel.mosaic)
    ]
    assert places == sorted(places)


# Views


def test_views_of_a_table(opened, make_positions):
    """A table can be seen in all ways; one without prefix tokens has none to compare with."""
    names = ["similarity", "prefix", "profiles", "components", "norms", "distance"]
    panel = opened(make_positions(ROWS, COLUMNS))
    assert [panel.bar.view.itemText(n) for n in range(panel.bar.view.count())] == names
    panel = opened(make_positions(ROWS, COLUMNS, prefix=()))
    assert panel.bar.view.findText("prefix") == -1


def test_prefix_tokens(opened, make_positions, qtbot):
    """A map for each token that has a vector, under its name."""
    positions = make_positions(ROWS, COLUMNS, prefix=("class", "distillation"))
    panel = opened(positions)
    panel.choose(panel.bar.view, "prefix")
    qtbot.waitUntil(lambda: len(panel.maps) == 2)
    assert panel.names == ["class token", "distillation token"]
    assert not panel.mosaic.isVisible()
    panel.hover(panel.maps[1], (1, 1))
    assert panel.words.text().startswith("row 2, column 2 · class token ")


def test_components(opened, make_positions, qtbot):
    """Three together as colours, each as a map, and curves along rows and columns."""
    panel = opened(make_positions(ROWS, COLUMNS))
    panel.choose(panel.bar.view, "components")
    qtbot.waitUntil(lambda: len(panel.maps) == 4)
    assert [chart.accessibleName() for chart in panel.charts] == [
        "Components along rows",
        "Components along columns",
    ]
    image = panel.maps[0].grab().toImage()
    seen = {
        image.pixelColor(panel.maps[0].patch_center(*patch).toPoint()).getRgb()[:3]
        for patch in np.ndindex(ROWS, COLUMNS)
    }
    assert len(seen) > ROWS * COLUMNS / 2  # hardly two patches are alike
    panel.hover(panel.maps[2], (0, 3))
    assert panel.words.text().startswith("row 1, column 4 · 1: ")


def test_norms(opened, make_positions, qtbot):
    """The length of each vector, from 0; in words those of the prefix tokens, too."""
    positions = make_positions(ROWS, COLUMNS)
    panel = opened(positions)
    panel.choose(panel.bar.view, "norms")
    lengths = np.linalg.norm(positions.table.patches, axis=-1)
    qtbot.waitUntil(lambda: panel.words.text().startswith("norms: patches"))
    assert "class token" in panel.words.text()
    assert panel.shows(lengths, 0.0, float(lengths.max()))
    panel.hover(panel.maps[0], (3, 3))
    assert panel.words.text() == f"row 4, column 4 · norm {lengths[3, 3]:.1f}"


@pytest.mark.parametrize(
    ("view", "words"), [("profiles", "offset in patches"), ("distance", "distance in patches")]
)
def test_curves_follow_the_patch_and_can_be_read(opened, make_positions, qtbot, view, words):
    """Beside the map, whose patch they follow; the mouse on them reads their numbers."""
    panel = opened(make_positions(ROWS, COLUMNS), hovered=(0, 0))
    panel.choose(panel.bar.view, view)
    qtbot.waitUntil(lambda: len(panel.charts) == 1 and bool(panel.charts[0]._series))
    chart = panel.charts[0]
    before = chart.grab().toImage()
    panel.hover(panel.maps[0], (4, 4))
    assert chart.grab().toImage() != before
    move(chart, chart.area().rect.center().toPoint())
    assert panel.words.text().startswith(words)
    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert panel.words.text().startswith("row 5, column 5")


def test_distance_tells_its_fit(opened, make_positions, qtbot):
    """Where nothing is hovered, the fitted curve is written out."""
    panel = opened(make_positions(ROWS, COLUMNS))
    panel.choose(panel.bar.view, "distance")
    qtbot.waitUntil(lambda: panel.words.text().startswith("fit: cosine ≈"))


# What models have


def test_no_positions_say_so(show, qtbot, make_positions, make_model, make_trace):
    """A sentence instead of an empty map; another model's maps come back."""
    panel = Panel(show(PositionsPanel, size=SIZE), qtbot)
    assert "Waiting for the model" in panel.empty.text()
    panel.store.update(model_problem=ExplorerError("No weights."))
    assert "Load a model" in panel.empty.text()
    panel.store.update(model_problem=None)
    model = make_model(make_trace(ROWS, COLUMNS))
    panel.store.update(model=model, positions=Positions(ROWS, COLUMNS))
    assert panel.empty.isVisible()
    assert "nothing tells it where a patch lies" in panel.empty.text()
    panel.store.update(positions=make_positions(ROWS, COLUMNS))
    qtbot.waitUntil(panel.mosaic.isVisible)
    assert not panel.empty.isVisible()
    panel.store.update(positions=Positions(ROWS, COLUMNS))
    assert panel.empty.isVisible()


def test_rotary(opened, qtbot):
    """The similarity that the rotation makes; each pair of dimensions alone, too."""
    positions = rotary()
    panel = opened(positions, hovered=(2, 2))
    assert [panel.bar.kind.itemText(n) for n in range(panel.bar.kind.count())] == ["rotary"]
    assert not panel.bar.layer.isVisible()
    assert panel.shows(field(positions, Source("rotary")).map_from((2, 2)), -1.0, 1.0)
    panel.choose(panel.bar.pair, "pair 2")
    expected = field(positions, Source("rotary", pair=1)).map_from((2, 2))
    qtbot.waitUntil(lambda: panel.shows(expected, -1.0, 1.0))
    panel.store.update(hovered=None)
    assert panel.words.text().startswith("Rotary: ")


def test_bias(opened, qtbot):
    """Two hues around 0; each layer and head alone; only views of a field."""
    panel = opened(biased(), hovered=(2, 2))
    assert panel.bar.view.count() == 3
    assert panel.words.text().startswith("row 3, column 3 · bias ")
    before = panel.mosaic.grab().toImage()
    panel.choose(panel.bar.layer, "layer 2")
    panel.choose(panel.bar.head, "head 3")
    qtbot.waitUntil(lambda: panel.mosaic.grab().toImage() != before)
    known = {tuple(color) for color in table(Overlay().diverging).tolist()}
    image = panel.maps[0].grab().toImage()
    for patch in ((0, 0), (5, 8)):
        place = panel.maps[0].patch_center(*patch).toPoint()
        assert image.pixelColor(place).getRgb()[:3] in known


def test_sines_are_only_to_compare_with(opened, make_positions, qtbot):
    """They are shown as what no model learned."""
    panel = opened(make_positions(ROWS, COLUMNS))
    panel.choose(panel.bar.kind, "sines")
    qtbot.waitUntil(lambda: "no model learned" in panel.words.text())


def test_stored_table_on_its_own_grid(opened, make_positions, qtbot):
    """What is hovered there is hovered at the same place of the model's grid, and pinned so."""
    positions = make_positions(ROWS, COLUMNS, stored=(12, 18))
    panel = opened(positions)
    assert "stored for 12 × 18" in panel.words.text()
    panel.choose(panel.bar.kind, "stored")
    qtbot.waitUntil(lambda: panel.mosaic.shades.shape[:2] == (12, 18))
    panel.hover(panel.maps[0], (11, 17))
    assert panel.store.state.hovered == (5, 8)
    assert panel.words.text().startswith("row 12, column 18")
    panel.hover(panel.maps[0], (10, 17))
    assert panel.store.state.hovered == (5, 8)
    assert panel.words.text().startswith("row 11, column 18")
    panel.click(panel.maps[0], (10, 17))
    assert panel.store.state.pins == ((5, 8),)
    panel.click(panel.maps[0], (10, 17))
    assert panel.store.state.pins == ()


# Before and after


def second_of(positions: Positions | None) -> Second:
    return Second(Weights("vit_fine_tuned"), positions=positions)


def test_second_model(opened, make_positions):
    """The same patch in both, and what is left; nothing is left of a model less itself."""
    positions, other = make_positions(ROWS, COLUMNS), make_positions(ROWS, COLUMNS, seed=3)
    panel = opened(positions, second=second_of(other), hovered=(2, 2))
    assert panel.names == ["1 · vit_base_patch16_384", "2 · vit_fine_tuned", "1 − 2"]
    assert panel.shows(field(positions).map_from((2, 2)), -1.0, 1.0, place=0)
    assert panel.shows(field(other).map_from((2, 2)), -1.0, 1.0, place=1)
    assert "difference" in panel.words.text()
    panel.store.update(second=second_of(positions))
    panel.qtbot.waitUntil(lambda: panel.words.text().endswith("difference 0 to 0"))
    panel.store.update(second=None)
    panel.qtbot.waitUntil(lambda: len(panel.maps) == 1)


def test_second_model_on_another_grid(opened, make_positions):
    """It is resampled, and says so."""
    positions = make_positions(ROWS, COLUMNS)
    second = second_of(make_positions(4, 4, seed=3))
    panel = opened(positions, second=second, hovered=(2, 2))
    assert panel.names[1].endswith("resampled")
    assert "4 × 4 map was resampled to 6 × 9" in panel.words.text()


@pytest.mark.parametrize("other", [Positions(4, 4), rotary(), None], ids=["none", "rotary", "yet"])
def test_second_model_without_such_positions(opened, make_positions, other):
    """The first's map is shown alone."""
    panel = opened(make_positions(ROWS, COLUMNS), second=second_of(other), hovered=(2, 2))
    assert len(panel.maps) == 1
    panel.store.update(hovered=None)
    assert ("no table" in panel.words.text()) == (other is not None)


# Room


@pytest.mark.parametrize("size", [(300, 190), (300, 700), (420, 330), (1200, 800)])
@pytest.mark.parametrize("pins", [(), ((0, 0), (5, 8))])
def test_nothing_is_cut(opened, make_positions, size, pins):
    """In every size all that is shown lies in the panel, and maps can be hit."""
    panel = opened(make_positions(ROWS, COLUMNS), size=size, pins=pins)
    panel.panel.grab()
    room = panel.panel.rect()
    for widget in (*panel.maps, panel.bar, panel.words, *[panel.mosaic] * panel.mosaic.isVisible()):
        corner = widget.mapTo(panel.panel, QPoint())
        assert room.contains(widget.rect().translated(corner))
    for box in (panel.bar.view, panel.bar.kind, panel.bar.look):
        assert panel.bar.rect().contains(box.geometry())
    assert all(min(shown.width(), shown.height()) > 40 for shown in panel.maps)


def test_panel_stays_calm_from_model_to_model(opened, make_positions):
    """The last model's maps stay until those of the next are there."""
    panel = opened(make_positions(ROWS, COLUMNS))
    panel.store.update(positions=make_positions(4, 4))
    assert panel.mosaic.isVisible()
    panel.qtbot.waitUntil(lambda: panel.mosaic.shades.shape[:2] == (4, 4))
    panel.hover(panel.maps[0], (3, 3))
    assert panel.store.state.hovered == (3, 3)


def test_the_newest_wish_wins(opened, make_positions):
    """Of many models opened quickly, the last one is shown."""
    panel = opened(make_positions(ROWS, COLUMNS))
    for side in range(2, 9):
        panel.store.update(positions=make_positions(side, side))
    panel.qtbot.waitUntil(lambda: panel.mosaic.shades.shape[:2] == (8, 8))


def test_damaged_numbers(opened, make_positions):
    """Vectors that are no numbers have no direction: painted as 0, and told."""
    positions = make_positions(ROWS, COLUMNS)
    patches = positions.table.patches.copy()
    patches[1, 1] = np.nan
    table_ = PositionTable(patches, positions.table.prefix, positions.table.prefix_names)
    panel = opened(replace(positions, table=table_))
    assert "no direction" in panel.words.text()
    for view in ("components", "norms", "prefix", "distance", "profiles"):
        panel.choose(panel.bar.view, view)
        panel.qtbot.wait(30)
        panel.panel.grab()

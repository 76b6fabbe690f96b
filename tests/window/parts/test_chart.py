"""Charts: numbers where they belong, told by mouse and keys."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage

from explorer.window.parts.chart import Chart
from explorer.window.parts.chart_axes import Axes, ChartArea, range_of, with_room
from explorer.window.parts.chart_series import Series

RED, BLUE = "#ff0000", "#0000ff"
X = np.arange(5)
AXES = Axes("offset", "cosine", (0.0, 1.0))


@pytest.fixture
def chart(qtbot) -> Chart:
    shown = Chart()
    qtbot.addWidget(shown)
    shown.resize(300, 200)
    with qtbot.waitExposed(shown):
        shown.show()
    return shown


def has_color(image: QImage, place: QPointF, color: str) -> bool:
    """Whether a colour is within two pixels of a place."""
    near = range(-2, 3)
    x, y = round(place.x()), round(place.y())
    return any(image.pixelColor(x + i, y + j) == QColor(color) for i in near for j in near)


def test_a_curve_runs_through_its_numbers(chart):
    """At each number's place there is its colour; high is up, and later is right."""
    chart.show_series([Series("rising", X, X / 4, color=RED)], AXES)
    image, area = chart.grab().toImage(), chart.area()
    assert all(has_color(image, area.place(x, x / 4), RED) for x in X[1:-1])
    assert area.place(0, 1).y() < area.place(0, 0).y()
    assert area.place(0, 0).x() < area.place(4, 0).x()


def test_a_hole_stays_a_hole(chart):
    """Between numbers that are none, no line is drawn."""
    y = np.array([0.5, 0.5, np.nan, 0.5, 0.5])
    chart.show_series([Series("broken", X, y, color=RED)], AXES)
    image, area = chart.grab().toImage(), chart.area()
    assert has_color(image, area.place(0.5, 0.5), RED)
    assert not has_color(image, area.place(2, 0.5), RED)


def test_points_stand_alone(chart):
    """There is nothing between them."""
    chart.show_series([Series("points", X, np.full(5, 0.8), "points", RED)], AXES)
    image, area = chart.grab().toImage(), chart.area()
    assert has_color(image, area.place(2, 0.8), RED)
    assert not has_color(image, area.place(2.5, 0.8), RED)


def test_what_is_counted_is_told_in_whole_numbers(chart):
    """Between the first epoch and the second there is none, however much room there is."""
    axes = Axes("epoch", "accuracy", x_range=(1.0, 2.0), counts_x=True)
    chart.show_series([Series("one", np.array([1.0]), np.array([0.5]))], axes)
    assert chart.area().x_ticks() == [1, 2]
    assert len(replace(chart.area(), counts_x=False).x_ticks()) > 2


def test_without_series_it_says_why(chart):
    """In words, for those who see it and those who hear it; until there are some."""
    chart.show_series([], AXES)
    empty = chart.grab().toImage()
    chart.show_series([], AXES, "No epoch has ended yet.")
    assert chart.grab().toImage() != empty
    assert chart.accessibleDescription() == "No epoch has ended yet."
    chart.show_series([Series("rising", X, X / 4)], AXES, "No epoch has ended yet.")
    assert chart.accessibleDescription() == ""


def test_mouse_reads_the_nearest_numbers(chart, qtbot):
    """Words for every curve, at an x that they have; silence when the mouse has left."""
    said = []
    chart.read.connect(said.append)
    chart.show_series(
        [Series("first", X, X / 4, color=RED), Series("second", X, 1 - X / 4, "dashes", BLUE)], AXES
    )
    place = chart.area().place(2.9, 0.5).toPoint()
    qtbot.mouseMove(chart, place)
    assert said == ["offset 3 · first 0.75 · second 0.25"]
    qtbot.mouseMove(chart, QPoint(1, 1))
    assert said[1:] == [""]


def test_keys_read_as_the_mouse_does(chart, qtbot):
    """From the middle to the right, to the left, not beyond an end; Esc stops."""
    said = []
    chart.read.connect(said.append)
    chart.show_series([Series("curve", X, X / 4)], AXES)
    for key in (Qt.Key.Key_Right, *[Qt.Key.Key_Left] * 4, Qt.Key.Key_Escape):
        qtbot.keyClick(chart, key)
    values = ["0.50", "0.25", "0"]
    assert [words.rpartition(" ")[2] for words in said] == [*values, ""]


def test_what_is_not_read_is_not_told(chart, qtbot):
    """A cloud of points under a curve says nothing, and no x of its own is stopped at."""
    said = []
    chart.read.connect(said.append)
    cloud = Series("cloud", np.array([0.1, 2.4]), np.array([0.5, 0.5]), "points", is_read=False)
    chart.show_series([cloud, Series("mean", X, X / 4)], AXES)
    qtbot.mouseMove(chart, chart.area().place(2.4, 0.5).toPoint())
    assert said == ["offset 2 · mean 0.50"]


def test_no_room_no_error(chart):
    """However small, and without anything to show, it can be painted."""
    for series in ([], [Series("one", np.array([1.0]), np.array([2.0]))]):
        chart.show_series(series, Axes("a long name of x", "a long name of y"))
        for size in ((60, 40), (300, 40), (61, 400)):
            chart.resize(*size)
            chart.grab()


def test_ticks_lie_within():
    """Both ends of a round range have one."""
    area = ChartArea(QRectF(0, 0, 400, 200), (0.0, 10.0), (-1.0, 1.0))
    assert area.y_ticks()[0] == -1
    assert area.y_ticks()[-1] == 1


def test_ranges():
    """From the least to the most of what are numbers; something where there is nothing."""
    assert range_of([np.array([np.nan, 2.0]), np.array([-1.0])]) == (-1.0, 2.0)
    assert range_of([]) == (0.0, 1.0)
    low, high = with_room((3.0, 3.0))
    assert low < 3 < high


def test_places_lead_back():
    """The number over which a place lies is the number that lies there."""
    area = ChartArea(QRectF(30, 10, 200, 100), (-3.0, 7.0), (0.0, 1.0))
    assert area.x_at(area.place(4.5, 0.2).x()) == pytest.approx(4.5)

"""The predictions panel: the right classes, exact numbers, and what decided."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QListView

from explorer.window.panels.predictions import PredictionsPanel
from explorer.window.parts.classes import class_in_name
from explorer.window.parts.numbers import format_probability
from explorer.window.parts.prediction_list import PredictionModel

PETS = tuple(f"pet {number}" for number in range(37))


@pytest.fixture
def predicting(make_trace):
    """Builds a trace that finds these classes this probable, and shares the rest out."""

    def build(classes: int, decision="class token", **probable: float):
        given = {int(name.removeprefix("c")): value for name, value in probable.items()}
        rest = (1 - sum(given.values())) / max(1, classes - len(given))
        probability = np.full(classes, rest, np.float32)
        probability[list(given)] = list(given.values())
        prefix = () if decision == "pooling head" else ("class",)
        trace = make_trace(prefix=prefix, classes=classes, decision=decision)
        return replace(trace, probability=probability)

    return build


def rows(shown) -> list[str]:
    """What a screen reader says of each row."""
    model = shown.find(QListView).model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [model.index(row).data(role) for row in range(model.rowCount())]


def sentence(shown) -> str:
    (label,) = (x for x in shown.panel.findChildren(QLabel) if x.isVisible())
    return label.text()


def test_most_probable_first(show, predicting):
    """Ten classes, the most probable first, each with three decimals."""
    trace = predicting(1000, c281=0.6, c17=0.25, c999=0.0996)
    shown = show(PredictionsPanel, trace=trace)
    assert rows(shown)[:3] == ["class 281, 0.600", "class 17, 0.250", "class 999, 0.100"]
    assert rows(shown)[3].endswith(", <0.001")
    assert len(rows(shown)) == 10


def test_few_classes(show, predicting):
    """A model with two classes has two rows."""
    assert rows(show(PredictionsPanel, trace=predicting(2, c1=0.75))) == [
        "class 1, 0.750",
        "class 0, 0.250",
    ]


def test_names(show, predicting, make_model):
    """Classes are called by the model's labels; those without a label by their number."""
    trace = predicting(3, c2=0.7, c0=0.2)
    shown = show(PredictionsPanel, trace=trace, model=make_model(trace, ("cat", "dog")))
    assert rows(shown) == ["class 2, 0.700", "cat, 0.200", "dog, 0.100"]
    shown.store.update(model=make_model(trace, ("cat", "dog", "bird")))
    assert rows(shown)[0] == "bird, 0.700"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ("class token", "Decided from the class token."),
        ("mean of patches", "Decided from the mean of the patches."),
        ("pooling head", "Decided by a pooling head that looks at the patches."),
    ],
)
def test_says_what_decided(show, predicting, decision, said):
    """One sentence names the tokens that feed the decision."""
    assert sentence(show(PredictionsPanel, trace=predicting(10, decision))) == said


def test_bars_are_as_long_as_the_probability(show, predicting):
    """Half the probability is half as long as certainty; the number stands beside the bars."""

    def length(probability: float) -> int:
        shown = show(PredictionsPanel, trace=predicting(10, c3=probability))
        predictions = shown.find(QListView)
        first = predictions.visualRect(predictions.model().index(0))
        image = predictions.viewport().grab().toImage()
        above_text = first.top() + 4
        ground = image.pixelColor(first.right() - 20, above_text)
        across = range(first.left() + 4, first.right() - 4)  # inside the frame of the current row
        return sum(image.pixelColor(x, above_text) != ground for x in across)

    whole = length(1.0)
    assert whole < 400 - 24 - 40  # the panel without its margins and the number
    assert length(0.5) == pytest.approx(whole / 2, abs=4)


def test_true_class_is_marked(show, predicting, make_model):
    """The homework's file names tell the class: a sign and a word say so."""
    trace = predicting(37, c26=0.6, c4=0.3)
    model = make_model(trace, PETS)
    shown = show(PredictionsPanel, trace=trace, model=model, path=Path("26_5064.jpg"))
    assert rows(shown)[:2] == ["pet 26, 0.600, true class", "pet 4, 0.300"]
    marked = shown.find(QListView).viewport().grab().toImage()
    shown.store.update(trace=replace(trace), path=Path("other.jpg"))
    assert rows(shown)[0] == "pet 26, 0.600"
    assert shown.find(QListView).viewport().grab().toImage() != marked


def test_true_class_that_was_missed(show, predicting, make_model):
    """A true class beyond the shown ones is told with its rank."""
    trace = predicting(37, **{f"c{number}": 0.09 for number in range(10)}, c11=0.05, c26=0.04)
    shown = show(
        PredictionsPanel, trace=trace, model=make_model(trace, PETS), path=Path("26_1.jpg")
    )
    assert sentence(shown).endswith("The true class, “pet 26”, has rank 12 (0.040).")


@pytest.mark.parametrize(
    ("name", "classes", "expected"),
    [
        ("26_5064.jpg", 37, 26),
        ("0_1.jpg", 37, 0),
        ("36_1.JPG", 37, 36),
        ("37_1.jpg", 37, None),
        ("26_5064.jpg", 1000, None),
        ("26_5064.jpg", 10, None),
        ("26.jpg", 37, None),
        ("26_5064_small.jpg", 37, None),
        ("cat_26_5064.jpg", 37, None),
        ("2024_0131.jpg", 37, None),
    ],
)
def test_class_in_name(name, classes, expected):
    """Only the homework's naming, and only for a model with its classes, tells the truth."""
    assert class_in_name(Path("folder") / name, classes) == expected
    assert class_in_name(None, classes) is None


def test_no_classes(show, make_trace, make_model):
    """A model without classes is said to have none; its features are no probabilities."""
    trace = make_trace(classes=384)
    shown = show(PredictionsPanel, trace=trace, model=make_model(trace, classes=0))
    assert sentence(shown) == "This model has no classes: it gives 384 features."
    assert not shown.find(QListView).isVisible()
    other = make_trace(classes=10)
    shown.store.update(trace=other, model=make_model(other))
    assert shown.find(QListView).isVisible()


def test_not_a_number(show, make_trace):
    """Damaged weights give a sentence, not a table of nan."""
    trace = replace(make_trace(), probability=np.full(10, np.nan, np.float32))
    assert "not a number" in sentence(show(PredictionsPanel, trace=trace))


def test_copies_as_text(show, qtbot, predicting, make_model):
    """Ctrl+C puts the shown table on the clipboard, and the context menu offers it."""
    trace = predicting(37, c26=0.6, c4=0.3)
    shown = show(
        PredictionsPanel, trace=trace, model=make_model(trace, PETS), path=Path("26_5064.jpg")
    )
    predictions = shown.find(QListView)
    shown.panel.activateWindow()
    qtbot.waitUntil(shown.panel.isActiveWindow)
    predictions.setFocus()
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(predictions, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[:2] == ["pet 26\t0.600\ttrue class", "pet 4\t0.300"]
    assert len(lines) == 10
    assert predictions.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    assert [action.text() for action in predictions.actions()] == ["Copy as text"]


def test_keys_walk(show, qtbot, predicting):
    """Arrow keys move from row to row, and keep their row when the picture changes."""
    shown = show(PredictionsPanel, trace=predicting(10))
    predictions = shown.find(QListView)
    assert predictions.currentIndex().row() == 0
    qtbot.keyClick(predictions, Qt.Key.Key_Down)
    qtbot.keyClick(predictions, Qt.Key.Key_Down)
    shown.store.update(trace=predicting(10, c3=0.5))
    assert predictions.currentIndex().row() == 2


def test_long_names(show, predicting, make_model):
    """A name that has no room is cut on screen and whole in the tooltip."""
    trace = predicting(2, c0=0.9)
    model = make_model(trace, ("very long name " * 20, "short"))
    shown = show(PredictionsPanel, trace=trace, model=model, size=(240, 300))
    predictions = shown.find(QListView)
    tip = predictions.model().index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.count("very long name") == 20
    assert "0.9" in tip
    assert not predictions.horizontalScrollBar().isVisible()


def test_names_are_plain_text(show, predicting, make_model):
    """A checkpoint's own names are shown as they are: no mark-up, one line, one cell of a table."""
    trace = predicting(2, c0=0.9)
    shown = show(PredictionsPanel, trace=trace, model=make_model(trace, ("<b>a</b>\tb\nc", "d")))
    assert rows(shown)[0] == "<b>a</b> b c, 0.900"
    index = shown.find(QListView).model().index(0)
    assert "&lt;b&gt;" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_all_rows_fit_where_they_can(show, predicting):
    """Rows move together before a scroll bar appears."""
    shown = show(PredictionsPanel, trace=predicting(10), size=(300, 600))
    predictions = shown.find(QListView)
    loose = predictions.visualRect(predictions.model().index(0)).height()
    shown.panel.resize(300, 10 * (loose - 4) + 60)
    last = predictions.visualRect(predictions.model().index(9))
    assert predictions.viewport().rect().contains(last)
    assert not predictions.verticalScrollBar().isVisible()


def test_calm_between_pictures(show, predicting, make_model):
    """The last predictions stay, faded, while the next picture is traced."""
    trace = predicting(10, c3=0.5)
    model = make_model(trace)
    shown = show(PredictionsPanel, trace=trace, model=model, path=Path("a.png"))
    before = shown.panel.grab().toImage()
    shown.store.update(trace=None, path=Path("b.png"))
    assert rows(shown)[0] == "class 3, 0.500"
    assert shown.panel.grab().toImage() != before
    shown.store.update(path=None)
    assert sentence(shown) == "Choose a picture to look at."


@given(st.floats(0, 1))
def test_probabilities_are_never_rounded_to_certainty(probability):
    """“1.000” and “0.000” are said of 1 and 0 alone."""
    text = format_probability(probability)
    assert (text == "1.000") == (probability == 1)
    assert (text == "0.000") == (probability == 0)
    assert abs(float(text.strip("<>")) - probability) <= 0.001


def test_model_keeps_qts_rules(qtmodeltester, qapp):
    """The list's model answers as Qt's model tester wants."""
    qtmodeltester.check(PredictionModel())

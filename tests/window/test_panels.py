"""What every panel that is found in `window/panels` promises, whatever it shows."""

import ast
import importlib
import pkgutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from explorer.errors import ExplorerError, WeightsMissing
from explorer.records import (
    Caption,
    CaptionerWeights,
    ModelInfo,
    Query,
    Trace,
    Weights,
    WordQuery,
    Writing,
)
from explorer.window import panels
from explorer.window.panels import find_panels
from explorer.window.panels.base import Panel
from explorer.window.state import (
    Captioning,
    Evaluating,
    Overlay,
    Second,
    Selection,
    State,
    Wishes,
)

AREAS = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
    Qt.DockWidgetArea.TopDockWidgetArea,
)
MODULES = sorted(m.name for m in pkgutil.iter_modules(panels.__path__) if m.name != "base")

each_panel = pytest.mark.parametrize("panel_class", find_panels(), ids=lambda panel: panel.key)


def model_of(trace: Trace, classes: int) -> ModelInfo:
    heads = len(trace.layers[0].q)
    size = (trace.grid.rows * 16, trace.grid.columns * 16)
    where = ("CPU", "float32")
    of_trace = (trace.grid, len(trace.layers), heads, trace.decision, size, "squash")
    return ModelInfo("vit_synthetic", "Made for a test.", *of_trace, None, classes, 1000, *where)


@pytest.fixture
def situations(
    make_picture, make_trace, make_caption, make_captioner, make_evaluation, tmp_path
) -> dict[str, State]:
    """States that a window goes through, by what is special about them."""
    picture = make_picture()
    chosen = State(path=tmp_path / "26_1.jpg", folder=tmp_path, picture=picture)

    def traced(classes: int = 10, **shape: object) -> State:
        trace = make_trace(classes=classes or 384, **shape)  # features, where there are no classes
        return replace(chosen, trace=trace, model=model_of(trace, classes), traced_in=0.1)

    def second(classes: int = 10, **shape: object) -> Second:
        trace = make_trace(classes=classes or 384, **shape)
        return Second(Weights("second"), model_of(trace, classes), trace=trace)

    def captioned(made: Caption | None = None, **told: object) -> State:
        caption = made or make_caption()
        captioning = Captioning(CaptionerWeights(), make_captioner(), caption=caption)
        return replace(traced(), captioning=replace(captioning, **told))

    of_words = WordQuery((2, 6), "mean", 1, "stands", by_piece=True, with_ends=True)
    pooled = traced(prefix=(), decision="pooling head")
    other = second(rows=4, columns=4, layers=2, heads=2, classes=7)
    not_a_number = traced()
    broken = np.full(10, np.nan, np.float32)
    return {
        "empty": State(),
        "folder alone": State(folder=tmp_path),
        "picture alone": chosen,
        "broken picture": replace(
            chosen, picture=None, picture_problem=ExplorerError("It cannot be read.")
        ),
        "no model": replace(chosen, model_problem=ExplorerError("There is none.")),
        "traced": traced(),
        "grid that is not square": traced(rows=3, columns=11),
        "no prefix tokens": traced(prefix=(), decision="mean of patches"),
        "registers": replace(
            traced(prefix=("class", "register 1", "register 2")), query=Query(token="register 2")
        ),
        "pooling head": pooled,
        "pooling head, from a patch": replace(pooled, query=Query(0, 1, (2, 3))),
        "no classes": traced(classes=0),
        "two classes": traced(classes=2),
        "not a number": replace(
            not_a_number,
            trace=replace(not_a_number.trace, logits=broken, probability=broken),
        ),
        "one layer, one head": traced(layers=1, heads=1),
        "one patch": traced(rows=1, columns=1),
        "another query": replace(traced(), query=Query(1, "maximum", (0, 0)), hovered=(5, 8)),
        "query of another model": replace(traced(), query=Query(30, 20, "register 1")),
        "two models": replace(traced(), second=second(), shows_difference=True),
        "two models that differ": replace(
            traced(), second=other, query=Query(3, 2, (5, 8)), hovered=(0, 0)
        ),
        "second without classes": replace(traced(), second=second(classes=0)),
        "second being loaded": replace(traced(), second=Second(Weights("second"))),
        "second that looks": replace(traced(), second=replace(other, trace=None)),
        "second that cannot look": replace(
            traced(),
            second=replace(other, trace=None, trace_problem=ExplorerError("It is too large.")),
        ),
        "two models, no picture": State(second=other, model=traced().model),
        "caption": replace(captioned(), words=WordQuery((6, 7)), hovered_word=2),
        "caption by piece, with ends": replace(captioned(), words=of_words, hovered_word=0),
        "caption that a person began": captioned(make_caption(given=3)),
        "caption without a word": captioned(make_caption("")),
        "caption that did not end": captioned(make_caption("a man", ended=False)),
        "caption by chance": replace(captioned(), writing=Writing(temperature=0.5, max_tokens=9)),
        "caption and another to come": captioned(is_writing=True),
        "caption to come": captioned(caption=None, is_writing=True),
        "caption that cannot be": captioned(caption=None, caption_problem=ExplorerError("Thin.")),
        "captioner being loaded": captioned(captioner=None, caption=None),
        "captioner that is not here": captioned(
            captioner=None, caption=None, problem=WeightsMissing("It is not here.")
        ),
        "captioner, no picture": replace(
            captioned(caption=None), path=None, picture=None, trace=None
        ),
        "evaluating": replace(traced(), evaluating=Evaluating(tmp_path, "fake on pets", 0.3)),
        "evaluated": replace(
            traced(),
            evaluating=Evaluating(tmp_path, "run", evaluation=make_evaluation([[3, 1], [0, 2]])),
            selection=Selection("one taken for another", (tmp_path / "0_3.png",)),
        ),
        "evaluated, all right": replace(
            traced(),
            evaluating=Evaluating(
                tmp_path, "run", evaluation=make_evaluation(np.eye(40, dtype=int))
            ),
        ),
        "cannot be evaluated": replace(
            traced(), evaluating=Evaluating(tmp_path, "", problem=ExplorerError("It does not fit."))
        ),
        "another overlay": replace(
            traced(), overlay=Overlay(False, 0.1, "viridis", smooth=False, shared_scale=True)
        ),
    }


def test_there_are_panels():
    """The panels that the design names are found."""
    assert {"folder", "heads", "compare", "predictions", "caption", "evaluation"} <= {
        panel.key for panel in find_panels()
    }


@pytest.mark.parametrize("module", MODULES)
def test_one_panel_per_file(module):
    """A file of the folder holds exactly one panel."""
    path = Path(importlib.import_module(f"{panels.__name__}.{module}").__file__)
    classes = [node for node in ast.parse(path.read_text("utf-8")).body if _is_panel(node)]
    assert len(classes) == 1


def _is_panel(node: ast.stmt) -> bool:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return any(isinstance(base, ast.Name) and base.id == "Panel" for base in bases)


def test_keys_name_one_panel_each():
    """A saved layout finds each dock again."""
    names = [panel.key for panel in find_panels()]
    assert len(names) == len(set(names))


@each_panel
def test_panel_says_what_it_is(panel_class, qtbot):
    """A key without spaces, an area, a title, a name for screen readers, and keys in words."""
    panel: Panel = panel_class(Wishes())
    qtbot.addWidget(panel)
    assert panel.key.isidentifier()
    assert panel.area in AREAS
    assert panel.title().strip()
    assert panel.accessibleName().strip()
    assert panel.corner() is None or isinstance(panel.corner(), QWidget)
    keys = panel.keys()
    assert all(key.strip() and meaning.strip() for key, meaning in keys)


@each_panel
def test_what_takes_the_focus_has_a_name(panel_class, qtbot):
    """Whatever a person reaches by Tab, a screen reader can name."""
    panel: Panel = panel_class(Wishes())
    qtbot.addWidget(panel)
    reached = [panel, *panel.findChildren(QWidget)]
    if panel.corner() is not None:
        reached += [panel.corner(), *panel.corner().findChildren(QWidget)]
    nameless = [
        widget
        for widget in reached
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not widget.objectName().startswith("qt_")  # Qt's own parts, reached through their whole
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert not nameless


@each_panel
def test_panel_survives_every_state(panel_class, qtbot, situations):
    """From each situation to each other, painted each time; showing voices no wish."""
    wishes = Wishes()
    panel: Panel = panel_class(wishes)
    qtbot.addWidget(panel)
    panel.resize(300, 300)
    panel.show()
    chosen = wishes.query_chosen, wishes.overlay_chosen, wishes.options_chosen
    of_words = wishes.words_chosen, wishes.writing_chosen, wishes.beginning_chosen
    for signal in (*chosen, *of_words, wishes.difference_chosen, wishes.view_chosen):
        signal.connect(lambda wish: pytest.fail(f"wished by showing: {wish}"))
    shown = State()
    panel.display(shown, shown)
    for first in situations.values():
        for second in situations.values():
            for state in (first, second):
                panel.display(shown, state)
                shown = state
            panel.grab()


@each_panel
@pytest.mark.parametrize("size", [(60, 40), (240, 120), (900, 1400)])
def test_panel_fits_its_dock(panel_class, qtbot, situations, size):
    """It can be narrow, low or large; a dock of 240 pixels holds it."""
    panel: Panel = panel_class(Wishes())
    qtbot.addWidget(panel)
    panel.display(State(), situations["traced"])
    panel.resize(*size)
    panel.show()
    panel.grab()
    assert panel.minimumSizeHint().width() <= 240
    if panel.corner() is not None:
        qtbot.addWidget(panel.corner())
        assert panel.corner().minimumSizeHint().width() <= 200


@each_panel
def test_nobody_looks(panel_class, qtbot, situations):
    """A panel that was never shown goes through every state as well."""
    panel: Panel = panel_class(Wishes())
    qtbot.addWidget(panel)
    shown = State()
    for state in situations.values():
        panel.display(shown, state)
        shown = state

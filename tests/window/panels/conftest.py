"""Panels on screen, wired as the window wires them."""

from collections.abc import Callable

import pytest

from explorer.records import ModelInfo, Trace
from explorer.window.panels.base import Panel
from explorer.window.state import Store, Wishes


class Shown:
    """A panel on screen, with a store that grants its wishes."""

    def __init__(self, panel_class: type[Panel], **state: object) -> None:
        self.wishes = Wishes()
        self.store = Store()
        self.panel = panel_class(self.wishes)
        self.store.changed.connect(self.panel.display)
        self.wishes.query_chosen.connect(lambda query: self.store.update(query=query))
        self.wishes.overlay_chosen.connect(lambda overlay: self.store.update(overlay=overlay))
        self.wishes.patch_hovered.connect(lambda patch: self.store.update(hovered=patch))
        self.wishes.pins_chosen.connect(lambda pins: self.store.update(pins=pins))
        self.wishes.words_chosen.connect(lambda words: self.store.update(words=words))
        self.wishes.word_hovered.connect(lambda place: self.store.update(hovered_word=place))
        self.wishes.writing_chosen.connect(lambda writing: self.store.update(writing=writing))
        self.panel.display(self.store.state, self.store.state)
        self.store.update(**state)

    def find(self, kind: type):
        """The one widget of this kind in the panel."""
        (found,) = self.panel.findChildren(kind)
        return found


@pytest.fixture
def show(qtbot) -> Callable[..., Shown]:
    """Puts a panel on screen: `show(HeadsPanel, trace=…)`."""

    def show_panel(panel_class: type[Panel], *, size=(400, 420), **state: object) -> Shown:
        shown = Shown(panel_class, **state)
        qtbot.addWidget(shown.panel)
        shown.panel.resize(*size)
        with qtbot.waitExposed(shown.panel):
            shown.panel.show()
        return shown

    return show_panel


def model_of(
    trace: Trace, labels: tuple[str, ...] | None = None, classes: int | None = None
) -> ModelInfo:
    """What would have made a trace."""
    return ModelInfo(
        name="vit_synthetic",
        source="Made for a test.",
        grid=trace.grid,
        layers=len(trace.layers),
        heads=len(trace.layers[0].q),
        decision=trace.decision,
        input_size=(trace.grid.rows * 16, trace.grid.columns * 16),
        framing="squash",
        labels=labels,
        classes=trace.probability.size if classes is None else classes,
        parameters=1000,
        device="CPU",
        precision="float32",
    )


@pytest.fixture
def make_model() -> Callable[..., ModelInfo]:
    """Describes a trace's model: `make_model(trace, labels, classes)`."""
    return model_of

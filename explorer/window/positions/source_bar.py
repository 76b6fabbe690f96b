"""What is looked at: the view, which of the model's positions, on which scale and ground."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QWidget

from ...explain.positions import Kind, Source, choices_of, sources_of
from ...records import Positions
from ..parts.choice_box import ChoiceBox
from ..parts.choice_button import ChoiceButton
from ..parts.flow_layout import FlowLayout
from .views import Opened, View

BESIDE = 10  # left and right
BETWEEN = 5
ARROW = 34  # of the button, with what surrounds its name
FOLDED = 26  # width of the button without it


class SourceBar(QWidget):
    """Boxes to choose from; those without a choice are not there."""

    view_chosen = Signal(object)  # View
    source_chosen = Signal(object)  # Source
    own_scale_chosen = Signal(bool)
    ground_chosen = Signal(bool)  # whether maps lie on the picture

    def __init__(self) -> None:
        super().__init__()
        self._positions: Positions | None = None
        self._source = Source("table")
        self._views: dict[View, str] = {
            "similarity": self.tr("similarity"),
            "prefix": self.tr("prefix"),
            "profiles": self.tr("profiles"),
            "components": self.tr("components"),
            "norms": self.tr("norms"),
            "distance": self.tr("distance"),
        }
        self._kinds: dict[Kind, str] = {
            "table": self.tr("table"),
            "stored": self.tr("stored"),
            "rotary": self.tr("rotary"),
            "bias": self.tr("relative bias"),
            "sines": self.tr("sines"),
        }
        self._build()
        self._arrange()
        self._connect()

    def _build(self) -> None:
        self.view = ChoiceBox[View](self.tr("View of the positions"))
        self.view.setToolTip(self.tr("What is shown of the positions"))
        self.kind = ChoiceBox[Kind](self.tr("What"))
        self.layer = ChoiceBox[int | None](self.tr("Layer of the positions"))
        self.head = ChoiceBox[int | None](self.tr("Head of the positions"))
        self.pair = ChoiceBox[int | None](self.tr("Pair of head dimensions"))
        self.look = ChoiceButton(self.tr("Scale and ground of the maps"))
        self.look.setToolTip(self.tr("Scale of the colours; plain or on the picture"))
        self.absolute = self.look.add_choice(
            self.tr("absolute scale"), self.tr("One scale for all maps: cosine from −1 to 1")
        )
        self.own = self.look.add_choice(
            self.tr("own scale"), self.tr("Each map from its own least value to its most")
        )
        self.absolute.setChecked(True)
        self.on_picture = QAction(self.tr("On the picture"), self)
        self.on_picture.setCheckable(True)
        self.on_picture.setToolTip(self.tr("Shows the maps over the picture, see-through"))
        self.look.menu().addSeparator()
        self.look.menu().addAction(self.on_picture)

    def _arrange(self) -> None:
        row = FlowLayout(self, spacing=BETWEEN)
        row.setContentsMargins(BESIDE, 6, BESIDE, 4)
        for box in (self.view, self.kind, self.look, self.layer, self.head, self.pair):
            row.addWidget(box)
        self._fold()

    def _connect(self) -> None:
        self.view.chosen.connect(self.view_chosen)
        self.kind.chosen.connect(lambda kind: self.source_chosen.emit(Source(kind)))
        self.look.choices.triggered.connect(self._choose_scale)
        self.on_picture.toggled.connect(self.ground_chosen)
        self.layer.chosen.connect(lambda n: self.source_chosen.emit(replace(self._source, layer=n)))
        self.head.chosen.connect(lambda n: self.source_chosen.emit(replace(self._source, head=n)))
        self.pair.chosen.connect(lambda n: self.source_chosen.emit(replace(self._source, pair=n)))

    def _choose_scale(self, action: QAction) -> None:
        self._fold()
        self.own_scale_chosen.emit(action is self.own)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fold()

    def _fold(self) -> None:
        """Name the scale where there is room beside the boxes; else leave its arrow alone."""
        checked = self.look.choices.checkedAction()
        name = checked.text() if checked is not None else ""
        boxes = self.view.sizeHint().width() + self.kind.sizeHint().width() + 2 * BETWEEN
        words = self.look.fontMetrics().horizontalAdvance(name) + ARROW
        fits = boxes + words + 2 * BESIDE <= self.width()
        self.look.setText(name if fits else "")
        self.look.setFixedWidth(self.look.sizeHint().width() if fits else FOLDED)

    def display(self, positions: Positions, opened: Opened, view: View) -> None:
        """Show a source and a view among those that there are."""
        source = opened.source
        if positions is not self._positions or source.kind != self._source.kind:
            self._offer(positions, opened)
        self._positions, self._source = positions, source
        self.view.show_value(view)
        self.kind.show_value(source.kind)
        self.kind.setToolTip(opened.what)
        self._fold()
        for box, number in (
            (self.layer, source.layer),
            (self.head, source.head),
            (self.pair, source.pair),
        ):
            box.show_value(number)

    def _offer(self, positions: Positions, opened: Opened) -> None:
        self.view.offer([(view, self._views[view]) for view in opened.views])
        kinds = [found.kind for found in sources_of(positions)]
        self.kind.offer([(kind, self._kinds[kind]) for kind in kinds])
        choices = choices_of(positions, opened.source.kind)
        _offer_numbers(self.layer, choices.layers, self.tr("all layers"), self.tr("layer {0}"))
        _offer_numbers(self.head, choices.heads, self.tr("all heads"), self.tr("head {0}"))
        _offer_numbers(self.pair, choices.pairs, self.tr("all pairs"), self.tr("pair {0}"))


def _offer_numbers(box: ChoiceBox[int | None], count: int, together: str, single: str) -> None:
    """Their mean, or one of them, counted from 1 where people read it."""
    numbered = [(number, single.format(number + 1)) for number in range(count)]
    box.offer([(None, together), *numbered])
    box.setVisible(count > 1)

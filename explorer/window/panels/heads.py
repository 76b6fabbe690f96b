"""Every layer and head at once: where each looks from the query."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedLayout,
    QWidget,
)

from ...errors import ExplorerError
from ...records import POOLING_HEAD, Heads, Query, Token, Trace, combine_heads
from ..parts.choice_button import ChoiceButton
from ..parts.elided_label import ElidedLabel
from ..parts.empty_state import EmptyState, trace_to_show, why_empty
from ..parts.map_grid import Cell, MapGrid
from ..parts.numbers import significant
from ..state import Overlay, State, Wishes
from .base import Panel

Together = Literal["mean", "minimum", "maximum"]


class HeadsPanel(Panel):
    """Layers × heads as small maps; a click or a key chooses what the overlay shows.

    The last column puts a layer's heads together, the way the query does (else their mean).
    """

    key: ClassVar[str] = "heads"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.RightDockWidgetArea
    order: ClassVar[int] = 0

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._state = State()
        # What is on screen; it stays, faded, while the next trace is computed.
        self._trace: Trace | None = None
        self._query = Query()
        self._maps = np.zeros((1, 2, 1, 1), np.float32)  # (layers, heads + 1, rows, columns)
        self._names_together: dict[Together, str] = {
            "mean": self.tr("mean"),
            "minimum": self.tr("minimum"),
            "maximum": self.tr("maximum"),
        }
        self._build()
        self._arrange()
        self._connect()
        self.display(self._state, self._state)

    def title(self) -> str:
        return self.tr("Heads")

    def corner(self) -> QWidget:
        return self._corner

    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Arrow keys"), self.tr("the next layer or head")),
            (self.tr("Home, End"), self.tr("the first head, the mean of heads")),
            (self.tr("Page Up, Page Down"), self.tr("the first layer, the last")),
        )

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._corner = QWidget()
        self._caption = ElidedLabel()
        self._caption.setProperty("quiet", True)
        self._scale = ChoiceButton(self.tr("Scale of the maps"))
        self._own_scale = self._scale.add_choice(
            self.tr("own scale"), self.tr("Each map from 0 to its own maximum")
        )
        self._shared_scale = self._scale.add_choice(
            self.tr("shared scale"), self.tr("All maps from 0 to the maximum of them all")
        )
        self._grid = MapGrid(self._describe)
        self._grid.setAccessibleName(self.tr("Attention of every layer and head"))
        self._empty = EmptyState()

    def _arrange(self) -> None:
        row = QHBoxLayout(self._corner)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._caption)
        row.addWidget(self._scale)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._grid)

    def _connect(self) -> None:
        self._grid.cell_chosen.connect(self._wish_cell)
        self._scale.choices.triggered.connect(self._wish_scale)

    # Showing

    def display(self, old: State, new: State) -> None:
        self._state = new
        self._show_scale(new.overlay)
        trace = trace_to_show(self._trace, old, new)
        if trace is None:
            self._show_absence(why_empty(new))
        elif trace is not self._trace or new.query != self._query:
            self._show_trace(trace, new.query)
        self._grid.show_waiting(new.trace is None)

    def _show_scale(self, overlay: Overlay) -> None:
        chosen = self._shared_scale if overlay.shared_scale else self._own_scale
        chosen.setChecked(True)
        self._scale.setText(chosen.text())
        self._grid.show_scale(overlay.colormap, overlay.shared_scale)

    def _show_absence(self, why: str) -> None:
        self._trace = None
        self._caption.clear()
        self._empty.setText(why)
        self._pages.setCurrentIndex(0)

    def _show_trace(self, trace: Trace, query: Query) -> None:
        token = _token(trace, query)
        try:
            maps = trace.maps(token)  # (layers, heads, rows, columns)
        except ExplorerError as error:
            self._show_absence(str(error))
            return
        self._trace, self._query = trace, query
        together = combine_heads(maps.swapaxes(0, 1), _together(query))
        self._maps = np.concatenate([maps, together[:, None]], axis=1)
        layers = [self.tr("pool")] if token == POOLING_HEAD else _numbers(maps.shape[0])
        heads = [*_numbers(maps.shape[1]), self._names_together[_together(query)]]
        self._grid.show_maps(self._maps, layers, heads)
        self._grid.show_chosen(self._cell_of(query))
        self._caption.setText(self._describe_grid())
        self._pages.setCurrentIndex(1)

    def _cell_of(self, query: Query) -> Cell | None:
        """The cell that a query shows; None where this model has no such layer or head."""
        layers, columns = self._maps.shape[:2]
        row = 0 if self._pools() else query.layer + (layers if query.layer < 0 else 0)
        column = columns - 1 if isinstance(query.head, str) else query.head
        return (row, column) if 0 <= row < layers and 0 <= column < columns else None

    def _pools(self) -> bool:
        """Whether the query is the pooling head's: it attends once, after the last layer."""
        return self._trace is not None and _token(self._trace, self._query) == POOLING_HEAD

    # Words

    def _describe_grid(self) -> str:
        layers, columns = self._maps.shape[:2]
        if self._pools():
            return self.tr("{0} heads of the pooling head").format(columns - 1)
        return self.tr("{0} layers × {1} heads").format(layers, columns - 1)

    def _describe(self, row: int, column: int) -> str:
        """“layer 4, head 7 · peak 0.031 · entropy 3.2 nats”."""
        if self._trace is None:
            return ""
        parts = [self._name_cell(row, column)]
        parts.append(
            self.tr("peak {0}").format(significant(float(self._maps[row, column].max()), 2))
        )
        head = self._head_of(column)
        if head not in ("minimum", "maximum"):  # those are no distributions
            tokens = self._trace.attention_row(row, _token(self._trace, self._query))
            nats = entropy(combine_heads(tokens, head))
            parts.append(self.tr("entropy {0} nats").format(f"{nats:.1f}"))
        return " · ".join(parts)

    def _name_cell(self, row: int, column: int) -> str:
        head = self._head_of(column)
        if isinstance(head, str):
            which = self.tr("{0} of heads").format(self._names_together[head])
        else:
            which = self.tr("head {0}").format(head + 1)
        where = self.tr("pooling head") if self._pools() else self.tr("layer {0}").format(row + 1)
        return f"{where}, {which}"

    # Wishes

    def _head_of(self, column: int) -> Heads:
        return column if column < self._maps.shape[1] - 1 else _together(self._query)

    def _wish_cell(self, row: int, column: int) -> None:
        query = replace(self._state.query, head=self._head_of(column))
        self.wishes.query_chosen.emit(query if self._pools() else replace(query, layer=row))

    def _wish_scale(self, action: QAction) -> None:
        overlay = replace(self._state.overlay, shared_scale=action is self._shared_scale)
        self.wishes.overlay_chosen.emit(overlay)


def entropy(row: np.ndarray) -> float:
    """Of attention that sums to 1, in nats: 0 where one token has it all."""
    seen = row[row > 0].astype(np.float64)
    return float(-(seen * np.log(seen)).sum())


def _token(trace: Trace, query: Query) -> Token:
    return trace.default_query if query.token is None else query.token


def _together(query: Query) -> Together:
    """How the last column puts heads together: as the query does, where it does."""
    return query.head if isinstance(query.head, str) else "mean"


def _numbers(count: int) -> list[str]:
    return [str(number + 1) for number in range(count)]

"""What the overlay shows: which layer, which head, from where."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ...explain.attention import name_token
from ...records import Heads, Query, Token
from ..parts.choice_box import ChoiceBox
from ..query_range import QueryRange
from ..state import Wishes


class QueryBar(QWidget):
    """Shows the query and voices wishes for another one."""

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self._wishes = wishes
        self._query = Query()
        self._range: QueryRange | None = None
        self._layer = ChoiceBox[int](self.tr("Layer"))
        self._head = ChoiceBox[Heads](self.tr("Head"))
        self._from = ChoiceBox[Token](self.tr("From"))
        self._arrange()
        self._layer.chosen.connect(self._choose_layer)
        self._head.chosen.connect(self._choose_head)
        self._from.chosen.connect(self._choose_token)
        self._head.setToolTip(self.tr("Head, or how all are put together (keys , and . and M)"))
        self.hide()

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for box in (self._layer, self._head, self._from):
            label = QLabel(box.accessibleName())
            label.setProperty("quiet", True)
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box)
        row.addStretch(1)

    def display(self, offered: QueryRange | None, query: Query) -> None:
        """Show a query among what can be asked; nothing where there is no model to ask."""
        if (offered, query) == (self._range, self._query):
            return
        self.setVisible(offered is not None)
        if offered is not None:
            if offered != self._range:
                self._offer_layers_and_heads(offered)
                self._explain(offered)
            self._offer_tokens(offered, query)
            self._show(offered, query)
        self._query, self._range = query, offered

    def _offer_layers_and_heads(self, offered: QueryRange) -> None:
        self._layer.offer([(layer, str(layer + 1)) for layer in range(offered.layers)])
        together: list[tuple[Heads, str]] = [
            ("mean", self.tr("mean")),
            ("minimum", self.tr("minimum")),
            ("maximum", self.tr("maximum")),
        ]
        number = self.tr("{0} of {1}")
        single = [(head, number.format(head + 1, offered.heads)) for head in range(offered.heads)]
        self._head.offer([*together, *single])

    def _offer_tokens(self, offered: QueryRange, query: Query) -> None:
        """The named ones, and the patch that looks, where one does."""
        tokens: list[Token] = [*offered.tokens]
        if isinstance(query.token, tuple):
            tokens.append(query.token)
        names = [(token, name_token(token)) for token in tokens]
        last = offered.grid.rows - 1, offered.grid.columns - 1
        self._from.offer(names, name_token(last))

    def _explain(self, offered: QueryRange) -> None:
        self._layer.setEnabled(offered.layers > 1)
        self._layer.setToolTip(
            self.tr("Layer (keys [ and ])")
            if offered.layers > 1
            else self.tr("This attention has no layers to choose from")
        )
        looks = self.tr("Who looks; click a patch to see where it looks (Esc: {0})")
        self._from.setToolTip(looks.format(name_token(offered.tokens[0])))

    def _show(self, offered: QueryRange, query: Query) -> None:
        self._layer.show_value(offered.layer(query))
        self._head.show_value(query.head)
        self._from.show_value(offered.token(query))

    def _choose_layer(self, layer: int) -> None:
        if self._range is not None:
            self._wishes.query_chosen.emit(self._range.at_layer(self._query, layer))

    def _choose_head(self, head: Heads) -> None:
        self._wishes.query_chosen.emit(replace(self._query, head=head))

    def _choose_token(self, token: Token) -> None:
        if self._range is not None:
            self._wishes.query_chosen.emit(self._range.at_token(self._query, token))

"""What can be asked of a model, the queries next to another, and one model's for another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..records import (
    MEAN_OF_PATCHES,
    POOLING_HEAD,
    CaptionerInfo,
    Grid,
    Heads,
    ModelInfo,
    Query,
    Token,
    Trace,
    WordQuery,
)
from .places import lies_in, same_place
from .state import Second, State

_DEFAULTS = {"mean of patches": MEAN_OF_PATCHES, "pooling head": POOLING_HEAD}


@dataclass(frozen=True)
class QueryRange:
    """How far layers and heads go, and which tokens there are."""

    layers: int
    heads: int
    tokens: tuple[str, ...]  # the named queries, the default one first
    grid: Grid
    attends_once: bool = False  # as the pooling head does: any layer is its own

    @classmethod
    def of_trace(cls, trace: Trace, query: Query) -> QueryRange:
        """The pooling head attends once, with heads of its own."""
        if trace.pooling is not None and query.token in (None, POOLING_HEAD):
            return cls(1, len(trace.pooling.q), trace.queries, trace.grid, attends_once=True)
        return cls(len(trace.layers), len(trace.layers[0].q), trace.queries, trace.grid)

    @classmethod
    def of_model(cls, model: ModelInfo) -> QueryRange:
        """What its traces will offer."""
        default = _DEFAULTS.get(model.decision) or model.grid.prefix[0]
        tokens = tuple(dict.fromkeys((default, *model.grid.prefix)))
        return cls(model.layers, model.heads, tokens, model.grid)

    def token(self, query: Query) -> Token:
        """Whose attention a query asks for."""
        return self.tokens[0] if query.token is None else query.token

    def layer(self, query: Query) -> int:
        """A query's layer, counted from 0."""
        return query.layer % self.layers

    def fit(self, query: Query) -> Query:
        """The query, with its defaults in place of what there is not."""
        fits_head = isinstance(query.head, str) or 0 <= query.head < self.heads
        fits_layer = self.attends_once or -self.layers <= query.layer < self.layers
        return Query(
            query.layer if fits_layer else -1,
            query.head if fits_head else "mean",
            query.token if self._has(query.token) else None,
        )

    def _has(self, token: Token | None) -> bool:
        return lies_in(self.grid, token) if isinstance(token, tuple) else token in self.tokens

    def at_layer(self, query: Query, layer: int) -> Query:
        """The last layer is remembered as the last: the next model may have more of them."""
        layer = min(max(layer, 0), self.layers - 1)
        return replace(query, layer=-1 if layer == self.layers - 1 else layer)

    def at_token(self, query: Query, token: Token) -> Query:
        """The default token is remembered as the default: the next model's may be another."""
        return replace(query, token=None if token == self.tokens[0] else token)

    def at_next_head(self, query: Query, step: int) -> Query:
        """From head to head; from all together to the first, or backwards to the last."""
        if isinstance(query.head, str):
            head: Heads = 0 if step > 0 else self.heads - 1
        else:
            head = min(max(query.head + step, 0), self.heads - 1)
        return replace(query, head=head)


def fit_words(words: WordQuery, captioner: CaptionerInfo) -> WordQuery:
    """What is asked of a caption, with defaults in place of what the captioner has not."""
    fits_layer = isinstance(words.layer, str) or -captioner.layers <= words.layer < captioner.layers
    fits_head = isinstance(words.head, str) or 0 <= words.head < captioner.heads
    return replace(
        words,
        layer=words.layer if fits_layer else -1,
        head=words.head if fits_head else "mean",
    )


def range_of(told: State | Second, query: Query) -> QueryRange | None:
    """What can be asked now, or as soon as the picture is traced; None where there is no model."""
    if told.trace is not None:
        return QueryRange.of_trace(told.trace, query)
    return QueryRange.of_model(told.model) if told.model is not None else None


def carried_over(query: Query, here: State | Second, there: State | Second) -> Query:
    """The query of the model `here`, asked of the model `there` about the same place.

    Where their grids differ, its patch becomes the one that lies over the middle of it, in the
    picture; what the other model does not have becomes its default.
    """
    if there.model is None:
        return query
    if isinstance(query.token, tuple):
        query = replace(query, token=same_place(query.token, here, there))
    return QueryRange.of_model(there.model).fit(query)

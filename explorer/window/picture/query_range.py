"""What can be asked of a model, and the queries next to another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...records import (
    MEAN_OF_PATCHES,
    POOLING_HEAD,
    Heads,
    ModelInfo,
    Patch,
    Query,
    Token,
    Trace,
)

_DEFAULTS = {"mean of patches": MEAN_OF_PATCHES, "pooling head": POOLING_HEAD}


@dataclass(frozen=True)
class QueryRange:
    """How far layers and heads go, and which tokens there are."""

    layers: int
    heads: int
    tokens: tuple[str, ...]  # the named queries, the default one first
    last_patch: Patch

    @classmethod
    def of_trace(cls, trace: Trace, query: Query) -> QueryRange:
        """The pooling head attends once, with heads of its own."""
        layers, heads = len(trace.layers), len(trace.layers[0].q)
        if trace.pooling is not None and query.token in (None, POOLING_HEAD):
            layers, heads = 1, len(trace.pooling.q)
        return cls(layers, heads, trace.queries, (trace.grid.rows - 1, trace.grid.columns - 1))

    @classmethod
    def of_model(cls, model: ModelInfo) -> QueryRange:
        """What its traces will offer."""
        default = _DEFAULTS.get(model.decision) or model.grid.prefix[0]
        tokens = tuple(dict.fromkeys((default, *model.grid.prefix)))
        last = model.grid.rows - 1, model.grid.columns - 1
        return cls(model.layers, model.heads, tokens, last)

    def token(self, query: Query) -> Token:
        """Whose attention a query asks for."""
        return self.tokens[0] if query.token is None else query.token

    def layer(self, query: Query) -> int:
        """A query's layer, counted from 0."""
        return query.layer % self.layers

    def fit(self, query: Query) -> Query:
        """The query, with its defaults in place of what there is not."""
        fits_head = isinstance(query.head, str) or 0 <= query.head < self.heads
        fits_layer = -self.layers <= query.layer < self.layers
        return Query(
            query.layer if fits_layer or self.layers == 1 else -1,
            query.head if fits_head else "mean",
            query.token if self._has(query.token) else None,
        )

    def _has(self, token: Token | None) -> bool:
        if isinstance(token, tuple):
            return token[0] <= self.last_patch[0] and token[1] <= self.last_patch[1]
        return token in self.tokens

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

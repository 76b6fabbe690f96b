"""Raw attention: how much one query looks at each patch."""

from ..records import POOLING_HEAD, Heatmap, Query, Token, Trace


def heatmap(trace: Trace, query: Query, shared_scale: bool = False) -> Heatmap:
    """The map that a query asks for, in probability (a row sums to 1 with its prefix tokens).

    The scale begins at 0 and ends at the map's own maximum, or, `shared_scale`, at the maximum
    of all layers and heads for this query, so that maps can be compared.
    """
    values = trace.attention(query.layer, query.head, query.token)
    high = (trace.maps(query.token) if shared_scale else values).max()
    return Heatmap(values, 0.0, float(high), "attention", describe(trace, query))


def describe(trace: Trace, query: Query) -> str:
    """A query in words: “layer 12 · head 5 · from class token”."""
    layer = query.layer % len(trace.layers) + 1
    head = f"{query.head} of heads" if isinstance(query.head, str) else f"head {query.head + 1}"
    source = name_token(trace.default_query if query.token is None else query.token)
    place = "" if source == POOLING_HEAD else f"layer {layer} · "
    return f"{place}{head} · from {source}"


def name_token(token: Token) -> str:
    """A token as the window writes it; rows and columns count from 1 there."""
    if isinstance(token, tuple):
        return f"row {token[0] + 1}, column {token[1] + 1}"
    return f"{token} token" if token in ("class", "distillation") else token

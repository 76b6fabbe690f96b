"""Pictures and traces without a model, for everything that shows them."""

from collections.abc import Callable

import numpy as np
import pytest

from explorer.records import (
    MEAN_OF_PATCHES,
    POOLING_HEAD,
    Decision,
    Frame,
    Grid,
    Patch,
    Picture,
    RecordedAttention,
    Trace,
)

WIDTH = 64  # of one head


def synthetic_picture(width: int = 240, height: int = 160, seed: int = 0) -> Picture:
    """A smooth coloured picture without a path."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [np.sin(across / (17 + 5 * seed + i * 9) + down / (23 + i * 7)) for i in range(3)]
    pixels = (127 + 100 * np.stack(waves, axis=-1)).astype(np.uint8)
    return Picture(None, pixels, (width, height))


def squashed(picture_size: tuple[int, int], rows: int, columns: int, patch: int = 16) -> Frame:
    """The frame of a picture that was squashed to the model's input."""
    width, height = picture_size
    box = (0.0, 0.0, float(width), float(height))
    return Frame("squash", picture_size, (rows * patch, columns * patch), box, rows, columns)


def _random_layer(rng: np.random.Generator, heads: int, queries: int, tokens: int):
    q = rng.standard_normal((heads, queries, WIDTH), dtype=np.float32)
    k = rng.standard_normal((heads, tokens, WIDTH), dtype=np.float32)
    return RecordedAttention(q, k, WIDTH**-0.5)


def _hot_layer(heads: int, tokens: int, hot: int):
    """All queries look at one token and, much less, at the others alike."""
    q = np.zeros((heads, tokens, WIDTH), np.float32)
    k = np.zeros((heads, tokens, WIDTH), np.float32)
    q[..., 0] = 1.0
    k[:, hot, 0] = 8.0 / WIDTH**-0.5
    return RecordedAttention(q, k, WIDTH**-0.5)


def synthetic_trace(
    rows: int = 6,
    columns: int = 9,
    layers: int = 4,
    heads: int = 3,
    prefix: tuple[str, ...] = ("class",),
    seed: int = 0,
    *,
    frame: Frame | None = None,
    decision: Decision = "class token",
    hot: Patch | None = None,
    classes: int = 10,
) -> Trace:
    """A trace of random q and k; with `hot`, every query of every head looks at that patch.

    Without a frame, it is that of a picture of 240 × 160 squashed.
    """
    rng = np.random.default_rng(seed)
    grid = Grid(rows, columns, prefix)
    shape = (heads, grid.tokens, grid.tokens)
    if hot is None:
        recorded = [_random_layer(rng, *shape) for _ in range(layers)]
    else:
        recorded = [_hot_layer(heads, grid.tokens, grid.index(hot)) for _ in range(layers)]
    pooling = _random_layer(rng, heads, 1, grid.tokens) if decision == POOLING_HEAD else None
    pools = decision in (MEAN_OF_PATCHES, "all tokens")
    mean = np.stack([layer.row(len(prefix)) for layer in recorded]) if pools else None
    logits = rng.standard_normal(classes, dtype=np.float32)
    probability = np.exp(logits) / np.exp(logits).sum()
    norms = rng.uniform(1, 50, (layers, grid.tokens)).astype(np.float32)
    frame = frame or squashed((240, 160), rows, columns)
    return Trace(frame, grid, decision, logits, probability, tuple(recorded), pooling, mean, norms)


@pytest.fixture
def make_picture() -> Callable[..., Picture]:
    """Builds pictures: `make_picture(width, height, seed)`."""
    return synthetic_picture


@pytest.fixture
def make_trace() -> Callable[..., Trace]:
    """Builds traces: `make_trace(rows, columns, layers, heads, prefix, seed, …)`."""
    return synthetic_trace

"""Position fields say of every pair of patches what a slow float64 reference says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.explain.position_fields import SimilarityField, thinned
from explorer.explain.positions import (
    Choices,
    Source,
    choices_of,
    describe_positions,
    field_of,
    sources_of,
)
from explorer.images.sines import sine_table
from explorer.records import PositionBias, Positions, PositionTable, RotaryPositions

RANDOM = np.random.default_rng(0)


def make_table(rows: int = 4, columns: int = 6, width: int = 16, **more) -> PositionTable:
    """A random table with a class token."""
    patches = RANDOM.standard_normal((rows, columns, width)).astype(np.float32)
    prefix = RANDOM.standard_normal((1, width)).astype(np.float32)
    return PositionTable(patches, prefix, ("class",), **more)


def make_rotary(layers: int = 3, heads: int = 2, rows: int = 4, columns: int = 6, pairs: int = 5):
    """Angles that grow evenly along rows and columns, at another pace for each pair."""
    down, right = RANDOM.uniform(0, 1, (2, layers, heads, 1, 1, pairs))
    angles = down * np.arange(rows)[:, None, None] + right * np.arange(columns)[:, None]
    return RotaryPositions(np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32))


def make_bias(layers: int = 3, heads: int = 2, rows: int = 4, columns: int = 6) -> PositionBias:
    size = (layers, heads, 2 * rows - 1, 2 * columns - 1)
    return PositionBias(RANDOM.standard_normal(size).astype(np.float32))


def make_positions(**parts) -> Positions:
    return Positions(4, 6, **parts)


EVERYTHING = make_positions(
    table=make_table(stored=make_table(3, 3).patches), rotary=make_rotary(), bias=make_bias()
)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """One pair, in float64, by the textbook."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(a @ b / (np.sqrt(a @ a) * np.sqrt(b @ b)))


def test_a_table_gives_the_cosine_of_every_pair():
    """map_from and maps agree with the textbook, pair by pair."""
    table = make_table()
    field = field_of(make_positions(table=table), Source("table"))
    maps = field.maps()
    for query in np.ndindex(4, 6):
        expected = [[cosine(table.patches[query], key) for key in row] for row in table.patches]
        np.testing.assert_allclose(field.map_from(query), expected, atol=1e-6)
        np.testing.assert_allclose(maps[query], expected, atol=1e-6)


@pytest.mark.parametrize("source", sources_of(EVERYTHING), ids=lambda source: source.kind)
def test_every_field_keeps_its_contract(source: Source):
    """Shapes, float32, scale, and one truth for hovering, mosaic and a part of the mosaic."""
    field = field_of(EVERYTHING, source)
    maps = field.maps()
    size = (3, 3) if source.kind == "stored" else (4, 6)
    assert (field.rows, field.columns) == size
    assert maps.shape == size * 2
    assert maps.dtype == field.map_from((0, 0)).dtype == np.float32
    for query in np.ndindex(size):
        np.testing.assert_allclose(field.map_from(query), maps[query], atol=1e-6)
    part = field.maps(slice(1, 3), slice(None, None, 2))
    np.testing.assert_allclose(part, maps[1:3, ::2], atol=1e-6)
    low, high = field.bounds
    assert low == -high
    assert low - 1e-5 <= maps.min() <= maps.max() <= high + 1e-5
    with pytest.raises(ExplorerError, match="no patch in row 4"):
        field.map_from((4, 0))
    with pytest.raises(ExplorerError, match="no patch in row -1"):
        field.map_from((-1, 0))


@pytest.mark.parametrize(
    "source",
    [
        Source("rotary"),
        Source("rotary", layer=1),
        Source("rotary", layer=-1, head=0),
        Source("rotary", head=1, pair=4),
    ],
)
def test_rotary_similarity_is_what_turning_leaves_of_a_query(source: Source):
    """Random queries, turned as RoPE turns them: mean of q_i · q_j / |q|² over all q."""
    rotary = make_rotary()
    field = field_of(make_positions(rotary=rotary), source)
    chosen = [
        slice(None) if number is None else [number]
        for number in (source.layer, source.head, source.pair)
    ]
    turn = rotary.cos.astype(complex) + 1j * rotary.sin
    turn = turn[chosen[0]][:, chosen[1]][..., chosen[2]]
    # With a number for each pair, q_i · q_j = Re(q turn_i · conj(q turn_j)); every basis vector is
    # one q, and their mean is that over all directions.
    for query in np.ndindex(4, 6):
        expected = (turn * turn[:, :, query[0], query[1]][:, :, None, None].conj()).real
        np.testing.assert_allclose(field.map_from(query), expected.mean(axis=(0, 1, 4)), atol=1e-6)


@pytest.mark.parametrize("source", [Source("bias"), Source("bias", 2), Source("bias", 0, -1)])
def test_a_bias_is_looked_up_by_its_offset(source: Source):
    """From a query to a key: offsets[rows - 1 + down, columns - 1 + right]."""
    bias = make_bias()
    field = field_of(make_positions(bias=bias), source)
    layer = slice(None) if source.layer is None else [source.layer]
    head = slice(None) if source.head is None else [source.head]
    offsets = bias.offsets[layer][:, head].mean(axis=(0, 1))
    for query in np.ndindex(4, 6):
        for key in np.ndindex(4, 6):
            down, right = key[0] - query[0], key[1] - query[1]
            assert field.map_from(query)[key] == pytest.approx(offsets[3 + down, 5 + right])
    assert field.bounds[1] == np.abs(bias.offsets).max()


def test_what_layers_share_is_the_same_for_each():
    """A shared bias may be asked for by any layer's number: state survives a change of model."""
    positions = make_positions(bias=make_bias(layers=1))
    shared, fifth = (field_of(positions, Source("bias", layer)) for layer in (None, 5))
    np.testing.assert_array_equal(shared.maps(), fifth.maps())


@pytest.mark.parametrize(
    ("positions", "source", "message"),
    [
        (make_positions(), Source("table"), "no table of position embeddings. None: nothing"),
        (make_positions(bias=make_bias()), Source("table"), "no table .* Relative bias: "),
        (make_positions(table=make_table()), Source("stored"), "used as it was stored"),
        (make_positions(table=make_table()), Source("rotary"), "does not turn its queries"),
        (make_positions(table=make_table()), Source("bias"), "adds no bias"),
        (EVERYTHING, Source("bias", layer=3), "no layer 3. There are 3, counted from 0"),
        (EVERYTHING, Source("bias", head=-3), "no head -3"),
        (EVERYTHING, Source("rotary", pair=5), "no pair 5"),
    ],
)
def test_what_is_not_there_is_said(positions: Positions, source: Source, message: str):
    """A plain sentence, and what the model has instead."""
    with pytest.raises(ExplorerError, match=message):
        field_of(positions, source)


def test_sources_name_what_there_is():
    """The default first; nothing where a model has nothing."""
    kinds = [source.kind for source in sources_of(EVERYTHING)]
    assert kinds == ["table", "stored", "rotary", "bias", "sines"]
    assert sources_of(make_positions()) == ()
    assert sources_of(make_positions(rotary=make_rotary())) == (Source("rotary"),)
    assert choices_of(EVERYTHING, "rotary") == Choices(3, 2, 5)
    assert choices_of(EVERYTHING, "bias") == Choices(3, 2)
    assert choices_of(EVERYTHING, "table") == Choices()


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        (make_positions(), "None: nothing tells this model where a patch lies."),
        (
            make_positions(table=make_table()),
            "A learned table: 4 × 6 patches and the class token, width 16.",
        ),
        (
            make_positions(table=make_table(stored=np.zeros((3, 3, 16), np.float32))),
            "A learned table: 4 × 6 patches and the class token, width 16. "
            "It was stored for 3 × 3 patches.",
        ),
        (
            make_positions(table=make_table(origin="sines"), rotary=make_rotary(1, 1)),
            "A fixed table of sines and cosines: 4 × 6 patches and the class token, width 16. "
            "Rotary: queries and keys are turned by their patch's angles, 5 of them in a head, "
            "the same in every layer and head.",
        ),
        (
            make_positions(rotary=make_rotary(3, 2)),
            "Rotary: queries and keys are turned by their patch's angles, 5 of them in a head, "
            "its own in every layer and head.",
        ),
        (
            make_positions(bias=make_bias(12)),
            "Relative bias: a number for each of 7 × 11 offsets and 2 heads, "
            "its own in each of 12 layers.",
        ),
        (
            make_positions(bias=make_bias(1)),
            "Relative bias: a number for each of 7 × 11 offsets and 2 heads, shared by all layers.",
        ),
    ],
)
def test_positions_say_what_they_are(positions: Positions, said: str):
    """What a person reads above the panel."""
    assert describe_positions(positions) == said


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ((), "4 × 6 patches,"),
        (("class", "distillation"), "4 × 6 patches, the class token and the distillation token,"),
        (("class", "register 1"), "4 × 6 patches, the class token and a register,"),
        (("register 1", "register 2"), "4 × 6 patches and 2 registers,"),
    ],
)
def test_prefix_tokens_are_listed(prefix: tuple[str, ...], said: str):
    """Only tokens that have an entry are named."""
    table = PositionTable(make_table().patches, np.zeros((len(prefix), 16), np.float32), prefix)
    assert said in describe_positions(make_positions(table=table))


def test_vectors_without_a_direction_are_drawn_as_zero_and_counted():
    """Zero and not finite numbers give no NaN; very large and very small ones are still vectors."""
    table = make_table()
    table.patches[0, 0], table.patches[1, 1, 3] = 0, np.nan
    table.patches[2, 2], table.patches[3, 3] = 1e38, 1e-30
    maps = field_of(make_positions(table=table), Source("table")).maps()
    assert np.isfinite(maps).all()
    assert not maps[0, 0].any()
    assert not maps[:, :, 1, 1].any()
    assert maps[2, 2, 3, 3] == pytest.approx(1)
    assert "drawn as 0: 2." in describe_positions(make_positions(table=table))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 9), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_similarity_is_symmetric_and_bounded(rows: int, columns: int, width: int, seed: int):
    """Any grid, 1 × n among them: cos(a, b) = cos(b, a), 1 with itself, within -1..1."""
    vectors = np.random.default_rng(seed).standard_normal((rows, columns, width))
    maps = SimilarityField(vectors.astype(np.float32)).maps()
    matrix = maps.reshape(rows * columns, -1)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(matrix), 1, atol=1e-6)
    assert np.abs(matrix).max() <= 1 + 1e-6


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 2_000_000))
@settings(max_examples=100, deadline=None)
def test_thinned_maps_fit(rows: int, columns: int, most: int):
    """As many patches as fit are asked, at least one; one step less would not fit."""
    field = SimilarityField(np.ones((rows, columns, 1), np.float32))

    def size(step: int) -> int:
        return len(range(0, rows, step)) * len(range(0, columns, step)) * rows * columns

    step = thinned(field, most).step
    assert size(step) <= most or size(step) == rows * columns
    assert step == 1 or size(step - 1) > most


@pytest.mark.parametrize("name", ["full_coffee", "full_astronaut", "tiny_coffee", "tiny_astronaut"])
def test_sines_are_those_of_catr(shared, name: str):
    """The formula gives what CATR's own code gave for pictures without padding."""
    with np.load(shared(f"golden/catr/{name}.npz")) as golden:
        expected = golden["pos"]  # (width, rows, columns)
    width, rows, columns = expected.shape
    table = sine_table(rows, columns, width)
    np.testing.assert_allclose(table, expected.transpose(1, 2, 0), atol=2e-6)

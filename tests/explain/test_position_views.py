"""Views of positions say what slow float64 references say, and bear every table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.explain.position_fields import OffsetField, SimilarityField
from explorer.explain.position_views import (
    by_distance,
    norms,
    prefix_similarity,
    principal_components,
    profiles,
)
from explorer.records import PositionTable

RANDOM = np.random.default_rng(1)


def make_table(rows: int = 5, columns: int = 7, width: int = 12, prefix: int = 2) -> PositionTable:
    patches = RANDOM.standard_normal((rows, columns, width)).astype(np.float32)
    names = ("class", "distillation")[:prefix]
    return PositionTable(patches, RANDOM.standard_normal((prefix, width)).astype(np.float32), names)


def pairs_of(rows: int, columns: int):
    """Every query with every key."""
    patches = list(np.ndindex(rows, columns))
    return [(query, key) for query in patches for key in patches]


def field_by_distance(law, rows: int = 12, columns: int = 12) -> OffsetField:
    """A field whose values follow a law of the distance."""
    down, right = np.mgrid[1 - rows : rows, 1 - columns : columns]
    values = law(np.hypot(down, right)).astype(np.float32)
    return OffsetField(values, "bias", (-1, 1))


def test_a_distance_has_the_mean_and_quartiles_of_its_pairs():
    """Group by group, as numpy says of the pairs collected one by one."""
    field = SimilarityField(make_table().patches)
    groups: dict[int, list[float]] = {}
    for query, key in pairs_of(5, 7):
        square = (query[0] - key[0]) ** 2 + (query[1] - key[1]) ** 2
        groups.setdefault(square, []).append(float(field.map_from(query)[key]))
    curve = by_distance(field)
    np.testing.assert_allclose(curve.distances, np.sqrt(sorted(groups)), rtol=1e-6)
    values = [groups[square] for square in sorted(groups)]
    assert curve.pairs.tolist() == [len(group) for group in values]
    np.testing.assert_allclose(curve.mean, [np.mean(group) for group in values], atol=1e-6)
    quartiles = np.array([np.quantile(group, [0.25, 0.5, 0.75]) for group in values])
    np.testing.assert_allclose(curve.low, quartiles[:, 0], atol=1e-6)
    np.testing.assert_allclose(curve.median, quartiles[:, 1], atol=1e-6)
    np.testing.assert_allclose(curve.high, quartiles[:, 2], atol=1e-6)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_fitted_curve_finds_the_law(power: float):
    """Values that follow a decay give back its floor, height, reach and kind."""
    fit = by_distance(field_by_distance(lambda d: 0.2 + 0.6 * np.exp(-((d / 3.5) ** power)))).fit
    assert fit is not None
    assert fit.power == power
    assert fit.floor == pytest.approx(0.2, abs=0.01)
    assert fit.height == pytest.approx(0.6, abs=0.02)
    assert fit.reach == pytest.approx(3.5, rel=0.03)
    assert fit.explained > 0.999
    assert fit.at(np.array([0.0, 100.0])) == pytest.approx([0.8, 0.2], abs=0.03)


def test_a_field_that_does_not_decay_is_explained_badly():
    """What is no decay is not sold as one: a wave has no reach."""
    fit = by_distance(field_by_distance(lambda d: np.cos(3 * d))).fit
    assert fit is not None
    assert fit.explained < 0.3


def test_no_curve_is_better_than_the_one_that_is_fitted():
    """Least squares: of many other curves of the family none is nearer to the means."""
    curve = by_distance(SimilarityField(make_table(prefix=0).patches))
    fit = curve.fit
    assert fit is not None
    far = curve.distances[1:].astype(float)
    error = ((fit.at(far) - curve.mean[1:]) ** 2) @ curve.pairs[1:]
    for reach in np.geomspace(0.75, 2 * far[-1], 50):
        for power in (1, 2):
            decay = np.exp(-((far / reach) ** power))
            design = np.stack([np.ones_like(decay), decay], axis=1)
            roots = np.sqrt(curve.pairs[1:])
            found, *_ = np.linalg.lstsq(design * roots[:, None], curve.mean[1:] * roots, rcond=None)
            other = ((design @ found - curve.mean[1:]) ** 2) @ curve.pairs[1:]
            assert error <= other * 1.001


def test_very_large_grids_are_looked_at_in_part():
    """A thinned grid gives the same means of a field that only knows distances."""
    law = lambda d: np.exp(-d / 9)  # noqa: E731 - a formula, not a function
    curve = by_distance(field_by_distance(law, 50, 60))
    np.testing.assert_allclose(curve.mean, law(curve.distances), atol=1e-6)
    assert curve.pairs.sum() < 1_500_000 < (50 * 60) ** 2
    found = profiles(field_by_distance(law, 50, 60))
    np.testing.assert_allclose(found.along_rows[49:], law(np.arange(50)), atol=1e-6)
    np.testing.assert_allclose(found.along_columns[59:], law(np.arange(60)), atol=1e-6)


def test_profiles_are_means_along_rows_and_columns():
    """By hand: pairs in one column by their rows' offset, pairs in one row by their columns'."""
    field = SimilarityField(make_table().patches)
    along_rows = {offset: [] for offset in range(-4, 5)}
    along_columns = {offset: [] for offset in range(-6, 7)}
    for query, key in pairs_of(5, 7):
        value = field.map_from(query)[key]
        if query[1] == key[1]:
            along_rows[key[0] - query[0]].append(value)
        if query[0] == key[0]:
            along_columns[key[1] - query[1]].append(value)
    found = profiles(field)
    assert found.row_offsets.tolist() == list(along_rows)
    assert found.column_offsets.tolist() == list(along_columns)
    means = [np.mean(values) for values in along_rows.values()]
    np.testing.assert_allclose(found.along_rows, means, atol=1e-6)
    means = [np.mean(values) for values in along_columns.values()]
    np.testing.assert_allclose(found.along_columns, means, atol=1e-6)


def test_one_patch_has_profiles_of_its_own():
    """Its own column and row; NaN at offsets that lie outside the grid."""
    field = SimilarityField(make_table().patches)
    found, values = profiles(field, (1, 4)), field.map_from((1, 4))
    np.testing.assert_array_equal(found.along_rows[3:8], values[:, 4])
    np.testing.assert_array_equal(found.along_columns[2:9], values[1])
    assert np.isnan(found.along_rows).tolist() == [True] * 3 + [False] * 5 + [True]
    with pytest.raises(ExplorerError, match="no patch in row 9"):
        profiles(field, (9, 0))


@pytest.mark.parametrize(("rows", "columns", "width"), [(5, 7, 12), (3, 4, 40), (1, 9, 8)])
def test_components_are_those_of_the_singular_values(rows: int, columns: int, width: int):
    """Scores and shares as numpy's SVD of the centred table gives them, wide or tall."""
    table = make_table(rows, columns, width)
    found = principal_components(table, count=4)
    vectors = table.patches.reshape(-1, width).astype(np.float64)
    left, singular, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    expected = (left * singular)[:, :4]
    expected *= np.sign(expected[0])
    np.testing.assert_allclose(found.maps.reshape(4, -1), expected.T, atol=1e-4)
    np.testing.assert_allclose(found.shares, (singular**2 / (singular**2).sum())[:4], atol=1e-6)
    assert (found.maps[:, 0, 0] >= 0).all()


def test_lengths_are_those_of_the_vectors():
    """Patch by patch and token by token, in float64."""
    table, found = (table := make_table()), norms(table)
    lengths = np.sqrt((table.patches.astype(np.float64) ** 2).sum(axis=-1))
    np.testing.assert_allclose(found.patches, lengths, rtol=1e-6)
    np.testing.assert_allclose(found.prefix, np.sqrt((table.prefix**2).sum(axis=-1)), rtol=1e-6)


def test_prefix_tokens_are_compared_with_every_patch():
    """The cosine of the textbook; none where no prefix token has an entry."""
    table = make_table()
    found = prefix_similarity(table)
    for token, row, column in np.ndindex(found.shape):
        a, b = table.prefix[token].astype(float), table.patches[row, column].astype(float)
        expected = a @ b / np.sqrt((a @ a) * (b @ b))
        assert found[token, row, column] == pytest.approx(expected, abs=1e-6)
    assert prefix_similarity(make_table(prefix=0)).shape == (0, 5, 7)


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, np.inf, 1e38])
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1), (2, 2), (3, 4)])
def test_tables_that_say_nothing_are_borne(size: tuple[int, int], value: float):
    """Constant, empty and broken tables give numbers, not warnings or errors."""
    table = PositionTable(np.full((*size, 4), value, np.float32), np.zeros((1, 4)), ("class",))
    field = SimilarityField(table.patches)
    curve, found = by_distance(field), principal_components(table)
    assert np.isfinite([curve.mean, curve.low, curve.median, curve.high]).all()
    assert curve.fit is None or np.isfinite(curve.fit.at(curve.distances)).all()
    assert not found.shares.any()
    assert found.maps.shape == (3, *size)
    assert np.isfinite(profiles(field).along_rows).all()
    assert np.isfinite(norms(table).patches).all()
    assert np.isfinite(prefix_similarity(table)).all()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_components_never_fail(rows: int, columns: int, width: int, seed: int):
    """Shares fall, and sum to 1 at most, whatever the table's size and rank."""
    random = np.random.default_rng(seed)
    patches = random.integers(-2, 3, (rows, columns, width)).astype(np.float32)
    found = principal_components(PositionTable(patches, np.zeros((0, width)), ()), count=7)
    assert found.maps.shape == (7, rows, columns)
    assert (np.diff(found.shares) <= 1e-6).all()
    assert -1e-6 <= found.shares.min() <= found.shares.sum() <= 1 + 1e-5

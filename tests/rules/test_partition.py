"""Responsibility grids: each in one piece, and as much work as the next one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from gis_core.coverage import Floats, Ints, Shapes, groups_in_touch, neighbours
from grid.rules.partition import duty_weights, group_evenly


def town(columns: int, rows: int) -> Shapes:
    corners = [(x, y) for x in range(0, columns * 100, 100) for y in range(0, rows * 100, 100)]
    return np.array([box(x, y, x + 100, y + 100) for x, y in corners], dtype=object)


def grouped(shapes: Shapes, weights: Floats, count: int) -> Ints:
    middles = np.array([(shape.centroid.x, shape.centroid.y) for shape in shapes])
    return group_evenly(middles, weights, neighbours(shapes), count, seed=[1])


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 9), st.integers(3, 9), st.integers(2, 5), st.integers(0, 10_000))
def test_every_responsibility_grid_is_in_one_piece(columns: int, rows: int, count: int, seed: int) -> None:
    shapes = town(columns, rows)
    weights = np.random.default_rng(seed).uniform(0.1, 3.0, len(shapes))
    groups = grouped(shapes, weights, count)
    pieces = [groups_in_touch(shapes[groups == group]).max() for group in np.unique(groups)]
    assert pieces == [0] * len(pieces)


def test_a_busy_corner_is_walked_in_smaller_grids() -> None:
    shapes = town(12, 12)
    weights = np.array(
        [6.0 if shape.centroid.x < 400 and shape.centroid.y < 400 else 1.0 for shape in shapes]
    )
    groups = grouped(shapes, weights, 8)
    load = np.bincount(groups, weights)
    assert load.std() / load.mean() < 0.15


def test_past_cases_and_streets_both_count() -> None:
    weights = duty_weights(np.array([10, 0]), np.array([0.0, 500.0]))
    assert weights.tolist() == pytest.approx([1.2, 0.8])


def test_where_nothing_is_known_every_grid_counts_alike() -> None:
    assert duty_weights(np.array([0, 0]), np.zeros(2)).tolist() == [1.0, 1.0]

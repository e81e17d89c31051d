"""Stretches of numbers that a query reads in turn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gis_core.binary_copy import Runs

numbers = st.sets(st.integers(1, 5_000), min_size=1, max_size=200).map(lambda found: np.array(sorted(found)))


@given(numbers, st.integers(0, 100), st.integers(1, 1_000))
def test_every_number_lies_in_one_stretch(
    found: "np.ndarray[tuple[int], np.dtype[np.int64]]", gap: int, most: int
) -> None:
    runs = Runs.of(found, gap=gap, most=most)
    held = (np.array(runs.lows)[:, None] <= found) & (found <= np.array(runs.highs)[:, None])
    assert held.sum(axis=0).tolist() == [1] * len(found)
    assert max(high - low for low, high in zip(runs.lows, runs.highs, strict=True)) < most


@given(numbers)
def test_stretches_without_gaps_hold_nothing_else(
    found: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> None:
    runs = Runs.of(found, gap=1)
    assert sum(high - low + 1 for low, high in zip(runs.lows, runs.highs, strict=True)) == len(found)


def test_no_numbers_make_no_stretches() -> None:
    assert Runs.of(np.zeros(0, np.int64)) == Runs([], [])

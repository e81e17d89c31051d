"""Look-alikes on labelled pairs: what is shown is nearly always the same problem, and little is missed."""

from collections import Counter
from itertools import groupby

import pytest

from cases.rules.duplicates import LIKELY
from tests.quality.repeats import Pair, read_pairs, report, tally

PAIRS = read_pairs()
MEASURED = [pair for pair in PAIRS if pair.half == "report"]


def words_of(half: str) -> set[tuple[str, str]]:
    return {(pair.known.words, pair.new.words) for pair in PAIRS if pair.half == half}


def test_of_what_is_shown_nearly_all_is_the_same_problem_and_little_is_missed() -> None:
    found = tally(MEASURED)
    assert (found.precision >= 0.95, found.recall >= 0.92) == (True, True), "\n".join(report(PAIRS))


def test_what_is_called_very_likely_always_is() -> None:
    assert tally(MEASURED, LIKELY).precision == 1.0


def test_no_pair_stands_in_both_halves_or_twice() -> None:
    assert words_of("tune") & words_of("report") == set()
    assert len({*words_of("tune"), *words_of("report")}) == len(PAIRS) >= 120


@pytest.mark.parametrize(
    ("situation", "pairs"),
    [(name, list(own)) for name, own in groupby(PAIRS, key=lambda pair: pair.situation)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_situation_has_repeats_and_others_in_both_halves(situation: str, pairs: list[Pair]) -> None:
    counted = Counter((pair.half, pair.is_same) for pair in pairs)
    assert (len(counted), max(counted.values()) - min(counted.values()) <= 2) == (4, True)

"""Labelled addresses that the tagger is trained on, changed by chance."""

from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.geocoding.divisions import NationalDivisions
from tests.bench.changed_addresses import Changer
from tests.bench.training import text_and_parts

NATION = Path(__file__).parents[2] / "data" / "nation"
ADDRESS = [
    ("浙江省", "prov"),
    ("杭州市", "city"),
    ("西湖区", "district"),
    ("文三路", "road"),
    ("478号", "roadno"),
]


@cache
def nation() -> NationalDivisions:
    return NationalDivisions.load(NATION)


def changed(seed: int, *, is_bold: bool) -> list[tuple[str, str]]:
    return next(Changer(nation(), [ADDRESS], seed).addresses(1, is_bold=is_bold))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_an_address_moved_elsewhere_names_divisions_that_lie_in_each_other(seed: int) -> None:
    text, _ = text_and_parts(changed(seed, is_bold=False))
    codes = [str(found.codes[0]) for found in nation().find_divisions(text) if found.level != "town"]
    lowest = max(codes, key=len, default="")
    assert all(lowest.startswith(code) for code in codes)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_a_changed_address_still_has_its_street_and_number(seed: int, is_bold: bool) -> None:
    assert [label for _, label in changed(seed, is_bold=is_bold)[-2:]] == ["road", "roadno"]


def test_the_same_seed_changes_an_address_in_the_same_way() -> None:
    assert changed(7, is_bold=True) == changed(7, is_bold=True)

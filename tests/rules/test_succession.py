"""A county that became a district has one code before the day and another one from it on."""

from datetime import date
from pathlib import Path

import pytest

from grid.city import City
from grid.divisions import read_division_changes, read_divisions
from grid.rules.succession import DivisionChange, code_on, find_change

CITY = City.load(Path(__file__).parents[2] / "data" / "baoji")
CHANGES = read_division_changes(CITY)
TWICE = (
    DivisionChange("100001", "甲县", "100002", "甲市", date(2000, 1, 1), "", ""),
    DivisionChange("100002", "甲市", "100003", "甲区", date(2010, 1, 1), "", ""),
)


@pytest.mark.parametrize(
    ("code", "on", "expected", "because"),
    [
        ("610322", date(2026, 1, 1), "610305", "凤翔县 has become 凤翔区"),
        ("610322101", date(2026, 1, 1), "610305101", "its towns went with it"),
        ("610305", date(2020, 12, 31), "610322", "the day before it was still the county"),
        ("610303008", date(1999, 1, 1), "610303008", "金台区 has not changed its code"),
    ],
)
def test_a_code_is_asked_as_of_a_day(code: str, on: date, expected: str, because: str) -> None:
    assert code_on(CHANGES, code, on) == expected


@pytest.mark.parametrize(("year", "expected"), [(1999, "100001"), (2005, "100002"), (2020, "100003")])
def test_changes_follow_each_other_both_ways(year: int, expected: str) -> None:
    found = {code_on(TWICE, code, date(year, 6, 1)) for code in ("100001", "100002", "100003")}
    assert found == {expected}


def test_an_old_code_names_the_change_that_ended_it() -> None:
    found = find_change(CHANGES, "610322101")
    assert found is not None
    assert (found.new_name, find_change(CHANGES, "610305")) == ("凤翔区", None)


def test_every_new_code_is_in_the_register() -> None:
    codes = {division.code for division in read_divisions(CITY)}
    assert {change.new_code for change in CHANGES} <= codes

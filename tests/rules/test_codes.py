"""Codes of grids, components, matters and cases are read and written without loss."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid.rules.codes import (
    BadCode,
    CaseNo,
    ComponentCode,
    MatterCode,
    ResponsibilityCode,
    TypeCode,
    UnitGridCode,
)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def number(length: int) -> st.SearchStrategy[str]:
    return st.integers(1, 10**length - 1).map(lambda n: f"{n:0{length}d}")


types = st.tuples(number(2), number(3)).map("".join)


@given(st.tuples(digits(12), number(3)).map("".join))
def test_a_unit_grid_code_survives_reading(text: str) -> None:
    assert str(UnitGridCode.parse(text)) == text


@given(st.tuples(digits(9), st.just("R"), number(3)).map("".join))
def test_a_responsibility_code_survives_reading(text: str) -> None:
    assert str(ResponsibilityCode.parse(text)) == text


@given(st.tuples(digits(6), types, number(6)).map("".join))
def test_a_component_code_survives_reading(text: str) -> None:
    assert str(ComponentCode.parse(text)) == text


@given(st.tuples(digits(6), types).map("".join))
def test_a_matter_code_survives_reading(text: str) -> None:
    assert str(MatterCode.parse(text)) == text


@given(st.builds(CaseNo, digits(6), st.dates(), st.integers(1, 999_999)))
def test_a_case_number_survives_reading(case_no: CaseNo) -> None:
    assert len(str(case_no)) == 20
    assert CaseNo.parse(str(case_no)) == case_no


def test_a_unit_grid_code_holds_the_divisions_above_it() -> None:
    code = UnitGridCode.parse("610303008007021")
    assert (code.district_code, code.subdistrict_code) == ("610303", "610303008")
    assert (code.community_code, code.sequence) == ("610303008007", 21)


def test_a_component_code_holds_its_type() -> None:
    assert ComponentCode.parse("61030301012000345").type_code == TypeCode("01", "012")


def test_a_case_number_holds_district_and_day() -> None:
    assert CaseNo.parse("61030320260801000123") == CaseNo("610303", date(2026, 8, 1), 123)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        pytest.param(UnitGridCode.parse, "61030300800700", id="14 digits are the code of 2005"),
        pytest.param(UnitGridCode.parse, "610303008007000", id="grids count from 001"),
        pytest.param(UnitGridCode.parse, "610303008007ABC", id="letters in a grid code"),
        pytest.param(UnitGridCode.parse, "610303008007００1", id="full-width digits"),
        pytest.param(UnitGridCode.parse, "610303008007001\n", id="a line end behind the code"),
        pytest.param(UnitGridCode.parse, "", id="nothing"),
        pytest.param(ResponsibilityCode.parse, "610303008001", id="a responsibility code without its letter"),
        pytest.param(ResponsibilityCode.parse, "610303008R000", id="responsibility grids count from 001"),
        pytest.param(ComponentCode.parse, "6103030101000001", id="16 digits are the code of 2013"),
        pytest.param(ComponentCode.parse, "61030301001000000", id="serials count from 000001"),
        pytest.param(ComponentCode.parse, "61030300001000001", id="no major class 00"),
        pytest.param(MatterCode.parse, "6103030601", id="10 digits are the code of 2013"),
        pytest.param(MatterCode.parse, "61030306000", id="no minor class 000"),
        pytest.param(CaseNo.parse, "61030320260230000001", id="30 February"),
        pytest.param(CaseNo.parse, "61030320260801000000", id="cases count from 000001"),
    ],
)
def test_what_is_no_code_is_refused(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(BadCode, match="有误"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("６10303008007001", "全角", id="a full-width digit looks right"),
        pytest.param("61030300800700A", "数字以外", id="a letter is no digit"),
        pytest.param("61030300800701", "现有 14 位", id="one digit is missing"),
        pytest.param("", "没有填写", id="there is nothing"),
    ],
)
def test_a_refusal_says_what_the_code_is_instead(text: str, reason: str) -> None:
    with pytest.raises(BadCode, match=reason):
        UnitGridCode.parse(text)


def test_a_refusal_does_not_repeat_a_flood() -> None:
    with pytest.raises(BadCode) as refusal:
        UnitGridCode.parse("9" * 10_000)
    assert len(refusal.value.message) < 100


@pytest.mark.parametrize("sequence", [pytest.param(0, id="below"), pytest.param(1000, id="above")])
def test_a_sequence_that_three_digits_cannot_hold_is_refused(sequence: int) -> None:
    with pytest.raises(BadCode):
        UnitGridCode("610303008007", sequence)

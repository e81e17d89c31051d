"""Which columns of a table hold the address: by name, as told, or asked for when it is not clear."""

import pytest

from gis_core.errors import BadInput
from grid.rules.address_columns import choose_columns, joined, recognise_column, result_headings

RECOGNISED = [
    ("编号,地址,电话", 1, "the plain word"),
    ("编号,地址,详细地址", 2, "the detailed address is the surer one"),
    ("工单号,案发地点,内容", 1, "a place of an incident"),
    ("单位, 经营地址 ,法人", 1, "what ends in address is one"),
    ("id,Home_Address,phone", 1, "English, with ornaments"),
    ("id,ADDRESS,place", 1, "address before place"),
    ("编号,地址（必填）,备注", 1, "what stands in brackets is no name"),
    ("编号,位置,描述", 1, "a position"),
]
REFUSED = [
    ("编号,姓名,内容", (), "no_address_column", "no name is known"),
    ("1,张庄村,经二路155号", (), "no_heading_row", "the first row is data already"),
    ("2026-09-18,经二路,井盖", (), "no_heading_row", "a day is no name of a column"),
    ("单位地址,家庭住址,户籍地址", (), "several_address_columns", "two end alike"),
    ("地址,内容,地址", (), "several_address_columns", "a name stands twice"),
    ("编号,内容", ("地址",), "unknown_address_column", "the column told is not there"),
    ("编号,内容", ("3",), "unknown_address_column", "there is no third column"),
    ("编号,内容", ("编号+区县",), "unknown_address_column", "one of the columns told is not there"),
    ("1,经二路155号", ("2",), "no_heading_row", "the name of the column told is an address"),
]
TOLD = [
    (("内容",), (2,), "by name"),
    (("3",), (2,), "by number, from 1"),
    (("区县", "内容"), (1, 2), "two of them"),
    (("内容+区县",), (2, 1), "joined by plus, in the order told"),
    (("内容", "内容"), (2,), "a column told twice is one"),
    (("a+b",), (3,), "a name that has a plus itself"),
]


@pytest.mark.parametrize(("heading", "place", "because"), RECOGNISED, ids=[row[2] for row in RECOGNISED])
def test_the_column_of_the_address_is_recognised(heading: str, place: int, because: str) -> None:
    assert recognise_column(heading.split(",")) == place


@pytest.mark.parametrize(("heading", "told", "code", "because"), REFUSED, ids=[row[3] for row in REFUSED])
def test_what_is_not_clear_is_asked_for(heading: str, told: tuple[str, ...], code: str, because: str) -> None:
    with pytest.raises(BadInput) as refusal:
        choose_columns(heading.split(","), told)
    assert refusal.value.code == code
    assert "请" in refusal.value.message or "文件中的列是" in refusal.value.message


@pytest.mark.parametrize(("told", "places", "because"), TOLD, ids=[row[2] for row in TOLD])
def test_columns_are_told_by_name_or_number(
    told: tuple[str, ...], places: tuple[int, ...], because: str
) -> None:
    assert choose_columns(["编号", "区县", "内容", "a+b"], told) == places


JOINED = [
    (("渭滨区", "经二路街道", "155号"), "渭滨区经二路街道155号", "parts follow each other"),
    (("渭滨区", "", " 经二路 "), "渭滨区经二路", "blanks and empty cells are nothing"),
    (("渭滨区", "经二路街道", "渭滨区经二路155号"), "经二路街道渭滨区经二路155号", "said again later"),
    (("经二路12", "3栋"), "经二路12，3栋", "two numbers are not one"),
]


@pytest.mark.parametrize(("cells", "text", "because"), JOINED, ids=[row[2] for row in JOINED])
def test_several_columns_say_one_address(cells: tuple[str, ...], text: str, because: str) -> None:
    assert joined(cells, (0, 1, 2)) == text


def test_an_answer_never_takes_the_name_of_a_column_that_came() -> None:
    again = result_headings(["地址", "经度", "定位经度"], ["经度", "结果"])
    assert again == ["定位经度2", "结果"]

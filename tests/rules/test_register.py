"""What the register asks of a component: states that may follow, codes, names of fields."""

import pytest

from grid.register.known import (
    EDITIONS,
    load_all_attributes,
    load_attributes,
    load_register_limits,
    load_successions,
)
from grid.rules.register import (
    STATE_CHANGES,
    STATES,
    AmbiguousField,
    MissingField,
    WrongStateChange,
    check_state_change,
    code_fault,
    need_fields,
    recognise_fields,
)
from tests.case_city import baoji, catalogue

ATTRIBUTES = load_all_attributes(baoji())

CHANGES = [
    ("完好", "破损", True, "things break"),
    ("破损", "完好", True, "and are mended"),
    ("丢失", "完好", True, "a cover is put back"),
    ("丢失", "破损", False, "what is not there cannot be broken"),
    ("废弃", "完好", True, "what was disused is used again"),
    ("移除", "完好", False, "what replaces it has a code of its own"),
    ("移除", "移除", False, "it is gone already"),
]


@pytest.mark.parametrize(("start", "end", "may"), [c[:3] for c in CHANGES], ids=[c[3] for c in CHANGES])
def test_a_state_follows_another_only_where_that_makes_sense(start: str, end: str, may: bool) -> None:
    assert (end in STATE_CHANGES[start]) is may


def test_a_wrong_change_of_state_says_what_may_follow() -> None:
    with pytest.raises(WrongStateChange, match="可改为：完好、废弃、移除"):
        check_state_change("丢失", "破损")


def test_the_standard_gives_a_component_18_attributes_in_order() -> None:
    attributes = load_attributes(baoji())
    assert [one.order for one in attributes] == [*range(1, 19)]
    assert [one.abbr for one in attributes if one.is_mandatory] == [
        "GLBJBSM", "GLBJMC", "ZGBMDM", "ZGBMMC", "SZDYWGBSM", "GLBJZT", "CSRQ",
    ]  # fmt: skip


def test_all_types_of_three_editions_are_known_with_what_became_of_them() -> None:
    older = load_successions(baoji())
    counts = {edition: sum(one.edition == edition for one in older) for edition in EDITIONS.values()}
    now = [one for one in catalogue().types if one.kind == "component" and not one.is_local]
    assert (len(now), counts["GB/T 30428.2-2013"], counts["CJ/T 214-2007"]) == (153, 119, 85)
    assert {one.code for one in older if one.type_code is None} == {"0501", "0502", "0505", "0601", "0602"}


def test_each_class_of_accuracy_has_its_limit_and_says_how_sure_it_is() -> None:
    limits = load_register_limits(baoji()).accuracy_classes
    assert {name: one.limit_m for name, one in limits.items()} == {"A": 0.5, "B": 1.0, "C": 10.0}
    assert {one.status for one in limits.values()} == {"recalled"}


FIELDS = [
    ("GLBJBSM", "code", "the standard's abbreviation"),
    ("glbjbsm", "code", "in small letters"),
    ("管理部件标识码", "code", "the standard's name"),
    ("ObjID", "code", "CJ/T 214"),
    ("管理部件标", "code", "cut in GBK"),
    ("管理部件状", "state", "cut in GBK"),
    ("所在单元网", "unit_grid_code", "cut in GBK"),
    ("所在单", "unit_grid_code", "cut in UTF-8, and no other begins so"),
    ("ＧＬＢＪＺＴ", "state", "full width"),
    ("初始日期", "first_surveyed_on", "short enough to be whole"),
]


@pytest.mark.parametrize(("field", "key"), [f[:2] for f in FIELDS], ids=[f"{f[2]}: {f[0]}" for f in FIELDS])
def test_a_field_is_recognised_by_any_of_its_names(field: str, key: str) -> None:
    assert recognise_fields([field, "FID"], ATTRIBUTES) == {key: field}


@pytest.mark.parametrize("field", ["管理部", "主管部", "权属单", "所在街", "所在社"])
def test_a_name_cut_to_three_characters_is_refused_naming_what_it_may_be(field: str) -> None:
    with pytest.raises(AmbiguousField, match=f"字段“{field}”被截断，可能是“{field}"):
        recognise_fields([field], ATTRIBUTES)


def test_a_cut_name_is_taken_when_somebody_says_what_it_is() -> None:
    assert recognise_fields(["管理部"], ATTRIBUTES, told={"管理部": "GLBJZT"}) == {"state": "管理部"}


def test_two_fields_for_one_attribute_are_refused_naming_both() -> None:
    with pytest.raises(AmbiguousField, match="GLBJBSM、ObjID"):
        recognise_fields(["GLBJBSM", "ObjID"], ATTRIBUTES)


def test_a_file_without_a_mandatory_field_is_refused_naming_it() -> None:
    with pytest.raises(MissingField, match="初始日期（CSRQ）"):
        need_fields({"code": "GLBJBSM"}, load_attributes(baoji()))


CODES = [
    ("61030301001000001", None, "17 digits of the edition in force"),
    ("6103030101000001", None, "16 digits of an older edition"),
    ("6103030100100000", "类别为零", "16 digits whose class is zero"),
    ("61030301001000000", "从 000001 起编", "serial numbers begin with one"),
    ("61030301001O00001", "数字以外", "a letter O for a zero"),
    ("６1030301001000001", "全角数字", "a digit of full width"),
    ("610303010010001", "15 位", "too short"),
    ("", "没有编码", "nothing at all"),
]


@pytest.mark.parametrize(("code", "fault"), [c[:2] for c in CODES], ids=[c[2] for c in CODES])
def test_a_code_says_what_is_wrong_with_it(code: str, fault: str | None) -> None:
    said = code_fault(code)
    assert said is None if fault is None else fault in (said or "")


def test_every_state_of_the_standard_has_its_followers() -> None:
    assert set(STATE_CHANGES) == set(STATES)

"""Emergency resources: what each kind says of itself, cells that read back, what is overdue, who keeps it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.rules.resource_cells import fields_of, written
from emergency.rules.resource_keeping import (
    KeepingRules,
    NotYourResource,
    find_overdue,
    may_keep,
    need_keeper,
)
from emergency.rules.resources import (
    DETAILS,
    AlertValue,
    BadResource,
    Contact,
    Gauge,
    Resource,
    ResourceKind,
    SensibleRange,
    checked,
    read_details,
)
from gis_core.places import PlanePoint
from grid.city import read_data
from tests.case_city import baoji

TODAY = date(2026, 9, 18)
RULES = read_data(baoji().folder / "resources.yaml", KeepingRules)
EXAMPLES: dict[ResourceKind, dict[str, str]] = {
    "team": {"skills": "抽水、破拆", "people": "30", "equipment": "水泵"},
    "vehicle": {"vehicle_type": "泵车", "skills": "抽水", "seats": "3", "team": "DW-1"},
    "warehouse": {"area_m2": "600.5", "goods": "饮用水 | 24000 | 升 | 2027-06-30；折叠床 | 150 | 张"},
    "hospital": {"grade": "三级", "beds": "1200", "strengths": "烧伤、中毒"},
    "shelter": {
        "effective_area_m2": "3000",
        "stays": "紧急避难、短期避难",
        "features": "室内、抗震达标",
        "floors": "4",
    },
    "expert": {"fields": "水文", "title": "高级工程师"},
    "hazard_source": {"substance": "液氯", "amount": "4", "unit": "吨", "grade": "四级"},
    "target": {"sort": "学校", "people": "620"},
    "gauge": {
        "measures": "流量、水位",
        "river": "渭河",
        "ranges": "流量 | 0 | 12000",
        "alerts": "流量 | 2500 | 警戒流量 | 有出处 | 新闻",
    },
    "sensor": {"what": "燃气探测器", "unit": "%LEL", "alarm_at": "20", "areas": "610303"},
    "helipad": {"surface": "草地", "diameter_m": "25", "is_lit": "否"},
}


def resource(kind: ResourceKind = "shelter", **more: object) -> Resource:
    given: dict[str, object] = {
        "code": "BN-1",
        "kind": kind,
        "name": "体育场",
        "organisation_code": "BJ-YJ",
        "point": PlanePoint(421_000.0, 3_805_000.0),
        "readiness_since": TODAY,
        "checked_on": TODAY,
        "details": read_details(kind, EXAMPLES[kind]),
        "contact": Contact(name="值班室", phone="0917-0000001", confirmed_on=TODAY),
        "source": "普查",
    }
    return Resource(**(given | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(DETAILS))
def test_what_a_cell_says_is_read_back_the_same(kind: ResourceKind) -> None:
    details = read_details(kind, EXAMPLES[kind])
    cells = {one.key: written(one, getattr(details, one.key)) for one in fields_of(DETAILS[kind])}
    assert read_details(kind, cells) == details


@pytest.mark.parametrize("kind", list(DETAILS))
def test_what_a_row_keeps_is_read_back_the_same(kind: ResourceKind) -> None:
    details = read_details(kind, EXAMPLES[kind])
    assert read_details(kind, details.model_dump(mode="json")) == details


@given(st.dictionaries(st.sampled_from(["measures", "ranges", "alerts", "stale_after_min"]), st.text()))
def test_whatever_is_typed_for_a_gauge_is_read_or_refused(cells: dict[str, str]) -> None:
    assert isinstance(read_or_refused(cells), Gauge | BadResource)


def read_or_refused(cells: dict[str, str]) -> object:
    try:
        return read_details("gauge", cells)
    except BadResource as refusal:
        return refusal


def test_an_alert_value_says_where_it_is_from() -> None:
    gauge = read_details("gauge", EXAMPLES["gauge"])
    assert isinstance(gauge, Gauge)
    assert (gauge.alerts, gauge.ranges) == (
        (AlertValue(measure="flow_m3_s", value=2500.0, name="警戒流量", status="sourced", source="新闻"),),
        (SensibleRange(measure="flow_m3_s", lowest=0.0, highest=12000.0),),
    )


@pytest.mark.parametrize(
    ("kind", "cells", "title", "why"),
    [
        ("shelter", {}, "“有效避难面积（平方米）”", "没有填写"),
        ("shelter", {"effective_area_m2": "0"}, "“有效避难面积（平方米）”", "须大于 0"),
        ("shelter", {"effective_area_m2": "nan"}, "“有效避难面积（平方米）”", "“nan”不是可用的数"),
        ("shelter", {"effective_area_m2": "9", "stays": "永久"}, "“避难时长”", "“永久”不能这样填"),
        ("team", {"skills": "抽水", "people": "-1"}, "“人数（人）”", "不能小于 0"),
        ("team", {"skills": "抽水", "people": "许多"}, "“人数（人）”", "“许多”不是可用的数"),
        ("warehouse", {"goods": "水|1|升|明天"}, "“物资”", "“明天”不是日期，应如 2026-09-18"),
        ("warehouse", {"goods": "水|1|升|2027-01-01|多"}, "“物资”", "“水|1|升|2027-01-01|多”的格数多于 4 格"),
        ("gauge", {"measures": "雨量", "ranges": "雨量|9|1"}, "“合理范围”", "合理范围的下限须小于上限"),
        ("gauge", {"measures": ""}, "“监测要素”", "太长、太多或没有填"),
        ("helipad", {"is_lit": "也许"}, "“夜间照明”", "“也许”不能这样填"),
    ],
)  # fmt: skip
def test_details_that_cannot_be_are_named(
    kind: ResourceKind, cells: dict[str, str], title: str, why: str
) -> None:
    with pytest.raises(BadResource) as refusal:
        read_details(kind, cells)
    assert refusal.value.message == f"{title}填写有误：{why}。请改正。"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"code": "队伍1"}, "code"),
        ({"code": "-1"}, "code"),
        ({"name": " "}, "name"),
        ({"name": "体\x00育场"}, "name"),
        ({"point": None}, "lon"),
        ({"readiness": "asleep"}, "kind"),
        ({"readiness_since": TODAY + timedelta(days=1)}, "readiness_since"),
        ({"checked_on": TODAY + timedelta(days=1)}, "checked_on"),
        ({"contact": Contact(phone="问老王")}, "contact_phone"),
        ({"source": ""}, "source"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_resource_that_cannot_be_is_refused(more: dict[str, object], field: str) -> None:
    with pytest.raises(BadResource) as refusal:
        checked(resource(**more), today=TODAY)
    assert refusal.value.facts["field"] == field


def test_an_expert_needs_no_place() -> None:
    assert checked(resource("expert", point=None), today=TODAY).point is None


def test_a_number_in_full_width_is_kept_in_plain_digits() -> None:
    typed = resource(contact=Contact(phone="０９１７－０００００１"))
    assert checked(typed, today=TODAY).contact.phone == "0917-000001"


def told(one: Resource) -> list[str]:
    return [finding.sentence for finding in find_overdue(one, RULES, today=TODAY)]


@pytest.mark.parametrize(
    ("more", "sentences"),
    [
        ({}, []),
        ({"checked_on": TODAY - timedelta(days=180)}, []),
        ({"checked_on": TODAY - timedelta(days=181)}, ["检查超期 1 天（每 180 天一次）"]),
        ({"checked_on": None}, ["从未检查"]),
        ({"contact": Contact()}, ["没有联系电话"]),
        ({"contact": Contact(phone="110")}, ["联系方式从未确认"]),
        ({"contact": Contact(phone="110", confirmed_on=TODAY - timedelta(days=180))}, []),
        (
            {"contact": Contact(phone="110", confirmed_on=TODAY - timedelta(days=181))},
            ["联系方式已有 181 天未确认"],
        ),
    ],
)
def test_what_is_overdue_of_a_shelter(more: dict[str, object], sentences: list[str]) -> None:
    assert told(resource(**more)) == sentences


def test_an_expert_is_not_checked() -> None:
    assert told(resource("expert", checked_on=None)) == []


def test_goods_that_expire_are_told() -> None:
    goods = "水|1|升|2026-09-17；饼干|1|箱|2026-11-17；面|1|箱|2026-11-18；雨衣|1|件"
    assert told(resource("warehouse", details=read_details("warehouse", {"goods": goods}))) == [
        "水已于 2026-09-17 过期",
        "饼干将于 2026-11-17 到期",
    ]


@pytest.mark.parametrize(
    ("role", "own", "may"),
    [
        ("duty_officer", "BJ-ZH", True),
        ("commander", None, True),
        ("department", "BJ-YJ", True),
        ("department", "BJ-GS", False),
        ("leader", "BJ-YJ", False),
        ("auditor", "BJ-YJ", False),
    ],
)
def test_who_keeps_what_belongs_to_the_emergency_bureau(role: str, own: str | None, may: bool) -> None:
    assert may_keep(role, own, "BJ-YJ") is may


def test_a_department_is_told_who_keeps_the_others() -> None:
    with pytest.raises(NotYourResource, match="应急值班员"):
        need_keeper("department", "BJ-GS", replace(resource()).organisation_code)

"""What of a fact names people is kept beside it; the sealed fact holds without it."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.privacy_rules import PERIODS
from emergency.rules.record.destroying import ALL, Rule
from emergency.rules.record.people import ANSWERED, Told, blotted, sealed, whole

SETTLED = datetime(2026, 9, 18, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "told", "because"),
    [
        ("联系 13800000000", "联系 ***", "a mobile number"),
        ("打0917-3260001，急", "打***，急", "a landline with its area"),
        ("TF20260918001 并入本事件", "TF20260918001 并入本事件", "the number of an incident is nobody's"),
        ("直接经济损失 50000000 元", "直接经济损失 50000000 元", "money is no telephone"),
        ("转移 1234567 人，联系13800000000", "转移 1234567 人，联系***", "counted people beside a number"),
        ("2026-09-18 起，12345 热线", "2026-09-18 起，12345 热线", "days and hotlines stay"),
    ],
)
def test_numbers_of_people_are_blotted_out_and_nothing_else(words: str, told: str, because: str) -> None:
    assert blotted(words) == told, because


FULL = Told(
    "部门甲",
    "完成任务，联系 13800000000",
    {
        "task": {"code": "BJ-FX/t13800000000", "words": "找李工 13800000000"},
        "photo": [{"sha256": "ab", "lon": 107.1, "lat": 34.3}],
        "effect": {"text": "13800000000"},
    },
)


def test_a_sealed_fact_has_no_number_no_place_and_no_name_of_a_department() -> None:
    told, _ = sealed(FULL, "department")
    assert (told.by_name, told.text) == (ANSWERED, "完成任务，联系 ***")
    assert told.body["task"] == {"code": "BJ-FX/t13800000000", "words": "找李工 ***"}
    assert told.body["photo"] == [{"sha256": "ab"}]


def test_what_is_kept_beside_it_makes_it_whole_again() -> None:
    assert whole(*sealed(FULL, "department")) == FULL


def test_officers_sign_with_their_names_for_ever() -> None:
    told, kept = sealed(Told("指挥长甲", "启动响应", {"changes": {"stage": "responding"}}), "commander")
    assert (told.by_name, kept.is_empty) == ("指挥长甲", True)


def test_a_long_body_without_words_is_kept_once() -> None:
    body = {"response": {"plans": ({"code": "BJ-FX"},)}, "sheltering": {"assignments": [1, 2]}}
    assert sealed(Told("指挥长甲", "启动", body), "commander")[1].is_empty


def test_every_kind_has_its_period() -> None:
    assert {kind.period for kind in ALL.values()} <= set(PERIODS)


def test_something_goes_when_its_days_are_over() -> None:
    rule = Rule(30, "retention-4")
    assert rule.goes_at(SETTLED) == SETTLED + timedelta(days=30)
    assert rule.before(rule.goes_at(SETTLED)) == SETTLED

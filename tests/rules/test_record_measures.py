"""What the record measures by itself, each with its facts; what no fact tells is not known."""

from datetime import timedelta
from typing import Any

import pytest

from emergency.rules.record.measures import Measures, measure, spread
from tests.rules.test_record_folding import NINE, OPENED, Told

PLAN = {
    "response": {"plans": [], "commander": "leader@BJ-ZH"},
    "tasks": [
        {"code": code, "text": text, "post": f"department@{of}", "department": of,
         "due_at": (NINE + timedelta(minutes=60)).isoformat()}
        for code, text, of in (("t1", "巡堤", "BJ-SL"), ("t2", "排水", "BJ-PS"), ("t3", "转移", "BJ-SL"))
    ],
}  # fmt: skip


def task(code: str, state: str, post: str = "") -> dict[str, Any]:
    return {"task": {"code": code, "state": state} | ({"post": post} if post else {})}


def measured(*told: tuple[float, str, dict[str, Any]]) -> Measures:
    first = Told(1, OPENED, action="open")
    rest = [Told(n, body, minutes, action) for n, (minutes, action, body) in enumerate(told, start=2)]
    return measure([first, *rest])


def test_a_step_that_no_fact_tells_of_is_not_known() -> None:
    found = measured()
    assert [one.code for one in found.milestones if one.at is not None] == ["received", "logged"]
    assert found.find("activated").facts == ()


@pytest.mark.parametrize(
    ("code", "told", "minutes", "because"),
    [
        ("level_confirmed", ("confirm", {"changes": {"is_level_confirmed": True}}), 7, "a person confirmed"),
        ("activated", ("activate", PLAN), 7, "the first activation counts"),
        ("arrived", ("note", {"resource": {"code": "R1", "state": "arrived"}}), 7, "a resource arrived"),
        ("arrived", ("mark", {"mark": "first_arrival"}), 7, "somebody marked it"),
        ("under_control", ("mark", {"mark": "under_control"}), 7, "an explicit fact"),
        ("stood_down", ("end", {}), 7, "the response ended"),
        ("closed", ("close", {}), 7, "it was filed away"),
    ],
)
def test_a_step_has_its_moment_and_its_fact(
    code: str, told: tuple[str, dict[str, Any]], minutes: float, because: str
) -> None:
    found = measured((minutes, *told), (minutes + 5, "note", {}))
    assert (found.find(code).at, found.find(code).facts) == (NINE + timedelta(minutes=minutes), (2,)), because


def test_a_resource_on_its_way_has_not_arrived() -> None:
    assert measured((7, "note", {"resource": {"code": "R1", "state": "on_way"}})).find("arrived").at is None


def test_a_corrected_time_of_the_event_counts() -> None:
    occurred = (NINE - timedelta(minutes=20)).isoformat()
    found = measured((7, "correct", {"changes": {"occurred_at": occurred}}))
    assert found.find("received").after_s(found.find("occurred")) == 1200


def test_what_was_taken_up_again_is_not_over() -> None:
    assert measured((7, "end", {}), (9, "resume", {})).find("stood_down").at is None


def test_times_of_acceptance_by_department() -> None:
    found = measured(
        (10, "activate", PLAN), (12, "note", task("t1", "accepted")), (20, "note", task("t3", "accepted")),
        (14, "note", task("t2", "done")),
    )  # fmt: skip
    assert (found.accepted.n, found.accepted.median_s, found.accepted.p90_s) == (3, 240, 600)
    one, two = found.departments
    assert (one.department, one.in_time, one.not_done) == ("BJ-PS", 1, 0)
    assert (two.department, two.accepted.median_s, two.not_done) == ("BJ-SL", 360, 2)


def test_the_first_acceptance_is_a_step_of_its_own() -> None:
    found = measured((10, "activate", PLAN), (12, "note", task("t1", "accepted")))
    assert found.find("first_accepted").after_s(found.find("activated")) == 120


def test_done_without_being_accepted_counts_as_accepted_then() -> None:
    [life] = [
        one
        for one in measured((10, "activate", PLAN), (75, "note", task("t1", "done"))).tasks
        if one.code == "t1"
    ]
    assert (life.accept_s, life.late_s) == (65 * 60, 15 * 60)


def test_a_task_given_to_another_department_begins_anew_there() -> None:
    told = [
        (10, "activate", PLAN),
        (15, "note", task("t1", "declined")),
        (20, "note", task("t1", "given", "department@BJ-ZJ")),
        (22, "note", task("t1", "accepted")),
    ]
    lives = [one for one in measured(*told).tasks if one.code == "t1"]
    assert [(one.department, one.accept_s, one.state) for one in lives] == [
        ("BJ-SL", None, "reassigned"),
        ("BJ-ZJ", 120, "accepted"),
    ]


def test_standing_down_withdraws_what_is_open() -> None:
    found = measured((10, "activate", PLAN), (12, "note", task("t1", "done")), (30, "end", {}))
    assert sorted(one.state for one in found.tasks) == ["done", "withdrawn", "withdrawn"]


def test_people_moved_are_told_as_the_record_told_them() -> None:
    found = measured(
        (5, "note_toll", {"changes": {"toll": {"moved": 823}}}),
        (6, "note_toll", {"changes": {"toll": {"moved": 823, "dead": 0}}}),
        (9, "note_toll", {"changes": {"toll": {"moved": 1289}}}),
    )
    assert [(one.value, one.fact) for one in found.moved] == [(823, 2), (1289, 4)]


def test_the_way_of_a_resource_is_from_its_call_to_its_arrival() -> None:
    states = [(5, "called"), (8, "on_way"), (25, "arrived"), (90, "released")]
    told = [
        (at, "note", {"resource": {"code": "R1", "name": "冲锋舟队", "state": one}}) for at, one in states
    ]
    [found] = measured(*told).resources
    assert (found.name, found.way_s, found.facts) == ("冲锋舟队", 1200, (2, 3, 4, 5))


def test_nothing_accepted_has_no_middle() -> None:
    assert spread(()).median_s is None

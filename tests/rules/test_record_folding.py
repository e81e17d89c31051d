"""The board and the map of a past moment, from facts: what is keyed, what is lifted, what stays."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.rules.record.folding import StoodThen, stood_after, until

NINE = datetime(2026, 9, 18, 1, tzinfo=UTC)
OPENED = {
    "changes": {
        "stage": "reported", "title": "渭河水位上涨", "kind_code": "flood", "class_code": "natural",
        "received_at": NINE.isoformat(), "occurred_at": None, "place_text": "渭河公园",
    }
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A fact as a test tells it."""

    seq: int
    body: dict[str, Any] = field(default_factory=dict)
    minutes: float = 0
    action: str = "note"
    to_stage: str = "confirmed"
    text: str = ""
    by_person_id: int | None = None
    by_name: str = "值班员甲"

    @property
    def at(self) -> datetime:
        return NINE + timedelta(minutes=self.minutes)

    @property
    def happened_at(self) -> datetime:
        return self.at


def folded(*bodies: dict[str, Any]) -> StoodThen:
    told = [Told(n, body, minutes=n) for n, body in enumerate((OPENED, *bodies), start=1)]
    return stood_after(told)


def closure(action: str, key: str = "k1", **more: str) -> dict[str, Any]:
    return {"closure": {"key": key, "action": action} | more}


def test_a_closure_is_there_until_it_is_lifted() -> None:
    assert folded(closure("close", name="滨河路"), closure("lift")).picture.closures == ()


def test_lifting_one_closure_leaves_the_other() -> None:
    left = folded(closure("close"), closure("close", "k2"), closure("lift")).picture.closures
    assert [one.key for one in left] == ["k2"]


def test_a_changed_closure_keeps_what_was_not_changed() -> None:
    noon, later = (f"2026-09-18T{hour}:00:00+08:00" for hour in (12, 14))
    told = folded(closure("close", name="滨河路", until=noon), closure("change", until=later))
    [one] = told.picture.closures
    assert (one.name, one.until) == ("滨河路", datetime.fromisoformat(later))


def test_a_drawing_that_was_removed_is_gone() -> None:
    draw = {"key": "d1", "action": "draw", "kind": "line", "label": "警戒线", "geometry": {}}
    assert folded({"drawing": draw}, {"drawing": {"key": "d1", "action": "remove"}}).picture.drawn == ()


def test_the_last_word_of_a_resource_counts() -> None:
    team = {"code": "R1", "name": "排水队", "kind": "team"}
    called, arrived = ({"resource": {**team, "state": state}} for state in ("called", "arrived"))
    assert [one.state for one in folded(called, arrived).picture.resources] == ["arrived"]


def test_a_message_keeps_who_confirmed_it_and_when() -> None:
    sent = {"message": {"key": "m1", "to": "水利局", "text": "加密巡堤"}}
    [one] = folded(sent, {"receipt": {"key": "m1", "by": "水利局"}}).messages
    assert one.receipts == (("水利局", NINE + timedelta(minutes=3)),)


def test_a_receipt_of_nothing_is_no_message() -> None:
    assert folded({"receipt": {"key": "m9", "by": "水利局"}}).messages == ()


def test_a_task_of_which_only_the_end_is_known_is_shown_by_its_code() -> None:
    [one] = folded({"task": {"code": "BJ-FX/t1", "state": "done", "post": "department@BJ-SL"}}).tasks
    assert (one.code, one.text, one.department, one.state) == ("BJ-FX/t1", "", "BJ-SL", "done")


def test_situation_reports_stand_with_the_reports_that_went_out() -> None:
    found = folded({"situation_report": {"n": 1, "title": "现场情况一"}}, {"report": {"title": "首报"}})
    assert [one.body["title"] for one in found.reports] == ["现场情况一", "首报"]


def test_nothing_can_be_said_without_a_fact() -> None:
    with pytest.raises(ValueError, match="at least the fact"):
        stood_after([])


def test_facts_written_at_once_count_in_the_order_of_the_chain() -> None:
    told = [Told(1, OPENED, 5), Told(2, {}, 4.9), Told(3, {}, 6)]
    assert [until(told, NINE + timedelta(minutes=m)) for m in (4.95, 5, 6)] == [0, 2, 3]


KEYS = st.sampled_from(["a", "b", "c"])
ACTIONS = st.sampled_from(["close", "change", "lift"])


@given(st.lists(st.tuples(KEYS, ACTIONS), max_size=30), st.integers(0, 30))
def test_a_moment_is_the_fold_of_the_facts_until_then(steps: list[tuple[str, str]], n: int) -> None:
    bodies = [closure(action, key) for key, action in steps]
    told = [Told(i, body, minutes=i) for i, body in enumerate((OPENED, *bodies), start=1)]
    at = NINE + timedelta(minutes=n + 1)
    kept = dict(steps[:n])
    there = {one.key for one in stood_after(told[: until(told, at)]).picture.closures}
    assert there == {key for key, action in kept.items() if action != "lift"}

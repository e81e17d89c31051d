"""What an incident room shows is a fold of facts: strokes, resources, closures, weather."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from emergency.rules.room.picture import features_of, picture_of
from emergency.rules.room.resources import (
    NEXT,
    OnTheMove,
    ResourceStepNotNow,
    list_resources_of,
    need_step,
    read_state,
)
from emergency.rules.room.shapes import BadShape, corners_in, geometry_of, read_kind
from tests.case_city import FRIDAY_MORNING

POINT = {"type": "Point", "coordinates": [107.14, 34.36]}


@dataclass(frozen=True)
class Fact:
    """A fact with a body, some minutes after Friday morning."""

    seq: int
    body: dict[str, Any]
    minutes: float = 0
    by_person_id: int | None = 31
    by_name: str = "应急值班员甲"
    at: datetime = field(default=FRIDAY_MORNING)
    action: str = "note"
    to_stage: str = "confirmed"
    text: str = ""

    @property
    def happened_at(self) -> datetime:
        """When it happened."""
        return FRIDAY_MORNING + timedelta(minutes=self.minutes)


def stroke(seq: int, key: str, action: str = "draw", label: str = "") -> Fact:
    body = {"key": key, "action": action, "kind": "point", "label": label, "geometry": POINT}
    return Fact(seq, {"drawing": body})


def moved(seq: int, state: str, minutes: float, code: str = "a") -> Fact:
    body = {"code": code, "name": "渭滨消防站", "kind": "team", "state": state}
    return Fact(seq, {"resource": body}, minutes)


def closed(action: str, **more: Any) -> Fact:
    body = {"key": "k", "action": action, "name": "经二路", "geometry": POINT, "may_enter": []} | more
    return Fact(1, {"closure": body})


def test_what_was_taken_off_is_gone_and_the_rest_stays() -> None:
    facts = [stroke(1, "a"), stroke(2, "b", label="集结点"), stroke(3, "a", action="remove")]
    assert [one.key for one in picture_of(facts).drawn] == ["b"]


def test_a_resource_keeps_the_moment_of_each_state() -> None:
    facts = [moved(1, "called", 0), moved(2, "on_way", 4), moved(3, "arrived", 19)]
    (team,) = list_resources_of(facts)
    assert team.state == "arrived"
    assert [(state, int((at - FRIDAY_MORNING).total_seconds() / 60)) for state, at in team.times] == [
        ("called", 0),
        ("on_way", 4),
        ("arrived", 19),
    ]


def test_a_resource_called_again_begins_anew() -> None:
    facts = [moved(1, "arrived", 0), moved(2, "released", 30), moved(3, "called", 60)]
    assert [state for state, _ in list_resources_of(facts)[0].times] == ["called"]


@pytest.mark.parametrize(
    ("before", "to", "is_taken"),
    [
        pytest.param(None, "arrived", True, id="a team that came unasked is written down late"),
        pytest.param(None, "released", False, id="nobody is sent home who was not called"),
        pytest.param("called", "arrived", True, id="nobody wrote down that it was on its way"),
        pytest.param("arrived", "on_way", False, id="who has arrived is not on the way"),
        pytest.param("released", "called", True, id="called once more"),
    ],
)
def test_a_resource_moves_as_the_table_says(before: str | None, to: str, is_taken: bool) -> None:
    standing = before and OnTheMove("a", "队", "team", read_state(before), "", ())
    allowed = read_state(to) in NEXT[read_state(before) if before else None]
    assert allowed is is_taken
    if not is_taken:
        with pytest.raises(ResourceStepNotNow):
            need_step(standing or None, read_state(to))


def test_a_lifted_closure_is_gone_and_one_that_ran_out_is_not_drawn() -> None:
    ran_out = closed("close", until=(FRIDAY_MORNING - timedelta(hours=1)).isoformat())
    assert picture_of([closed("close"), closed("lift")]).closures == ()
    assert features_of(picture_of([ran_out]), FRIDAY_MORNING) == []
    now = features_of(picture_of([closed("close")]), FRIDAY_MORNING, is_drill=True)[0]["properties"]
    assert (now["role"], now["standing"], now["is_drill"]) == ("closure", "in_force", True)
    later = closed("close", since=(FRIDAY_MORNING + timedelta(hours=1)).isoformat())
    assert features_of(picture_of([later]), FRIDAY_MORNING)[0]["properties"]["standing"] == "planned"


def test_visitors_see_shapes_without_words() -> None:
    shown = features_of(picture_of([stroke(1, "a", label="张家")]), FRIDAY_MORNING, has_words=False)
    assert [one["properties"] for one in shown] == [{"role": "drawn-point", "key": "a"}]


def test_the_weather_is_what_was_seen_last_whenever_it_was_written_down() -> None:
    older = Fact(2, {"weather": {"words": "晴", "source": "目测"}}, minutes=1)
    newer = Fact(1, {"weather": {"words": "小雨", "source": "气象局电话"}}, minutes=9)
    weather = picture_of([newer, older]).weather
    assert weather is not None
    assert (weather.words, weather.source) == ("小雨", "气象局电话")


def test_without_a_note_there_is_no_weather() -> None:
    assert picture_of([]).weather is None


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("107.1", id="half a corner"),
        pytest.param("很远, 34", id="words"),
        pytest.param("nan, 34", id="no number"),
        pytest.param("1e999, 34", id="beyond all numbers"),
        pytest.param("107.1, 91", id="beyond the pole"),
        pytest.param("1,2\n" * 401, id="too many corners"),
    ],
)
def test_corners_that_cannot_be_are_refused(words: str) -> None:
    with pytest.raises(BadShape):
        corners_in(words)


def test_a_line_needs_two_different_places() -> None:
    with pytest.raises(BadShape, match="至少要 2 个"):
        geometry_of("line", [(107.1, 34.3), (107.1, 34.3)])


def test_there_are_four_kinds_of_shapes() -> None:
    with pytest.raises(BadShape):
        read_kind("circle")

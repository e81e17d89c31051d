"""What a place was heard of before: open and ended, of every type, near or on the component."""

from pathlib import Path

import pytest
from sqlalchemy import event

from cases.place_history import PlaceHistory, list_at_place, outcome_of
from cases.rules.commands import Decline, Publish
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from gis_core.places import LonLat
from tests.case_city import JINGER_ROAD, CaseCity

COVER = "61030301002000001"
SIXTY_M_EAST = LonLat(JINGER_ROAD.lon_deg + 0.00075, JINGER_ROAD.lat_deg)


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path, clock)


def history(city: CaseCity, place: LonLat | None = JINGER_ROAD, **asked: object) -> PlaceHistory:
    point = None if place is None else city.cases.plane.to_plane(place)
    with city.sessions() as session:
        return list_at_place(session, point, at=city.clock.at, types=city.cases.types, **asked)  # type: ignore[arg-type]


def test_whatever_was_reported_here_is_told_open_ones_first(city: CaseCity) -> None:
    open_one = city.report(kind="matter", type_code="06013").case_no
    city.wait(days=3)
    ended = city.report().case_no
    city.perform(ended, Decline("", "not_true"), "operator")
    found = history(city)
    assert [(one.case.case_no, one.outcome) for one in found.rows] == [(open_one, ""), (ended, "核实不属实")]
    assert (found.open_count, found.is_cut) == (1, False)


@pytest.mark.parametrize(
    ("asked", "shown", "because"),
    [
        ({}, 0, "it lies farther than is asked for"),
        ({"within_m": 80.0}, 1, "it lies within eighty metres"),
        ({"component_code": COVER}, 1, "it names the component, wherever its pin lies"),
        ({"place": None, "component_code": COVER}, 1, "the component alone is asked for"),
        ({"place": None}, 0, "nothing is asked for"),
        ({"component_code": "61030301002000002"}, 0, "it names another component"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_place_is_a_circle_or_a_component(
    city: CaseCity, asked: dict[str, object], shown: int, because: str
) -> None:
    city.report(place=SIXTY_M_EAST, component_code=COVER)
    assert len(history(city, **asked).rows) == shown  # type: ignore[arg-type]


def test_what_named_no_component_is_not_on_one(city: CaseCity) -> None:
    city.report()
    city.report(component_code=COVER)
    assert [one.is_on_component for one in history(city, component_code=COVER).rows] == [True, False]
    assert [one.is_on_component for one in history(city).rows] == [False, False]


def test_what_is_older_than_asked_for_is_left_out(city: CaseCity) -> None:
    city.report()
    city.wait(days=100)
    assert (len(history(city).rows), len(history(city, months=3).rows)) == (1, 0)


def test_a_remark_after_the_end_does_not_hide_how_it_ended(city: CaseCity) -> None:
    ended = city.report().case_no
    city.perform(ended, Decline("已打 13800000000 问过", "other"), "operator")
    city.perform(ended, Publish("另有安排"), "operator")
    assert history(city).rows[0].outcome == "已打 *** 问过"


def test_a_place_of_twenty_and_more_is_cut_and_says_so(city: CaseCity) -> None:
    for _ in range(21):
        city.report()
    found = history(city)
    assert (len(found.rows), found.is_cut) == (20, True)


def test_the_history_of_a_place_is_one_query(city: CaseCity) -> None:
    city.report()
    asked: list[str] = []
    event.listen(city.sessions.kw["bind"], "before_cursor_execute", lambda *told: asked.append(told[2]))
    history(city, component_code=COVER)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("finish", {"text": "已更换井盖"}, "已更换井盖"),
        ("void", {"reason_code": "mistaken", "reason": "看错了"}, "误立：看错了"),
        ("self_handle", {"note": ""}, ""),
    ],
)
def test_an_end_is_said_in_words(action: str, body: dict[str, object], words: str) -> None:
    assert outcome_of(action, body) == words

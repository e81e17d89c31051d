"""The past of the city's cases comes out of their facts as the rows said it then, in two statements."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from cases import as_it_was
from cases.as_it_was import AsItWas, TooMuchHappened, find_first_report, read_as_it_was
from cases.rules.commands import (
    Accept,
    ApproveReturn,
    ApproveSuspension,
    AskReturn,
    AskSuspension,
    Assign,
    Close,
    Correct,
    Decline,
    Dispatch,
    FileCase,
    Finish,
    Reopen,
    ReplyRecheck,
    SendRecheck,
    Urge,
)
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from gis_core.places import LonLat
from tests.case_city import DEPARTMENT, FRIDAY_MORNING, JINGER_ROAD, MISSING_COVER, OTHER_DEPARTMENT, CaseCity

EAST = LonLat(JINGER_ROAD.lon_deg + 0.001, JINGER_ROAD.lat_deg)
SECOND = timedelta(seconds=1)
Standing = tuple[str, datetime | None, datetime | None, str | None]
Picture = dict[str, Standing]
ROWS = text("""
    SELECT case_no, stage, stage_due_at, stage_at_risk_at, department_code FROM cases."case"
    WHERE closed_at IS NULL
""")


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path, clock)


def rows_now(city: CaseCity) -> Picture:
    """Open cases as their rows say today."""
    with city.sessions() as session:
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in session.execute(ROWS)}


def read(city: CaseCity, since: datetime, until: datetime, **changes: int) -> AsItWas:
    with city.sessions() as session:
        return read_as_it_was(
            session, city.cases.plane, since=since, until=until, types=city.cases.types, **changes
        )


def opening(was: AsItWas) -> Picture:
    """Open cases when the span began."""
    found = {one.case_no: one.stood for one in was.cases}
    return {
        no: (one.stage, one.due_at, one.at_risk_at, one.department_code)
        for no, one in found.items()
        if one and not one.is_over
    }


def ending(was: AsItWas) -> Picture:
    """Open cases when it ended, step by step."""
    stood = {one.case_no: one.stood for one in was.cases}
    stood |= {was.cases[step.case].case_no: step.stood for step in was.steps}
    return {
        no: (one.stage, one.due_at, one.at_risk_at, one.department_code)
        for no, one in stood.items()
        if one and not one.is_over
    }


def morning(city: CaseCity) -> list[tuple[datetime, Picture]]:
    """Cases that go forth and back; after each step the moment, and how all rows stand."""
    first, second, third = (city.report(client_id=uuid4()).case_no for _ in range(3))
    photo = city.photo()
    script = [
        (first, Accept(MISSING_COVER), "operator"), (first, FileCase(), "chief"),
        (second, Accept(MISSING_COVER), "operator"),
        (first, Dispatch(DEPARTMENT), "dispatcher"), (third, Decline("重复"), "operator"),
        (first, AskReturn("权属另有单位"), "department"), (first, ApproveReturn(), "dispatcher"),
        (first, Dispatch(OTHER_DEPARTMENT), "dispatcher"), (second, FileCase(), "chief"),
        (second, Dispatch(DEPARTMENT), "dispatcher"), (first, Assign(), "other department"),
        (first, Finish("修好", (photo,)), "other department"), (first, SendRecheck(1), "operator"),
        (second, AskSuspension("", "season"), "department"), (second, Urge("快"), "leader"),
        (first, ReplyRecheck(True, (photo,)), "inspector"), (first, Close(), "chief"),
        (second, ApproveSuspension(date(2026, 12, 31)), "leader"),
        (first, Reopen("", "back_again"), "operator"),
    ]  # fmt: skip
    seen = [(city.clock.at, rows_now(city))]
    for number, command, who in script:
        city.wait(minutes=7)
        city.perform(number, command, who)
        seen.append((city.clock.at, rows_now(city)))
    city.wait(minutes=7)
    return seen


def test_every_moment_is_as_the_rows_said_then(city: CaseCity) -> None:
    seen, now = morning(city), city.clock.at
    replayed = [opening(read(city, at + SECOND, now)) for at, _ in seen]
    assert replayed == [rows for _, rows in seen]


def test_a_span_that_ends_now_ends_as_the_rows_say(city: CaseCity) -> None:
    seen, now = morning(city), city.clock.at
    ends = [ending(read(city, at + SECOND, now)) for at, _ in seen]
    assert ends == [rows_now(city)] * len(seen)


def test_where_one_span_ends_the_next_one_begins(city: CaseCity) -> None:
    seen, now = morning(city), city.clock.at
    ends = [ending(read(city, FRIDAY_MORNING - SECOND, at)) for at, _ in seen]
    assert ends == [opening(read(city, at + SECOND, now)) for at, _ in seen]


def test_what_happened_is_told_in_order_by_post(city: CaseCity) -> None:
    morning(city)
    steps = read(city, FRIDAY_MORNING + SECOND, FRIDAY_MORNING + timedelta(minutes=30)).steps
    told = [(step.action, step.role, step.from_stage, step.stood.stage) for step in steps]
    assert told[:2] == [
        ("accept", "operator", "reported", "accepted"), ("file_case", "duty_chief", "accepted", "filed"),
    ]  # fmt: skip


def test_a_case_that_is_moved_is_where_it_was_and_then_where_it_is(city: CaseCity) -> None:
    number = city.report().case_no
    city.wait(minutes=10)
    city.perform(number, Correct("", "unclear_words", place=EAST), "operator")
    whole = read(city, FRIDAY_MORNING, city.clock.at)
    after = read(city, city.clock.at + SECOND, city.clock.at + timedelta(minutes=1))
    places = [whole.cases[0].place, whole.steps[-1].moved, after.cases[0].place]
    assert [one and round(one.lon_deg, 4) for one in places] == [107.145, 107.146, 107.146]


def test_a_case_of_a_private_type_stands_in_the_middle_of_its_square(city: CaseCity) -> None:
    with city.sessions.begin() as session:
        session.execute(text("INSERT INTO cases.private_type VALUES ('component', '01002')"))
    number = city.report().case_no
    city.wait(minutes=1)
    city.perform(number, Correct("", "unclear_words", place=EAST), "operator")
    was = read(city, FRIDAY_MORNING, city.clock.at)
    shown = [was.cases[0].place, was.steps[-1].moved]
    plane = [city.cases.plane.to_plane(one) for one in shown if one]
    assert [round(v) % 100 for one in plane for v in (one.easting_m, one.northing_m)] == [0] * 4


def test_what_was_reported_and_closed_before_is_not_there(city: CaseCity) -> None:
    number = city.report().case_no
    city.wait(minutes=1)
    city.perform(number, Decline("重复"), "operator")
    was = read(city, city.clock.at + SECOND, city.clock.at + timedelta(hours=1))
    assert (was.cases, was.steps) == ((), ())


def test_facts_written_the_other_way_round_end_as_the_chain_does(city: CaseCity) -> None:
    number = city.report().case_no
    city.wait(minutes=10)
    city.perform(number, Accept(MISSING_COVER), "operator")
    city.clock.at -= timedelta(minutes=5)  # whoever asked first may be written second
    city.perform(number, FileCase(), "chief")
    between = FRIDAY_MORNING + timedelta(minutes=7)
    was = read(city, between, FRIDAY_MORNING + timedelta(minutes=20))
    stages = [was.cases[0].stood and was.cases[0].stood.stage, *(step.stood.stage for step in was.steps)]
    assert stages == ["reported", "accepted", "filed"]


def test_more_cases_than_fit_are_left_out_and_said(city: CaseCity) -> None:
    for _ in range(4):
        city.report(client_id=uuid4())
        city.wait(minutes=1)
    was = read(city, city.clock.at, city.clock.at + SECOND, most=2)
    assert (len(was.cases) <= 3, was.is_cut) == (True, True)


def test_more_than_one_replay_holds_is_refused(city: CaseCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_it_was, "MOST_STEPS", 2)
    morning(city)
    with pytest.raises(TooMuchHappened, match="请缩短时段"):
        read(city, FRIDAY_MORNING, city.clock.at)


@pytest.fixture
def statements(city: CaseCity) -> Iterator[list[str]]:
    heard: list[str] = []
    engine = city.sessions.kw["bind"]

    def hear(*given: object) -> None:
        heard.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def test_a_span_is_two_statements_however_much_happened(city: CaseCity, statements: list[str]) -> None:
    morning(city)
    statements.clear()
    read(city, FRIDAY_MORNING, city.clock.at)
    assert len(statements) == 2


def test_a_city_without_reports_has_no_past(city: CaseCity) -> None:
    with city.sessions() as session:
        before = find_first_report(session)
    city.report()
    with city.sessions() as session:
        assert (before, find_first_report(session)) == (None, FRIDAY_MORNING)

"""Alarms of clocks: in time, each once, none lost when workers die, none twice when two work."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
from procrastinate.periodic import croniter
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from cases.notices import store
from cases.notices.alarms import Alarms
from cases.rules.commands import Accept, FileCase, SendBack
from cases.sweeps import ALARMS_CRON
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from tests.case_city import FRIDAY_MORNING, MISSING_COVER, CaseCity

AT_RISK, OVERDUE = {"minutes": 24}, {"minutes": 30}
"""Of the thirty minutes in which a report is to be accepted."""
NOTICES = text("""
    SELECT occasion, coalesce(post, organisation_code, person_id::text) FROM cases.notice
    WHERE topic IN ('at_risk', 'overdue') ORDER BY id
""")


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path, clock)


@pytest.fixture
def alarms(city: CaseCity) -> Alarms:
    return Alarms(city.sessions, city.clock, city.cases.teller)


def told(city: CaseCity) -> list[tuple[str, str]]:
    with city.sessions() as session:
        return [tuple(row) for row in session.execute(NOTICES)]  # type: ignore[misc]


def test_a_light_that_turns_rings_for_whoever_has_the_case(city: CaseCity, alarms: Alarms) -> None:
    city.report()
    city.wait(**AT_RISK)
    alarms.sweep()
    assert told(city) == [("at_risk", "operator")]


def test_a_light_that_has_not_turned_does_not_ring(city: CaseCity, alarms: Alarms) -> None:
    city.report()
    city.wait(minutes=23, seconds=59)
    alarms.sweep()
    assert told(city) == []


def test_an_overdue_case_rings_for_leaders_too(city: CaseCity, alarms: Alarms) -> None:
    city.report()
    city.wait(**AT_RISK)
    alarms.sweep()
    city.wait(minutes=6)
    alarms.sweep()
    assert told(city) == [("at_risk", "operator"), ("overdue", "operator"), ("overdue", "leader")]


def test_an_alarm_goes_off_once_however_often_clocks_are_looked_at(city: CaseCity, alarms: Alarms) -> None:
    city.report()
    city.wait(**OVERDUE)
    assert [alarms.sweep() for _ in range(3)] == [1, 0, 0]


def test_after_a_rest_of_the_workers_both_alarms_are_logged_and_the_graver_is_told(
    city: CaseCity, alarms: Alarms
) -> None:
    city.report()
    city.wait(days=3)
    alarms.sweep()
    assert told(city) == [("overdue", "operator"), ("overdue", "leader")]
    assert city.count("cases.alarm") == 2


def test_the_next_clock_has_alarms_of_its_own(city: CaseCity, alarms: Alarms) -> None:
    number = city.report().case_no
    city.wait(**OVERDUE)
    alarms.sweep()
    city.perform(number, Accept(MISSING_COVER), "operator")
    city.wait(**AT_RISK)
    alarms.sweep()
    assert told(city)[-1] == ("at_risk", "duty_chief")


def test_a_clock_that_begins_anew_rings_anew(city: CaseCity, alarms: Alarms) -> None:
    number = city.report().case_no
    city.wait(**OVERDUE)
    alarms.sweep()
    city.perform(number, Accept(MISSING_COVER), "operator")
    city.perform(number, SendBack("位置不准"), "chief")
    city.wait(**OVERDUE)
    alarms.sweep()
    assert [what for what, who in told(city) if who == "operator"] == ["overdue", "overdue"]


def test_a_clock_that_goes_on_after_a_pause_does_not_ring_twice(city: CaseCity, alarms: Alarms) -> None:
    city.report()
    city.wait(**AT_RISK)
    alarms.sweep()
    city.write("alarm = 0")  # as a pause and its end leave it
    assert (alarms.sweep(), told(city)) == (1, [("at_risk", "operator")])


def test_a_worker_that_dies_between_mark_and_notice_loses_no_alarm(
    city: CaseCity, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.report()
    city.wait(**OVERDUE)
    monkeypatch.setattr("cases.notices.alarms.tell", killed)
    with pytest.raises(OperationalError):
        alarms.sweep()
    assert told(city) == []
    monkeypatch.undo()
    Alarms(city.sessions, city.clock, city.cases.teller).sweep()  # the worker that comes after it
    assert told(city) == [("overdue", "operator"), ("overdue", "leader")]


def killed(session: object, *_: object, **__: object) -> None:
    """The database ends the connection, as when a worker is killed."""
    session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))  # type: ignore[attr-defined]


def test_two_workers_at_once_set_off_each_alarm_once(city: CaseCity, alarms: Alarms) -> None:
    for _ in range(20):
        city.report()
    city.wait(**OVERDUE)
    together = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        [*pool.map(lambda _: (together.wait(), alarms.sweep()), range(2))]
    alarms.sweep()
    assert (len(told(city)), city.count("cases.alarm")) == (40, 40)


def test_a_case_that_somebody_moves_waits_for_the_next_sweep(city: CaseCity, alarms: Alarms) -> None:
    number = city.report().case_no
    city.wait(**OVERDUE)
    with city.sessions.begin() as session:
        session.execute(text('SELECT 1 FROM cases."case" WHERE case_no = :no FOR UPDATE'), {"no": number})
        assert alarms.sweep() == 0
    assert alarms.sweep() == 1


def test_alarms_are_looked_for_often_enough_to_be_told_within_five_seconds() -> None:
    looks = croniter.croniter(ALARMS_CRON, FRIDAY_MORNING)
    moments = [looks.get_next(type(FRIDAY_MORNING)) for _ in range(40)]
    gaps = {later - earlier for earlier, later in pairwise(moments)}
    assert max(gaps) < timedelta(seconds=5)


@pytest.fixture
def statements(city: CaseCity) -> Iterator[list[str]]:
    heard: list[str] = []
    engine = city.sessions.kw["bind"]

    def hear(*given: object) -> None:
        heard.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def test_a_sweep_that_finds_nothing_is_one_statement(
    city: CaseCity, alarms: Alarms, statements: list[str]
) -> None:
    alarms.sweep()
    assert len(statements) == 1


def test_a_sweep_of_many_is_three_statements(city: CaseCity, alarms: Alarms, statements: list[str]) -> None:
    for _ in range(5):
        city.report()
    city.wait(**OVERDUE)
    statements.clear()
    alarms.sweep()
    assert len(statements) == 3


def test_what_was_late_before_the_city_was_drawn_does_not_ring(city: CaseCity, alarms: Alarms) -> None:
    city.report()
    city.wait(**OVERDUE)
    with city.sessions.begin() as session:
        store.hush(session, at=city.clock.at)
    assert alarms.sweep() == 0


def test_a_step_takes_one_statement_more_with_its_notices(city: CaseCity, statements: list[str]) -> None:
    number = city.report().case_no
    city.perform(number, Accept(MISSING_COVER), "operator")
    revision = city.case(number).summary.revision
    statements.clear()
    city.cases.perform(number, FileCase(), city.asking("chief"), revision)
    assert len(statements) == 4

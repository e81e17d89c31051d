"""Desks hear of changes as they are committed, and miss nothing when a stream breaks."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic, sleep

import pytest
from sqlalchemy import text

from cases.sweeps import Sweeps
from tests.face_city import report_of
from web.accounts.people import Person
from web.api.live import sight_of
from web.live import MOST_WAITING, Change, Hub, Viewer, read_changes, read_horizon
from web.wiring import Wiring

WITHIN_S = 5.0


def person(role: str, organisation: str | None = None, number: int = 1) -> Person:
    return Person(number, "login", "名", frozenset({role}), organisation, (), False)


def change(**named: object) -> Change:
    given = dict.fromkeys(Change.__slots__) | named
    return Change(**given)  # type: ignore[arg-type]


class Ear:
    """A viewer whose loop hands events over at once."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def call_soon_threadsafe(self, do: Callable[[], None]) -> None:
        do()


@pytest.fixture
def hub(wiring: Wiring) -> Iterator[Hub]:
    hub = Hub(wiring.sessions)
    hub.start()
    wait_until(lambda: hub.is_listening)
    yield hub
    hub.stop()


def wait_until(holds: Callable[[], object]) -> None:
    until = monotonic() + WITHIN_S
    while not holds() and monotonic() < until:
        sleep(0.01)


def drained(viewer: Viewer) -> list[bytes]:
    return [viewer.queue.get_nowait() or b"" for _ in range(viewer.queue.qsize())]


def listening(hub: Hub, who: Person) -> Viewer:
    viewer = Viewer(sight_of(who), Ear())  # type: ignore[arg-type]
    hub.join(viewer)
    return viewer


def test_a_desk_hears_of_a_report_without_asking(hub, signed_in):
    desk = listening(hub, person("operator"))
    receipt = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()
    wait_until(lambda: not desk.queue.empty())
    assert receipt["case_no"].encode() in (desk.queue.get_nowait() or b"")


def test_a_desk_is_told_to_look_again_when_a_light_turns_with_the_clock(hub, wiring, signed_in, clock):
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    desk = listening(hub, person("operator"))
    clock.at += timedelta(minutes=24)
    Sweeps(wiring.sessions, clock, wiring.photos).sweep_lights()
    wait_until(desk.queue.qsize)
    assert b"event: reload" in b"".join(drained(desk))


def test_a_department_hears_nothing_of_a_case_it_was_not_given(hub, signed_in):
    desk, department = listening(hub, person("operator")), listening(hub, person("department", "BJ-GS"))
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    wait_until(lambda: not desk.queue.empty())
    assert department.queue.empty()


@pytest.mark.parametrize(
    ("who", "what", "hears"),
    [
        (person("dispatcher"), change(department_code="BJ-PS"), True),
        (person("department", "BJ-PS"), change(department_code="BJ-PS"), True),
        (person("department", "BJ-GS"), change(department_code="BJ-PS"), False),
        (person("inspector", "BJ-JD", 7), change(inspector_id=7), True),
        (person("inspector", "BJ-JD", 7), change(reporter_id=7), True),
        (person("inspector", "BJ-JD", 7), change(inspector_id=8), False),
        (person("crew", "BJ-PS", 9), change(department_code="BJ-PS"), True),
    ],
    ids=["a desk all", "a department its own", "not another's", "an inspector the task",
         "an inspector the own report", "not another's task", "a crew its department's"],
)  # fmt: skip
def test_people_hear_what_concerns_them(who, what, hears):
    assert sight_of(who)(what) is hears


def test_a_fact_committed_late_is_not_missed_by_who_comes_back(wiring, signed_in):
    desk = signed_in("operator1")
    with wiring.engine.connect() as slow:
        slow.execute(text("SELECT pg_current_xact_id()"))  # begun before, still running
        desk.post("/api/v1/reports", json=report_of())
        horizon = read_changes(wiring.sessions, 0).horizon
        mine = slow.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
        slow.rollback()
    assert horizon <= mine


def test_who_comes_back_is_told_what_happened_meanwhile(wiring, signed_in):
    horizon = read_horizon(wiring.sessions)
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]
    assert [row.case_no for row in read_changes(wiring.sessions, horizon).rows] == [case_no]


def test_a_viewer_that_is_too_slow_is_dropped():
    viewer = Viewer(lambda change: True, asyncio.new_event_loop())
    viewer.offer([b"x"] * (MOST_WAITING + 1))
    viewer.loop.close()
    assert [viewer.queue.get_nowait() for _ in range(MOST_WAITING + 1)][-1] is None


def test_a_stranger_hears_nothing(browser):
    assert browser.get("/live").status_code == 401

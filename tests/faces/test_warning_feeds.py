"""Feeds at the duty desk: added from allowed hosts, paused, read on demand."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from emergency.cap.writing import write
from emergency.measurements.reading import list_standing
from emergency.measurements.watching import Watching
from emergency.rules.plans.asking import Asked
from emergency.sources.reading import list_feeds
from gis_core.clock import FixedClock
from tests.cap.alerts import WARNING
from web.accounts.keys import issue_key
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
FEEDS = "/duty/warnings/feeds"
FEED = {"name": "省气象局", "url": "http://127.0.0.1:9/feed.atom", "every_min": "5"}


@pytest.fixture
def officer(wiring: Wiring, signed_in: SignedIn) -> TestClient:
    object.__setattr__(wiring.settings, "__dict__", wiring.settings.__dict__ | {"feed_hosts": "127.0.0.1/32"})
    return signed_in("duty1")


def send(client: TestClient, address: str, **fields: object) -> Response:
    return client.post(address, data={"csrf": client.headers["x-csrf-token"], **fields})


def test_a_feed_is_added_paused_and_read_on_demand(officer: TestClient, wiring: Wiring) -> None:
    assert send(officer, FEEDS, **FEED).status_code == 303
    page = officer.get(FEEDS).text
    assert ("等待第一次读取" in page, "尚不清楚" in page) == (True, True)
    for step in ("fetch", "pause", "resume"):
        address = re.search(rf"{FEEDS}/\d+/{step}", officer.get(FEEDS).text)[0]
        assert send(officer, address).status_code == 303
    with wiring.sessions() as session:
        assert [one.is_on for one in list_feeds(session)] == [True]
    assert send(officer, f"{FEEDS}/999999/pause").status_code == 404


def test_a_host_that_is_not_allowed_is_refused_with_what_was_typed(officer: TestClient) -> None:
    answer = send(officer, FEEDS, **FEED | {"url": "https://127.0.0.2/feed"})
    assert (answer.status_code, 'value="省气象局"' in answer.text) == (422, True)


@pytest.mark.parametrize("login", ["leader", "operator1"])
def test_feeds_are_for_duty_posts(signed_in: SignedIn, login: str) -> None:
    assert signed_in(login).get(FEEDS).status_code == 403


# senders by key


@pytest.fixture
def key(wiring: Wiring, officer: TestClient) -> str:
    """That of an observatory which is to be heard every ten minutes."""
    key = issue_key(wiring.sessions, "市气象台", scopes=["warning"], at=wiring.clock.now())
    assert send(officer, f"{FEEDS}/expect", sender="市气象台", often_min="10").status_code == 303
    return key


def alarms(wiring: Wiring) -> list[tuple[str, str]]:
    """What the worker's sweep finds to be told now."""
    Watching(wiring.sessions, wiring.plane, wiring.situations, wiring.incidents.notices).sweep(
        wiring.clock.now()
    )
    with wiring.sessions() as session:
        return [(one.kind, one.subject) for one in list_standing(session)]


def hear(client: TestClient, key: str, **fields: str) -> Response:
    return client.post("/api/v1/warnings", data={"api_key": key, **fields})


def test_a_sender_by_key_that_falls_silent_is_an_alarm_until_it_is_heard_again(
    key: str, visit: Callable[[], TestClient], wiring: Wiring, clock: FixedClock
) -> None:
    document = write(replace(WARNING, sender="weather.example")).decode()
    assert hear(visit(), key, document=document).status_code == 201
    clock.at += timedelta(minutes=30)
    assert alarms(wiring) == []
    clock.at += timedelta(minutes=1)
    assert alarms(wiring) == [("silent", "市气象台")]
    assert hear(visit(), key, document=document).json()["is_repeat"]
    assert alarms(wiring) == []


def test_a_heartbeat_says_that_there_is_nothing_to_tell(
    key: str, visit: Callable[[], TestClient], wiring: Wiring, clock: FixedClock
) -> None:
    clock.at += timedelta(minutes=31)
    assert alarms(wiring) == [("silent", "市气象台")]
    assert hear(visit(), key, heartbeat="true").json() == {"is_expected": True}
    assert alarms(wiring) == []


def test_what_a_silent_sender_would_warn_of_is_unknown(
    key: str, visit: Callable[[], TestClient], wiring: Wiring, clock: FixedClock
) -> None:
    heard = clock.at
    hear(visit(), key, heartbeat="true")
    clock.at += timedelta(minutes=31)
    with wiring.sessions() as session:
        known = wiring.situations.known_at(session, clock.at, Asked())
    assert known.heard_at["warnings"] == heard


def test_a_silent_sender_is_told_once_and_shown_on_its_page(
    key: str, officer: TestClient, wiring: Wiring, clock: FixedClock
) -> None:
    clock.at += timedelta(minutes=31)
    alarms(wiring)
    alarms(wiring)
    assert "很久没有音讯" in officer.get(FEEDS).text
    assert "预警来源“市气象台”从未有音讯" in officer.get("/duty/watch").text


def test_only_a_sender_with_a_key_for_warnings_is_expected(officer: TestClient, wiring: Wiring) -> None:
    issue_key(wiring.sessions, "邻里通", scopes=["report"], at=wiring.clock.now())
    answer = send(officer, f"{FEEDS}/expect", sender="邻里通", often_min="10")
    assert answer.status_code in (400, 422)
    with wiring.sessions() as session:
        assert list_feeds(session) == []


def test_a_sender_that_nobody_expects_is_no_alarm(
    visit: Callable[[], TestClient], wiring: Wiring, clock: FixedClock
) -> None:
    key = issue_key(wiring.sessions, "别处", scopes=["warning"], at=wiring.clock.now())
    assert hear(visit(), key, heartbeat="true").json() == {"is_expected": False}
    clock.at += timedelta(days=1)
    assert alarms(wiring) == []

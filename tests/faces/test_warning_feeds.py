"""Feeds at the duty desk: added from allowed hosts, paused, read on demand."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from emergency.sources.reading import list_feeds
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

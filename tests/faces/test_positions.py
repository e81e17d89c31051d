"""Positions through the real application: duty, batches of phones and of vehicles, the same twice."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from grid.positions.operations import Batch
from grid.positions.partitions import list_months
from tests.case_city import COMMUNITY, FRIDAY_MORNING, JINGER_ROAD
from web.accounts.keys import issue_key
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
CONSENT = "consent-1"


def said(seconds_ago: float = 0.0, **changes: Any) -> dict[str, Any]:
    at = (FRIDAY_MORNING - timedelta(seconds=seconds_ago)).isoformat()
    return {"at": at, "lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg, "accuracy_m": 8} | changes


def batch(*rows: object, **changes: Any) -> dict[str, Any]:
    return {"client_batch": str(uuid4()), "positions": list(rows)} | changes


def stored(wiring: Wiring, words: str = "*", table: str = "position") -> list[Any]:
    with wiring.sessions() as session:
        return list(session.execute(text(f"SELECT {words} FROM grid.{table}")))


@pytest.fixture
def inspector(signed_in: SignIn, wiring: Wiring) -> TestClient:
    """An inspector who went on duty an hour ago."""
    client = signed_in("inspector1")
    an_hour_ago = (FRIDAY_MORNING - timedelta(hours=1)).isoformat()
    done = client.post("/api/v1/duty/start", json={"consent_version": CONSENT, "at": an_hour_ago})
    assert done.json()["is_on_duty"], done.text
    return client


@pytest.fixture
def gateway(visit: Callable[[], TestClient], wiring: Wiring) -> TestClient:
    """The system of the vehicles, with its key."""
    client = visit()
    client.headers["x-api-key"] = issue_key(
        wiring.sessions, "车辆平台", scopes=["position"], at=FRIDAY_MORNING
    )
    return client


def test_a_phone_on_duty_is_heard(inspector: TestClient, wiring: Wiring) -> None:
    answer = inspector.post("/api/v1/positions", json=batch(said(5), said(0)))
    assert (answer.status_code, answer.json()["taken"], answer.json()["refused"]) == (200, 2, [])
    assert {row.unit_grid_code for row in stored(wiring)} == {f"{COMMUNITY}005"}


def test_the_same_batch_gets_the_same_answer(inspector: TestClient, wiring: Wiring) -> None:
    sent = batch(said(5), said(0), said(lon=20.0))
    answers = [inspector.post("/api/v1/positions", json=sent).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["taken"], len(stored(wiring))) == (2, 2)


def test_the_same_positions_in_another_batch_are_known(inspector: TestClient, wiring: Wiring) -> None:
    inspector.post("/api/v1/positions", json=batch(said(5), said(0)))
    again = inspector.post("/api/v1/positions", json=batch(said(5), said(0), said(3))).json()
    assert (again["taken"], again["known"]) == (1, 2)
    assert [row.positions for row in stored(wiring, table="grid_visit")] == [3]


def test_a_bad_row_is_told_and_spoils_nothing(inspector: TestClient) -> None:
    answer = inspector.post("/api/v1/positions", json=batch(said(-3600), said(0))).json()
    told = answer["refused"][0]
    assert (answer["taken"], told["n"], told["code"]) == (1, 0, "from_the_future")
    assert "sent_at" in told["message"]


def test_nobody_off_duty_is_followed(signed_in: SignIn, wiring: Wiring) -> None:
    answer = signed_in("inspector2").post("/api/v1/positions", json=batch(said())).json()
    assert ([one["code"] for one in answer["refused"]], stored(wiring)) == (["not_on_duty"], [])


def test_off_duty_ends_it_even_for_what_was_taken_since(inspector: TestClient, wiring: Wiring) -> None:
    inspector.post("/api/v1/positions", json=batch(said(60), said(0)))
    left_at = (FRIDAY_MORNING - timedelta(seconds=30)).isoformat()
    answer = inspector.post("/api/v1/duty/end", json={"at": left_at}).json()
    late = inspector.post("/api/v1/positions", json=batch(said(10), said(90))).json()
    assert (answer["is_on_duty"], late["taken"], late["refused"][0]["code"]) == (False, 1, "not_on_duty")
    assert sorted((FRIDAY_MORNING - row.at).seconds for row in stored(wiring)) == [60, 90]


def test_on_duty_needs_the_text_of_today(signed_in: SignIn, wiring: Wiring) -> None:
    refused = signed_in("inspector1").post("/api/v1/duty/start", json={"consent_version": "consent-0"})
    assert (refused.status_code, refused.json()["code"]) == (422, "consent_is_old")
    assert stored(wiring, table="duty") == []


def test_duty_says_what_is_agreed_to(inspector: TestClient) -> None:
    shown = inspector.get("/api/v1/duty").json()
    assert (shown["is_on_duty"], shown["consent"]["version"], shown["agreed_version"]) == (
        True,
        CONSENT,
        CONSENT,
    )
    assert (shown["state"], shown["consent_version"]) == ("on", CONSENT)
    assert "下岗" in shown["consent"]["text"]


def test_going_on_duty_twice_is_being_on_duty_once(inspector: TestClient, wiring: Wiring) -> None:
    inspector.post("/api/v1/duty/start", json={"consent_version": CONSENT})
    assert len(stored(wiring, table="duty")) == 1


def test_a_shift_never_begins_before_the_last_one_ended(inspector: TestClient, wiring: Wiring) -> None:
    inspector.post("/api/v1/duty/end", json={})
    earlier = (FRIDAY_MORNING - timedelta(minutes=30)).isoformat()
    again = inspector.post("/api/v1/duty/start", json={"consent_version": CONSENT, "at": earlier}).json()
    assert again["since"] == "2026-09-18T09:30:00+08:00"


WRONG_MOMENTS = [(timedelta(hours=1), "in the future"), (timedelta(hours=-97), "four days ago")]


@pytest.mark.parametrize(("later", "because"), WRONG_MOMENTS, ids=[row[1] for row in WRONG_MOMENTS])
def test_duty_begins_neither_in_the_future_nor_long_ago(
    signed_in: SignIn, later: timedelta, because: str
) -> None:
    sent = {"consent_version": CONSENT, "at": (FRIDAY_MORNING + later).isoformat()}
    refused = signed_in("inspector1").post("/api/v1/duty/start", json=sent)
    assert (refused.status_code, refused.json()["code"]) == (409, "duty_moment_wrong")


def test_a_phone_a_day_fast_is_put_right_and_the_error_kept(inspector: TestClient, wiring: Wiring) -> None:
    day = timedelta(days=1)
    sent = batch(said(-86_400), sent_at=(FRIDAY_MORNING + day).isoformat())
    assert inspector.post("/api/v1/positions", json=sent).json()["taken"] == 1
    row = stored(wiring)[0]
    assert (row.at, row.clock_offset_s) == (FRIDAY_MORNING, -86_400)
    own = inspector.get("/api/v1/duty").json()["mover"]
    assert {one.key: one.clock_offset_s for one in stored(wiring, table="mover")}[own] == -86_400


def test_a_vehicle_is_heard_with_a_key(gateway: TestClient, wiring: Wiring) -> None:
    answer = gateway.post("/api/v1/positions", json=batch(said(mover="v1"), said(mover="p1"))).json()
    assert (answer["taken"], [one["code"] for one in answer["refused"]]) == (1, ["not_a_vehicle"])


def test_a_system_never_speaks_for_a_person_on_duty(
    inspector: TestClient, gateway: TestClient, wiring: Wiring
) -> None:
    own = inspector.get("/api/v1/duty").json()["mover"]
    answer = gateway.post("/api/v1/positions", json=batch(said(mover=own))).json()
    assert ([one["code"] for one in answer["refused"]], stored(wiring)) == (["not_a_vehicle"], [])


DOCUMENT = (Path(__file__).parents[2] / "docs" / "positions.md").read_text(encoding="utf-8")
JSON_EXAMPLE = re.findall(r"-d '\n(\{.*?\})'\n```", DOCUMENT, re.DOTALL)[0]
XML_EXAMPLE = re.findall(r"```xml\n(.*?)```", DOCUMENT, re.DOTALL)[0]
EXAMPLES = [("", JSON_EXAMPLE, "application/json"), ("/cot", XML_EXAMPLE, "application/xml")]


@pytest.mark.parametrize(("path", "body", "kind"), EXAMPLES, ids=["JSON", "CoT-like XML"])
def test_the_example_of_the_manual_is_taken_and_the_same_bytes_get_the_same_answer(
    gateway: TestClient, wiring: Wiring, path: str, body: str, kind: str
) -> None:
    headers = {"content-type": kind}
    answers = [
        gateway.post(f"/api/v1/positions{path}", content=body.encode(), headers=headers).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1] == {"taken": 1, "known": 0, "refused": [], "refused_count": 0}
    assert stored(wiring, "mover_key, heading_deg, accuracy_m") == [("v12", 91.5, 8.0)]


AT_ONCE = 8


def test_many_at_once_take_each_position_once_and_wait_for_nobody_in_a_ring(wiring: Wiring) -> None:
    rows = [said(n, mover=f"v{v}") for n in range(10) for v in range(1, 6)]

    def send(n: int) -> int:
        mixed = Random(n).sample(rows, len(rows))
        return int(wiring.movers.take(Batch(f"k{n}", uuid4(), mixed), at=FRIDAY_MORNING)["taken"])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        taken = list(pool.map(send, range(AT_ONCE)))
    assert (sum(taken), len(stored(wiring))) == (50, 50)
    assert sum(row.positions for row in stored(wiring, table="grid_visit")) == 50


def test_the_same_batch_at_once_gets_the_same_answer(wiring: Wiring) -> None:
    batch_of = Batch("k1", uuid4(), [said(n, mover="v1") for n in range(20)])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(
            pool.map(lambda _: wiring.movers.take(batch_of, at=FRIDAY_MORNING)["taken"], range(AT_ONCE))
        )
    assert answers == [20] * AT_ONCE


NUMBER = str(uuid4()).encode()
BAD = [
    ({"json": {"client_batch": "x", "positions": []}}, 400, "a number that is none"),
    ({"json": {"positions": []}}, 400, "no number"),
    ({"json": {"client_batch": str(uuid4())}}, 400, "no positions"),
    ({"json": batch(*([None] * 1001))}, 400, "too many"),
    ({"content": b"{"}, 400, "half a document"),
    ({"content": b'{"client_batch": "%s", "positions": [NaN, {"lon": NaN}]}' % NUMBER}, 200, "NaN"),
    ({"content": b"\xff\x00"}, 400, "no text"),
    ({"content": b"[" * 100_000}, 400, "a document without an end"),
    ({"json": batch({"mover": "v\x00", "at": "\x00", "lon": 1, "lat": 1})}, 200, "what no database takes"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "status", "because"), BAD, ids=[row[2] for row in BAD])
def test_bad_batches_are_told_and_nothing_breaks(
    gateway: TestClient, sent: dict[str, Any], status: int, because: str
) -> None:
    answer = gateway.post("/api/v1/positions", headers={"content-type": "application/json"}, **sent)
    assert answer.status_code == status, answer.text


WITHOUT = [({}, 401, "nobody"), ({"x-api-key": "wrong"}, 403, "a key that was never issued")]


@pytest.mark.parametrize(("headers", "status", "because"), WITHOUT, ids=[row[2] for row in WITHOUT])
def test_strangers_send_nothing(
    browser: TestClient, headers: dict[str, str], status: int, because: str
) -> None:
    assert browser.post("/api/v1/positions", json=batch(said()), headers=headers).status_code == status


def test_a_page_of_another_host_sends_nothing(inspector: TestClient) -> None:
    inspector.headers["x-csrf-token"] = "guessed"
    refused = inspector.post("/api/v1/positions", json=batch(said()))
    assert (refused.status_code, refused.json()["code"]) == (403, "form_expired")


def test_positions_lie_in_the_partition_of_their_month(inspector: TestClient, wiring: Wiring) -> None:
    inspector.post("/api/v1/positions", json=batch(said()))
    assert stored(wiring, "tableoid::regclass::text") == [("grid.position_2026_09",)]


def test_partitions_are_there_two_months_ahead(wiring: Wiring) -> None:
    for _ in range(2):
        wiring.movers.partitions.make_ahead(FRIDAY_MORNING)
    with wiring.sessions() as session:
        assert {(2026, 9), (2026, 10), (2026, 11)} <= {*list_months(session)}

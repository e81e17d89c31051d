"""Replay over HTTP: who may, what is told, looks at ways are logged, and what cannot be replayed."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from gis_core.clock import FixedClock, city_time
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD
from tests.face_city import report_of
from tests.faces.test_positions import CONSENT, batch, said
from web.wall_replay import ReplayAsked, read_span
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
JSON = {"accept": "application/json"}
AN_HOUR = timedelta(hours=1)
PARTS = ("", "/facts.json", "/steps.csv", "/steps.xlsx")
NOISE = {"kind": "matter", "type_code": "06028"}


def written(at: datetime) -> str:
    """A moment as an address says it, in the city's time."""
    return f"{city_time(at):%Y-%m-%dT%H:%M}"


def span(since: datetime = FRIDAY_MORNING, until: datetime = FRIDAY_MORNING + AN_HOUR) -> str:
    return f"from={written(since)}&to={written(until)}"


@pytest.fixture
def hour(signed_in: SignIn, clock: FixedClock) -> str:
    """An hour in which one report came and was declined; it has just ended."""
    desk = signed_in("operator1")
    number = desk.post("/api/v1/reports", json=report_of()).json()["case_no"]
    clock.at += timedelta(minutes=20)
    sent = {"csrf": desk.headers["x-csrf-token"], "revision": "1", "reason": "重复", "reason_code": "other"}
    assert desk.post(f"/cases/{number}/decline", data=sent).status_code == 303
    clock.at += timedelta(minutes=41)
    return number


@pytest.fixture
def walked(signed_in: SignIn, clock: FixedClock) -> TestClient:
    """An inspector on duty said where she was three times, then nothing for ten minutes, then once more."""
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    inspector = signed_in("inspector1")
    inspector.post("/api/v1/duty/start", json={"consent_version": CONSENT})
    clock.at += timedelta(minutes=20)
    inspector.post("/api/v1/positions", json=batch(*(said(ago) for ago in (-300, -310, -320, -920))))
    clock.at += timedelta(minutes=41)
    return inspector


def get(client: TestClient, what: str = "facts.json", query: str = "") -> Any:
    answer = client.get(f"/wall/replay/{what}?{query or span()}", headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


# who may


@pytest.mark.parametrize(
    ("login", "status"),
    [("leader", 200), ("chief1", 200), ("dispatcher1", 200), ("operator1", 200), ("wall", 200),
     ("auditor", 200), ("inspector1", 403), ("drainage", 403), ("crew1", 403), ("data", 403)],
)  # fmt: skip
def test_the_past_is_for_who_sees_the_wall_and_for_auditors(signed_in, hour, login, status) -> None:
    client = signed_in(login)
    found = [client.get(f"/wall/replay{what}?{span()}", headers=JSON).status_code for what in PARTS]
    assert found == [status] * len(PARTS)


@pytest.mark.parametrize(
    ("login", "status"),
    [("leader", 200), ("chief1", 200), ("wall", 403), ("auditor", 403), ("operator1", 403),
     ("inspector1", 403)],
)  # fmt: skip
def test_where_everybody_was_is_for_leaders_and_duty_chiefs(signed_in, walked, login, status) -> None:
    answer = signed_in(login).get(f"/wall/replay/ways.json?{span()}&purpose=evaluation", headers=JSON)
    assert answer.status_code == status


# what is told


def test_an_hour_is_told_from_its_facts(signed_in, hour) -> None:
    told = get(signed_in("wall"))
    [case] = told["cases"]
    steps = [(told["actions"][row[2]][0], told["stage_codes"][row[4]], row[0]) for row in told["steps"]]
    assert (case[0], case[5], steps) == (
        hour, -1, [("register", "reported", 0.0), ("decline", "declined", 1200.0)],
    )  # fmt: skip


def test_the_same_hour_is_the_same_picture_whatever_happens_later(signed_in, hour, clock) -> None:
    before = get(signed_in("leader"))
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    clock.at += timedelta(days=3)
    assert get(signed_in("leader")) == before


def test_another_hour_has_another_digest(signed_in, hour, clock) -> None:
    digests = {
        get(signed_in("leader"), query=span(until=FRIDAY_MORNING + n * AN_HOUR / 2))["digest"] for n in (1, 2)
    }
    assert len(digests) == 2


def test_nobody_is_named_and_no_word_of_a_report_is_told(signed_in, hour) -> None:
    told = signed_in("wall").get(f"/wall/replay/facts.json?{span()}").text
    assert [word in told for word in ("受理员甲", "经二路", "受理员")] == [False, False, True]


def test_a_private_case_stands_in_the_middle_of_its_square(signed_in, clock, wiring: Wiring) -> None:
    signed_in("operator1").post("/api/v1/reports", json=report_of(**NOISE))
    clock.at += AN_HOUR
    [case] = get(signed_in("wall"))["cases"]
    plane = wiring.plane.to_plane(type(JINGER_ROAD)(case[2], case[3]))
    assert [abs(v / 100 - round(v / 100)) < 0.02 for v in (plane.easting_m, plane.northing_m)] == [True, True]


def test_the_page_of_a_span_carries_what_it_asks_for(signed_in, hour) -> None:
    page = signed_in("leader").get(f"/wall/replay?{span()}&purpose=case&speed=300").text
    kept = f"from={written(FRIDAY_MORNING)}&amp;to={written(FRIDAY_MORNING + AN_HOUR)}"
    assert [words in page for words in (kept, "purpose=case", 'data-speed="300"', "回放")] == [True] * 4


@pytest.mark.parametrize("login", ["wall", "auditor"])
def test_who_may_not_look_at_tracks_is_not_asked_what_for(signed_in, hour, login) -> None:
    page = signed_in(login).get(f"/wall/replay?{span()}&purpose=case").text
    assert ["ways.json" in page, 'name="purpose"' in page] == [False, False]


# where everybody was


def looks(wiring: Wiring) -> list[tuple[str, str, str]]:
    with wiring.sessions() as session:
        rows = session.execute(
            text("SELECT person_name, mover_key, purpose FROM grid.track_look ORDER BY id")
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]


def test_a_look_at_everybody_is_in_the_log_for_each(signed_in, walked, wiring) -> None:
    get(signed_in("leader"), "ways.json", f"{span()}&purpose=evaluation")
    key = walked.get("/api/v1/duty").json()["mover"]
    assert looks(wiring) == [("督办领导甲", key, "evaluation")]


def test_the_facts_of_an_hour_need_no_look(signed_in, walked, wiring) -> None:
    get(signed_in("leader"))
    assert looks(wiring) == []


@pytest.mark.parametrize("purpose", ["", "curiosity", "own", "<script>"])
def test_without_a_purpose_nobody_is_shown(signed_in, walked, wiring, purpose) -> None:
    address = f"/wall/replay/ways.json?{span()}&purpose={quote(purpose)}"
    answer = signed_in("leader").get(address, headers=JSON)
    assert (answer.status_code, answer.json()["code"], looks(wiring)) == (400, "track_purpose_missing", [])


def test_a_way_has_its_times_and_the_gap_in_which_nothing_was_heard(signed_in, walked) -> None:
    [way] = get(signed_in("leader"), "ways.json", f"{span()}&purpose=help")["ways"]
    assert (list(accumulate(way["t"])), way["gaps"], way["kind"]) == ([300, 310, 320, 920], [3], "person")


def test_where_she_called_for_help_is_told_for_a_purpose_alone(signed_in, walked, wiring, clock) -> None:
    sent = {"client_id": "6d1f3c1e-6b2e-4d6c-9d3e-0a8f2f6f1b11", "lon": 107.145, "lat": 34.369}
    clock.at = FRIDAY_MORNING + AN_HOUR / 2
    walked.post("/api/v1/sos", json=sent)
    clock.at += AN_HOUR
    bare, whole = get(signed_in("wall")), get(signed_in("leader"), "ways.json", f"{span()}&purpose=help")
    assert (len(bare["sos"][0]), "107.145" in str(bare["sos"]), whole["sos"][0]["name"]) == (
        3,
        False,
        "监督员甲",
    )
    assert [round(part, 3) for part in whole["sos"][0]["place"]] == [107.145, 34.369]


THINNED = text("""
    INSERT INTO grid.position_thinned (until)
    SELECT at FROM CAST(:at AS timestamptz) AS at WHERE at IS NOT NULL
""")
KEPT = [
    (0, None, [False, False], "all of it is kept"),
    (0, FRIDAY_MORNING + AN_HOUR, [True, False], "it was thinned to one a minute"),
    (95, FRIDAY_MORNING + AN_HOUR, [True, True], "its time is over"),
]


@pytest.mark.parametrize(("days", "thinned", "told", "because"), KEPT, ids=[row[3] for row in KEPT])
def test_what_the_rules_of_keeping_took_is_said(
    signed_in, walked, wiring, clock, days, thinned, told, because
) -> None:
    with wiring.sessions.begin() as session:
        session.execute(THINNED, {"at": thinned})
    clock.at += timedelta(days=days)
    found = get(signed_in("leader"), "ways.json", f"{span()}&purpose=help")
    with wiring.sessions.begin() as session:
        session.execute(text("DELETE FROM grid.position_thinned"))
    assert [found["thinned"], found["gone"]] == told


# few statements


def test_an_hour_is_few_statements(signed_in, hour, statements) -> None:
    leader = signed_in("leader")
    get(leader)  # names are known now
    statements.clear()
    get(leader)
    assert len(statements) == 5  # who asks, the first report, chains, cases, calls for help


def test_everybody_s_ways_are_four_statements(signed_in, walked, statements) -> None:
    leader = signed_in("leader")
    statements.clear()
    get(leader, "ways.json", f"{span()}&purpose=help")
    assert len(statements) == 5  # who asks, how many, ways, calls for help, the log


# what is taken away


def test_what_happened_is_taken_away_as_a_list(signed_in, hour) -> None:
    answer = signed_in("auditor").get(f"/wall/replay/steps.csv?{span()}")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row[4] for row in rows[:3]] == ["步骤", "登记", "不予受理"]
    assert rows[1][1].replace(" ", "") == hour


def test_what_happened_is_taken_away_as_a_workbook(signed_in, hour) -> None:
    book = zipfile.ZipFile(io.BytesIO(signed_in("leader").get(f"/wall/replay/steps.xlsx?{span()}").content))
    words = "".join(
        book.read(name).decode() for name in book.namelist() if "sheet" in name or "Strings" in name
    )
    assert ("不予受理" in words, "受理员甲" in words) == (True, False)


# what cannot be replayed

BAD = [
    ("from=2026-09-18T10:30&to=2026-09-18T09:30", 400, "bad_replay", "it ends before it begins"),
    ("from=2026-09-18T09:30&to=2026-09-18T09:30", 400, "bad_replay", "it is no time at all"),
    ("from=2026-09-18T09:30&to=2026-09-18T12:30", 400, "replay_in_future", "it has not happened"),
    ("from=2036-09-18T09:30", 400, "replay_in_future", "nor in ten years"),
    ("from=2026-09-16T09:30&to=2026-09-18T09:30", 400, "replay_too_long", "two days are too many"),
    ("from=yesterday", 400, "bad_replay", "no moment"),
    ("from=2026-13-45T99:99", 400, "bad_replay", "no moment there is"),
    ("from=%3Cscript%3E", 400, "bad_replay", "no moment at all"),
    ("from=0001-01-01T00:00&to=0001-01-01T01:00", 400, "bad_replay", "before all calendars"),
    ("from=9999-12-31T23:59%2B14:00", 400, "bad_replay", "after them"),
    ("from=" + "9" * 500, 400, "malformed", "too long to be one"),
    ("from=1987-01-01T00:00&to=1987-01-01T01:00", 400, "bad_replay", "before there were such systems"),
    ("from=2011-01-01T00:00&to=2011-01-01T01:00", 404, "nothing_to_replay", "nobody kept anything then"),
    ("speed=7", 400, "bad_replay", "no speed of the list"),
    ("speed=fast", 400, "malformed", "no number"),
]


@pytest.mark.parametrize(("query", "status", "code", "because"), BAD, ids=[row[3] for row in BAD])
def test_what_cannot_be_replayed_is_said(signed_in, hour, query, status, code, because) -> None:
    answer = signed_in("leader").get(f"/wall/replay/facts.json?{query}", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_no_part_of_a_replay_is_of_a_span_that_cannot_be(signed_in, hour) -> None:
    client, query = signed_in("leader"), "purpose=help&from=2026-09-18T10:30&to=2026-09-18T09:30"
    answers = [client.get(f"/wall/replay{what}?{query}") for what in (*PARTS, "/ways.json")]
    assert [answer.status_code for answer in answers] == [400] * 5
    assert "结束时刻要晚于开始时刻" in answers[0].text


def test_a_city_without_reports_has_nothing_to_replay(signed_in) -> None:
    answer = signed_in("leader").get("/wall/replay", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_to_replay")


NOW = datetime.fromisoformat("2026-09-18T10:41:00+08:00")
SAID = [
    ({}, "09:00", "10:00", "the last whole hour without a word"),
    ({"from": "2026-09-18T08:15"}, "08:15", "09:15", "an hour from there"),
    ({"to": "2026-09-18T08:15"}, "07:15", "08:15", "the hour before"),
    ({"from": "2026-09-18T10:30"}, "10:30", "10:41", "as much of it as has passed"),
    ({"from": "2026-09-18T01:30:00Z"}, "09:30", "10:30", "a moment of another zone"),
    ({"from": "2026-09-18T09:30:00 08:00"}, "09:30", "10:30", "a plus in an address is a space"),
]


@pytest.mark.parametrize(("asked", "since", "until", "because"), SAID, ids=[row[3] for row in SAID])
def test_a_span_may_be_said_in_part(asked: dict[str, str], since: str, until: str, because: str) -> None:
    found = read_span(ReplayAsked.model_validate(asked), NOW)
    assert [f"{city_time(at):%H:%M}" for at in (found.since, found.until)] == [since, until]


def test_the_wall_leads_to_its_past(signed_in) -> None:
    assert "/wall/replay" in signed_in("wall").get("/wall").text

"""Who is where through the real application: the nearest, calls for help, straying, tracks, coverage."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis_core.clock import FixedClock, city_time
from grid.positions.city_rules import load_position_rules
from grid.positions.coverage import list_attendance, list_coverage
from grid.positions.retention import clean_positions
from grid.positions.rules.visits import VisitRule
from grid.positions.unwalked import find_unwalked
from tests.case_city import COMMUNITY, FRIDAY_MORNING, JINGER_ROAD, baoji
from tests.face_city import report_of
from tests.faces.test_live import Ear, drained, wait_until
from tests.faces.test_positions import CONSENT, batch, said
from web.accounts.keys import issue_key
from web.field_jobs import sweep_field
from web.field_work import opening_events
from web.live import Viewer
from web.movers_told import movers_event
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
DEGREE_M = 92_000
"""Of longitude, in metres, about; enough to say how far east."""


@pytest.fixture
def inspector(signed_in: SignIn) -> TestClient:
    """An inspector who went on duty an hour ago."""
    client = signed_in("inspector1")
    an_hour_ago = (FRIDAY_MORNING - timedelta(hours=1)).isoformat()
    client.post("/api/v1/duty/start", json={"consent_version": CONSENT, "at": an_hour_ago})
    return client


@pytest.fixture
def walks(inspector: TestClient) -> Callable[..., dict[str, Any]]:
    """Sends positions of the inspector."""
    return lambda *rows: inspector.post("/api/v1/positions", json=batch(*rows)).json()  # type: ignore[no-any-return]


@pytest.fixture
def drives(visit: Callable[[], TestClient], wiring: Wiring) -> Callable[..., dict[str, Any]]:
    """Sends positions of vehicles."""
    client = visit()
    client.headers["x-api-key"] = issue_key(wiring.sessions, "车辆", scopes=["position"], at=FRIDAY_MORNING)
    return lambda *rows: client.post("/api/v1/positions", json=batch(*rows)).json()  # type: ignore[no-any-return]


@pytest.fixture
def own_grids(wiring: Wiring) -> Iterator[None]:
    """Three of the nine unit grids are the inspector's."""
    with wiring.sessions.begin() as session:
        session.execute(
            text("UPDATE grid.unit_grid SET responsibility_code = '6103030080R01' WHERE code <= :c"),
            {"c": f"{COMMUNITY}003"},
        )
        session.execute(
            text(
                "UPDATE accounts.person SET responsibility_codes = '{6103030080R01}'"
                " WHERE login = 'inspector1'"
            )
        )
    wiring.frame.reload()
    yield
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE grid.unit_grid SET responsibility_code = NULL"))
        session.execute(
            text("UPDATE accounts.person SET responsibility_codes = '{}' WHERE login = 'inspector1'")
        )


def east(metres: float, seconds_ago: float = 0.0, **changes: Any) -> dict[str, Any]:
    """A position so far east of 经二路."""
    return said(seconds_ago, lon=JINGER_ROAD.lon_deg + metres / DEGREE_M, **changes)


def near(desk: TestClient, **asked: object) -> list[str]:
    given = {"lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg, **asked}
    return [one["key"] for one in desk.get("/api/v1/movers/near", params=given).json()["movers"]]


# who is near

FLEET = [
    ({}, ["v4", "v1", "v6"], "the nearest first"),
    ({"n": 1}, ["v4"], "as many as are asked for"),
    ({"skill": "环卫"}, ["v1"], "who can do it"),
    ({"skill": "消防"}, [], "nobody can"),
    ({"kind": "person"}, [], "no vehicle"),
    ({"free": "true", "n": 2}, ["v4", "v1"], "vehicles are free"),
]


@pytest.mark.parametrize(("asked", "found", "because"), FLEET, ids=[row[2] for row in FLEET])
def test_the_nearest_vehicle_is_found_by_place_and_skill(
    signed_in: SignIn, drives: Callable[..., Any], asked: dict[str, object], found: list[str], because: str
) -> None:
    drives(east(200, mover="v1"), east(50, mover="v4"), east(900, mover="v6"), east(10, 121, mover="v7"))
    assert near(signed_in("dispatcher1"), **asked) == found


def test_who_was_not_heard_of_for_two_minutes_is_shown_as_stale_and_not_proposed(
    signed_in: SignIn, walks: Callable[..., Any], clock: FixedClock
) -> None:
    walks(said())
    desk = signed_in("dispatcher1")
    clock.at += timedelta(seconds=121)
    shown = desk.get("/api/v1/movers").json()["features"]
    assert ([one["properties"]["is_stale"] for one in shown], near(desk)) == ([True], [])


def test_off_duty_one_is_gone_from_the_picture(
    signed_in: SignIn, inspector: TestClient, walks: Callable[..., Any], wiring: Wiring
) -> None:
    walks(said())
    wiring.picture.catch_up()
    moved: list[Any] = []
    wiring.picture.on_moved(moved.append)
    inspector.post("/api/v1/duty/end", json={})
    assert signed_in("dispatcher1").get("/api/v1/movers").json()["features"] == []
    assert [one.gone for one in moved] == [(inspector.get("/api/v1/duty").json()["mover"],)]


def test_a_stream_hears_only_of_those_that_moved(
    walks: Callable[..., Any], drives: Callable[..., Any], wiring: Wiring
) -> None:
    drives(east(200, 5, mover="v1"), east(50, 5, mover="v4"))
    wiring.picture.catch_up()
    moved: list[Any] = []
    wiring.picture.on_moved(moved.append)
    drives(east(260, mover="v1"))
    wiring.picture.catch_up()
    wiring.picture.catch_up()
    assert [[one.key for one in told.rows] for told in moved] == [["v1"]]
    assert b'"rows":[["v1",107.147' in movers_event(moved[0].rows)


def test_who_has_three_tasks_in_hand_is_not_free(
    signed_in: SignIn, inspector: TestClient, walks: Callable[..., Any], wiring: Wiring
) -> None:
    walks(said())
    wiring.picture._count_tasks = lambda _: {inspector.get("/api/v1/duty").json()["mover"]: 3}
    desk = signed_in("dispatcher1")
    assert [one["properties"]["is_free"] for one in desk.get("/api/v1/movers").json()["features"]] == [False]
    assert (near(desk, free="true"), len(near(desk))) == ([], 1)


@pytest.mark.parametrize("login", ["inspector1", "drainage", "auditor"])
def test_others_do_not_see_where_people_are(signed_in: SignIn, login: str) -> None:
    assert signed_in(login).get("/api/v1/movers").status_code == 403


BAD_QUESTIONS = [
    "lon=nan&lat=34",
    "lon=181&lat=34",
    "lat=34",
    "lon=107&lat=34&n=0",
    "lon=107&lat=34&n=999999",
]


@pytest.mark.parametrize("asked", BAD_QUESTIONS)
def test_a_bad_question_is_told(signed_in: SignIn, asked: str) -> None:
    assert signed_in("dispatcher1").get(f"/api/v1/movers/near?{asked}").status_code == 400


# who hears of it


@pytest.fixture
def followed(wiring: Wiring) -> Iterator[Wiring]:
    """The wiring of a process that follows what others commit."""
    wiring.hub.start()
    wiring.picture.start()
    wait_until(lambda: wiring.hub.is_listening)
    yield wiring
    wiring.picture.stop()
    wiring.hub.stop()


def viewer_of(wiring: Wiring, *, hears: frozenset[str], audiences: frozenset[str] = frozenset()) -> Viewer:
    viewer = Viewer(lambda _: True, Ear(), audiences, hears=hears)  # type: ignore[arg-type]
    wiring.hub.join(viewer)
    return viewer


def heard_by(viewer: Viewer) -> str:
    return b"".join(drained(viewer)).decode()


def test_another_process_hears_of_a_move_and_tells_who_may_see_it(
    followed: Wiring, drives: Callable[..., Any]
) -> None:
    desk, other = viewer_of(followed, hears=frozenset({"movers"})), viewer_of(followed, hears=frozenset())
    drives(said(mover="v4"))
    wait_until(lambda: not desk.queue.empty())
    assert 'event: movers\ndata: {"at":"2026-09-18T09:30:00+08:00","rows":[["v4",107.145,34.369' in heard_by(
        desk
    )
    assert "movers" not in heard_by(other)


def test_a_burst_of_batches_is_read_at_most_once_a_second(
    followed: Wiring, drives: Callable[..., Any]
) -> None:
    moved: list[Any] = []
    followed.picture.on_moved(moved.append)
    for n in range(12):
        drives(said(12 - n, mover="v4"))
    wait_until(lambda: moved and moved[-1].rows[0].at == FRIDAY_MORNING - timedelta(seconds=1))
    assert 1 <= len(moved) <= 4


def test_a_call_for_help_reaches_desks_and_the_answer_who_called(followed: Wiring, signed_in: SignIn) -> None:
    caller = signed_in("inspector2")
    key = caller.get("/api/v1/duty").json()["mover"]
    desk = viewer_of(followed, hears=frozenset({"movers"}))
    own = viewer_of(followed, hears=frozenset(), audiences=frozenset({f"person:{key[1:]}"}))
    number = caller.post("/api/v1/sos", json=call()).json()["id"]
    signed_in("operator1").post(f"/api/v1/sos/{number}/answer", json={})
    told: dict[Viewer, str] = {desk: "", own: ""}
    wait_until(
        lambda: (
            told.update({one: told[one] + heard_by(one) for one in told})
            or all("answered" in words for words in told.values())
        )
    )  # type: ignore[func-returns-value]
    assert all('"state": "open"' in words and "event: sos" in words for words in told.values())


def test_who_comes_back_is_told_where_all_are_and_who_calls(
    signed_in: SignIn, drives: Callable[..., Any], wiring: Wiring
) -> None:
    drives(said(mover="v4"))
    signed_in("inspector2").post("/api/v1/sos", json=call())
    told = b"".join(opening_events(wiring)).decode()
    assert ('["v4",107.145' in told, told.count("event: sos")) == (True, 1)


def test_the_desk_is_told_who_is_near_just_now(signed_in: SignIn, walks: Callable[..., Any]) -> None:
    walks(east(-46))
    desk = signed_in("operator1")
    case_no = desk.post("/api/v1/reports", json=report_of()).json()["case_no"]
    assert "现在 46 米外" in desk.get(f"/desk/operator?tab=all&case={case_no}").text


# help


def call(**changes: object) -> dict[str, object]:
    return {"client_id": str(uuid4()), "at": FRIDAY_MORNING.isoformat()} | changes


def test_a_call_for_help_is_heard_by_the_desks_and_answered_once(signed_in: SignIn, wiring: Wiring) -> None:
    caller, desk, chief = signed_in("inspector2"), signed_in("operator1"), signed_in("chief1")
    sent = call(lon=JINGER_ROAD.lon_deg, lat=JINGER_ROAD.lat_deg, accuracy_m=9)
    told = [caller.post("/api/v1/sos", json=sent) for _ in range(2)]
    assert ([one.status_code for one in told], told[0].json() == told[1].json()) == ([201, 200], True)
    number = told[0].json()["id"]
    answers = [
        one.post(f"/api/v1/sos/{number}/answer", json={"note": "马上到"}).json() for one in (desk, chief)
    ]
    assert [(one["state"], one["answered_by"]) for one in answers] == [("answered", "受理员甲")] * 2


def test_bells_ring_for_help_and_for_its_answer(signed_in: SignIn) -> None:
    caller, desk = signed_in("inspector2"), signed_in("dispatcher1")
    number = caller.post("/api/v1/sos", json=call()).json()["id"]
    assert "求助 · 监督员乙" in desk.get("/notices").text
    desk.post(f"/api/v1/sos/{number}/answer", json={"note": "已派人"})
    assert "已派人" in caller.get("/notices").text


CALLS = [
    ({}, (None, False), "nothing known"),
    ({"lon": 20.0, "lat": 5.0}, (None, False), "a phone in Africa"),
    ({"lon": "x", "lat": None}, (None, False), "words"),
    ({"lon": float("nan"), "lat": 34.0}, (None, False), "no number"),
    ({"accuracy_m": -1}, (None, False), "a strange accuracy"),
]


@pytest.mark.parametrize(("sent", "told", "because"), CALLS, ids=[row[2] for row in CALLS])
def test_help_is_called_without_a_place_too(
    signed_in: SignIn, sent: dict[str, object], told: tuple[object, bool], because: str
) -> None:
    import json

    body = json.dumps(call(**sent))
    answer = signed_in("inspector2").post(
        "/api/v1/sos", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json()["lon"], answer.json()["is_last_known"]) == told


def test_the_last_known_place_stands_in(inspector: TestClient, walks: Callable[..., Any]) -> None:
    walks(said())
    told = inspector.post("/api/v1/sos", json=call()).json()
    assert (round(told["lon"], 4), told["is_last_known"]) == (JINGER_ROAD.lon_deg, True)


def test_there_is_no_answer_to_a_call_that_nobody_made(signed_in: SignIn) -> None:
    refused = signed_in("operator1").post("/api/v1/sos/99/answer", json={})
    assert (refused.status_code, refused.json()["code"]) == (404, "sos_not_found")


# straying


def sweep(wiring: Wiring) -> int:
    return sweep_field(wiring.movers, wiring.cases.teller.book, wiring.clock)


def alarms(wiring: Wiring) -> list[Any]:
    with wiring.sessions() as session:
        return list(session.execute(text("SELECT fence, ended_at FROM grid.stray_alarm")))


@pytest.fixture
def away(own_grids: None, walks: Callable[..., Any], clock: FixedClock) -> Callable[..., dict[str, Any]]:
    """Sends positions outside the own grids, so many minutes ago."""
    clock.at += timedelta(minutes=16)
    return lambda *minutes: walks(*(east(100, 60 * m - 16 * 60) for m in minutes))


def test_who_leaves_the_own_grids_for_long_is_told_of_once(
    away: Callable[..., Any], wiring: Wiring, signed_in: SignIn
) -> None:
    away(15, 8, 0)
    assert ([sweep(wiring), sweep(wiring)], [one.fence for one in alarms(wiring)]) == ([1, 0], ["grids"])
    assert "离开责任网格 · 监督员甲" in signed_in("chief1").get("/notices").text


def test_a_few_minutes_away_are_no_alarm(away: Callable[..., Any], wiring: Wiring) -> None:
    away(14, 8, 0)
    assert sweep(wiring) == 0


def test_being_back_ends_it(
    away: Callable[..., Any], walks: Callable[..., Any], wiring: Wiring, clock: FixedClock
) -> None:
    away(15, 0)
    sweep(wiring)
    clock.at += timedelta(minutes=2)
    walks(east(-100, -18 * 60))
    sweep(wiring)
    assert [one.ended_at is not None for one in alarms(wiring)] == [True]


def test_who_has_no_grids_of_his_own_is_nowhere_astray(walks: Callable[..., Any], wiring: Wiring) -> None:
    walks(east(9_000, 900), east(9_000, 0))
    assert sweep(wiring) == 0


def test_a_vehicle_off_its_line_is_told_of(drives: Callable[..., Any], wiring: Wiring) -> None:
    off = {"mover": "v1", "lat": 34.3760}
    drives(east(0, 900, **off), east(0, 0, **off), east(0, 0, mover="v3", lat=34.3760))
    assert (sweep(wiring), [one.fence for one in alarms(wiring)]) == (1, ["line"])


def test_forgotten_duty_ends_by_itself(inspector: TestClient, wiring: Wiring, clock: FixedClock) -> None:
    clock.at += timedelta(hours=13)
    sweep(wiring)
    with wiring.sessions() as session:
        ended = session.execute(text("SELECT ended_at - started_at, is_ended_by_system FROM grid.duty")).one()
    assert tuple(ended) == (timedelta(hours=14), True)


# tracks

TODAY = {"from": "2026-09-18T00:00:00+08:00", "to": "2026-09-19T00:00:00+08:00"}


def looks(wiring: Wiring) -> list[tuple[str, str]]:
    with wiring.sessions() as session:
        return [
            tuple(row) for row in session.execute(text("SELECT person_name, purpose FROM grid.track_look"))
        ]


def test_a_leader_looks_at_a_track_for_a_purpose_and_the_look_is_logged(
    signed_in: SignIn, inspector: TestClient, walks: Callable[..., Any], wiring: Wiring
) -> None:
    walks(said(10), said(5), said(0))
    key = inspector.get("/api/v1/duty").json()["mover"]
    track = signed_in("leader").get(f"/api/v1/tracks/{key}", params=TODAY | {"purpose": "attendance"}).json()
    assert [row[0] for row in track["points"]] == [FRIDAY_MORNING.timestamp() - n for n in (10, 5, 0)]
    assert looks(wiring) == [("督办领导甲", "attendance")]
    told = signed_in("auditor").get("/api/v1/track-looks").json()["looks"]
    assert [(one["mover_name"], one["purpose"]) for one in told] == [("监督员甲", "attendance")]


def test_auditors_read_who_looked_at_whose_track_and_take_it_away(signed_in: SignIn) -> None:
    asked = TODAY | {"purpose": "attendance"}
    for key in ("v1", "v2"):
        signed_in("leader").get(f"/api/v1/tracks/{key}", params=asked)
    auditor = signed_in("auditor")
    assert "核对考勤与巡查" in auditor.get("/privacy/tracks?key=v1").text
    told = auditor.get("/privacy/tracks.csv?key=v1&since=2026-09-18&until=2026-09-18").text.splitlines()
    assert [line.split(",")[3] for line in told[1:]] == ["v1"]


@pytest.mark.parametrize(
    "query", ["person=x", "since=9999-12-31&until=9999-12-31", "before=0", "key=" + "k" * 41]
)
def test_a_filter_of_looks_that_cannot_be_is_told(signed_in: SignIn, query: str) -> None:
    answer = signed_in("auditor").get(f"/privacy/tracks?{query}", headers={"accept": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "address", ["/privacy/tracks", "/privacy/video", "/privacy/tracks.csv", "/privacy/video.csv"]
)
def test_looks_are_for_auditors_alone(signed_in: SignIn, address: str) -> None:
    assert signed_in("leader").get(address).status_code == 403


def test_one_s_own_track_needs_no_purpose(
    inspector: TestClient, walks: Callable[..., Any], wiring: Wiring
) -> None:
    walks(said())
    key = inspector.get("/api/v1/duty").json()["mover"]
    assert len(inspector.get(f"/api/v1/tracks/{key}", params=TODAY).json()["points"]) == 1
    assert looks(wiring) == [("监督员甲", "own")]


YEAR_ONE = {"from": "0001-01-01T00:00:00+14:00", "to": "0001-01-02T00:00:00+14:00"}
NOT_SHOWN = [
    ("leader", TODAY, 400, "no purpose"),
    ("leader", TODAY | {"purpose": "curiosity"}, 400, "no purpose of the list"),
    ("leader", TODAY | {"purpose": "help", "to": "2026-09-30T00:00:00+08:00"}, 400, "too long a time"),
    ("leader", TODAY | {"purpose": "help", "from": "2026-09-20T00:00:00+08:00"}, 400, "the wrong way round"),
    ("leader", {"purpose": "help"}, 400, "no time"),
    ("leader", TODAY | {"purpose": "help", "from": "2026-09-18T00:00:00"}, 400, "no zone"),
    ("leader", YEAR_ONE | {"purpose": "help"}, 400, "year one"),
    ("operator1", TODAY | {"purpose": "help"}, 403, "not for the desk"),
    ("inspector2", TODAY | {"purpose": "help"}, 403, "not for a colleague"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("login", "asked", "status", "because"), NOT_SHOWN, ids=[row[3] for row in NOT_SHOWN]
)
def test_a_track_is_not_shown_to_everybody(
    signed_in: SignIn, wiring: Wiring, login: str, asked: dict[str, str], status: int, because: str
) -> None:
    assert signed_in(login).get("/api/v1/tracks/v1", params=asked).status_code == status
    assert looks(wiring) == []


def test_nobody_s_track_is_not_found(signed_in: SignIn) -> None:
    answer = signed_in("leader").get("/api/v1/tracks/p%00404", params=TODAY | {"purpose": "help"})
    assert (answer.status_code, answer.json()["code"]) == (404, "mover_not_found")


def test_a_look_cannot_be_taken_back(signed_in: SignIn, drives: Callable[..., Any], wiring: Wiring) -> None:
    signed_in("leader").get("/api/v1/tracks/v1", params=TODAY | {"purpose": "help"})
    with pytest.raises(DBAPIError, match="append-only"), wiring.sessions.begin() as session:
        session.execute(text("DELETE FROM grid.track_look"))


# coverage and attendance


def test_coverage_says_which_grids_nobody_walked(
    own_grids: None, signed_in: SignIn, walks: Callable[..., Any], drives: Callable[..., Any]
) -> None:
    walks(said(60), east(-100, 0))
    drives(east(100, mover="v1"))
    told = signed_in("leader").get("/api/v1/coverage").json()
    assert (told["grids"], told["walked"]) == (9, 2)
    own = next(one for one in told["responsibility_grids"] if one["code"] == "6103030080R01")
    assert (own["walked"], own["unwalked"]) == (1, [f"{COMMUNITY}001", f"{COMMUNITY}003"])


STRICT = (VisitRule(date(2026, 1, 1), date(2027, 1, 1), positions=2, span_s=30),)
VISITS = [
    ([60], 0, "a single position is a passer-by"),
    ([60, 50], 0, "two of a car, ten seconds apart"),
    ([60, 30], 1, "half a minute inside"),
    ([90, 75, 60, 45, 30, 15], 1, "a walk through"),
]


@pytest.mark.parametrize(("seconds", "walked", "because"), VISITS, ids=[row[2] for row in VISITS])
def test_a_grid_is_walked_by_who_stays_in_it(
    own_grids: None, walks: Callable[..., Any], wiring: Wiring, clock: FixedClock,
    seconds: list[int], walked: int, because: str,
) -> None:  # fmt: skip
    walks(*(east(-100, one) for one in seconds))
    on = city_time(clock.now()).date()
    with wiring.sessions() as session:
        coverage = list_coverage(session, on, on, STRICT)
        [day] = list_attendance(session, on, STRICT, at=clock.now())
    assert sum(1 for one in coverage if one.days) == walked
    assert (day.own_walked, day.grids_walked, day.positions) == (walked, walked, len(seconds))


@pytest.mark.parametrize(("seconds", "rings"), [([60, 50], 1), ([60, 30], 2)], ids=["passed", "walked"])
def test_the_wall_draws_a_hole_where_somebody_walked(
    walks: Callable[..., Any], wiring: Wiring, clock: FixedClock, seconds: list[int], rings: int
) -> None:
    walks(*(said(one) for one in seconds))  # in the middle one of nine grids
    on = city_time(clock.now()).date()
    with wiring.sessions() as session:
        unwalked = json.loads(find_unwalked(session, on, on, STRICT) or "")
    assert len(unwalked["coordinates"]) == rings


def test_who_only_passed_was_there_all_the_same(
    own_grids: None, walks: Callable[..., Any], wiring: Wiring, clock: FixedClock
) -> None:
    walks(said(60))
    on = city_time(clock.now()).date()
    with wiring.sessions() as session:
        coverage = list_coverage(session, on, on, STRICT)
    assert [one.last_at for one in coverage if one.last_at] == [clock.now() - timedelta(seconds=60)]


def test_what_a_walk_is_holds_from_its_day() -> None:
    *_, before, after = load_position_rules(baoji()).visit_rules()
    assert (before.positions, before.span_s, before.until) == (1, 0, date(2026, 12, 1))
    assert (after.since, after.positions, after.span_s) == (date(2026, 12, 1), 2, 30)


def test_coverage_agrees_with_postgis(walks: Callable[..., Any], signed_in: SignIn, wiring: Wiring) -> None:
    walks(
        *(
            east(x, 600 - n * 60, lat=JINGER_ROAD.lat_deg + y / 111_000)
            for n, (x, y) in enumerate(((-120, -120), (-60, 20), (20, 90), (130, 130)))
        )
    )
    told = signed_in("leader").get("/api/v1/coverage").json()["days"]
    oracle = text("""
        SELECT DISTINCT g.code FROM grid.position p JOIN grid.unit_grid g
        ON ST_Intersects(g.geom, ST_SetSRID(ST_MakePoint(p.easting_m, p.northing_m), ST_SRID(g.geom)))""")
    with wiring.sessions() as session:
        assert set(told) == set(session.scalars(oracle))


def test_attendance_says_hours_and_the_share_of_the_own_grids(
    own_grids: None, signed_in: SignIn, walks: Callable[..., Any]
) -> None:
    walks(east(-100, 0))
    told = signed_in("chief1").get("/api/v1/attendance?on=2026-09-18").json()["people"]
    assert [(one["on_duty_s"], one["own_grids"], one["own_walked"]) for one in told] == [(3600, 3, 1)]


BAD_DAYS = ["from=2026-09-18&to=2026-09-01", "from=2020-01-01&to=2026-09-01", "from=x", "to=0001-01-01"]


@pytest.mark.parametrize("asked", BAD_DAYS)
def test_days_that_cannot_be_are_told(signed_in: SignIn, asked: str) -> None:
    assert signed_in("leader").get(f"/api/v1/coverage?{asked}").status_code == 400


# retention

DAYS = {"whole": 30, "thinned": 90, "visits": 400, "duty": 400, "batches": 7, "alarms": 400, "looks": 1096}
KEPT = [
    (29, {"position": 4, "grid_visit": 1}, "whole"),
    (32, {"position": 2, "grid_visit": 1}, "one a minute"),
    (122, {"position": 0, "grid_visit": 1}, "gone, and the visit stays"),
    (500, {"position": 0, "grid_visit": 0}, "all gone"),
]


@pytest.mark.parametrize(("days", "left", "because"), KEPT, ids=[row[2] for row in KEPT])
def test_tracks_are_thinned_and_go_when_their_time_is_over(
    walks: Callable[..., Any], wiring: Wiring, days: int, left: dict[str, int], because: str
) -> None:
    walks(said(95), said(90), said(85), said(0))
    at = FRIDAY_MORNING + timedelta(days=days)
    dry = clean_positions(wiring.sessions, DAYS, at=at, is_dry=True)
    done = clean_positions(wiring.sessions, DAYS, at=at)
    with wiring.sessions() as session:
        counts = {
            table: session.execute(text(f"SELECT count(*) FROM grid.{table}")).scalar() for table in left
        }
    assert counts == left
    assert (done["visits"], dry["visits"]) == (1 - left["grid_visit"],) * 2


def test_looks_go_after_three_years(signed_in: SignIn, wiring: Wiring) -> None:
    signed_in("leader").get("/api/v1/tracks/v1", params=TODAY | {"purpose": "help"})
    later = [
        clean_positions(wiring.sessions, DAYS, at=FRIDAY_MORNING + timedelta(days=n))["looks"]
        for n in (1095, 1097)
    ]
    assert (later, looks(wiring)) == ([0, 1], [])


# the page

PAGES = [
    ("/desk/field", "监督员甲", "people on duty"),
    ("/desk/field?tab=coverage", "1 / 9 个单元网格有人走过", "coverage"),
    ("/desk/field?tab=track", "为什么看", "the form of a track"),
    ("/desk/field?tab=nonsense&on=2026-09-18", "监督员甲", "a tab that is none"),
]


@pytest.mark.parametrize(("address", "words", "because"), PAGES, ids=[row[2] for row in PAGES])
def test_the_page_of_the_field_is_whole_without_scripts(
    signed_in: SignIn, walks: Callable[..., Any], address: str, words: str, because: str
) -> None:
    walks(said())
    page = signed_in("leader").get(address)
    assert (page.status_code, words in page.text) == (200, True)


def test_the_page_shows_a_track_for_a_purpose(
    signed_in: SignIn, inspector: TestClient, walks: Callable[..., Any], wiring: Wiring
) -> None:
    walks(said(10), said(0))
    key = inspector.get("/api/v1/duty").json()["mover"]
    page = signed_in("leader").get(f"/desk/field?tab=track&key={key}&on=2026-09-18&purpose=help").text
    assert ("data-track" in page, looks(wiring)) == (True, [("督办领导甲", "help")])


def test_help_is_answered_on_the_page(signed_in: SignIn, wiring: Wiring) -> None:
    number = signed_in("inspector2").post("/api/v1/sos", json=call()).json()["id"]
    leader = signed_in("leader")
    assert "求助：监督员乙" in leader.get("/desk/field").text
    sent = {"csrf": leader.headers["x-csrf-token"], "note": "马上到"}
    assert leader.post(f"/desk/field/sos/{number}", data=sent).status_code == 303
    assert "求助：监督员乙" not in leader.get("/desk/field").text


BAD_PAGES = [
    "tab=track&key=p404&purpose=help",
    "tab=track&on=x",
    "on=x",
    "tab=coverage&from=x",
    "on=9999-12-31",
]


@pytest.mark.parametrize("asked", BAD_PAGES)
def test_a_bad_address_of_the_page_is_told(signed_in: SignIn, asked: str) -> None:
    page = signed_in("leader").get(f"/desk/field?{asked}")
    assert (page.status_code in (400, 404), "data-refusal" in page.text) == (True, True)


def test_only_leaders_and_duty_chiefs_open_it(signed_in: SignIn) -> None:
    assert signed_in("operator1").get("/desk/field").status_code == 403

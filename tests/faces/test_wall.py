"""The wall tells figures and cases without a contact, and shows what a desk calls."""

import json
from datetime import timedelta
from time import monotonic, sleep
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.sweeps import Sweeps
from gis_core.clock import city_time
from tests.case_city import JINGER_ROAD
from tests.face_city import report_of
from web.accounts.people import Person
from web.api.live import _opening, hearing_of, sight_of
from web.live import Hub, Viewer
from web.wiring import Wiring

JSON = {"accept": "application/json"}
NOISE = {"kind": "matter", "type_code": "06028"}


@pytest.fixture
def wiring(wiring: Wiring) -> Wiring:
    """Figures are asked for anew each time, so that a test sees what it has just done."""
    wiring.wall_figures.kept_s = 0.0
    return wiring


@pytest.fixture
def report(signed_in):
    """Takes a report down; answers its number."""

    def take(**changes: object) -> str:
        answer = signed_in("operator1").post("/api/v1/reports", json=report_of(**changes))
        return str(answer.json()["case_no"])

    return take


def figures(signed_in, login: str = "leader", query: str = ""):
    answer = signed_in(login).get(f"/wall/figures{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_report_is_on_the_wall(signed_in, report):
    report()
    told = figures(signed_in)
    assert (told["counters"]["open"], told["counters"]["reported"], told["flow"][0]["standing"]) == (1, 1, 1)


def test_what_is_late_is_counted_listed_and_sorted(signed_in, report, clock):
    first = report()
    clock.at += timedelta(minutes=10)
    second = report()
    clock.at += timedelta(days=3)
    told = figures(signed_in)
    assert told["counters"]["overdue"] == 2
    assert [row["case_no"] for row in told["overdue"]] == [first, second]
    assert told["next_due"] == []


def test_the_next_to_fall_due_comes_first(signed_in, report, clock):
    first = report()
    clock.at += timedelta(minutes=5)
    second = report()
    assert [row["case_no"] for row in figures(signed_in)["next_due"]] == [first, second]


def test_today_is_held_against_the_same_weekday(signed_in, report, clock):
    report()
    report()
    clock.at += timedelta(weeks=1)
    report()
    usual = figures(signed_in)["usual"]
    assert (usual["days"], usual["by_hour"][-1], usual["today"][-1]) == (1, 2.0, 1)


def test_a_district_has_its_own_figures(signed_in, report):
    report()
    other = figures(signed_in, query="?area=610302")["counters"]["open"]
    own = figures(signed_in, query="?area=610303")["counters"]["open"]
    assert (own, other) == (1, 0)


def test_figures_of_a_district_there_is_none_of_are_refused(signed_in):
    answer = signed_in("leader").get("/wall/figures?area=610399", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "no_such_district")


def test_figures_take_few_statements_and_within_a_second_none(signed_in, wiring, report, statements):
    report()
    leader = signed_in("leader")
    wiring.wall_figures.kept_s = 60.0
    leader.get("/wall/figures")
    statements.clear()
    leader.get("/wall/figures")
    of_session = len(statements)
    wiring.wall_figures.kept_s = 0.0
    statements.clear()
    leader.get("/wall/figures")
    assert (of_session, len(statements) - of_session) == (1, 9)


def test_a_single_report_makes_no_grid_hot(signed_in, report):
    report()
    assert signed_in("leader").get("/wall/hot-grids").json()["features"] == []


def test_the_hottest_grid_is_drawn_with_its_outline(signed_in, report):
    report()
    report()
    [hot] = signed_in("leader").get("/wall/hot-grids").json()["features"]
    assert (hot["properties"]["n"], hot["geometry"]["type"]) == (2, "Polygon")


@pytest.mark.parametrize(
    ("login", "status"),
    [("leader", 200), ("chief1", 200), ("dispatcher1", 200), ("operator1", 200), ("admin", 200),
     ("wall", 200), ("inspector1", 403), ("drainage", 403), ("crew1", 403), ("auditor", 403), ("data", 403)],
)  # fmt: skip
@pytest.mark.parametrize(
    "address",
    [
        "/wall",
        "/wall/figures",
        "/wall/hot-grids",
        "/wall/calls",
        "/wall/coverage",
        "/tiles/wall-cases/14/13068/6524.mvt",
    ],
)
def test_the_wall_is_for_the_two_centres(signed_in, login, status, address):
    assert signed_in(login).get(address, headers=JSON).status_code == status


def test_the_machine_of_the_wall_comes_to_the_wall_and_nowhere_else(signed_in, report):
    no, wall = report(), signed_in("wall")
    seen = [
        wall.get(f"/{page}").status_code
        for page in ("wall", f"cases/{no}", "desk/operator", "privacy/access")
    ]
    assert seen == [200, 403, 403, 403]


def test_the_wall_shows_no_contact_and_no_description(signed_in, report):
    no = report(
        description="王姓住户门前，电话 13800138000", contact_name="来电人", contact_phone="0917-0000000"
    )
    told = signed_in("wall").get(f"/wall/cases/{no}").text + signed_in("wall").get("/wall/figures").text
    assert [word in told for word in ("13800138000", "0917", "来电人", "王姓")] == [False] * 4


def test_a_private_case_stands_in_the_middle_of_its_square(signed_in, report, wiring):
    no = report(**NOISE)
    told = signed_in("wall").get(f"/wall/cases/{no}").json()
    plane = wiring.plane.to_plane(type(JINGER_ROAD)(told["lon"], told["lat"]))
    off_m = [round(v) % 100 for v in (plane.easting_m, plane.northing_m)]
    assert (told["is_coarse"], off_m) == (True, [0, 0])


def test_a_case_that_is_none_is_not_shown(signed_in):
    assert signed_in("wall").get("/wall/cases/61030320260918999999").status_code == 404


# what was walked


SOMEBODY = text("INSERT INTO grid.mover (key, kind, name, skills) VALUES ('p7', 'person', '监督员庚', '{}')")
WALK = text("""
    INSERT INTO grid.grid_visit (mover_key, unit_grid_code, walked_on, first_at, last_at, positions)
    SELECT 'p7', code, :on, :at, :at, 1 FROM grid.unit_grid WHERE valid_to IS NULL
""")
FORGET = text("DELETE FROM grid.grid_visit WHERE mover_key = 'p7'; DELETE FROM grid.mover WHERE key = 'p7'")


@pytest.fixture
def walked(wiring: Wiring, clock):
    """Somebody has just been in every unit grid of the city; the city forgets it afterwards."""
    at = clock.now()
    with wiring.sessions.begin() as session:
        session.execute(SOMEBODY)
        session.execute(WALK, {"at": at, "on": at.date()})
    yield
    with wiring.sessions.begin() as session:
        session.execute(FORGET)


def test_a_week_without_a_position_says_so_instead_of_blaming_people(signed_in):
    told = signed_in("wall").get("/wall/coverage").json()
    assert (told["state"], told["walked"], told["unwalked"]["geometry"] is None) == ("none", 0, False)


def test_what_was_walked_is_not_drawn_and_not_counted_as_missing(signed_in, walked):
    told = signed_in("wall").get("/wall/coverage").json()
    assert (told["state"], told["walked"], told["unwalked"]["geometry"]) == ("fresh", told["grids"], None)
    assert {one["unwalked"] for one in told["streets"]} == {0}


def test_a_day_without_positions_is_old_and_a_week_later_there_are_none(signed_in, walked, clock):
    clock.at += timedelta(hours=25)
    old = signed_in("wall").get("/wall/coverage").json()["state"]
    clock.at += timedelta(days=6)
    assert (old, signed_in("wall").get("/wall/coverage").json()["state"]) == ("old", "none")


def test_coverage_on_the_wall_names_no_person_and_no_responsibility_grid(signed_in, walked):
    told = signed_in("wall").get("/wall/coverage").text
    assert ("监督员" in told, "责任网格" in told) == (False, False)


# calls for help


def call_for_help(client, **where: float) -> int:
    answer = client.post("/api/v1/sos", json={"client_id": str(uuid4()), **where})
    return int(answer.json()["id"])


def test_a_call_for_help_is_on_the_wall_with_its_community_until_it_is_answered(signed_in):
    number = call_for_help(signed_in("inspector1"), lon=JINGER_ROAD.lon_deg, lat=JINGER_ROAD.lat_deg)
    [told] = signed_in("wall").get("/wall/calls").json()["calls"]
    signed_in("chief1").post(f"/api/v1/sos/{number}/answer", json={"note": "已派人"})
    assert (told["id"], told["state"], bool(told["where"])) == (number, "open", True)
    assert signed_in("wall").get("/wall/calls").json()["calls"] == []


def test_a_call_without_a_place_is_on_the_wall_all_the_same(signed_in):
    call_for_help(signed_in("inspector2"))
    [told] = signed_in("wall").get("/wall/calls").json()["calls"]
    assert (told["lon"], told["where"]) == (None, "")


def test_a_wall_that_is_opened_knows_who_calls_for_help(signed_in):
    call_for_help(signed_in("inspector1"), lon=JINGER_ROAD.lon_deg, lat=JINGER_ROAD.lat_deg)
    page = signed_in("wall").get("/wall").text
    [told] = json.loads(page.split("data-calls>")[1].split("</script>")[0])
    assert told["state"] == "open"


# calling a scene


def call(client, **fields: str):
    sent = {"csrf": client.headers["x-csrf-token"], **fields}
    return client.post("/wall/scene", data=sent, headers=JSON)


@pytest.mark.parametrize(
    ("login", "fields", "status", "code"),
    [
        ("dispatcher1", {"scene": "overdue"}, 200, None),
        ("leader", {"scene": "rotate"}, 200, None),
        ("chief1", {"scene": "district", "district": "610303"}, 200, None),
        ("operator1", {"scene": "overdue"}, 403, "wrong_role"),
        ("wall", {"scene": "overdue"}, 403, "wrong_role"),
        ("leader", {"scene": "fireworks"}, 400, "bad_scene"),
        ("leader", {"scene": "case"}, 400, "bad_scene"),
        ("leader", {"scene": "case", "case_no": "61030320260918999999"}, 404, "case_not_found"),
        ("leader", {"scene": "district", "district": "110101"}, 400, "bad_scene"),
        ("leader", {"scene": "overdue", "wall": "../x"}, 400, "bad_scene"),
        ("leader", {"scene": "camera", "camera": "SXJ-none"}, 404, "no_such_camera"),
        ("leader", {"scene": "tour", "tour": "7x"}, 404, "no_such_tour"),
        ("leader", {"scene": "replay", "from": "yesterday"}, 400, "bad_replay"),
        ("leader", {"scene": "replay", "from": "2026-09-18T07:00", "speed": "7"}, 400, "bad_replay"),
        ("operator1", {"scene": "replay"}, 403, "wrong_role"),
    ],
)  # fmt: skip
def test_who_may_call_which_scene(signed_in, login, fields, status, code):
    answer = call(signed_in(login), **fields)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("login", "page", "has_it"),
    [
        ("leader", "/m/tasks/{no}", True),
        ("chief1", "/m/tasks/{no}", True),
        ("chief1", "/cases/{no}", True),
        ("inspector1", "/m/tasks/{no}", False),
        ("operator1", "/cases/{no}", False),
    ],
)
def test_who_may_call_a_case_finds_the_button_on_the_phone_too(signed_in, report, login, page, has_it):
    shown = signed_in(login).get(page.format(no=report()))
    assert (shown.status_code, 'name="scene" value="case"' in shown.text) == (200, has_it)


class Ear:
    """A viewer whose loop hands events over at once."""

    def call_soon_threadsafe(self, do) -> None:
        do()


def viewer_of(role: str) -> Viewer:
    person = Person(1, "login", "名", frozenset({role}), None, (), False)
    return Viewer(sight_of(person), Ear(), hears=hearing_of(person))  # type: ignore[arg-type]


@pytest.fixture
def hub(wiring: Wiring):
    wiring.hub.start()
    wait_until(lambda: wiring.hub.is_listening)
    yield wiring.hub
    wiring.hub.stop()


def wait_until(holds) -> None:
    until = monotonic() + 5
    while not holds() and monotonic() < until:
        sleep(0.01)


def test_a_case_that_a_desk_calls_reaches_the_wall_at_once(hub: Hub, signed_in, report):
    no, wall = report(), viewer_of("wall")
    hub.join(wall)
    call(signed_in("dispatcher1"), scene="case", case_no=no)
    heard: list[bytes] = []
    wait_until(lambda: _drain(wall, heard) and b"event: scene" in b"".join(heard))
    told = json.loads(b"".join(heard).split(b"event: scene\ndata: ")[1].splitlines()[0])
    assert (told["wall"], told["scene"], told["case_no"], told["by"]) == ("main", "case", no, "派遣员甲")


def test_a_department_hears_of_no_scene(hub: Hub, signed_in):
    wall, department = viewer_of("wall"), viewer_of("department")
    hub.join(wall)
    hub.join(department)
    call(signed_in("leader"), scene="overdue")
    wait_until(lambda: not wall.queue.empty())
    assert (wall.queue.empty(), department.queue.empty()) == (False, True)


def test_a_wall_that_was_away_still_shows_what_was_called(hub: Hub, wiring, signed_in, clock):
    call(signed_in("leader"), scene="overdue")
    wait_until(lambda: hub.called_scenes(clock.now()))
    before = b"event: scene" in b"".join(_opening(wiring, viewer_of("wall"), None))
    clock.at += timedelta(minutes=4)
    assert (before, b"event: scene" in b"".join(_opening(wiring, viewer_of("wall"), None))) == (True, False)


def test_a_replay_is_called_from_the_moment_that_is_seen_and_holds_until_it_has_ended(
    signed_in, report, clock
):
    report()
    clock.at += timedelta(hours=2)
    begins = city_time(clock.at - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    told = call(signed_in("chief1"), scene="replay", speed="60", at="1800", **{"from": begins}).json()
    assert told["holds_s"] == pytest.approx(1800 / 60 + 60, abs=1)


def test_a_light_that_turns_with_the_clock_reaches_the_figures(signed_in, report, wiring, clock):
    report()
    clock.at += timedelta(minutes=24)
    Sweeps(wiring.sessions, clock, wiring.photos).sweep_lights()
    assert figures(signed_in)["counters"]["at_risk"] == 1


def _drain(viewer: Viewer, heard: list[bytes]) -> bool:
    heard.extend(viewer.queue.get_nowait() or b"" for _ in range(viewer.queue.qsize()))
    return True

"""Roads at the duty desk: closed by people, obeyed by the next question, and told why no way leads there."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from emergency.ways.following import KnownClosures
from gis_core.clock import FixedClock
from tests.faces.test_duty_desk import take
from tests.faces.test_incident_effects import keep
from tests.ways_city import EMPTY, at, close, corners, draw_streets, hidden, register, square
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
ACROSS = {"start": at(-500, 0), "end": at(500, 0)}


@pytest.fixture
def officer(signed_in: SignedIn, face_engine: Engine) -> Iterator[TestClient]:
    """A duty officer in a corner of the city with six streets."""
    draw_streets(face_engine)
    yield signed_in("duty1")
    with face_engine.begin() as connection:
        connection.execute(EMPTY)


def ask(who: TestClient, what: str, **fields: object) -> dict[str, object]:
    answer = who.get(f"/api/v1/roads/{what}?" + urlencode(fields, doseq=True))
    found: dict[str, object] = answer.json()
    return found | {"status": answer.status_code}


def names(found: dict[str, object]) -> list[str]:
    steps = found["features"][0]["properties"]["steps"]  # type: ignore[index]
    return [one["name"] for one in steps]


def act(who: TestClient, action: str, *, home: str = "/duty/roads", **fields: str) -> int:
    shown = who.get(home).text
    sent = {"csrf": who.headers["x-csrf-token"], "closure_id": hidden(shown, "closure_id")}
    sent |= {"revision": hidden(shown, "revision")} | fields
    return who.post(f"{home}/{action}", data=sent).status_code


def test_the_way_is_told_street_by_street(officer: TestClient) -> None:
    found = ask(officer, "route", **ACROSS)
    assert set(names(found)) == {"经二路"}
    assert found["words"] == ["沿经二路向东行驶1.0公里", "到达目的地"]
    assert any("待核" in words for words in found["notes"])  # type: ignore[union-attr]


def test_a_closure_is_obeyed_by_the_next_question(officer: TestClient) -> None:
    before = ask(officer, "route", **ACROSS)
    assert close(officer) == 303
    after = ask(officer, "route", **ACROSS)
    assert "经二路" in names(after)
    assert len(names(after)) > len(names(before))
    assert act(officer, "lift", words="已清理完毕") == 303
    assert names(ask(officer, "route", **ACROSS)) == names(before)


def test_another_process_obeys_it_too_without_building_roads_anew(
    officer: TestClient, wiring: Wiring
) -> None:
    elsewhere, network = KnownClosures(), wiring.roads.network
    with wiring.sessions() as session:
        assert not elsewhere.open(session, network, at=wiring.clock.now()).closed.any()
    close(officer)
    with wiring.sessions() as session:
        assert elsewhere.open(session, network, at=wiring.clock.now()).closed.any()
    assert wiring.roads.network is network


def test_a_question_costs_the_session_and_the_version_of_closures(
    officer: TestClient, wiring: Wiring, statements: list[str]
) -> None:
    _ = wiring.roads.network
    close(officer)
    counted = []
    for what, fields in (("route", ACROSS), ("isochrones", {"place": at(0, 300)}), ("route", ACROSS)):
        statements.clear()
        ask(officer, what, **fields)
        counted.append(len(statements))
    assert counted == [3, 2, 2]  # the first reads the closures that are new to it


def test_no_route_names_what_is_in_the_way(officer: TestClient) -> None:
    close(officer, name="滨河封控圈", vertices=square(0, 0, 450))
    found = ask(officer, "route", start=at(-580, 0), end=at(0, 0))
    assert (found["status"], found["code"]) == (422, "no_route")
    assert "滨河封控圈" in str(found["message"])


def test_responders_enter_where_they_are_let_in(officer: TestClient) -> None:
    close(officer, vertices=square(0, 0, 450), may_enter="responder")
    outside = {"start": at(-580, 0), "end": at(0, 0)}
    assert ask(officer, "route", **outside)["status"] == 422
    assert ask(officer, "route", profile="responder", **outside)["status"] == 200


def test_a_closure_that_comes_later_is_planned_until_then(officer: TestClient, clock: FixedClock) -> None:
    close(officer, vertices=square(0, 0, 450), begins_at="2026-09-18T12:00", ends_at="2026-09-18T14:00")
    inside = {"start": at(-580, 0), "end": at(0, 0)}
    assert "计划中" in officer.get("/duty/roads").text
    asked = [ask(officer, "route", at=f"2026-09-18T{hour}:00", **inside)["status"] for hour in (11, 13, 14)]
    assert asked == [200, 422, 200]
    clock.at += timedelta(hours=3)
    assert "封控中" in officer.get("/duty/roads").text


def test_one_may_wait_until_it_is_lifted(officer: TestClient) -> None:
    close(officer, vertices=square(0, 0, 450), ends_at="2026-09-18T09:40")
    found = ask(officer, "route", start=at(-580, 0), end=at(0, 0), wait="1")
    assert 500 < found["features"][0]["properties"]["wait_s"] <= 600  # type: ignore[index]


def test_areas_hold_each_other(officer: TestClient) -> None:
    found = ask(officer, "isochrones", place=at(0, 0), minutes=["0.5", "1"], direction="from")
    metres = [one["properties"]["road_m"] for one in found["features"]]  # type: ignore[union-attr]
    assert metres[0] > metres[1] > 0


def test_the_soonest_come_first_and_who_has_no_way_is_told(officer: TestClient, wiring: Wiring) -> None:
    register(wiring, "team", "T-FAR", (-500, -400), skills=("危化",), people=12)
    register(wiring, "team", "T-NEAR", (300, 0), skills=("危化",), people=9)
    register(wiring, "team", "T-NOWHERE", (30_000, 0), skills=("危化",), people=9)
    register(wiring, "vehicle", "V-1", (10, 0), skills=("泵车",))
    found = ask(officer, "nearest", place=at(0, 0), kinds="team", count="5")
    rows = [one["properties"] for one in found["features"]]  # type: ignore[union-attr]
    assert [one["code"] for one in rows] == ["T-NEAR", "T-FAR", "T-NOWHERE"]
    assert rows[0]["seconds"] < rows[1]["seconds"]
    assert rows[2]["seconds"] is None


def test_all_times_are_answered_at_once_up_to_a_limit(officer: TestClient) -> None:
    two = f"{at(-500, 0)};{at(0, 400)}"
    found = ask(officer, "matrix", origins=two, places=f"{at(500, 0)};{at(40_000, 0)}")
    assert [[one is None for one in row] for row in found["seconds"]] == [[False, True]] * 2  # type: ignore[union-attr]
    assert found["off_roads"] == {"origins": [], "places": [1]}
    assert ask(officer, "matrix", origins=two, places=";".join(["107.1,34.3"] * 101))["code"] == (
        "too_many_road_places"
    )


@pytest.mark.parametrize(
    ("what", "fields", "code", "because"),
    [
        ("route", {"start": "nowhere", "end": "107.1,34.3"}, "bad_road_place", "a word for a place"),
        ("route", {"start": "999,34.3", "end": "107.1,34.3"}, "not_on_earth", "no place of the Earth"),
        ("route", {"start": at(0, 0), "end": at(0, 9_000)}, "off_roads", "outside the road graph"),
        ("route", {"start": at(0, 0)}, "malformed", "no end"),
        ("isochrones", {"place": at(0, 0), "minutes": "-1"}, "bad_budget", "less than no time"),
        ("isochrones", {"place": at(0, 0), "minutes": "inf"}, "bad_budget", "endless"),
        ("nearest", {"place": at(0, 0), "kinds": "dragon"}, "malformed", "no such kind"),
        ("nearest", {"place": at(0, 0), "count": "51"}, "malformed", "more than are told"),
        ("matrix", {"origins": "", "places": at(0, 0)}, "malformed", "no origins"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_roads_cannot_answer_has_a_code(
    officer: TestClient, what: str, fields: dict[str, str], code: str, because: str
) -> None:
    found = ask(officer, what, **fields)
    assert (400 <= int(str(found["status"])) < 500, found["code"]) == (True, code), because


@pytest.mark.parametrize(
    ("fields", "code", "because"),
    [
        ({"vertices": ""}, "bad_drawing", "nothing drawn"),
        ({"vertices": corners((0, 0), (10, 0))}, "bad_drawing", "an area of two corners"),
        ({"vertices": "107.1"}, "bad_road_place", "half a place"),
        ({"vertices": '{"type": "Point", "coordinates": [107.1, 34.3]}'}, "bad_drawing", "a point"),
        ({"vertices": corners((0, 0), (9, 9), (9, 0), (0, 9))}, "bad_closure", "a border across itself"),
        ({"vertices": "2,48\n2.1,48\n2.1,48.1"}, "bad_drawing", "another city"),
        ({"name": " "}, "incident_words_missing", "no name"),
        ({"why": ""}, "incident_words_missing", "no reason"),
        ({"begins_at": "2026-09-18T12:00", "ends_at": "2026-09-18T11:00"}, "bad_closure", "ends first"),
        ({"ends_at": "2036-09-18T12:00"}, "bad_closure", "ten years"),
        ({"may_enter": "tourists"}, "bad_closure", "nobody we know"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_closure_that_cannot_be_comes_back_on_its_form(
    officer: TestClient, fields: dict[str, str], code: str, because: str
) -> None:
    sent = {"csrf": officer.headers["x-csrf-token"], "name": "甲", "why": "乙", "drawn": "area"}
    answer = officer.post("/duty/roads/close", data=sent | {"vertices": square(0, 0, 60)} | fields)
    assert (400 <= answer.status_code < 500, code in answer.text) == (True, True), because
    assert 'name="vertices"' in answer.text
    assert officer.get("/api/v1/closures").json()["features"] == []


def test_a_line_closes_what_it_crosses(officer: TestClient) -> None:
    close(officer, drawn="line", vertices=corners((200, -50), (200, 50)))
    assert "封闭路段 1 段" in officer.get("/duty/roads").text


def test_a_closure_that_touches_no_road_says_so(officer: TestClient) -> None:
    close(officer, vertices=square(200, 200, 20))
    assert "没有碰到任何道路" in officer.get("/duty/roads").text


def test_a_closure_is_changed_with_its_history(officer: TestClient) -> None:
    close(officer)
    number = re.search(r"\?change=(\d+)", officer.get("/duty/roads").text)
    assert number
    form = officer.get(f"/duty/roads?change={number[1]}").text
    assert 'value="经二路口封控"' in form
    assert act(officer, "change", name="经二路口封控", why="扩大", vertices=square(0, 0, 90)) == 303
    shown = officer.get("/duty/roads").text
    assert shown.index("封控道路“经二路口封控”") < shown.index("调整封控“经二路口封控”")


def test_two_officers_at_once_and_the_later_is_told(officer: TestClient, signed_in: SignedIn) -> None:
    close(officer)
    other, shown = signed_in("duty2"), officer.get("/duty/roads").text
    assert act(other, "lift", words="已清理") == 303
    sent = {"csrf": officer.headers["x-csrf-token"], "closure_id": hidden(shown, "closure_id")}
    answer = officer.post("/duty/roads/lift", data=sent | {"revision": "1", "words": "已清理"})
    assert (answer.status_code, "stale_closure" in answer.text) == (409, True)
    late = officer.post("/duty/roads/lift", data=sent | {"revision": "2", "words": "已清理"})
    assert (late.status_code, "closure_lifted" in late.text) == (409, True)


def test_the_same_form_twice_closes_once(officer: TestClient) -> None:
    twice = {"client_id": "8a6d3b7e-9a55-4d12-8c3f-0d7f3d6c1a11"}
    assert [close(officer, **twice), close(officer, **twice)] == [303, 303]
    assert len(officer.get("/api/v1/closures").json()["features"]) == 1


def test_an_incident_s_closure_is_a_fact_of_it(officer: TestClient) -> None:
    number = take(officer)
    assert close(officer, f"/incidents/{number}/roads") == 303
    assert "封控道路“经二路口封控”" in officer.get(f"/incidents/{number}").text
    shown = officer.get(f"/api/v1/closures?incident_no={number}").json()["features"]
    assert [one["properties"]["incident_no"] for one in shown] == [number]
    assert ask(officer, "route", **ACROSS)["words"] != ["沿经二路向东行驶1.0公里", "到达目的地"]


def test_a_drill_s_closure_stops_nobody_outside_it(officer: TestClient) -> None:
    number = take(officer, is_drill="true")
    close(officer, f"/incidents/{number}/roads")
    assert set(names(ask(officer, "route", **ACROSS))) == {"经二路"}
    within = names(ask(officer, "route", incident_no=number, **ACROSS))
    assert len(set(within)) > 1


def test_a_kept_effect_becomes_a_closure_by_one_press(officer: TestClient) -> None:
    number = take(officer)
    keep(officer, number, model="circle", radius_m="80")
    home = f"/incidents/{number}/roads"
    shown = officer.get(home).text
    sent = {name: hidden(shown, name) for name in ("csrf", "client_id", "effect", "may_enter")}
    assert officer.post(f"{home}/close", data=sent).status_code == 303
    [closure] = officer.get("/api/v1/closures").json()["features"]
    assert closure["geometry"]["type"] == "Polygon"
    assert closure["properties"]["may_enter"] == ["responder"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"ask": "route", "start": at(-500, 0), "end": at(500, 0)}, "沿经二路向东行驶1.0公里"),
        ({"ask": "areas", "minutes": "5"}, "可达道路 公里"),
        ({"ask": "nearest", "kinds": "team"}, "甲队"),
        ({"ask": "cover", "kinds": "team", "leaving": "T-1"}, "没有可统计的人口或资源"),
        ({"ask": "route", "start": "x"}, "bad_road_place"),
    ],
)
def test_an_incident_s_page_answers_and_its_map_draws_it(
    officer: TestClient, wiring: Wiring, query: dict[str, str], shown: str
) -> None:
    number = take(officer)
    register(wiring, "team", "T-1", (300, 0), name="甲队", skills=("危化",), people=9)
    address = urlencode(query | {"run": "1"})
    assert shown in officer.get(f"/incidents/{number}/roads?{address}").text
    drawn = officer.get(f"/api/v1/incidents/{number}/roads?{address}").json()["features"]
    assert "incident" in [one["properties"]["role"] for one in drawn]


def test_units_that_cannot_come_cover_nobody(officer: TestClient, wiring: Wiring) -> None:
    number = take(officer)
    register(wiring, "team", "T-1", (300, 0), name="甲队", skills=("危化",), people=9)
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE emergency.resource SET readiness = 'repair'"))
    assert "甲队" not in officer.get(f"/incidents/{number}/roads?ask=cover&kinds=team").text


def test_an_incident_inside_a_closure_is_told_so(officer: TestClient) -> None:
    number = take(officer)
    close(officer, f"/incidents/{number}/roads", vertices=square(0, 0, 450))
    shown = officer.get(f"/incidents/{number}/roads?ask=route&run=1&profile=public&start={at(-580, 0)}")
    assert (shown.status_code, "目的地位于封控区内" in shown.text) == (422, True)


def test_an_auditor_reads_and_closes_nothing(officer: TestClient, signed_in: SignedIn) -> None:
    auditor = signed_in("auditor")
    assert "封控道路" not in auditor.get("/duty/roads").text
    assert close(auditor) == 403


def test_a_city_without_streets_keeps_closures_all_the_same(signed_in: SignedIn) -> None:
    officer = signed_in("duty1")
    assert close(officer) == 303
    assert "经二路口封控" in officer.get("/duty/roads").text
    assert ask(officer, "route", **ACROSS)["code"] == "bad_road_data"

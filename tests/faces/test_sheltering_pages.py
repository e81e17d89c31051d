"""People led to shelters from an incident's page: blocks, shelters of the register, ways past closures."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gis_core.db import open_sessions
from grid.frame import bump
from tests.faces.test_duty_desk import take
from tests.faces.test_incident_effects import keep
from tests.ways_city import EMPTY, close, corners, draw_streets, hidden, register, square
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
HOUSES = text("""
    INSERT INTO grid.ground (kind, rank, geom, is_synthetic)
    SELECT 'building', 8, ST_Expand(ST_Centroid(geom), 10), true FROM grid.unit_grid
""")
LIVED_IN = text("UPDATE grid.unit_grid SET land_use = :use")
ZONE = {"vertices": square(0, 0, 149), "drawn": "area", "hazard": "", "stay": "temporary"}
PEOPLE = 708
"""Nine grids of 80 people; the zone leaves out a metre all around, and each grid is rounded by itself."""


@pytest.fixture
def officer(signed_in: SignedIn, face_engine: Engine, wiring: Wiring) -> Iterator[TestClient]:
    """A duty officer in a corner of the city with streets and houses, and two shelters."""
    draw_streets(face_engine)
    with open_sessions(face_engine).begin() as session:
        session.execute(HOUSES)
        session.execute(LIVED_IN, {"use": "residential"})
        bump(session)
    register(wiring, "shelter", "S-EAST", (350, 0), name="东场", effective_area_m2=400, features=("outdoor",))
    register(wiring, "shelter", "S-WEST", (-350, 0), name="西馆", effective_area_m2=500, features=("indoor",))
    yield signed_in("duty1")
    with open_sessions(face_engine).begin() as session:
        session.execute(EMPTY)
        session.execute(LIVED_IN, {"use": "street"})
        bump(session)


def plan(who: TestClient, number: str, **fields: object) -> dict[str, object]:
    answer = who.get(f"/api/v1/incidents/{number}/sheltering?" + urlencode(ZONE | fields))
    found: dict[str, object] = answer.json()
    return found.get("plan") or found  # type: ignore[return-value]


def page(who: TestClient, number: str, **fields: object) -> str:
    return who.get(f"/incidents/{number}/sheltering?" + urlencode(ZONE | {"run": "1"} | fields)).text


def loads(found: dict[str, object]) -> dict[str, int]:
    return {one["shelter"]: one["people"] for one in found["loads"]}  # type: ignore[attr-defined]


def keep_plan(who: TestClient, number: str, **fields: str) -> int:
    shown = page(who, number, **fields)
    sent = {"csrf": who.headers["x-csrf-token"], "revision": hidden(shown, "revision")} | ZONE | fields
    return who.post(f"/incidents/{number}/sheltering", data=sent).status_code


def test_everybody_has_a_place_and_the_nearer_one(officer: TestClient) -> None:
    found = plan(officer, take(officer))
    assert (found["people"], found["served"], found["unserved"]) == (PEOPLE, PEOPLE, 0)
    assert all(0 < people < PEOPLE for people in loads(found).values())


def test_shelters_smaller_than_the_people_are_told_in_numbers(officer: TestClient) -> None:
    number = take(officer)
    found = plan(officer, number, stay="short")
    assert (found["served"], found["unserved"]) == (450, PEOPLE - 450)
    shown = page(officer, number, stay="short")
    assert "还有 258 人没有安排" in shown
    assert "还缺 258 个位置，约 516 平方米有效面积" in shown


def test_a_hazard_leaves_out_shelters_that_do_not_serve(officer: TestClient) -> None:
    number = take(officer)
    assert set(loads(plan(officer, number, hazard="toxic_release"))) == {"S-WEST"}
    assert "缺少此类灾害所需条件：室内" in page(officer, number, hazard="toxic_release")


def test_a_shelter_within_the_zone_takes_nobody(officer: TestClient, wiring: Wiring) -> None:
    register(wiring, "shelter", "S-IN", (100, 0), effective_area_m2=9_000)
    assert "S-IN" not in loads(plan(officer, take(officer)))


def test_closures_are_obeyed_and_those_of_the_zone_let_people_out(officer: TestClient) -> None:
    number = take(officer)
    close(officer, f"/incidents/{number}/roads", vertices=square(0, 0, 200))
    assert plan(officer, number)["served"] == PEOPLE
    close(officer, drawn="line", vertices=corners((250, -600), (250, 600)))
    assert loads(plan(officer, number)) == {"S-EAST": 0, "S-WEST": 500}


def test_whole_blocks_are_not_split(officer: TestClient) -> None:
    found = plan(officer, take(officer), whole="true")
    blocks = [one["block"] for one in found["assignments"]]  # type: ignore[attr-defined]
    assert len(blocks) == len(set(blocks)) == 9


def test_a_plan_is_kept_and_solved_again_it_says_who_moves(officer: TestClient, wiring: Wiring) -> None:
    number = take(officer)
    assert keep_plan(officer, number) == 303
    assert "人员转移安置方案：9 个片区 708 人" in officer.get(f"/incidents/{number}").text
    assert "0 人改去别处，708 人不变。" in page(officer, number)
    register(wiring, "shelter", "S-NEW", (0, 350), name="北广场", effective_area_m2=900)
    again = re.search(r'href="([^"]+kept=\d+[^"]*)"', page(officer, number))
    assert again
    shown = officer.get(again[1].replace("&amp;", "&")).text
    assert "<td>北广场</td>" in shown
    assert "0 人改去别处" not in shown


def test_a_kept_effect_is_a_zone(officer: TestClient) -> None:
    number = take(officer)
    keep(officer, number, model="circle", radius_m="149")
    effect = re.search(r'<option value="(\d+)" selected', officer.get(f"/incidents/{number}/sheltering").text)
    assert effect
    found = plan(officer, number, effect=effect[1], vertices="")
    assert 0 < int(str(found["people"])) < PEOPLE


def test_each_block_has_its_order_on_paper_and_the_plan_is_a_sheet(officer: TestClient) -> None:
    number = take(officer)
    paper = officer.get(f"/incidents/{number}/sheltering.pdf?" + urlencode(ZONE))
    assert paper.content.startswith(b"%PDF")
    assert paper.content.count(b"/Type /Page\n") + paper.content.count(b"/Type /Page/") >= 0
    sheet = officer.get(f"/incidents/{number}/sheltering.csv?" + urlencode(ZONE)).text
    people = [int(row.split(",")[2]) for row in sheet.splitlines()[1:] if row.startswith("610")]
    assert sum(people) == PEOPLE


def test_the_bottleneck_is_named_on_page_and_sheet_with_what_it_carries(officer: TestClient) -> None:
    number = take(officer)
    shown = page(officer, number, go="on_foot")
    found = re.search(r"瓶颈：(\S+?)，(\d+) 人通过要 (\d+) 分钟", shown)
    assert found
    assert found[1] in {"经二路", "红旗路", "滨河路", "新建路", "汉中路", "火炬路"}
    # Half of 24 m at 1.225 people a metre and second: 882 a minute, so that 708 people need one.
    assert (0 < int(found[2]) <= PEOPLE, int(found[3])) == (True, 1)
    sheet = officer.get(f"/incidents/{number}/sheltering.csv?" + urlencode(ZONE | {"go": "on_foot"})).text
    assert f"{found[1]},,{found[2]},24,882,{found[3]}" in sheet


def test_a_narrow_street_slows_everybody_and_a_width_nobody_knows_is_marked(
    officer: TestClient, face_engine: Engine, wiring: Wiring
) -> None:
    number = take(officer)
    wide = plan(officer, number, go="on_foot")
    with open_sessions(face_engine).begin() as session:
        session.execute(text("UPDATE grid.street SET width_m = 2"))
        session.execute(text("UPDATE grid.street SET width_m = 0 WHERE name = '经二路'"))
    wiring.roads.reload()
    narrow = plan(officer, number, go="on_foot")
    assert int(str(narrow["clearance_s"])) > int(str(wide["clearance_s"]))
    assert '<span class="badge">假定</span>' in page(officer, number, go="on_foot")


def test_exits_that_let_fewer_through_than_streets_hold_people_back(officer: TestClient) -> None:
    number = take(officer)
    free, held = (plan(officer, number, go="on_foot", **more) for more in ({}, {"exits_per_min": "10"}))
    assert int(str(held["clearance_s"])) > int(str(free["clearance_s"])) + 60 * 60


def test_the_map_draws_zone_blocks_flows_and_shelters(officer: TestClient) -> None:
    number = take(officer)
    drawn = officer.get(f"/api/v1/incidents/{number}/sheltering?" + urlencode(ZONE)).json()["features"]
    assert {one["properties"]["role"] for one in drawn} == {"zone", "block", "flow", "shelter"}


@pytest.mark.parametrize(
    ("fields", "code", "because"),
    [
        ({"vertices": ""}, "bad_drawing", "no zone"),
        ({"vertices": corners((0, 0), (90, 90), (90, 0), (0, 90))}, "bad_drawing", "across itself"),
        ({"vertices": square(3_000, 3_000, 90)}, "nobody_to_move", "nobody lives there"),
        ({"hazard": "dragons"}, "unknown_shelter_rule", "no rule for it"),
        ({"stay": "forever"}, "malformed", "no such stay"),
        ({"exits_per_min": "0"}, "malformed", "nobody gets out"),
        ({"seats": "0"}, "malformed", "a bus without seats"),
        ({"effect": "99"}, "no_such_effect", "never kept"),
        ({"kept": "99"}, "no_such_sheltering", "never kept either"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_no_plan_can_do_comes_back_on_the_form(
    officer: TestClient, fields: dict[str, str], code: str, because: str
) -> None:
    number = take(officer)
    shown = page(officer, number, **fields)
    assert ('name="stay"' in shown, code in shown) == (True, True), because
    assert plan(officer, number, **fields)["code"] == code


def test_a_city_without_shelters_says_so(
    signed_in: SignedIn, officer: TestClient, face_engine: Engine
) -> None:
    with face_engine.begin() as connection:
        connection.execute(text("UPDATE emergency.resource SET removed_at = now()"))
    number = take(officer)
    assert "登记册中没有避难场所" in page(officer, number)
    assert plan(officer, number)["unserved"] == PEOPLE

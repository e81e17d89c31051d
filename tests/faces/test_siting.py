"""Where stations should stand, as the duty desk asks: covers, fewest, quickest, what stands, and limits."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gis_core.db import open_sessions
from grid.frame import bump
from tests.faces.test_sheltering_pages import HOUSES, LIVED_IN
from tests.ways_city import EMPTY, at, draw_streets, register
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
PLACES = ";".join((at(-500, 0), at(0, 0), at(500, 0)))


@pytest.fixture
def officer(signed_in: SignedIn, face_engine: Engine) -> Iterator[TestClient]:
    """A duty officer in nine grids with 80 people each, between six streets."""
    draw_streets(face_engine)
    with open_sessions(face_engine).begin() as session:
        session.execute(HOUSES)
        session.execute(LIVED_IN, {"use": "residential"})
        bump(session)
    yield signed_in("duty1")
    with open_sessions(face_engine).begin() as session:
        session.execute(EMPTY)
        session.execute(LIVED_IN, {"use": "street"})
        bump(session)


def ask(who: TestClient, **fields: object) -> dict[str, object]:
    found: dict[str, object] = who.get("/api/v1/siting?" + urlencode({"places": PLACES} | fields)).json()
    return found


def sites(found: dict[str, object]) -> set[str]:
    told = [one["properties"] for one in found["features"]]  # type: ignore[attr-defined]
    return {one["code"] for one in told if one["role"] == "site"}


def test_one_more_station_stands_where_most_people_are_quickest(officer: TestClient) -> None:
    found = ask(officer, model="least_mean", more="1")
    assert (sites(found), found["is_proven"], found["total"]) == ({"N2"}, True, 720)


def test_within_a_short_time_most_are_covered_from_the_middle(officer: TestClient) -> None:
    found = ask(officer, model="cover_most", more="1", minutes="0.3")
    assert sites(found) == {"N2"}
    assert 0 < int(str(found["covered"])) <= 720


def test_the_fewest_that_reach_all_are_told(officer: TestClient) -> None:
    assert len(sites(ask(officer, model="cover_all", minutes="10"))) == 1


def test_what_stands_already_stays(officer: TestClient, wiring: Wiring) -> None:
    register(wiring, "team", "T-OLD", (500, 100), name="老站", skills=("灭火",), people=9)
    found = ask(officer, model="least_mean", more="1", keep="true", kind="team")
    assert sites(found) == {"T-OLD", "N2"}
    shown = officer.get(
        "/duty/siting?"
        + urlencode({"run": "1", "model": "least_mean", "more": "1", "keep": "true", "places": PLACES})
    )
    assert ("老站" in shown.text, "现有覆盖" in shown.text) == (True, True)


def test_without_named_places_candidates_are_spread_over_the_people(officer: TestClient) -> None:
    found = ask(officer, places="", candidates="5", model="least_mean", more="2")
    assert len(sites(found)) == 2


def test_the_page_and_its_map_solve_once(officer: TestClient, wiring: Wiring) -> None:
    query = urlencode({"model": "least_mean", "more": "1", "places": PLACES})
    officer.get(f"/duty/siting?run=1&{query}")
    officer.get(f"/api/v1/siting?{query}")
    assert len(wiring.sitings._answers) == 1


def test_the_answer_is_a_sheet(officer: TestClient) -> None:
    query = urlencode({"model": "least_mean", "more": "1", "places": PLACES})
    rows = officer.get(f"/duty/siting.csv?{query}").text.splitlines()
    assert (rows[1].split(",")[0], len(rows)) == ("N2", 1 + 1 + 1 + 9)


@pytest.mark.parametrize(
    ("fields", "code", "because"),
    [
        ({"model": "cover_all", "minutes": "0.01"}, "cannot_site", "nobody is so near"),
        ({"model": "cover_most", "more": "0"}, "bad_siting", "no site at all"),
        ({"model": "cover_most", "more": "4"}, "bad_siting", "more than come into question"),
        ({"model": "guess"}, "malformed", "no such model"),
        ({"minutes": "nan"}, "malformed", "no time"),
        ({"candidates": "1000"}, "malformed", "too many candidates"),
        ({"places": "here"}, "bad_road_place", "no place"),
        ({"places": at(30_000, 0), "model": "least_mean", "more": "1"}, "cannot_site", "off the roads"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_cannot_be_sited_comes_back_on_the_form(
    officer: TestClient, fields: dict[str, str], code: str, because: str
) -> None:
    asked = {"places": PLACES, "run": "1"} | fields
    shown = officer.get("/duty/siting?" + urlencode(asked))
    assert (400 <= shown.status_code < 500, 'name="model"' in shown.text, code in shown.text) == (
        True,
        True,
        True,
    ), because


def test_a_city_without_people_says_so(signed_in: SignedIn, face_engine: Engine) -> None:
    draw_streets(face_engine)
    officer = signed_in("duty1")
    assert ask(officer)["code"] == "nothing_to_site"
    with face_engine.begin() as connection:
        connection.execute(EMPTY)

"""A case of a drill is nowhere but where drills are asked for.

Every address that lists, counts or draws cases answers the same with drills as without them, and
otherwise as soon as a real case comes.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from fastapi.dependencies.models import Dependant
from sqlalchemy import text

from cases.changes import list_changes
from cases.evaluation.operations import Counting
from emergency.rules.plans.asking import Asked
from tests.case_city import JINGER_ROAD, MISSING_COVER
from tests.face_city import report_of, token_in
from tests.faces.tile_city import tile_of
from web.accounts.guards import roles_of
from web.api.live import sight_of
from web.app import list_routes

ROOT = Path(__file__).resolve().parents[2]
LOGINS = {
    "operator": "operator1", "duty_chief": "chief1", "dispatcher": "dispatcher1", "leader": "leader",
    "department": "drainage", "inspector": "inspector1", "crew": "crew4", "data_officer": "data",
    "duty_officer": "duty1", "commander": "commander", "auditor": "auditor", "admin": "admin", "wall": "wall",
}  # fmt: skip
WITHOUT_CASES = {"/live", "/healthz", "/sw.js", "/stop", "/sign-in", "/m/style.css", "/m/map-worker.mjs",
                 "/geocode", "/ogc/openapi"}  # fmt: skip
HERE = f"lon={JINGER_ROAD.lon_deg}&lat={JINGER_ROAD.lat_deg}"
WHAT = "type=component:01002&description=污水井盖缺失"
SPAN = "from=2026-09-18T08:30&to=2026-09-18T09:30"
QUERIES = {
    "/report/similar": f"{HERE}&{WHAT}",
    "/api/v1/reports/similar": f"{HERE}&{WHAT}",
    "/api/v1/cases/at-place": HERE,
    "/desk/operator/place": f"{HERE}&{WHAT}",
    "/wall/replay/facts.json": SPAN,
    "/wall/replay/steps.csv": SPAN,
    "/desk/operator": "tab=all&q=井盖",
    "/desk/leader": "tab=all",
    "/desk/dispatcher": "tab=all",
    "/desk/duty-chief": "tab=all",
    "/ogc/collections/cases_public/items": "f=json",
}
DESKS = ("operator", "duty-chief", "dispatcher", "leader")
TILES = ["/".join(map(str, (zoom, *tile_of(zoom)))) for zoom in (11, 15)]
WITH_PARTS = [
    *(f"/tiles/{layer}/{tile}.mvt" for layer in ("cases", "public-cases", "wall-cases") for tile in TILES),
    *(f"/desk/{desk}/cases.{form}" for desk in DESKS for form in ("csv", "geojson")),
    "/department/cases.csv",
    "/ogc/collections/cases_public/items",
    "/open311/v2/requests.json",
    "/open311/v2/servicerequestupdates.json",
    *(f"/workbench/{desk}/export" for desk in DESKS),
    "/evaluation/subdistrict/610303008",
    "/evaluation/subdistrict/610303008/cases",
]
MUST_TELL = {
    "/desk/operator", "/api/v1/cases", "/wall/figures", "/wall/replay/facts.json", "/api/v1/cases/at-place",
    "/api/v1/reports/similar", "/open311/v2/requests", "/open311/v2/servicerequestupdates", "/department",
    f"/tiles/cases/{TILES[1]}.mvt", f"/tiles/public-cases/{TILES[1]}.mvt",
    f"/tiles/wall-cases/{TILES[1]}.mvt", f"/tiles/cases/{TILES[0]}.mvt", "/desk/operator/cases.csv",
    "/desk/operator/cases.geojson",
    "/ogc/collections/cases_public/items", "/evaluation", "/wall/hot-grids", "/m/tasks",
    "/evaluation/subdistrict/610303008/cases", "/",
}  # fmt: skip
"""Where a real case must show, so that the walk is known to look."""
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # numbers made for forms
    r"|name=\"csrf\" value=\"[^\"]*\"|content=\"[\w-]{30,}\"|\"csrf_token\":\s*\"[^\"]*\""
    r"|\"request_id\":\"\w+\"|\"timeStamp\":\"[^\"]*\""
    r"|\d+\.[0-9a-f]{10}"  # versions of layers: a drill's facts may have maps look again
)


def told(content):
    """What an answer says; of a workbook its sheets, for the file says when it was written."""
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in sorted(book.namelist()) if "xl/" in name)
    return content.decode("utf-8", "replace")


def guards_of(dependant: Dependant) -> Iterator[str]:
    for part in dependant.dependencies:
        yield from roles_of(part.call) or ()
        yield from guards_of(part)


def addresses() -> list[tuple[str, str]]:
    """Every address without parts and those of cases with them, each with a post that may open it."""
    routes = sorted(list_routes(), key=lambda route: -route.path.count("{"))  # the plainest address answers
    found = {}
    for route in (one for one in routes if "GET" in one.methods):
        roles = set(guards_of(route.dependant))
        post = next((one for one in LOGINS if one in roles), "" if roles == {"public"} else "operator")
        known = re.compile(re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(route.path)))
        these = [route.path] if "{" not in route.path else [one for one in WITH_PARTS if known.fullmatch(one)]
        found |= {one: post for one in these if one not in WITHOUT_CASES}
    return list(found.items())


ADDRESSES = addresses()


class Town:
    """What everybody sees of it now, and what happens to cases in it."""

    def __init__(self, wiring, signed_in, browser, clock):
        self.wiring, self.clock = wiring, clock
        self.people = {post: signed_in(login) for post, login in LOGINS.items()} | {"": browser}

    def seen(self):
        Counting(self.wiring.sessions).refresh(self.clock.at)
        found = {}
        for path, post in ADDRESSES:
            answer = self.people[post].get(path, params=QUERIES.get(path, ""))
            found[path] = (answer.status_code, CHANGING.sub("", told(answer.content)))
        return found

    def report(self, **changes):
        answer = self.people["operator"].post("/api/v1/reports", json=report_of(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()["case_no"]

    def step(self, post, case_no, action, **sent):
        answer = self.people[post].post(f"/api/v1/cases/{case_no}/{action}", json=sent)
        assert answer.status_code == 200, answer.text

    def happen(self, **changes):
        """A case waits, one is with a department, one is declined."""
        waiting, sent, declined = (self.report(**changes) for _ in range(3))
        self.step("operator", sent, "accept", revision=1, criterion_code=MISSING_COVER)
        self.step("duty_chief", sent, "file_case", revision=2)
        self.step("dispatcher", sent, "dispatch", revision=3, department_code="BJ-PS")
        self.step("operator", declined, "decline", revision=1, reason_code="out_of_scope", reason="不属实")
        return waiting, sent, declined

    def rows(self, query):
        with self.wiring.sessions() as session:
            return session.execute(text(query)).all()


@pytest.fixture
def town(wiring, signed_in, browser, clock):
    wiring.wall_figures.kept_s = 0
    return Town(wiring, signed_in, browser, clock)


def test_nobody_sees_a_drill_who_does_not_ask_for_drills(town):
    before = town.seen()
    town.happen(is_drill=True)
    with_drills = town.seen()
    assert [path for path in before if before[path] != with_drills[path]] == []
    town.happen()
    with_cases = town.seen()
    assert {path for path in MUST_TELL if with_cases[path] == with_drills[path]} == set()


@pytest.fixture
def drill(town):
    return town.happen(is_drill=True)


def test_a_drill_stands_in_the_drill_view_of_a_desk_with_its_mark(town, drill):
    real = town.report()
    page = town.people["operator"].get("/desk/operator?drill=true").text
    assert f'data-case="{drill[0]}"' in page
    assert f'data-case="{real}"' not in page
    assert 'class="case-row is-drill"' in page


def test_a_department_sees_the_drills_that_were_given_to_it(town, drill):
    assert f'data-case="{drill[1]}"' in town.people["department"].get("/department?drill=true").text
    assert drill[0] not in town.people["department"].get("/department?drill=true").text


def test_a_drill_is_marked_on_the_phone(town, drill):
    phone = town.people["department"]
    assert 'class="task is-drill"' in phone.get("/m/tasks?drill=true").text
    assert "badge-drill" in phone.get(f"/m/tasks/{drill[1]}").text


@pytest.mark.parametrize("address", ["/cases/{}", "/desk/operator?drill=true&case={}"])
def test_a_drill_is_marked_where_it_is_opened(town, drill, address):
    assert "badge-drill" in town.people["operator"].get(address.format(drill[0])).text


def test_a_wall_to_which_a_drill_is_called_says_that_it_is_one(town, drill):
    assert town.people["wall"].get(f"/wall/cases/{drill[0]}").json()["is_drill"] is True


def test_the_map_of_the_drill_view_has_the_drills_and_nothing_else(town, drill):
    tile = f"/tiles/cases/{TILES[1]}.mvt"
    drawn = town.people["operator"].get(f"{tile}?drill=true").content
    town.report()
    assert drill[0].encode() in drawn
    assert town.people["operator"].get(f"{tile}?drill=true").content == drawn


def test_a_list_of_drills_can_be_taken_away_and_says_so(town, drill):
    told = town.people["operator"].get("/desk/operator/cases.geojson?drill=true&tab=all").json()["features"]
    assert {(one["properties"]["case_no"], one["properties"]["is_drill"]) for one in told} == {
        (drill[0], True),
        (drill[1], True),
    }


def test_the_story_of_a_drill_says_that_it_is_one(town, drill):
    [(reason, body)] = town.rows("SELECT reason, body -> 'is_drill' FROM cases.fact WHERE seq = 1 LIMIT 1")
    assert reason.startswith("演练")
    assert body is True
    assert "演练" in town.people["operator"].get(f"/cases/{drill[0]}/explain").text


def test_nobody_hears_of_a_drill(town, drill):
    town.clock.at += timedelta(days=30)
    town.wiring.cases.resume_due(town.clock.at)
    assert town.rows("SELECT 1 FROM cases.notice") == []
    assert town.rows("SELECT 1 FROM cases.delivery") == []


def test_nobody_outside_takes_a_step_of_a_drill(town, drill):
    joined = report_of()
    answer = town.people[""].post(f"/api/v1/cases/{drill[0]}/join", json=joined)
    assert answer.status_code == 404
    [(code,)] = town.rows(f"SELECT track_code FROM cases.\"case\" WHERE case_no = '{drill[0]}'")
    told = town.people[""].get("/track", params={"no": drill[0], "code": code}).text
    other = town.people[""].get("/track", params={"no": "0" * 20, "code": code}).text
    assert told.replace(drill[0], "0" * 20) == other


@pytest.mark.parametrize("post", ["", "inspector"])
def test_a_drill_is_reported_by_operators_alone(town, post):
    answer = town.people[post].post("/api/v1/reports", json=report_of(is_drill=True, source=None))
    assert answer.status_code in (400, 422)
    assert town.rows('SELECT 1 FROM cases."case"') == []


def test_a_drill_stays_one(town, drill):
    with pytest.raises(Exception, match="drills_are_below_zero"):
        town.rows('UPDATE cases."case" SET is_drill = false WHERE id < 0 RETURNING 1')


def test_drills_and_real_cases_are_not_merged(town, drill):
    real = town.report()
    sent = {"revision": 1, "reason_code": "duplicate", "into": real}
    answer = town.people["operator"].post(f"/api/v1/cases/{drill[0]}/decline", json=sent)
    assert answer.status_code in (400, 409, 422)


def test_numbers_of_real_cases_have_no_gap_where_drills_were(town, drill):
    assert town.report().endswith("000001")
    assert drill[0].startswith("Y1030320260918")


def test_drills_count_for_drills_and_real_cases_for_real_ones(town, drill):
    real = town.report()
    asked = Asked(case_types=("01",), case_hours=6, rain_hours=1)
    at = town.clock.at + timedelta(minutes=1)
    with town.wiring.sessions() as session:
        n_real = len(town.wiring.situations.known_at(session, at, asked).cases)
    with town.wiring.sessions() as session:
        n_drill = len(town.wiring.situations.known_at(session, at, asked, is_drill=True).cases)
    assert (n_real, n_drill, real[:2]) == (1, 2, "61")


def test_an_incident_begun_from_a_drill_is_a_drill(town, drill):
    desk = town.people["duty_officer"]
    page = desk.get(f"/duty/new?case_no={drill[0]}").text
    assert 'name="is_drill" value="true"' in page
    sent = {
        "client_id": report_of()["client_id"], "csrf": token_in(page), "case_no": drill[0],
        "kind_code": "flood", "words": "路口积水", "source": "case",
        "received_at": "2026-09-18T09:30", "anyway": "true",
    }  # fmt: skip
    desk.post("/duty/new", data=sent)
    assert town.rows("SELECT is_drill FROM emergency.incident") == [(True,)]


def test_a_wall_s_stream_hears_nothing_of_a_drill_and_a_desk_s_does(town, drill):
    with town.wiring.sessions() as session:
        change = list_changes(session, 0).rows[0]
        people = {row.login: row for row in session.execute(text("SELECT login FROM accounts.person"))}
    assert change.is_drill
    assert people.keys() >= {"wall", "operator1"}
    assert [sight_of(Somebody(role))(change) for role in ("wall", "operator")] == [False, True]


class Somebody:
    """A person of one post."""

    def __init__(self, role):
        self.role, self.id, self.organisation_code = role, 1, "BJ-JD"

    def may_act_as(self, *roles):
        return self.role in roles


READ_EVERY_CASE = {
    "cases/tables.py": "says what the columns are",
    "cases/store.py": "writes",
    "cases/reading.py": "one case by its number, for staff; what must be resumed; a photo's cases",
    "cases/contacts.py": "the contact of one case, for who may see it",
    "cases/subjects.py": "a person's data are told and erased wherever they are",
    "cases/retention.py": "personal data are cleaned wherever they are",
    "cases/changes.py": "tells streams which changes are a drill's",
    "cases/clusters.py": "switches triggers off",
    "cases/notices/store.py": "updates what was found through the view",
    "cases/sample_cases/adding.py": "writes",
}
READ_FACTS_ALONE = {
    "cases/evaluation/operations.py", "cases/evaluation/store.py", "cases/as_it_was.py",
    "cases/at_a_glance.py",
    "cases/store.py", "cases/reading.py", "cases/changes.py", "cases/publishing.py", "cases/subjects.py",
    "cases/contacts.py", "cases/place_history.py", "cases/tables.py", "cases/sample_cases/adding.py",
}  # fmt: skip
"""Those that look at facts; a new one asks the view of cases, or `case_id >= 0`, and is put here."""


def sources():
    for folder in ("cases", "emergency", "portals", "web", "grid"):
        for path in (ROOT / folder).rglob("*.py"):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_a_reading_asks_the_view_that_has_no_drills():
    found = {name for name, words in sources() if re.search(r'cases\."case"|\bEveryCase\b', words)}
    assert found == READ_EVERY_CASE.keys()


def test_a_reading_of_facts_is_known():
    found = {name for name, words in sources() if re.search(r"cases\.fact\b|\bFactRow\b", words)}
    assert found == READ_FACTS_ALONE


def test_what_others_read_is_without_drills_whatever_they_set():
    views = (ROOT / "data/migrations/sql/open_data.sql").read_text(encoding="utf-8")
    assert "seen_case" not in views
    assert "WHERE id >= 0" in views

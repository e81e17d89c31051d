"""Somebody writes a script wherever words can be written: no page runs it, and no file acts as a formula."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import text

from cases.reading import get_case
from cases.remarks import Remark, add_remark
from cases.rules.deciding import Asking
from gis_core.csv_cells import FORMULA_SIGNS
from grid.cameras.watches import note_watch
from grid.positions.tracks import Look, read_track
from tests.camera_city import EMPTY_CAMERAS, camera, register
from tests.case_city import FRIDAY_MORNING
from tests.face_city import report_of, token_in
from tests.gazetteer_city import EMPTY_GAZETTEER, GazetteerCity, poi
from tests.register_city import EMPTY_REGISTER, RegisterCity, row, write
from web.app import list_routes
from web.camera_work import cameras_of
from web.wiring import Wiring

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"
ESCAPED = "&lt;script&gt;alert(1)"
FORMULA = '=HYPERLINK("http://evil.example","x")'
HARMLESS = "'" + FORMULA
PHONE = "13800000000"
WORDS = {
    "grid.component": "name", "grid.place": "name", "accounts.person": "name", "grid.organisation": "name",
    "grid.mover": "name",
    "grid.camera": "name", "grid.camera_tour": "by_name",
}  # fmt: skip
"""Columns that staff write in registers; the rest is written as people write it."""


SignIn = Callable[[str], TestClient]


class Town:
    """A city in which every text that people can write says the same."""

    def __init__(
        self, wiring: Wiring, visit: Callable[[], TestClient], signed_in: SignIn, words: str
    ) -> None:
        self.wiring, self.visit, self.signed_in, self.words = wiring, visit, signed_in, words
        self.desk = signed_in("operator1")
        sent = report_of(description=words, place_text=words, contact_name=words, contact_phone=PHONE)
        self.case_no = self.desk.post("/api/v1/reports", json=sent).json()["case_no"]
        self.join_and_remark()
        for action in ("urge", "publish"):
            self.step(self.desk, action, text=words)
        with wiring.sessions() as session:
            self.code = get_case(session, self.case_no, wiring.clock.now()).track_code

    def join_and_remark(self) -> None:
        """Others say "me too" and add something through another system."""
        sent = {"client_id": str(uuid4()), "text": self.words, "contact_name": self.words}
        self.desk.post(f"/api/v1/cases/{self.case_no}/join", json=sent)
        who = Asking(FRIDAY_MORNING, None, f"公众（{self.words}）", "public")
        add_remark(self.wiring.sessions, Remark(uuid4(), self.case_no, self.words, self.words, "x"), who)

    def step(self, browser: TestClient, action: str, **sent: object) -> None:
        """Take a step whose words say it, too."""
        address = f"/api/v1/cases/{self.case_no}"
        sent["revision"] = browser.get(address).json()["revision"]
        assert browser.post(f"{address}/{action}", json=sent).status_code == 200

    def stay(self) -> None:
        """Nothing happens."""

    def send_to_inspector(self) -> None:
        """The report is to be verified by somebody on the street."""
        with self.wiring.sessions() as session:
            chosen = "SELECT id FROM accounts.person WHERE login = 'inspector1'"
            inspector_id = session.execute(text(chosen)).scalar_one()
        self.step(self.desk, "send_verification", inspector_id=inspector_id, note=self.words)

    def give_to_department(self) -> None:
        """The case is with the drainage works, behind the rules' back."""
        self.write("UPDATE cases.\"case\" SET stage = 'dispatched', department_code = 'BJ-PS'")

    def name_view(self) -> None:
        """The operator keeps a filter under a name."""
        sent = {"csrf": self.desk.headers["x-csrf-token"], "name": "<script>alert(1)</script>", "query": ""}
        assert self.desk.post("/workbench/operator/views", data=sent).status_code == 303

    def close(self) -> None:
        """It is over, and its reporter has rated it."""
        self.write("UPDATE cases.\"case\" SET stage = 'closed', closed_at = :at")
        self.write('INSERT INTO cases.rating SELECT id, track_code, 0, 1, :words, :at FROM cases."case"')

    def write(self, statement: str) -> None:
        """Write something behind the rules' back."""
        with self.wiring.sessions.begin() as session:
            known = {"at": FRIDAY_MORNING, "words": self.words}
            session.execute(text(statement), {n: v for n, v in known.items() if f":{n}" in statement})


@pytest.fixture
def town(wiring: Wiring, visit: Callable[[], TestClient], signed_in: SignIn) -> Callable[[str], Town]:
    """Builds a town whose words are the ones given."""
    return lambda words: Town(wiring, visit, signed_in, words)


@pytest.fixture
def registers(wiring: Wiring, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Writes words into the registers of components, places, people and departments, until afterwards."""
    RegisterCity(wiring.sessions).bring_in(write(tmp_path / "covers.gpkg", [row(1, 50, 50)]))
    GazetteerCity(wiring.sessions).add(poi(category="school", names=()))
    register(cameras_of(wiring), camera("61030301002000001"))
    tour = "INSERT INTO grid.camera_tour VALUES (1, '早', '甲', :at)"
    with wiring.engine.begin() as connection:
        connection.execute(text(tour), {"at": FRIDAY_MORNING})
        connection.execute(text("INSERT INTO grid.camera_tour_stop SELECT 1, 1, id, 5 FROM grid.camera"))
    with wiring.sessions() as session:
        people = session.execute(text("SELECT id, name FROM accounts.person")).all()
        bodies = session.execute(text("SELECT code, name FROM grid.organisation")).all()
        movers = session.execute(text("SELECT key, name FROM grid.mover")).all()

    def fill(words: str) -> None:
        with wiring.sessions.begin() as session:
            for table, column in WORDS.items():
                session.execute(text(f"UPDATE {table} SET {column} = :words"), {"words": words})

    yield fill
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))
        connection.execute(text(EMPTY_GAZETTEER))
        connection.execute(text(EMPTY_CAMERAS))
        for person in people:
            connection.execute(_RENAME_PERSON, person._asdict())
        for mover in movers:
            connection.execute(text("UPDATE grid.mover SET name = :name WHERE key = :key"), mover._asdict())
        for body in bodies:
            connection.execute(
                text("UPDATE grid.organisation SET name = :name WHERE code = :code"), body._asdict()
            )


def is_harmless(page: str) -> bool:
    """Whether nothing of the script stands in a page as markup, nor was a template run in it."""
    return not [bad for bad in ("<script>alert", "<img src=x", "onerror=alert(2)>\"'49") if bad in page]


# pages of cases: who looks, where, after what, and whether the words are shown

_RENAME_PERSON = text("UPDATE accounts.person SET name = :name WHERE id = :id")
SHOWN, HIDDEN = True, False
NOTHING = "stay"
PAGES = [
    ("operator1", "/desk/operator?tab=all", NOTHING, SHOWN),
    ("operator1", "/desk/operator?tab=all&case={no}", NOTHING, SHOWN),
    ("operator1", "/desk/operator?q={words}", NOTHING, SHOWN),
    ("operator1", "/cases/{no}", NOTHING, SHOWN),
    ("operator1", "/cases/{no}/explain", NOTHING, SHOWN),
    ("operator1", "/desk/operator/place?lon=107.145&lat=34.369", NOTHING, HIDDEN),
    ("operator1", "/desk/operator?tab=all&case={no}&told={words}", NOTHING, SHOWN),
    ("operator1", "/desk/operator/register?source={words}&component_code={words}", NOTHING, HIDDEN),
    ("operator1", "/report/similar?type=component:01002&lon=107.145&lat=34.369", NOTHING, SHOWN),
    ("chief1", "/desk/duty-chief?tab=all&case={no}", NOTHING, SHOWN),
    ("dispatcher1", "/desk/dispatcher?tab=all&case={no}", "give_to_department", SHOWN),
    ("leader", "/desk/leader?tab=all&case={no}", NOTHING, SHOWN),
    ("inspector1", "/m", "send_to_inspector", HIDDEN),
    ("inspector1", "/m/tasks", "send_to_inspector", SHOWN),
    ("inspector1", "/m/tasks/{no}", "send_to_inspector", SHOWN),
    ("inspector1", "/m/me", NOTHING, HIDDEN),
    ("inspector1", "/m/track", NOTHING, HIDDEN),
    ("inspector1", "/m/queue?kept={words}", NOTHING, HIDDEN),
    ("leader", "/m/tasks/{no}", NOTHING, SHOWN),
    ("", "/m/offline?from={words}", NOTHING, HIDDEN),
    ("drainage", "/department?case={no}", "give_to_department", SHOWN),
    ("inspector1", "/notices", "send_to_inspector", SHOWN),
    ("operator1", "/notices", NOTHING, HIDDEN),
    ("", "/", NOTHING, HIDDEN),
    ("", "/map", NOTHING, HIDDEN),
    ("", "/report?place_text={words}", NOTHING, HIDDEN),
    ("", "/kiosk?name={words}&lon={words}", NOTHING, HIDDEN),
    ("", "/report/done?no={words}&code={words}&joined={words}", NOTHING, HIDDEN),
    ("", "/report/similar?type=component:01002&lon=107.145&lat=34.369", NOTHING, HIDDEN),
    ("", "/track?no={no}&code={code}", NOTHING, SHOWN),
    ("", "/track?no={no}&code={code}", "close", SHOWN),
    ("", "/track?no={words}&code={words}", NOTHING, HIDDEN),
    ("", "/stop?t={words}", NOTHING, HIDDEN),
    ("", "/sign-in?next={words}", NOTHING, HIDDEN),
    ("auditor", "/privacy/access?case_no={words}", NOTHING, HIDDEN),
    ("auditor", "/privacy/tracks?key={words}", NOTHING, HIDDEN),
    ("auditor", "/privacy/video?key={words}", NOTHING, HIDDEN),
    ("admin", "/privacy/subject", NOTHING, HIDDEN),
    ("auditor", "/privacy/incidents", NOTHING, HIDDEN),
    ("operator1", "/workbench/operator/filter?q={words}", NOTHING, HIDDEN),
    ("operator1", "/workbench/operator/views", "name_view", SHOWN),
    ("operator1", "/desk/operator?tab=all", "name_view", SHOWN),
    ("operator1", "/workbench/operator/export?q={words}", NOTHING, HIDDEN),
    ("operator1", "/exports", NOTHING, HIDDEN),
    ("chief1", "/bulk", NOTHING, HIDDEN),
    ("wall", "/wall?style={words}&scene={words}", NOTHING, HIDDEN),
    ("leader", "/wall/replay?from={words}&purpose={words}", NOTHING, HIDDEN),
    ("leader", "/wall/replay?to=2026-09-18T09:30&style={words}&purpose={words}", NOTHING, HIDDEN),
    ("", "/nowhere/{words}", NOTHING, HIDDEN),
]


def fetch(town: Town, login: str, address: str) -> Response:
    """A page of the town as somebody sees it; words stand in its address as a browser writes them."""
    browser = town.signed_in(login) if login else town.visit()
    return browser.get(address.format(no=town.case_no, code=town.code, words=quote(town.words, safe="")))


@pytest.mark.parametrize(("login", "address", "before", "is_shown"), PAGES)
def test_a_page_shows_what_people_wrote_and_runs_none_of_it(
    town: Callable[[str], Town], login: str, address: str, before: str, is_shown: bool
) -> None:
    made = town(SCRIPT)
    getattr(made, before)()
    page = fetch(made, login, address).text
    assert is_harmless(page)
    assert ESCAPED in page or not is_shown


# pages of registers, where staff write the words

REGISTERS = [
    ("data", "/register", SHOWN),
    ("data", "/register/components/61030301002000001", SHOWN),
    ("data", "/register/recurring", HIDDEN),
    ("data", "/register/reviews", HIDDEN),
    ("data", "/register/surveys", HIDDEN),
    ("data", "/register/imports", HIDDEN),
    ("data", "/register/types", HIDDEN),
    ("data", "/gazetteer", SHOWN),
    ("data", "/gazetteer/places/1", SHOWN),
    ("data", "/gazetteer/new", HIDDEN),
    ("data", "/gazetteer/imports", HIDDEN),
    ("data", "/frame", HIDDEN),
    ("data", "/geocode", HIDDEN),
    ("inspector1", "/m/components/61030301002000001", SHOWN),
    ("inspector1", "/m/components", HIDDEN),
    ("inspector1", "/m/surveys", HIDDEN),
    ("inspector1", "/m/me", SHOWN),
    ("dispatcher1", "/desk/dispatcher", SHOWN),
    ("operator1", "/desk/operator/components?type=component:01002&lon=107.14392&lat=34.36809", SHOWN),
    ("leader", "/desk/field", HIDDEN),
    ("leader", "/desk/field?tab=coverage", HIDDEN),
    ("leader", "/desk/field?tab=track&key=v1", SHOWN),
    ("leader", "/evaluation", HIDDEN),
    ("leader", "/evaluation?kind=department", HIDDEN),
    ("leader", "/evaluation/formulas", HIDDEN),
    ("leader", "/evaluation/what-if", HIDDEN),
    ("leader", "/evaluation/frozen", HIDDEN),
    ("data", "/cameras", SHOWN),
    ("data", "/cameras/61030301002000001", SHOWN),
    ("data", "/cameras/new", HIDDEN),
    ("data", "/cameras/import", HIDDEN),
    ("operator1", "/desk/cameras", SHOWN),
    ("operator1", "/desk/cameras?camera=61030301002000001", SHOWN),
    ("operator1", "/desk/cameras?q=%3Cscript%3Ealert(1)", HIDDEN),
    ("operator1", "/desk/cameras/tours", SHOWN),
    ("operator1", "/desk/cameras/tours/1", SHOWN),
    ("admin", "/notices/settings", HIDDEN),
    ("admin", "/notices/messages", HIDDEN),
    ("admin", "/notices/webhooks", HIDDEN),
]


@pytest.mark.parametrize(("login", "address", "is_shown"), REGISTERS)
def test_a_page_of_a_register_runs_no_name(
    registers: Callable[[str], None], signed_in: SignIn, login: str, address: str, is_shown: bool
) -> None:
    registers(SCRIPT)
    page = signed_in(login).get(address).text
    assert is_harmless(page)
    assert ESCAPED in page or not is_shown


def test_the_contact_page_and_its_log_run_no_name(town: Callable[[str], Town], signed_in: SignIn) -> None:
    made = town(SCRIPT)
    page = made.desk.post(f"/contacts/{made.case_no}", data=signed(made.desk, purpose="call_back")).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)


def test_what_is_known_of_a_caller_runs_no_name(town: Callable[[str], Town]) -> None:
    made = town(SCRIPT)
    page = made.desk.post("/desk/operator/caller", data=signed(made.desk, phone=PHONE)).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)


def signed(browser: TestClient, **fields: str) -> dict[str, str]:
    """A form with the token of the browser."""
    return {"csrf": browser.headers["x-csrf-token"], **fields}


REFUSED = [
    ("/report", {"kind": "component", "type_code": "x", "description": SCRIPT, "place_text": SCRIPT}),
    ("/kiosk", {"contact_phone": SCRIPT, "contact_name": SCRIPT, "description": SCRIPT}),
    ("/report", {"contact_phone": SCRIPT, "contact_name": SCRIPT, "description": SCRIPT}),
    ("/sign-in", {"login": SCRIPT, "password": SCRIPT, "next": SCRIPT}),
    ("/track/reopen", {"no": SCRIPT, "code": SCRIPT, "reason": SCRIPT}),
]


@pytest.mark.parametrize(("address", "fields"), REFUSED)
def test_a_form_that_is_refused_gives_back_what_was_typed_as_words(
    browser: TestClient, address: str, fields: dict[str, str]
) -> None:
    answer = browser.post(address, data=fields | {"csrf": token_in(browser.get("/report").text)})
    assert is_harmless(answer.text)


def test_a_refused_step_gives_back_what_was_typed_as_words(town: Callable[[str], Town]) -> None:
    made = town(SCRIPT)
    sent = signed(made.desk, revision="1", reason=SCRIPT, text=SCRIPT, reason_code=SCRIPT[:20])
    page = made.desk.post(f"/cases/{made.case_no}/decline", data=sent).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)


# what programs read

ANSWERS = [
    ("/api/v1/cases/{no}", "application/json"),
    ("/api/v1/cases", "application/json"),
    ("/open311/v2/requests/{no}.json", "application/json"),
    ("/open311/v2/requests/{no}.xml", "text/xml"),
    ("/open311/v2/servicerequestupdates.xml", "text/xml"),
    ("/desk/operator/cases.geojson?tab=all", "application/geo+json"),
    ("/wall/figures", "application/json"),
    ("/wall/cases/{no}", "application/json"),
]


@pytest.mark.parametrize(("address", "media_type"), ANSWERS)
def test_no_browser_takes_what_programs_read_for_a_page(
    town: Callable[[str], Town], address: str, media_type: str
) -> None:
    answer = fetch(town(SCRIPT), "operator1", address)
    told = answer.headers["content-type"].partition(";")[0], answer.headers["x-content-type-options"]
    assert told == (media_type, "nosniff")


def test_words_of_a_desk_are_one_text_in_xml(town: Callable[[str], Town]) -> None:
    answer = fetch(town(SCRIPT), "", "/open311/v2/requests/{no}.xml")
    assert ET.fromstring(answer.text).findtext("request/description") == SCRIPT


# files that people take away

TABLES = [
    ("operator1", "/desk/operator/cases.csv?tab=all"),
    ("chief1", "/desk/duty-chief/cases.csv?tab=all"),
    ("dispatcher1", "/desk/dispatcher/cases.csv?tab=all"),
    ("leader", "/desk/leader/cases.csv?tab=all"),
    ("drainage", "/department/cases.csv"),
    ("data", "/register/components.csv"),
    ("data", "/gazetteer/places.csv"),
    ("data", "/cameras.csv"),
    ("auditor", "/privacy/access.csv"),
]


@pytest.mark.parametrize(("login", "address"), TABLES)
def test_no_cell_of_a_table_is_a_formula(
    town: Callable[[str], Town], registers: Callable[[str], None], login: str, address: str
) -> None:
    made = town(FORMULA)
    made.give_to_department()
    registers(FORMULA)
    made.signed_in("operator1").post(f"/api/v1/cases/{made.case_no}/contact", json={"purpose": "call_back"})
    cells = [cell for line in csv.reader(io.StringIO(fetch(made, login, address).text)) for cell in line]
    assert HARMLESS in cells
    assert [cell for cell in cells if cell.startswith(FORMULA_SIGNS)] == []


@pytest.mark.parametrize("log", ["tracks", "video"])
def test_no_cell_of_a_log_of_looks_is_a_formula(
    wiring: Wiring, registers: Callable[[str], None], signed_in: SignIn, log: str
) -> None:
    registers(FORMULA)
    at, look = wiring.clock.now(), Look(1, FORMULA, "leader", "help")
    with wiring.sessions.begin() as session:
        read_track(session, wiring.plane, "v1", look, since=at - timedelta(hours=1), until=at, at=at)
        note_watch(session, FORMULA[:32], person_id=1, person_name=FORMULA, role="leader", at=at)
    told = signed_in("auditor").get(f"/privacy/{log}.csv").text
    cells = [cell for line in csv.reader(io.StringIO(told)) for cell in line]
    assert HARMLESS in cells
    assert [cell for cell in cells if cell.startswith(FORMULA_SIGNS)] == []


def test_no_cell_of_a_workbook_is_a_formula(registers: Callable[[str], None], signed_in: SignIn) -> None:
    registers(FORMULA)
    book = zipfile.ZipFile(io.BytesIO(signed_in("leader").get("/evaluation/table.xlsx").content))
    sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/" in name]
    assert (len(sheets) > 0, "<f>" in "".join(sheets)) == (True, False)


# every page is looked at here

WITHOUT_WORDS = {
    "/live", "/healthz", "/words/{language}.json", "/photos/{sha256}", "/m/report", "/m/report/done",
    "/notices/count", "/evaluation/values.json", "/evaluation/map.html", "/evaluation/table.pdf",
    "/cases/{case_no}/sheet.pdf", "/sw.js", "/m/map-worker.mjs", "/m/manifest.webmanifest",
    "/m/pack.json", "/m/pack/area.json", "/m/grids.json", "/m/style.css",
    "/wall/coverage", "/wall/calls", "/wall/figures", "/wall/hot-grids", "/wall/cases/{case_no}",
    "/wall/video", "/wall/incidents", "/wall/incidents/{incident_no}",
    "/wall/replay/facts.json", "/wall/replay/ways.json",
}  # fmt: skip
"""No page, or nothing in it that people wrote; maps and PDFs have tests of their own."""
OF_WORK = (
    "/{run_id}", "/{export_id}", "/{import_id}", "/{survey_id}", "/{batch_id}", "/{proposal_id}",
    "/evaluation/{kind}", "/shapes",
)  # fmt: skip
"""Pages of one import, survey or evaluated object: built of the parts that the lists above show."""
OF_PROGRAMS = ("/api", "/tiles", "/ogc", "/open311")
OF_EMERGENCIES = (
    "/department/tasks", "/duty", "/incidents", "/m/emergency", "/m/reports", "/warnings",
    "/wall/incidents/{incident_no}/replay",
)  # fmt: skip
"""Looked at in test_hostile_words_of_emergencies.py, every one of them."""
LOOKED_AT = {address.partition("?")[0] for _, address, *_ in (*PAGES, *REGISTERS, *TABLES)}


EXAMPLES = {"case_no": "{no}", "form": "csv", "place_id": "1", "code": "61030301002000001", "key": "operator",
            "tour_id": "1"}  # fmt: skip


def is_looked_at(path: str) -> bool:
    return re.sub(r"\{(\w+)\}", lambda part: EXAMPLES.get(part[1], part[0]), path) in LOOKED_AT


@pytest.mark.parametrize(
    "route",
    [
        one
        for one in list_routes()
        if "GET" in one.methods and not one.path.startswith((*OF_PROGRAMS, *OF_EMERGENCIES))
    ],
    ids=lambda route: route.path,
)
def test_every_page_is_looked_at(route: APIRoute) -> None:
    is_known = route.path in WITHOUT_WORDS or any(part in route.path for part in OF_WORK)
    assert is_known or is_looked_at(route.path) or route.path.endswith((".csv", ".xlsx"))

"""The register's pages: filters, sheet, reviews, recurring damage, surveys, imports; the phone; the API."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from gis_core.jobs import open_jobs, run_worker
from tests.face_city import report_of, token_in
from tests.register_city import EMPTY_REGISTER, RegisterCity, many, row, write
from web.register_jobs import RegisterJobs
from web.register_work import importing_of, uploads_of
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
CODE = "61030301002000001"


@pytest.fixture
def city(wiring: Wiring, tmp_path: Path) -> Iterator[RegisterCity]:
    """Three covers of the water works of old and new code."""
    city = RegisterCity(wiring.sessions)
    covers = [row(1, 50, 50), row(2, 60, 50, GLBJZT="破损"), row(3, 70, 50, GLBJBSM="6103030102000003")]
    city.bring_in(write(tmp_path / "covers.gpkg", covers))
    yield city
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))


@pytest.fixture
def officer(signed_in: SignIn, city: RegisterCity) -> TestClient:
    return signed_in("data")


@pytest.fixture
def inspector(signed_in: SignIn, city: RegisterCity) -> TestClient:
    return signed_in("inspector1")


def send(client: TestClient, page: str, address: str, **fields: object) -> object:
    """Send a form of a page, with the token that the page carries."""
    return client.post(address, data={"csrf": token_in(client.get(page).text), **fields})


def test_the_list_shows_what_is_asked_for_and_the_map_the_same(officer: TestClient) -> None:
    page = officer.get("/register?state=破损").text
    assert page.count('class="case-row') == 1
    assert 'data-case="61030301002000002"' in page


ASKED = ["", "state=破损", "q=井盖&area=610303008007", "q=6103010", "area=610303008007001", "major=01"]


@pytest.mark.parametrize("query", ASKED)
def test_the_register_and_the_api_answer_the_same_question(officer: TestClient, query: str) -> None:
    listed = officer.get(f"/register?{query}").text.split('class="queue"')[-1].split("</ul>")[0]
    told = officer.get(f"/api/v1/components?{query}&counted=true").json()
    codes = [row["code"] for row in told["components"]]
    assert (re.findall(r'data-case="(\d+)"', listed), told["count"]) == (codes, len(codes))


def test_the_map_beside_the_list_is_asked_what_the_list_is_asked(officer: TestClient) -> None:
    page = officer.get("/register?state=破损&state=丢失&area=610303008&q=井盖&component=&after=0").text
    [asked] = re.findall(r'data-map-filter="([^"]*)"', page)
    [tiles] = officer.get(f"/tiles/components.json?{unescape(asked)}").json()["tiles"]
    told = parse_qs(urlsplit(tiles).query)
    assert told.pop("v")  # the version of the layer, which every address of tiles has
    assert told == {
        "state": ["破损", "丢失"],
        "area": ["610303008"],
        "q": ["井盖"],
    }


def test_a_page_that_begins_nowhere_begins_at_the_first(officer: TestClient) -> None:
    assert officer.get("/register?after=%00").text.count('class="case-row') == 3


def test_a_filter_that_the_page_has_no_field_for_stays_in_its_form(officer: TestClient) -> None:
    page = officer.get("/register?state=faulty&area=610303008007&major=01").text
    chosen = ('value="faulty" selected', 'value="610303008007" selected', 'name="major" value="01"')
    assert [words for words in chosen if words not in page] == []


def test_an_old_code_of_16_digits_finds_its_component(officer: TestClient) -> None:
    assert 'data-case="61030301002000003"' in officer.get("/register?q=6103030102000003").text


def test_a_filter_that_names_no_state_is_refused(officer: TestClient) -> None:
    answer = officer.get("/register?state=fine")
    assert (answer.status_code, "bad_component_filter" in answer.text) == (400, True)


def test_the_sheet_has_the_18_attributes_and_every_case_on_the_component(
    officer: TestClient, signed_in: SignIn
) -> None:
    filed = signed_in("operator1").post("/api/v1/reports", json=report_of(component_code=CODE))
    page = officer.get(f"/register?component={CODE}").text
    number = filed.json()["case_no"]
    assert f'href="/cases/{number}"' in page
    assert page.count("<dt title=") == 18


def test_a_change_needs_a_reason_and_stays_in_the_life(officer: TestClient) -> None:
    page = f"/register/components/{CODE}"
    fields = {"revision": 1, "state": "破损", "authority": "BJ-PS", "owner": "BJ-PS", "reason": "井盖开裂"}
    assert send(officer, page, f"{page}/change", **fields | {"reason": ""}).status_code == 422
    assert send(officer, page, f"{page}/change", **fields).status_code == 303
    assert "井盖开裂" in officer.get(page).text


def test_what_the_phone_reports_is_accepted_after_a_look_at_before_and_after(
    officer: TestClient, inspector: TestClient
) -> None:
    page = f"/m/components/{CODE}"
    sent = {"client_id": str(uuid4()), "state": "丢失", "note": "只剩井座"}
    assert send(inspector, page, page, **sent).headers["location"] == f"{page}?said=1"
    shapes = _first_shapes(officer)
    assert [one["properties"]["label"] for one in shapes["features"]] == ["登记 完好 → 现场 丢失"]
    number = _first_review(officer)
    send(officer, "/register/reviews", f"/register/reviews/{number}/accept", reason="")
    assert officer.get(f"/api/v1/components/{CODE}").json()["state"] == "丢失"


def _first_review(officer: TestClient) -> str:
    return officer.get("/register/reviews").text.split('data-case="')[1].split('"')[0]


def _first_shapes(officer: TestClient) -> dict[str, list[dict[str, dict[str, str]]]]:
    shapes: dict[str, list[dict[str, dict[str, str]]]] = officer.get(
        f"/register/reviews/{_first_review(officer)}/shapes"
    ).json()
    return shapes


def test_a_report_that_changes_nothing_is_sent_back_with_what_was_typed(inspector: TestClient) -> None:
    page = f"/m/components/{CODE}"
    answer = send(inspector, page, page, client_id=str(uuid4()), state="", note="")
    assert (answer.status_code, "nothing_changes" in answer.text) == (422, True)


def test_a_component_with_many_cases_is_on_the_list_of_recurring_damage(
    officer: TestClient, signed_in: SignIn
) -> None:
    operator = signed_in("operator1")
    for _ in range(3):
        operator.post("/api/v1/reports", json=report_of(component_code=CODE))
    assert "3 件案件" in officer.get("/register/recurring?least=3&months=12").text
    assert "没有反复损坏的部件" in officer.get("/register/recurring?least=4&months=12").text


def test_a_survey_is_begun_at_the_desk_and_walked_on_the_phone(
    officer: TestClient, inspector: TestClient
) -> None:
    person = officer.get("/register/surveys").text.split('name="inspectors" value="')[1].split('"')[0]
    fields = {"theme": "汛前普查", "area": "610303008", "from_on": "2026-09-01", "until_on": "2026-09-30",
              "types": ["01002"], "inspectors": [person]}  # fmt: skip
    begun = send(officer, "/register/surveys", "/register/surveys", **fields)
    number = begun.headers["location"].rsplit("/", 1)[1]
    page = f"/m/surveys/{number}?grid=610303008007001"
    answer = {"grid": "610303008007001", "code": CODE, "result": "found", "client_id": str(uuid4())}
    assert send(inspector, page, f"/m/surveys/{number}", **answer).status_code == 303
    shapes = officer.get(f"/register/surveys/{number}/shapes").json()
    assert [one["properties"]["label"] for one in shapes["features"]] == ["1/3"]


def test_a_survey_without_types_is_refused_and_keeps_what_was_typed(officer: TestClient) -> None:
    fields = {"theme": "汛前普查", "area": "610303008", "from_on": "2026-09-01", "until_on": "2026-09-30"}
    answer = send(officer, "/register/surveys", "/register/surveys", **fields)
    assert (answer.status_code, "汛前普查" in answer.text) == (422, True)


def work_off(wiring: Wiring) -> None:
    """Do every job that is waiting, as the worker would."""
    jobs = open_jobs(wiring.engine.url.render_as_string(hide_password=False))
    RegisterJobs(importing_of(wiring), wiring.clock, uploads_of(wiring)).register(jobs)
    run_worker(jobs, until_empty=True)


def upload(officer: TestClient, path: Path) -> str:
    token = token_in(officer.get("/register/imports").text)
    with path.open("rb") as file:
        answer = officer.post("/register/imports", data={"csrf": token}, files={"file": (path.name, file)})
    return answer.headers["location"]


def test_an_uploaded_file_is_checked_reported_and_written_when_confirmed(
    officer: TestClient, wiring: Wiring, tmp_path: Path
) -> None:
    page = upload(officer, write(tmp_path / "new.gpkg", many(8)[3:]))
    work_off(wiring)
    assert "全部 5 行可以写入" in officer.get(page).text
    assert send(officer, page, f"{page}/apply").status_code == 303
    work_off(wiring)
    assert "5 个部件已写入登记册" in officer.get(page).text


def test_a_file_with_rows_at_fault_is_written_in_part_only_when_somebody_says_so(
    officer: TestClient, wiring: Wiring, tmp_path: Path
) -> None:
    page = upload(officer, write(tmp_path / "bad.gpkg", [row(8, 80, 80), row(9, 85, 85, GLBJZT="")]))
    work_off(wiring)
    report = officer.get(f"{page}/report.csv").text
    assert "没有填写管理部件状态" in report
    assert send(officer, page, f"{page}/apply").status_code == 422
    send(officer, page, f"{page}/apply", keep_good="true")
    work_off(wiring)
    assert "1 个部件已写入登记册" in officer.get(page).text


def test_a_file_that_cannot_be_read_says_why_on_its_page(
    officer: TestClient, wiring: Wiring, tmp_path: Path
) -> None:
    torn = tmp_path / "torn.gpkg"
    torn.write_bytes(b"SQLite format 3\x00" + b"\x00" * 4000)
    page = upload(officer, torn)
    work_off(wiring)
    assert "bad_spatial_file" in officer.get(page).text


def test_the_api_lists_by_keyset_and_finds_by_either_code(officer: TestClient) -> None:
    first = officer.get("/api/v1/components?limit=2").json()
    rest = officer.get(f"/api/v1/components?limit=2&after={first['next']}").json()
    assert [len(first["components"]), len(rest["components"]), rest["next"]] == [2, 1, None]
    assert officer.get("/api/v1/components/6103030102000003").json()["code"] == "61030301002000003"
    assert officer.get("/api/v1/components/61030301002999999").json()["code"] == "no_such_component"


PAGES = ["/register", "/register/recurring", "/register/reviews", "/register/surveys", "/register/imports"]


@pytest.mark.parametrize("address", [*PAGES, "/register/types"])
def test_the_register_is_for_data_officers(inspector: TestClient, officer: TestClient, address: str) -> None:
    assert [inspector.get(address).status_code, officer.get(address).status_code] == [403, 200]

"""Lists as files: what is shown, all of it, nothing of who reported it, and nothing a spreadsheet runs."""

import csv
import json
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from cases.filtering import CaseFilter
from tests.face_city import report_of
from tests.register_city import EMPTY_REGISTER, RegisterCity, row, write
from web import list_files
from web.faces import case_files

DESKS = ("/desk/operator", "/desk/duty-chief", "/desk/dispatcher", "/department")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"]


def table_of(answer: object) -> tuple[list[dict[str, str]], list[list[str]]]:
    """The rows of a CSV by heading, and the notes below them."""
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rest = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    end = rest.index([])
    return [dict(zip(head, one, strict=True)) for one in rest[:end]], rest[end + 1 :]


@pytest.fixture
def desk(signed_in: Callable[[str], TestClient]) -> TestClient:
    return signed_in("operator1")


def report(desk: TestClient, **changes: object) -> str:
    return str(desk.post("/api/v1/reports", json=report_of(**changes)).json()["case_no"])


def test_the_file_has_what_the_list_has(desk):
    wanted = report(desk, place_text="龙泉巷口")
    report(desk, place_text="别处")
    rows, notes = table_of(desk.get("/desk/operator/cases.csv?q=龙泉巷口"))
    assert [(one["案卷号"].replace(" ", ""), one["地点"]) for one in rows] == [(wanted, "龙泉巷口")]
    assert notes == [["共 1 条。"]]


def test_the_page_leads_to_the_file_of_its_list(desk):
    report(desk)
    page = desk.get("/desk/operator?tab=all&light=normal&order=urgent").text
    assert 'href="/desk/operator/cases.csv?tab=all&amp;light=normal"' in page


def test_all_rows_are_in_the_file_not_only_those_of_a_page(desk, monkeypatch):
    monkeypatch.setattr("web.faces.case_files.MOST_ROWS", 2)
    numbers = [report(desk) for _ in range(5)]
    rows, _ = table_of(desk.get("/desk/operator/cases.csv"))
    assert [one["案卷号"].replace(" ", "") for one in rows] == numbers[::-1]


def test_a_file_is_read_page_by_page_as_it_is_sent(desk, wiring, monkeypatch, statements):
    monkeypatch.setattr("web.faces.case_files.MOST_ROWS", 2)
    for _ in range(5):
        report(desk)
    pages = case_files._pages(wiring, CaseFilter(), wiring.clock.now())
    statements.clear()
    sizes = [(len(page), len(statements)) for page in pages]
    assert sizes == [(2, 1), (2, 2), (1, 3)]


def test_nobody_s_telephone_leaves_with_the_file(desk):
    report(desk, description="王先生 13800000000 说井盖没了", place_text="问 0917-3260000")
    for form in ("csv", "geojson"):
        told = desk.get(f"/desk/operator/cases.{form}").text
        assert "井盖没了" in told
        assert not [secret for secret in ("13800000000", "3260000", "来电人", "0917") if secret in told]


@pytest.mark.parametrize("words", FORMULAS)
def test_a_spreadsheet_finds_nothing_to_run(desk, wiring, words):
    report(desk, description="井盖")
    with wiring.sessions.begin() as session:
        session.execute(text('UPDATE cases."case" SET description = :words'), {"words": words})
    [row], _ = table_of(desk.get("/desk/operator/cases.csv"))
    assert row["说明"] == f"'{words}"


def test_numbers_too_long_for_a_spreadsheet_are_parted(desk):
    case_no = report(desk)
    [row], _ = table_of(desk.get("/desk/operator/cases.csv"))
    assert row["案卷号"] == f"{case_no[:6]} {case_no[6:14]} {case_no[14:]}"
    assert row["单元网格"].replace(" ", "").isdigit()
    assert " " in row["单元网格"]


def test_sample_data_say_so(desk, wiring):
    report(desk)
    with wiring.sessions.begin() as session:
        session.execute(text('UPDATE cases."case" SET is_synthetic = true'))
    [row], notes = table_of(desk.get("/desk/operator/cases.csv"))
    assert (row["示意数据"], notes[-1]) == ("是", [list_files.SAMPLE])
    assert desk.get("/desk/operator/cases.geojson").json()["note"] == list_files.SAMPLE


def test_a_map_opens_the_geojson(desk):
    case_no = report(desk)
    told = desk.get("/desk/operator/cases.geojson").json()
    [feature] = told["features"]
    assert (feature["properties"]["case_no"], feature["geometry"]["type"]) == (case_no, "Point")
    assert feature["geometry"]["coordinates"] == pytest.approx([107.1450, 34.3690], abs=0.01)


def test_an_empty_list_is_a_file_with_headings_alone(desk):
    rows, notes = table_of(desk.get("/desk/operator/cases.csv?q=没有这样的案件"))
    assert (rows, notes) == ([], [["共 0 条。"]])
    assert json.loads(desk.get("/desk/operator/cases.geojson?q=没有").text)["features"] == []


def test_a_file_is_named_after_its_list_and_the_moment(desk):
    named = desk.get("/desk/operator/cases.csv?tab=todo").headers["content-disposition"]
    assert named.startswith('attachment; filename="cases-operator-todo-2026')
    assert unquote(named).endswith(".csv")
    assert "受理-待受理-2026" in unquote(named)


def test_the_file_speaks_english_to_who_reads_english(desk):
    report(desk)
    rows, notes = table_of(desk.get("/desk/operator/cases.csv?lang=en"))
    assert (rows[0]["Stage"], notes) == ("To accept", [["Rows in all: 1"]])


def test_too_long_a_list_is_refused_with_what_to_do(desk, monkeypatch):
    monkeypatch.setattr(list_files, "MOST_ROWS", 1)
    for _ in range(2):
        report(desk)
    answer = desk.get("/desk/operator/cases.csv", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "list_too_long")


@pytest.mark.parametrize("address", DESKS)
def test_a_stranger_gets_no_file(browser, address):
    assert browser.get(f"{address}/cases.csv", headers={"accept": "application/json"}).status_code == 401


def test_only_who_sits_at_a_desk_gets_its_file(desk):
    answer = desk.get("/desk/dispatcher/cases.csv", headers={"accept": "application/json"})
    assert answer.status_code == 403


def test_a_form_that_is_not_offered_is_refused(desk):
    assert desk.get("/desk/operator/cases.xlsx", headers={"accept": "application/json"}).status_code == 400


def test_a_department_gets_its_own_cases_alone(signed_in, desk, wiring):
    mine, _other = report(desk), report(desk)
    department = signed_in("drainage")
    moved = text(
        "UPDATE cases.\"case\" SET department_code = :code, stage = 'dispatched' WHERE case_no = :case_no"
    )
    with wiring.sessions.begin() as session:
        session.execute(moved, {"code": "BJ-PS", "case_no": mine})
    rows, _ = table_of(department.get("/department/cases.csv"))
    assert [one["案卷号"].replace(" ", "") for one in rows] == [mine]


@pytest.fixture
def officer(signed_in, wiring, tmp_path):
    """A data officer, and three covers in the register."""
    city = RegisterCity(wiring.sessions)
    covers = [row(1, 50, 50), row(2, 60, 50, GLBJZT="破损"), row(3, 70, 50, BZ="=cmd")]
    city.bring_in(write(tmp_path / "covers.gpkg", covers))
    yield signed_in("data")
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))


def test_the_register_s_list_is_a_file_under_the_names_of_the_standard(officer):
    rows, _ = table_of(officer.get("/register/components.csv?state=破损"))
    [one] = rows
    assert (one["管理部件标识码"], one["管理部件状态"]) == ("610303 01002 000002", "破损")


def test_a_remark_of_the_register_is_nothing_to_run(officer):
    rows, _ = table_of(officer.get("/register/components.csv"))
    assert [one["备注"] for one in rows] == ["", "", "'=cmd"]


def test_the_register_s_geojson_has_the_short_names_of_the_standard(officer):
    features = officer.get("/register/components.geojson").json()["features"]
    assert [one["properties"]["GLBJBSM"] for one in features] == [f"6103030100200000{n}" for n in (1, 2, 3)]


def test_the_register_s_page_leads_to_the_file_of_its_list(officer):
    page = officer.get("/register?state=破损&component=61030301002000002").text
    assert 'href="/register/components.csv?state=%E7%A0%B4%E6%8D%9F"' in page


def test_a_code_as_the_page_and_the_file_show_it_is_found(officer):
    page = officer.get("/register?q=610303 01002 000002").text
    assert 'data-case="61030301002000002"' in page


def test_the_register_s_file_is_for_data_officers(desk):
    answer = desk.get("/register/components.csv", headers={"accept": "application/json"})
    assert answer.status_code == 403


def test_too_many_components_are_refused(officer, monkeypatch):
    monkeypatch.setattr(list_files, "MOST_ROWS", 2)
    answer = officer.get("/register/components.csv", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "list_too_long")


def test_headings_name_each_cell_once():
    assert len({*case_files.HEADINGS}) == len(case_files.HEADINGS)

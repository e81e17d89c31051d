"""Files of lists that the worker writes: all rows, nothing a spreadsheet runs, for who asked, for a week."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.face_city import report_of
from web.export_jobs import ExportJobs
from web.export_work import HOME, KEPT, ExportDesk, sweep_files

AS_JSON = {"accept": "application/json"}
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def operator(signed_in):
    return signed_in("operator1")


@pytest.fixture
def home(wiring):
    return wiring.settings.home / HOME


@pytest.fixture
def jobs(wiring, home):
    desk = ExportDesk(wiring.sessions, home, wiring.catalogue, wiring.words)
    return ExportJobs(wiring.sessions, lambda: desk, wiring.clock)


def ask(browser, form="xlsx", query="tab=all", token=None):
    sent = {"token": str(token or uuid4()), "form": form, "query": query}
    return browser.post("/workbench/operator/exports", data=sent, headers=AS_JSON)


def files_of(browser):
    return re.findall(r'href="(/exports/\d+/file)"', browser.get("/exports").text)


def cells_of(content):
    """The words of the first sheet of a workbook, and whether it has a formula."""
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    return re.findall(r"<t[^>]*>([^<]*)</t>", sheet), "<f>" in sheet


def report(browser, **changes):
    return browser.post("/api/v1/reports", json=report_of(**changes)).json()["case_no"]


def test_a_workbook_has_all_rows_and_no_formula(operator, jobs):
    numbers = [report(operator, description=FORMULA) for _ in range(3)]
    ask(operator)
    jobs.work()
    words, has_formula = cells_of(operator.get(files_of(operator)[0]).content)
    assert [one.replace(" ", "") for one in words if one.replace(" ", "") in numbers] == numbers[::-1]
    assert (has_formula, words.count("=HYPERLINK(&quot;http://x&quot;)") or words.count(FORMULA)) == (
        False,
        3,
    )


def test_a_table_in_the_background_is_as_harmless_as_one_at_once(operator, jobs):
    report(operator, description=FORMULA, contact_phone="13800000000")
    ask(operator, "csv")
    jobs.work()
    content = operator.get(files_of(operator)[0]).content.decode("utf-8-sig")
    row = list(csv.reader(content.splitlines()))[1]
    assert ("'" + FORMULA in row, "13800000000" in content) == (True, False)


def test_a_file_holds_the_list_under_its_filter(operator, jobs):
    report(operator, place_text="龙泉巷口")
    report(operator, place_text="别处")
    ask(operator, "csv", "tab=todo&q=龙泉巷")
    jobs.work()
    content = operator.get(files_of(operator)[0]).text
    assert ("龙泉巷口" in content, "别处" in content, "共 1 条。" in content) == (True, False, True)


def test_asked_twice_it_is_written_once(operator, jobs):
    token = uuid4()
    report(operator)
    for _ in range(2):
        assert ask(operator, token=token).headers["location"] == "/exports"
    jobs.work()
    assert len(files_of(operator)) == 1


def test_rows_beyond_a_sheet_go_on_in_the_next(operator, jobs, monkeypatch):
    monkeypatch.setattr("web.workbooks.MOST_SHEET_ROWS", 3)
    for _ in range(5):
        report(operator)
    ask(operator)
    jobs.work()
    book = zipfile.ZipFile(io.BytesIO(operator.get(files_of(operator)[0]).content))
    sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    rows = [len(re.findall(r"<row ", book.read(name).decode())) for name in sorted(sheets)]
    assert rows == [3, 3, 2]


def test_a_file_is_for_who_asked(operator, jobs, signed_in):
    report(operator)
    ask(operator)
    jobs.work()
    answer = signed_in("operator2").get(files_of(operator)[0], headers=AS_JSON)
    assert answer.json()["code"] == "no_such_export"


def test_progress_is_shown_while_it_is_written(operator, jobs, wiring, home):
    report(operator)
    ask(operator)
    page = operator.get("/exports").text
    assert ('data-part="await-end"' in page, "等待导出" in page) == (True, True)


def test_what_is_stopped_leaves_no_file(operator, jobs, home, monkeypatch):
    report(operator)
    ask(operator)
    number = re.search(r"/exports/(\d+)/cancel", operator.get("/exports").text)[1]
    operator.post(f"/exports/{number}/cancel")
    jobs.work()
    assert (files_of(operator), list(home.glob("*/*"))) == ([], [])


def test_a_file_that_breaks_is_told_and_keeps_no_other_waiting(operator, jobs, monkeypatch):
    report(operator)
    ask(operator, "xlsx")
    ask(operator, "csv")
    monkeypatch.setattr("web.export_work.write_workbook", lambda *_: _break())
    jobs.work()
    assert ("没有导成" in operator.get("/exports").text, len(files_of(operator))) == (True, 1)


def _break():
    yield 1
    raise OSError("disk full")


def test_files_go_after_a_week(operator, jobs, wiring, home):
    report(operator)
    ask(operator)
    jobs.work()
    address = files_of(operator)[0]
    sweep_files(wiring.sessions, home, wiring.clock.now() + KEPT + timedelta(minutes=1))
    assert operator.get(address, headers=AS_JSON).json()["code"] == "no_file_yet"
    assert list(home.iterdir()) == []


def test_the_list_leads_to_its_file(operator):
    report(operator, place_text="龙泉巷口")
    page = operator.get("/desk/operator?tab=all&q=龙泉巷").text
    address = re.search(r'href="(/workbench/operator/export\?[^"]+)"', page)[1].replace("&amp;", "&")
    assert "符合条件的有 1 条" in operator.get(address).text


@pytest.mark.parametrize("changes", [{"form": "exe"}, {"token": "x"}])
def test_a_wish_that_is_none_is_refused(operator, changes):
    sent = {"token": str(uuid4()), "form": "xlsx", "query": ""} | changes
    answer = operator.post("/workbench/operator/exports", data=sent, headers=AS_JSON)
    assert answer.json()["code"] == "malformed"

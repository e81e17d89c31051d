"""Files of addresses at the desk and over the API: brought, looked at, started, watched, fetched, removed."""

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.face_city import token_in
from web.geocode_jobs import GeocodeJobs
from web.geocode_work import batches_of
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
API = "/api/v1/geocode/batches"
TABLE = "编号,区县,地点\nA,渭滨区,\nB,,没有的地方\nC,,渭滨区\nD,,=1+1\n"
EMPTY = "TRUNCATE grid.geocode_batch RESTART IDENTITY; DELETE FROM procrastinate_jobs"


@pytest.fixture(autouse=True)
def _empty_afterwards(wiring: Wiring) -> Iterator[None]:
    yield
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY))


@pytest.fixture
def work(wiring: Wiring) -> Callable[[], None]:
    """The worker, with nothing else to do."""
    return GeocodeJobs(batches_of(wiring), wiring.clock, lambda: wiring.geocoder).work


@pytest.fixture
def clerk(signed_in: SignedIn) -> TestClient:
    return signed_in("operator1")


def upload(client: TestClient, content: bytes | str = TABLE, name: str = "地址.csv") -> str:
    """Send the form of a file; where the browser is led."""
    token = token_in(client.get("/geocode").text)
    sent = client.post("/geocode", data={"csrf": token}, files={"file": (name, content)})
    return sent.headers.get("location", "") or sent.text


def begin(client: TestClient, address: str, *columns: str) -> str:
    """Send the form that starts a file, as the page gives it."""
    html = client.get(address, params={"column": columns} if columns else None).text
    chosen = re.findall(r'type="hidden" name="column" value="(\d+)"', html)
    form = {"csrf": token_in(html), "column": chosen, "near": ""}
    return client.post(f"{address}/start", data=form).headers["location"]


def press(client: TestClient, address: str, act: str) -> int:
    """Press one of the buttons of a file's page."""
    token = token_in(client.get(address).text)
    return client.post(f"{address}/{act}", data={"csrf": token}).status_code


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_page_shows_what_comes_of_the_first_rows(clerk: TestClient) -> None:
    html = clerk.get(upload(clerk)).text
    assert 'value="3" checked' in html
    assert "没有的地方" in html
    assert "开始定位 4 行" in html


def test_other_columns_are_tried_before_it_starts(clerk: TestClient) -> None:
    address = upload(clerk)
    html = clerk.get(address, params={"column": ["2", "3"]}).text
    assert 'value="2" checked' in html
    assert "渭滨区没有的地方" not in html
    assert html.count("<td>渭滨区</td>") == 4  # what was said and its standard address, twice


def test_a_long_cell_is_cut_and_shown_on_demand(clerk: TestClient) -> None:
    html = clerk.get(upload(clerk, "编号,地址\nA,渭滨区" + "很" * 150 + "远\n")).text
    cell = re.search(
        r'<details class="long-cell"><summary title="[^"]*远">[^<]*…</summary>[^<]*远</details>', html
    )
    assert cell is not None


def test_a_file_goes_from_upload_to_download(clerk: TestClient, work: Callable[[], None]) -> None:
    address = begin(clerk, upload(clerk))
    assert "等待定位" in clerk.get(address).text
    work()
    html = clerk.get(address).text
    assert "下载结果" in html
    answers = clerk.get(f"{address}/result.csv")
    assert [row["结果"] for row in rows_of(answers.content)] == ["没有填写", "未找到", "已定位", "未找到"]
    assert "%E5%9C%B0%E5%9D%80-%E5%AE%9A%E4%BD%8D%E7%BB%93%E6%9E%9C-20260918.csv" in str(answers.headers)


def test_no_cell_of_a_download_acts_as_a_formula(clerk: TestClient, work: Callable[[], None]) -> None:
    address = begin(clerk, upload(clerk))
    work()
    answers = rows_of(clerk.get(f"{address}/result.csv").content)
    assert (answers[3]["地点"], answers[3]["定位地点"]) == ("'=1+1", "'=1+1")


def test_the_list_shows_one_s_own_files(signed_in: SignedIn, clerk: TestClient) -> None:
    address = upload(clerk, name="八月来电.csv")
    other = signed_in("data")
    assert "八月来电.csv" in clerk.get("/geocode").text
    assert "八月来电.csv" not in other.get("/geocode").text
    assert other.get(address).status_code == 404


@pytest.mark.parametrize("login", ["operator1", "chief1", "dispatcher1", "leader", "data", "admin"])
def test_desks_may_bring_files(signed_in: SignedIn, login: str) -> None:
    page = signed_in(login).get("/geocode")
    assert (page.status_code, 'href="/geocode" aria-current="page"' in page.text) == (200, True)


@pytest.mark.parametrize("login", ["inspector1", "crew1", "water", "auditor"])
def test_others_may_not(signed_in: SignedIn, login: str) -> None:
    assert signed_in(login).get("/geocode").status_code == 403
    assert signed_in(login).get(API).json()["code"] == "wrong_role"


HOPELESS = [
    (b"PK\x03\x04\x14", "a.xlsx", "另存为", "a workbook"),
    (b"", "a.csv", "文件是空的", "nothing"),
    ("地址\n", "a.csv", "没有数据行", "a heading alone"),
    (b"x", "", "请选择", "no file chosen"),
]


@pytest.mark.parametrize(("content", "name", "told", "because"), HOPELESS, ids=[row[3] for row in HOPELESS])
def test_what_is_no_table_is_refused_where_it_was_sent(
    clerk: TestClient, content: bytes | str, name: str, told: str, because: str
) -> None:
    html = upload(clerk, content, name)
    assert told in html
    assert 'role="alert"' in html


def test_a_table_without_known_column_asks_for_one(clerk: TestClient) -> None:
    address = upload(clerk, "编号,内容\n1,渭滨区\n")
    html = clerk.get(address).text
    assert ("没有认出哪一列是地址" in html, "开始定位" in html) == (True, False)
    assert "开始定位 1 行" in clerk.get(address, params={"column": "2"}).text


def test_a_bias_that_is_no_place_is_refused_and_kept_as_it_was_typed(clerk: TestClient) -> None:
    html = clerk.get(upload(clerk), params={"column": "3", "near": "东边"}).text
    assert ("bad_near" in html, 'value="东边"' in html) == (True, True)


def test_stopped_it_can_go_on_and_be_removed(clerk: TestClient, work: Callable[[], None]) -> None:
    address = begin(clerk, upload(clerk))
    assert press(clerk, address, "cancel") == 303
    assert "继续" in clerk.get(address).text
    assert clerk.get(f"{address}/result.csv").status_code == 409
    assert press(clerk, address, "take-up") == 303
    work()
    assert press(clerk, address, "remove") == 303
    assert clerk.get(address).status_code == 404


def test_a_report_reads_in_english(clerk: TestClient, work: Callable[[], None]) -> None:
    address = begin(clerk, upload(clerk))
    work()
    html = clerk.get(f"{address}?lang=en").text
    assert all(words in html for words in ("Not found", "District", "Download the answers", "Confidence"))


def send(client: TestClient, content: str = TABLE, **data: object) -> dict[str, object]:
    answer = client.post(API, data=data, files={"file": ("a.csv", content)})
    return {"http": answer.status_code, **answer.json()}


def test_a_program_sends_a_file_asks_after_it_and_fetches_it(
    clerk: TestClient, work: Callable[[], None]
) -> None:
    sent = send(clerk, column="区县+地点")
    assert (sent["http"], sent["status"], sent["rows"], sent["columns"]) == (
        202,
        "waiting",
        4,
        ["区县", "地点"],
    )
    work()
    told = clerk.get(str(sent["url"])).json()
    assert (told["status"], told["rows_done"], told["report"]["rows"]) == ("done", 4, 4)
    assert len(rows_of(clerk.get(told["result_url"]).content)) == 4
    assert [one["id"] for one in clerk.get(API).json()["batches"]] == [sent["id"]]


def test_the_same_file_sent_twice_is_one_batch(clerk: TestClient) -> None:
    assert send(clerk)["id"] == send(clerk)["id"] == send(clerk, column="地点")["id"]
    assert send(clerk, near="107.1,34.3")["id"] != send(clerk)["id"]


FAULTS = [
    ({"column": "门牌"}, TABLE, "unknown_address_column", "a column it does not have"),
    ({"near": "x"}, TABLE, "bad_near", "a bias that is no place"),
    ({}, "", "empty_address_file", "an empty file"),
    ({}, "a,b\n1,2\n", "no_address_column", "no column of addresses"),
]


@pytest.mark.parametrize(("data", "content", "code", "because"), FAULTS, ids=[row[3] for row in FAULTS])
def test_a_program_that_sends_nonsense_is_told_by_a_code(
    clerk: TestClient, data: dict[str, str], content: str, code: str, because: str
) -> None:
    answer = send(clerk, content, **data)
    assert (answer["http"], answer["code"]) == (400, code)
    assert clerk.get(API).json() == {"batches": []}


def test_a_result_that_is_not_there_yet_is_a_conflict(clerk: TestClient) -> None:
    answer = clerk.get(f"{send(clerk)['url']}/result")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_result_yet")


def test_a_program_cancels_and_removes(clerk: TestClient) -> None:
    url = str(send(clerk)["url"])
    assert clerk.post(f"{url}/cancel").json()["status"] == "cancelled"
    assert clerk.delete(url).status_code == 204
    assert clerk.get(url).json()["code"] == "no_such_batch"


def test_nobody_sends_files_without_an_account(browser: TestClient) -> None:
    assert browser.get(API).status_code == 401
    assert browser.get("/geocode").headers["location"].startswith("/sign-in")

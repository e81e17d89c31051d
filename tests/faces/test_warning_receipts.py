"""Receivers on pages: the list with undo and files, receipts at the desk, a link that confirms."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import text

from cases.notices.wording import NoticeBook
from emergency.receivers.reading import list_receivers
from emergency.warning_data import load_warning_rules
from emergency.warnings.following_up import FollowingUp
from tests.faces.test_warnings import publish
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
RADIO = {
    "name": "市广播电视台",
    "kind": "media",
    "person": "总值班",
    "phone": "0917-3260000",
    "channel": "phone",
}
SCHOOL = {
    "name": "第一中学",
    "kind": "crowded_place",
    "person": "李老师",
    "phone": "13912345678",
    "channel": "sms",
}
LIST = "/duty/warnings/receivers"


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


def send(client: TestClient, address: str, **fields: object) -> Response:
    return client.post(address, data={"csrf": client.headers["x-csrf-token"], **fields})


def names(wiring: Wiring) -> list[str]:
    with wiring.sessions() as session:
        return [one.listed.name for one in list_receivers(session)]


def bring_in(client: TestClient, content: bytes) -> Response:
    asked = {"csrf": client.headers["x-csrf-token"]}
    return client.post(f"{LIST}/import", data=asked, files={"file": ("r.csv", content)})


def link_of(wiring: Wiring) -> str:
    """The link of the SMS, once it has been sent."""
    book, rules = NoticeBook.load(wiring.city), load_warning_rules(wiring.city)
    FollowingUp(wiring.sessions, rules, book, wiring.channels.sms, "https://c.example").sweep(
        wiring.clock.now()
    )
    (sms,) = (wiring.settings.home / "sms").glob("*.json")
    return re.search(r"/warnings/receipts/[\w-]{20,}", sms.read_text(encoding="utf-8"))[0]


@pytest.mark.parametrize(
    ("login", "status"), [("duty1", 200), ("commander", 200), ("leader", 403), ("operator1", 403)]
)
def test_numbers_of_receivers_are_for_duty_posts(signed_in: SignedIn, login: str, status: int) -> None:
    browser = signed_in(login)
    assert [browser.get(one).status_code for one in (LIST, f"{LIST}.csv")] == [status, status]


def test_the_list_says_whom_the_law_names_and_nobody_listed(officer: TestClient) -> None:
    assert "突发事件应对法第六十五条" in officer.get(LIST).text
    assert send(officer, LIST, **RADIO).status_code == 303
    page = officer.get(LIST).text
    missing = re.search(r"名单里还没有.*?</ul>", page, re.S)[0]
    assert ("市广播电视台" in page, "广播电视" in missing, "电信运营单位" in missing) == (True, False, True)


def test_a_receiver_is_changed_removed_and_brought_back(officer: TestClient, wiring: Wiring) -> None:
    send(officer, LIST, **RADIO)
    with wiring.sessions() as session:
        number = list_receivers(session)[0].id
    assert send(officer, f"{LIST}/{number}", **RADIO | {"name": "宝鸡台"}).status_code == 303
    gone = send(officer, f"{LIST}/{number}/remove")
    assert (names(wiring), "撤销移除" in officer.get(gone.headers["location"]).text) == ([], True)
    send(officer, f"{LIST}/{number}/restore")
    assert names(wiring) == ["宝鸡台"]


def test_a_refused_receiver_gives_back_what_was_typed(officer: TestClient) -> None:
    page = send(officer, LIST, **SCHOOL | {"person": ""})
    assert (page.status_code, 'value="第一中学"' in page.text, "指定专人" in page.text) == (400, True, True)


def test_an_exported_list_is_read_back_unchanged(officer: TestClient, wiring: Wiring) -> None:
    send(officer, LIST, **RADIO)
    send(officer, LIST, **SCHOOL | {"valid_until": "2027-12-31"})
    file = officer.get(f"{LIST}.csv").content
    assert "新增 0 个，更新 0 个" in bring_in(officer, file).text
    changed = file.decode("utf-8-sig").replace("总值班", "新值班").encode("gb18030")
    assert "新增 0 个，更新 1 个" in bring_in(officer, changed).text
    assert names(wiring) == ["市广播电视台", "第一中学"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("名称,类别,电话\n甲台,媒体,1\n", "第 2 行"),
        ("名称,类别,电话\n甲台,telecom,0917-1\n甲台,telecom,0917-1\n", "第 2 行是同一个单位"),
        ("名称,类别,电话\n甲校,crowded_place,0917-1\n", "指定专人"),
        ("名字\n甲\n", "首行应有列名"),
        ("", "首行应有列名"),
        ('名称,类别,电话\n"甲,telecom,0917-1\n', "引号"),
    ],
)
def test_a_file_with_a_fault_writes_nothing(
    officer: TestClient, wiring: Wiring, content: str, said: str
) -> None:
    answer = bring_in(officer, content.encode())
    assert (answer.status_code in {400, 422}, said in answer.text, names(wiring)) == (True, True, [])


def test_receipts_are_counted_and_noted_at_the_desk(
    officer: TestClient, signed_in: SignedIn, wiring: Wiring
) -> None:
    send(officer, LIST, **RADIO | {"person": ""})
    number = publish(officer)
    page = officer.get(f"/duty/warnings/{number}").text
    assert ("0 / 1 已确认" in page, "1 个要马上打电话" in page, "0917-3260000" in page) == (True, True, True)
    assert "0917-3260000" not in signed_in("leader").get(f"/duty/warnings/{number}").text
    action = re.search(rf"/duty/warnings/{number}/receipts/\d+", page)[0]
    assert send(officer, action, do="confirmed", words="").status_code == 400
    assert send(officer, action, do="confirmed", words="王台长").status_code == 303
    assert "1 / 1 已确认" in officer.get(f"/duty/warnings/{number}").text
    other = publish(officer)
    assert send(officer, action.replace(number, other, 1), do="told").status_code == 404


def test_a_drill_says_that_nobody_was_told(officer: TestClient) -> None:
    send(officer, LIST, **RADIO)
    page = officer.get(f"/duty/warnings/{publish(officer, drill='秋季演练')}").text
    assert ("演练消息不发给接收单位" in page, "市广播电视台" in page) == (True, False)


def test_a_link_shows_the_warning_and_confirms_by_one_press(
    officer: TestClient, visit: Callable[[], TestClient], wiring: Wiring
) -> None:
    send(officer, LIST, **SCHOOL)
    number, client = publish(officer), visit()
    link = link_of(wiring)
    page = [client.get(link) for _ in range(2)][-1]
    assert ("确认收到" in page.text, page.headers["cache-control"]) == (True, "no-store")
    assert "0 / 1 已确认" in officer.get(f"/duty/warnings/{number}").text
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    assert client.post(link, data={"csrf": token}).status_code == 303
    assert "确认收到。" in client.get(link).text
    assert "李老师" in officer.get(f"/duty/warnings/{number}").text


def test_a_link_that_was_guessed_leads_nowhere_and_soon_waits(visit: Callable[[], TestClient]) -> None:
    client = visit()
    statuses = [client.get(f"/warnings/receipts/{n:024d}").status_code for n in range(40)]
    assert (statuses[0], statuses[-1]) == (404, 429)


def test_nothing_is_sent_twice_by_a_second_sweep(officer: TestClient, wiring: Wiring) -> None:
    send(officer, LIST, **SCHOOL)
    publish(officer)
    link_of(wiring)
    with wiring.sessions() as session:
        tried = session.execute(text("SELECT attempts FROM emergency.warning_delivery")).scalar_one()
    assert (link_of(wiring) != "", tried) == (True, 1)


@pytest.mark.parametrize("by", ["李\x07老师", "长" * 300, " "])
def test_whatever_is_typed_as_a_name_is_a_receipt(
    officer: TestClient, visit: Callable[[], TestClient], wiring: Wiring, by: str
) -> None:
    send(officer, LIST, **SCHOOL)
    number, client = publish(officer), visit()
    link = link_of(wiring)
    token = re.search(r'name="csrf" value="([^"]+)"', client.get(link).text)[1]
    assert client.post(link, data={"csrf": token, "by": by}).status_code == 303
    assert "1 / 1 已确认" in officer.get(f"/duty/warnings/{number}").text


def test_a_file_in_place_of_a_name_is_no_name(
    officer: TestClient, visit: Callable[[], TestClient], wiring: Wiring
) -> None:
    send(officer, LIST, **SCHOOL)
    number, client = publish(officer), visit()
    link = link_of(wiring)
    token = re.search(r'name="csrf" value="([^"]+)"', client.get(link).text)[1]
    client.post(link, data={"csrf": token}, files={"by": ("x.txt", b"x")})
    assert "UploadFile" not in officer.get(f"/duty/warnings/{number}").text


def test_who_was_removed_is_not_changed_unseen(officer: TestClient, wiring: Wiring) -> None:
    send(officer, LIST, **RADIO)
    with wiring.sessions() as session:
        number = list_receivers(session)[0].id
    send(officer, f"{LIST}/{number}/remove")
    assert send(officer, f"{LIST}/{number}", **RADIO | {"name": "别的台"}).status_code == 404

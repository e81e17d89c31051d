"""The pages of evaluation: who sees what, every number a link, files, what-if, freezing; what is refused."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from cases.evaluation.operations import Counting
from cases.rules.commands import Accept, Assign, Close, Dispatch, FileCase, Finish, ReplyRecheck, SendRecheck
from gis_core.clock import FixedClock
from tests.case_city import COMMUNITY, DEPARTMENT, JINGER_ROAD, MISSING_COVER, picture
from tests.face_city import token_in
from web.accounts.guards import asking
from web.accounts.reading import list_people
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
MONTH = "period=2026-09"
EMPTY = """
    SET LOCAL session_replication_role = replica;
    TRUNCATE cases.evaluation_figure, cases.evaluation_fact, cases.evaluation_mark, cases.evaluation_day,
        cases.evaluation_state;
    UPDATE grid.organisation SET short_name = '排水管理处' WHERE code = 'BJ-PS'
"""


@pytest.fixture
def counted(wiring: Wiring, clock: FixedClock, face_engine: Engine) -> Iterator[str]:
    """One case that was handled late and closed, counted on the third of October; its number."""
    case_no = live_one(wiring, clock)
    clock.at = clock.at.replace(month=10, day=3)
    Counting(wiring.sessions).refresh(clock.at)
    yield case_no
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY))


def live_one(wiring: Wiring, clock: FixedClock) -> str:
    """A report of the inspector, all the way to its closing."""
    with wiring.sessions() as session:
        people = {
            role: list_people(session, role) for role in ("inspector", "operator", "duty_chief", "dispatcher")
        }
        people["department"] = list_people(session, "department", organisation_code=DEPARTMENT)
    photo = wiring.photos.take(picture())
    receipt = wiring.cases.report(
        report_with(photo), asking(people["inspector"][0], "inspector", at=clock.at)
    )
    inspector = people["inspector"][0].id
    steps = (
        ("operator", Accept(MISSING_COVER), 5), ("duty_chief", FileCase(), 5),
        ("dispatcher", Dispatch(DEPARTMENT), 5), ("department", Assign(), 5),
        ("department", Finish("修好", (photo,)), 300), ("operator", SendRecheck(inspector), 5),
        ("inspector", ReplyRecheck(True, (photo,)), 10), ("duty_chief", Close(), 5),
    )  # fmt: skip
    for revision, (role, command, minutes) in enumerate(steps, start=1):
        clock.at += timedelta(minutes=minutes)
        wiring.cases.perform(receipt.case_no, command, asking(people[role][0], role, at=clock.at), revision)
    return receipt.case_no


def report_with(photo: object) -> object:
    from uuid import uuid4

    from cases.rules.intake import Report

    return Report(uuid4(), "component", "01002", JINGER_ROAD, "井盖缺失", (photo,))  # type: ignore[arg-type]


def test_the_ranking_says_who_is_where_and_leads_to_every_case(counted: str, signed_in: SignIn) -> None:
    leader = signed_in("leader")
    ranking = leader.get(f"/evaluation?kind=department&{MONTH}").text
    one = leader.get(f"/evaluation/department/{DEPARTMENT}?{MONTH}").text
    behind = leader.get(f"/evaluation/department/{DEPARTMENT}/cases?counter=disposed&{MONTH}").text
    assert f"/evaluation/department/{DEPARTMENT}?" in ranking
    assert "counter=disposed&amp;" in one
    assert f"/cases/{counted}" in behind


KINDS = (
    "unit_grid",
    "responsibility_grid",
    "community",
    "subdistrict",
    "district",
    "department",
    "post",
    "person",
)
PERIODS = ("2026-09-18", "2026-W38", "2026-09", "2026-Q3", "2026")


def test_every_kind_of_object_is_shown_for_every_kind_of_period(counted: str, signed_in: SignIn) -> None:
    leader = signed_in("leader")
    told = {
        (kind, period): leader.get(f"/evaluation?kind={kind}&period={period}").status_code
        for kind in KINDS
        for period in PERIODS
    }
    assert set(told.values()) == {200}


def test_what_has_no_denominator_is_a_dash_and_what_is_assumed_says_so(
    counted: str, signed_in: SignIn
) -> None:
    shown = signed_in("auditor").get(f"/evaluation/person/inspector:1?{MONTH}").text
    assert shown.count("–</td>") >= 1
    assert "推得" in shown


def test_a_department_sees_the_ranking_and_only_its_own_details(counted: str, signed_in: SignIn) -> None:
    drainage, water = signed_in("drainage"), signed_in("water")
    assert drainage.get(f"/evaluation/department/{DEPARTMENT}?{MONTH}").status_code == 200
    assert water.get(f"/evaluation?{MONTH}").status_code == 200
    assert "disposed" not in water.get(f"/evaluation?{MONTH}").text
    others = (
        f"department/{DEPARTMENT}", f"department/{DEPARTMENT}/cases", "person/inspector:1", "what-if",
        "frozen", "table.xlsx", "table.pdf", "map.html?kind=district",
    )  # fmt: skip
    refused = [water.get(f"/evaluation/{path}").status_code for path in others]
    assert set(refused) == {403}


@pytest.mark.parametrize("login", ["inspector1", "operator1", "crew1"])
def test_other_posts_do_not_see_it(login: str, signed_in: SignIn) -> None:
    assert signed_in(login).get("/evaluation").status_code == 403


ADDRESSES = {
    "?kind=planet": 404, "?period=2026-13": 400, "?period=%00": 400, "/department/NOBODY": 404,
    "/planet/X": 404, "/department/BJ-PS/cases?counter=stars": 404, "/person/nobody": 404,
    "?skip=-1": 200, "?skip=99999999999999999999": 200, "?order=sideways": 200,
    "/map.html?kind=department": 404, "/table.xlsx?frozen=1&period=2026-09": 404,
    "/what-if?set=nowhere": 404, "/formulas?set=nowhere": 404, "/formulas": 200,
    "/person/inspector%3A1%27%20OR%201%3D1?period=2026": 404,
}  # fmt: skip


def test_an_address_that_names_nothing_is_refused(counted: str, signed_in: SignIn) -> None:
    leader = signed_in("leader")
    assert {one: leader.get(f"/evaluation{one}").status_code for one in ADDRESSES} == ADDRESSES


def test_before_anything_is_counted_the_page_says_when_it_will_be(signed_in: SignIn) -> None:
    assert "还没有统计过" in signed_in("leader").get("/evaluation").text


def test_a_period_without_cases_says_so(counted: str, signed_in: SignIn) -> None:
    assert "没有可评价的对象" in signed_in("leader").get("/evaluation?kind=department&period=2020-01").text


def test_a_ranking_costs_the_same_few_queries(counted: str, signed_in: SignIn, statements: list[str]) -> None:
    leader = signed_in("leader")
    leader.get(f"/evaluation?kind=department&{MONTH}")
    statements.clear()
    leader.get(f"/evaluation?kind=unit_grid&{MONTH}")
    assert len(statements) <= 12, statements


# what if


def test_other_weights_are_tried_and_nothing_is_kept(counted: str, signed_in: SignIn) -> None:
    leader = signed_in("leader")
    before = leader.get(f"/evaluation/department/{DEPARTMENT}?{MONTH}").text
    tried = leader.get(f"/evaluation/what-if?kind=department&{MONTH}&set=baoji-2027-draft").text
    assert ("70.0" in tried, "50.0" in tried, "-20.0" in tried) == (True, True, True)
    assert leader.get(f"/evaluation/department/{DEPARTMENT}?{MONTH}").text.count("70.0") == before.count(
        "70.0"
    )


def test_weights_that_cannot_be_are_refused_and_the_form_stays(counted: str, signed_in: SignIn) -> None:
    address = f"/evaluation/what-if?kind=department&{MONTH}&w.closed="
    leader = signed_in("leader")
    told = [leader.get(address + weight) for weight in ("-1", "x", "1e99", "nan")]
    assert [one.status_code for one in told] == [422] * 4
    assert all("bad_weights" in one.text and "重算" in one.text for one in told)


# files


def test_the_workbook_has_the_figures_and_the_method_and_runs_no_formula(
    counted: str, signed_in: SignIn, wiring: Wiring
) -> None:
    with wiring.sessions.begin() as session:
        rename = "UPDATE grid.organisation SET short_name = '=HYPERLINK(\"x\")' WHERE code = :code"
        session.execute(text(rename), {"code": DEPARTMENT})
    answer = signed_in("leader").get(f"/evaluation/table.xlsx?kind=department&{MONTH}")
    book = zipfile.ZipFile(io.BytesIO(answer.content))
    pages = "".join(book.read(name).decode() for name in book.namelist() if "sheet" in name)
    words = book.read("xl/sharedStrings.xml").decode()
    assert ("=HYPERLINK" in words, "<f>" in pages, "GB/T 30428.4" in words) == (True, False, True)


def test_the_paper_is_a_pdf_and_the_map_one_file(counted: str, signed_in: SignIn) -> None:
    leader = signed_in("leader")
    paper = leader.get(f"/evaluation/table.pdf?kind=department&{MONTH}")
    drawn = leader.get(f"/evaluation/map.html?kind=unit_grid&{MONTH}")
    assert (paper.content[:5], paper.headers["content-type"]) == (b"%PDF-", "application/pdf")
    assert (drawn.status_code, "示意数据" in drawn.text, "综合评价" in drawn.text) == (200, True, True)
    assert "attachment" in drawn.headers["content-disposition"]


def test_the_map_asks_for_grade_and_total_of_every_place(counted: str, signed_in: SignIn) -> None:
    told = signed_in("leader").get(f"/evaluation/values.json?kind=community&{MONTH}").json()
    assert (told["kind"], told["places"][COMMUNITY][0]) == ("community", "A")
    assert [one["code"] for one in told["grades"]] == ["A", "B", "C", "D", "E"]


# freezing


def send(client: TestClient, step: str, **more: str) -> int:
    page = client.get(f"/evaluation/frozen?{MONTH}").text
    sent = {"period": "2026-09", "kind": "department", "csrf": token_in(page), **more}
    return client.post(f"/evaluation/frozen/{step}", data=sent).status_code


def test_the_chief_freezes_the_leader_signs_and_everybody_may_read_it(
    counted: str, signed_in: SignIn
) -> None:
    chief, leader, auditor = signed_in("chief1"), signed_in("leader"), signed_in("auditor")
    done = [
        send(chief, "freeze", note="<b>九月</b>"),
        send(chief, "sign"),
        send(leader, "sign"),
        send(leader, "sign"),
    ]
    shown = auditor.get(f"/evaluation/frozen?kind=department&{MONTH}").text
    book = auditor.get(f"/evaluation/table.xlsx?kind=department&{MONTH}&frozen=1")
    assert (done, book.status_code) == ([303, 403, 303, 422], 200)
    assert ("&lt;b&gt;九月" in shown, "完全一致" in shown) == (True, True)


def test_a_running_period_is_not_frozen_and_the_words_are_kept(counted: str, signed_in: SignIn) -> None:
    chief = signed_in("chief1")
    page = chief.get("/evaluation/frozen?period=2026-10").text
    sent = {"period": "2026-10", "note": "提前", "csrf": token_in(page)}
    answer = chief.post("/evaluation/frozen/freeze", data=sent)
    assert (answer.status_code, "period_not_over" in answer.text) == (422, True)


def test_without_the_page_s_token_nothing_is_frozen(counted: str, signed_in: SignIn) -> None:
    leader = signed_in("leader")
    del leader.headers["x-csrf-token"]
    assert leader.post("/evaluation/frozen/freeze", data={"period": "2026-09"}).status_code == 403

"""Who owns a component by the register is proposed to handle its problem, and the desk reads why."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from tests.register_city import EMPTY_REGISTER, RegisterCity, row, write
from web.wiring import Wiring

COVER = "61030301002000001"
Cover = Callable[..., None]


@pytest.fixture
def cover(wiring: Wiring, tmp_path: Path) -> Iterator[Cover]:
    """A sewer cover in the middle of 经二路 as a survey delivers it."""

    def bring_in(**changes: object) -> None:
        RegisterCity(wiring.sessions).bring_in(write(tmp_path / "covers.gpkg", [row(1, 150, 150, **changes)]))

    yield bring_in
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))


def proposed(wiring: Wiring) -> tuple[str, str]:
    """The department of the last case, and the words in which its first fact says why."""
    query = text("""
        SELECT c.proposed_department_code, f.body->'proposed'->>'reason'
        FROM cases."case" c JOIN cases.fact f ON f.case_id = c.id ORDER BY c.id DESC, f.seq DESC LIMIT 1
    """)
    with wiring.sessions() as session:
        code, reason = session.execute(query).one()
    return code, reason


def test_the_owner_on_record_is_proposed_by_rule_and_version(signed_in, cover, wiring):
    cover(QSDWDM="BJ-GS")
    signed_in("operator1").post("/api/v1/reports", json=report_of(component_code=COVER))
    code, reason = proposed(wiring)
    assert code == "BJ-GS"
    assert [w for w in (COVER, "登记册第 1 版", "权属单位明确", "C-DRAIN") if w not in reason] == []


@pytest.mark.parametrize(
    ("sent", "because"),
    [
        ({}, "no component is named"),
        ({"component_code": "61030301002000009"}, "the register does not hold it"),
        ({"component_code": COVER, "type_code": "01004"}, "it is no component of that type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_else_the_rule_alone_answers(signed_in, cover, wiring, sent, because):
    cover(QSDWDM="BJ-GS")
    signed_in("operator1").post("/api/v1/reports", json=report_of(**sent))
    assert proposed(wiring)[0] == "BJ-PS"


def test_the_desk_reads_whose_it_is_at_dispatch(signed_in, cover):
    cover(QSDWDM="BJ-GS")
    sent = report_of(component_code=COVER)
    case_no = signed_in("operator1").post("/api/v1/reports", json=sent).json()["case_no"]
    for login, step in (
        ("operator1", {"criterion_code": "C01002-COVER_MISSING_OR_SHIFTED-1"}),
        ("chief1", {}),
    ):
        action = "accept" if step else "file_case"
        browser = signed_in(login)
        seen = browser.get(f"/api/v1/cases/{case_no}").json()["revision"]
        browser.post(f"/api/v1/cases/{case_no}/{action}", json={"revision": seen, **step})
    assert "登记册第 1 版" in signed_in("dispatcher1").get(f"/desk/dispatcher?case={case_no}").text


def hand_over(wiring: Wiring, to: str) -> None:
    """The cover gets another owner, as a change of the register writes it."""
    with wiring.sessions.begin() as session:
        session.execute(
            text("UPDATE grid.component SET owner_code = :to, revision = revision + 1"), {"to": to}
        )


def filed(signed_in, **sent: object) -> str:
    """A case on the dispatcher's desk."""
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of(**sent)).json()["case_no"]
    step(signed_in("operator1"), case_no, "accept", criterion_code="C01002-COVER_MISSING_OR_SHIFTED-1")
    step(signed_in("chief1"), case_no, "file_case")
    return case_no


def step(browser, case_no: str, action: str, **sent: object):
    seen = browser.get(f"/api/v1/cases/{case_no}").json()["revision"]
    return browser.post(f"/api/v1/cases/{case_no}/{action}", json={"revision": seen, **sent})


def test_a_register_that_changed_since_is_asked_again_and_the_page_says_so(signed_in, cover, wiring):
    cover(QSDWDM="BJ-GS")
    case_no = filed(signed_in, component_code=COVER)
    hand_over(wiring, "BJ-PS")
    told = signed_in("dispatcher1").get(f"/api/v1/cases/{case_no}").json()["proposal"]
    assert (told["department_code"], told["rule_id"]) == ("BJ-PS", "C-DRAIN")
    assert "登记册第 2 版" in told["reason"]
    page = signed_in("dispatcher1").get(f"/desk/dispatcher?case={case_no}").text
    assert f"登记册或规则已更新，上报时建议的是{told['was_name']}。" in page
    assert proposed(wiring)[0] == "BJ-GS"


def test_a_dispatch_keeps_whose_it_was_by_the_register_of_the_day(signed_in, cover, wiring):
    cover(QSDWDM="BJ-GS")
    case_no = filed(signed_in, component_code=COVER)
    hand_over(wiring, "BJ-PS")
    step(signed_in("dispatcher1"), case_no, "dispatch", department_code="BJ-PS")
    hand_over(wiring, "BJ-GS")
    code, reason = proposed(wiring)
    assert (code, "登记册第 2 版" in reason) == ("BJ-PS", True)
    told = signed_in("dispatcher1").get(f"/api/v1/cases/{case_no}").json()
    assert "登记册第 2 版" in told["proposal"]["reason"]
    assert "原建议" in told["facts"][-1]["reason"]


def test_nothing_is_said_of_a_register_that_did_not_change(signed_in, cover):
    cover(QSDWDM="BJ-GS")
    case_no = filed(signed_in, component_code=COVER)
    step(signed_in("dispatcher1"), case_no, "dispatch", department_code="BJ-GS")
    told = signed_in("dispatcher1").get(f"/api/v1/cases/{case_no}").json()
    assert (told["proposal"]["was_name"], "原建议" in told["facts"][-1]["reason"]) == ("", False)


def test_a_corrected_type_asks_the_register_again(signed_in, cover, wiring):
    cover(QSDWDM="BJ-GS")
    desk = signed_in("operator1")
    sent = report_of(component_code=COVER, type_code="01004")
    case_no = desk.post("/api/v1/reports", json=sent).json()["case_no"]
    wish = {"revision": 1, "reason_code": "wrong_type", "type": "component:01002"}
    desk.post(f"/api/v1/cases/{case_no}/correct", json=wish)
    assert proposed(wiring)[0] == "BJ-GS"


def test_the_form_of_calls_opens_at_the_component(signed_in, cover):
    cover()
    page = signed_in("operator1").get(f"/desk/operator/register?component_code={COVER}").text
    ticked = f'name="component_code" value="{COVER}" checked'
    assert (ticked in page, 'value="component:01002" checked' in page) == (True, True)


def test_a_component_that_is_gone_has_no_owner_to_ask(signed_in, cover, wiring):
    cover(QSDWDM="BJ-GS")
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE grid.component SET state = '移除'"))
    signed_in("operator1").post("/api/v1/reports", json=report_of(component_code=COVER))
    assert proposed(wiring)[0] == "BJ-PS"

"""What departments ask for and leaders say, each on their own page: return, more time, suspension."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from cases.reading import get_case
from gis_core.clock import FixedClock
from tests.case_city import DEPARTMENT, MISSING_COVER, OTHER_DEPARTMENT, RATTLING_COVER
from tests.face_city import token_in
from tests.street import POSTS, Street, until_closed, until_dispatched
from web.wiring import Wiring

OTHERS = {"leader": "leader", "crew": "crew4", "helper": "jt-sz"}


def told(street: Street, post: str = "operator") -> dict[str, object]:
    answer: dict[str, object] = street.people[post].get(f"/api/v1/cases/{street.case_no}").json()
    return answer


def stage(street: Street) -> object:
    return told(street)["stage"]


def told_code(street: Street, wiring: Wiring) -> str:
    with wiring.sessions() as session:
        return get_case(session, street.case_no, wiring.clock.now()).track_code


@pytest.fixture
def dispatched(street: Street, signed_in) -> Street:
    """The street with the case at the department, its crew and a leader at work too."""
    street.people |= {post: signed_in(login) for post, login in OTHERS.items()}
    until_dispatched(street)
    return street


@pytest.fixture
def wait(street: Street, signed_in: Callable[[str], TestClient], clock: FixedClock) -> Callable[..., None]:
    """Lets days pass; everybody signs in again."""

    def wait(**span: float) -> None:
        clock.at += timedelta(**span)
        street.people = {post: signed_in(login) for post, login in (POSTS | OTHERS).items()}

    return wait


def test_a_department_gives_back_what_is_not_its_own(dispatched: Street) -> None:
    dispatched.act("department", "ask_return", reason_code="not_our_duty", reason="井盖属供水公司")
    assert "不属本部门职责：井盖属供水公司" in dispatched.page("dispatcher")
    dispatched.act("dispatcher", "approve_return")
    assert (stage(dispatched), told(dispatched)["department_code"]) == ("filed", None)


def test_what_is_given_back_wrongly_comes_again_with_the_reason(dispatched: Street) -> None:
    dispatched.act("department", "ask_return", reason_code="not_our_duty")
    dispatched.act("dispatcher", "refuse_return", reason_code="is_their_duty")
    assert (stage(dispatched), "属该部门职责" in dispatched.page("department")) == ("dispatched", True)


def test_work_given_to_a_crew_is_taken_back_before_it_is_returned(dispatched: Street) -> None:
    dispatched.act("department", "assign")
    assert dispatched.act("department", "ask_return", reason_code="other_owner") == 422
    dispatched.act("department", "revoke", reason_code="not_our_duty")
    assert dispatched.act("department", "ask_return", reason_code="other_owner") == 303


def test_a_crew_gets_more_time_through_its_department(dispatched: Street) -> None:
    dispatched.act("department", "assign")
    due = told(dispatched)["stage_due_at"]
    dispatched.act("crew", "ask_extension", reason_code="materials", reason="新井盖在路上")
    assert dispatched.act("dispatcher", "approve_extension") == 422
    dispatched.act("department", "endorse_extension")
    assert dispatched.act("dispatcher", "approve_extension") == 303
    assert (stage(dispatched), str(told(dispatched)["stage_due_at"]) > str(due)) == ("in_progress", True)


def test_more_time_is_not_asked_for_when_it_is_too_late(
    dispatched: Street, wait: Callable[..., None]
) -> None:
    wait(days=3)
    assert dispatched.act("department", "ask_extension", reason_code="weather") == 422


def test_a_suspended_case_goes_on_by_itself(dispatched: Street, wiring: Wiring, clock, wait) -> None:
    dispatched.act("department", "ask_suspension", reason_code="season", reason="冻土")
    dispatched.act("dispatcher", "approve_suspension", until="2026-09-25")
    wait(days=7)
    assert (wiring.cases.resume_due(clock.at), stage(dispatched)) == (0, "suspended")
    wait(days=1)
    assert (wiring.cases.resume_due(clock.at), stage(dispatched)) == (1, "in_progress")


def test_suspension_keeps_the_time_that_was_left(dispatched: Street, wait) -> None:
    wait(minutes=10)
    dispatched.act("department", "ask_suspension", reason_code="no_funds")
    dispatched.act("leader", "approve_suspension", until="2026-10-30")
    wait(days=2)
    dispatched.act("dispatcher", "resume")
    assert (stage(dispatched), told(dispatched)["light"]) == ("in_progress", "normal")


def test_a_leader_urges_and_the_department_answers(dispatched: Street) -> None:
    dispatched.act("leader", "supervise", text="学校门口，尽快", answer_date="2026-09-19")
    assert "学校门口，尽快" in dispatched.page("department")
    dispatched.act("department", "answer", text="今晚完成")
    assert (told(dispatched)["is_supervised"], told(dispatched)["answer_due_at"]) == (True, None)


def test_a_helping_department_says_what_it_did_and_does_not_finish(street: Street, signed_in) -> None:
    street.people["helper"] = signed_in("jt-sz")
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    street.act("chief", "file_case")
    street.act("dispatcher", "dispatch", department_code=DEPARTMENT, helping_codes=OTHER_DEPARTMENT)
    assert street.act("helper", "report_help", photo="teal", text="已围挡") == 303
    assert ("已围挡" in street.page("department"), street.act("helper", "assign")) == (True, 403)


def test_late_work_that_could_not_be_helped_is_not_counted(street: Street, wait: Callable[..., None]) -> None:
    until_dispatched(street)
    wait(days=3)
    street.act("department", "assign")
    street.act("department", "finish", photo="green", text="已更换")
    street.act("department", "appeal", reason_code="weather", reason="连日暴雨")
    assert street.act("leader", "grant_appeal", reason_code="force_majeure") == 303
    assert ("申诉成立" in street.page("department"), told(street)["appeal"]) == (True, "granted")


def test_work_in_time_needs_no_appeal(street: Street, inspector_id: int) -> None:
    until_closed(street, inspector_id)
    assert street.act("department", "appeal", reason_code="weather") == 422


def test_an_operator_asks_to_void_and_the_shift_leader_decides(street: Street) -> None:
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    street.act("operator", "ask_void", reason_code="duplicate")
    assert street.people["chief"].get("/desk/duty-chief?tab=void").text.count("data-case") >= 1
    assert (street.act("chief", "void", reason_code="duplicate"), stage(street)) == (303, "voided")


def test_a_reporter_opens_a_closed_case_again_by_its_code(
    street: Street, inspector_id: int, visit, wiring: Wiring
) -> None:
    until_closed(street, inspector_id)
    stranger = visit()
    code = told_code(street, wiring)
    page = stranger.get(f"/track?no={street.case_no}&code={code}").text
    sent = {"csrf": token_in(page), "no": street.case_no, "code": code, "reason_code": "partly"}
    assert stranger.post("/track/reopen", data=sent | {"reason": "还在漏"}).status_code == 303
    assert (stage(street), "处置不彻底：还在漏" in street.page("operator")) == ("reported", True)
    assert "重新打开一次" not in stranger.get(f"/track?no={street.case_no}&code={code}").text


def test_a_wrong_code_opens_nothing(street: Street, inspector_id: int, visit) -> None:
    until_closed(street, inspector_id)
    stranger = visit()
    sent = {"csrf": token_in(stranger.get("/report").text), "no": street.case_no, "code": "22222222"}
    assert (
        stranger.post("/track/reopen", data=sent | {"reason_code": "partly"}).headers["location"] == "/track"
    )
    assert stage(street) == "closed"


def test_the_chief_corrects_what_was_sent_back_and_does_not_dispatch(street: Street) -> None:
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    street.act("chief", "file_case")
    street.act("dispatcher", "send_back", reason_code="wrong_place")
    assert street.act("chief", "correct", reason_code="wrong_place", place_text="经二路与红旗路口") == 303
    assert (stage(street), street.act("chief", "dispatch", department_code=DEPARTMENT)) == ("accepted", 422)


def test_a_parent_waits_for_its_part(street: Street) -> None:
    street.act("operator", "accept", criterion_code=MISSING_COVER)
    street.act("chief", "file_case")
    assert street.act("dispatcher", "split", criterion_code=RATTLING_COVER, text="旁边一个松动") == 303
    assert "子案" in street.page("dispatcher")


def test_a_helper_is_asked_after_the_dispatch_is_told_and_goes_again(dispatched: Street) -> None:
    helper = dispatched.people["helper"]
    sent = {"department_code": OTHER_DEPARTMENT, "text": "请配合围挡"}
    dispatched.act("dispatcher", "add_helper", **sent)
    assert "请配合围挡" in helper.get("/notices").text
    assert dispatched.act("helper", "report_help", text="已围挡") == 303
    wish = {"department_code": OTHER_DEPARTMENT, "reason_code": "helped"}
    assert dispatched.act("dispatcher", "drop_helper", **wish) == 303
    assert "不再协办" in helper.get("/notices").text
    seen = helper.get(f"/api/v1/cases/{dispatched.case_no}").status_code
    assert (told(dispatched)["helping_codes"], seen) == ([], 403)


def test_a_desk_offers_helpers_only_where_there_are_some(dispatched: Street) -> None:
    assert 'action="/cases/' in dispatched.page("dispatcher")
    before = "drop_helper" in dispatched.page("dispatcher")
    dispatched.act("dispatcher", "add_helper", department_code=OTHER_DEPARTMENT, text="围挡")
    assert (before, "drop_helper" in dispatched.page("dispatcher")) == (False, True)

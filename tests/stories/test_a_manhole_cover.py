"""A cover is missing in 经二路: five people, their own pages, from the phone to closing, over HTTP.

The same walk as `docs/start-here.md` tells it in eight files.
"""

from datetime import timedelta

from fastapi.testclient import TestClient

from gis_core.clock import FixedClock
from tests.case_city import DEPARTMENT, MISSING_COVER
from tests.street import Street, until_closed, until_dispatched, until_rechecked
from web.wiring import Wiring


def test_a_missing_cover_travels_from_the_phone_to_closing(street: Street, inspector_id: int) -> None:
    assert until_closed(street, inspector_id) == [303] * 8
    assert "已结案" in street.page("chief")


def test_the_report_found_its_grid_and_its_department_by_itself(street: Street) -> None:
    told = street.people["operator"].get(f"/api/v1/cases/{street.case_no}").json()
    assert told["unit_grid_code"].startswith("610303008007")
    assert told["proposed_department_code"] == DEPARTMENT


def test_the_department_sees_the_law_s_clock_with_its_working(street: Street) -> None:
    until_dispatched(street)
    assert "2 紧急工作时，自 9月18日 周五 09:30 起连续计时" in street.page("department")


def test_two_hours_after_dispatch_the_case_is_overdue(street: Street, clock: FixedClock) -> None:
    until_dispatched(street)
    clock.at += timedelta(hours=2)
    assert "超期" in street.page("dispatcher")


def test_the_department_cannot_close_what_it_fixed(street: Street, inspector_id: int) -> None:
    until_rechecked(street, inspector_id)
    assert street.act("department", "close") == 403


def test_who_acts_on_an_old_page_is_told_what_happened_meanwhile(street: Street) -> None:
    until_dispatched(street)
    answer = street.people["operator"].post(
        f"/cases/{street.case_no}/accept", data={"revision": "1", "criterion_code": MISSING_COVER}
    )
    assert (answer.status_code, "stale_page" in answer.text) == (409, True)


def test_the_story_of_the_case_is_told_in_chinese(street: Street, inspector_id: int) -> None:
    until_closed(street, inspector_id)
    told = street.people["chief"].get(f"/cases/{street.case_no}/explain").text
    words = ("类别：污水井盖（01002）", "受理批转", "立案", "派遣", "处置反馈", "核查回复", "结案")
    assert [word for word in words if word not in told] == []


def test_a_stranger_sees_nothing_of_the_case(street: Street, browser: TestClient) -> None:
    assert browser.get(f"/cases/{street.case_no}").status_code == 303


def test_every_step_is_one_fact_and_the_chain_holds(
    street: Street, inspector_id: int, wiring: Wiring
) -> None:
    until_closed(street, inspector_id)
    told = street.people["chief"].get(f"/api/v1/cases/{street.case_no}").json()
    assert (told["revision"], len(told["facts"])) == (9, 9)

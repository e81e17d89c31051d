"""A cover is missing in 经二路: five people, their own pages, from the phone to closing, over HTTP.

The same walk as `docs/start-here.md` tells it in eight files.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from gis_core.clock import FixedClock
from tests.case_city import DEPARTMENT, JINGER_ROAD, MISSING_COVER
from web.accounts.reading import list_people
from web.wiring import Wiring

POSTS = {
    "inspector": "inspector1",
    "operator": "operator1",
    "chief": "chief1",
    "dispatcher": "dispatcher1",
    "department": "drainage",
}


def picture(colour: str) -> BytesIO:
    """A photo as a phone sends it."""
    sent = BytesIO()
    Image.new("RGB", (640, 480), colour).save(sent, "JPEG")
    sent.seek(0)
    return sent


@dataclass
class Street:
    """Five people signed in on their own devices, and the case that passes between them."""

    people: dict[str, TestClient]
    case_no: str = ""

    def report(self) -> None:
        """The inspector sends the form of the phone page."""
        fields = {
            "client_id": str(uuid4()), "type": "component:01002", "position_source": "gps",
            "lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg, "accuracy_m": 8,
            "description": "经二路路口污水井盖缺失",
        }  # fmt: skip
        answer = self.people["inspector"].post(
            "/m/report", data=fields, files={"photos": ("a.jpg", picture("grey"), "image/jpeg")}
        )
        self.case_no = re.sub(r".*no=", "", answer.headers["location"])

    def page(self, post: str) -> str:
        """The case as this person sees it."""
        return self.people[post].get(f"/cases/{self.case_no}").text

    def act(self, post: str, action: str, photo: str | None = None, **fields: object) -> int:
        """Send the form of a step, with the revision that this person sees; answers the status."""
        seen = self.people[post].get(f"/api/v1/cases/{self.case_no}").json()
        sent = {"revision": seen["revision"], **fields}
        files = {"photos": ("b.jpg", picture(photo), "image/jpeg")} if photo else None
        return self.people[post].post(f"/cases/{self.case_no}/{action}", data=sent, files=files).status_code


@pytest.fixture
def street(signed_in: Callable[[str], TestClient]) -> Street:
    """The street with the report already sent."""
    people = {post: signed_in(login) for post, login in POSTS.items()}
    street = Street(people)
    street.report()
    return street


def until_dispatched(street: Street) -> list[int]:
    return [
        street.act("operator", "accept", criterion_code=MISSING_COVER),
        street.act("chief", "file_case"),
        street.act("dispatcher", "dispatch", department_code=DEPARTMENT),
    ]


def until_rechecked(street: Street, inspector_id: int) -> list[int]:
    return [
        *until_dispatched(street),
        street.act("department", "assign"),
        street.act("department", "finish", photo="green", text="已更换井盖"),
        street.act("operator", "send_recheck", inspector_id=inspector_id),
        street.act("inspector", "reply_recheck", photo="blue", result="true"),
    ]


def until_closed(street: Street, inspector_id: int) -> list[int]:
    return [*until_rechecked(street, inspector_id), street.act("chief", "close")]


@pytest.fixture
def inspector_id(wiring: Wiring) -> int:
    """The inspector that the operator picks from the list."""
    with wiring.sessions() as session:
        return next(p.id for p in list_people(session, "inspector") if p.login == POSTS["inspector"])


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

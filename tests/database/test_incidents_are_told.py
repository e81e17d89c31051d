"""Posts hear of incidents and of reports that are due, once each step; of drills nobody hears."""

import pytest
from sqlalchemy import text

from cases.notices.wording import NoticeBook
from emergency.incident_data import load_incident_book
from emergency.incidents.escalating import Escalating
from emergency.incidents.operations import Incidents
from emergency.rules.commands import Confirm, Open, SendReport
from emergency.rules.levels import EventLevel, Toll
from gis_core.db import Sessions
from tests.case_city import baoji, nine_grids
from tests.incident_city import NATION, PLANE, after, opened, step

LEAK = Open("hazmat", "泄漏", toll=Toll(dead=3), occurred_at=after(-10))
BOOK = load_incident_book(baoji(), NATION)


@pytest.fixture
def incidents(sessions: Sessions) -> Incidents:
    return Incidents(sessions, PLANE, nine_grids(PLANE), BOOK, NoticeBook.load(baoji()))


@pytest.fixture
def escalating(sessions: Sessions) -> Escalating:
    return Escalating(sessions, BOOK, NoticeBook.load(baoji()))


def told(incidents: Incidents, occasion: str, word: str = "") -> list[str]:
    """Posts that were told of something, in the order in which they were."""
    question = (
        "SELECT post FROM cases.notice WHERE occasion = :occasion AND words::text LIKE :word ORDER BY id"
    )
    with incidents.sessions() as session:
        return list(session.scalars(text(question), {"occasion": occasion, "word": f"%{word}%"}))


def test_a_new_incident_is_told_to_those_who_decide(incidents: Incidents) -> None:
    opened(incidents, LEAK)
    assert told(incidents, "incident_opened") == ["duty_officer", "commander", "leader"]


def test_a_confirmed_level_is_told(incidents: Incidents) -> None:
    number = opened(incidents, LEAK)
    step(incidents, number, Confirm("hazmat", EventLevel.LARGER), minutes=3)
    assert told(incidents, "incident_level", "Ⅲ级") == ["duty_officer", "commander", "leader"]


def test_nobody_is_told_of_a_drill(incidents: Incidents, escalating: Escalating) -> None:
    opened(incidents, LEAK, is_drill=True)
    assert (escalating.sweep(after(60)), told(incidents, "incident_opened")) == (0, [])


@pytest.mark.parametrize(
    ("minutes", "occasion", "posts", "because"),
    [
        (-1, "report_due", [], "eleven minutes are left"),
        (0, "report_due", ["duty_officer"], "ten minutes are left"),
        (5, "report_due", ["duty_officer", "commander"], "five minutes are left"),
        (10, "report_overdue", ["duty_officer", "commander", "leader"], "the time is over"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_the_telephone_report_to_the_city_is_escalated(
    incidents: Incidents, escalating: Escalating, minutes: int, occasion: str, posts: list[str], because: str
) -> None:
    opened(incidents, LEAK, minutes=-8)
    escalating.sweep(after(minutes))
    assert told(incidents, occasion, "区向市电话报告") == posts


def test_a_step_is_told_once_however_often_it_is_swept(incidents: Incidents, escalating: Escalating) -> None:
    opened(incidents, LEAK, minutes=-8)
    assert (escalating.sweep(after(0)), escalating.sweep(after(0.1))) == (1, 0)


def test_what_was_missed_while_no_worker_ran_is_told_at_once(
    incidents: Incidents, escalating: Escalating
) -> None:
    opened(incidents, LEAK, minutes=-8)
    escalating.sweep(after(31))
    assert len(told(incidents, "report_overdue", "区向市")) == 6  # by telephone and in writing, three posts


def test_nobody_is_told_of_what_went_out(incidents: Incidents, escalating: Escalating) -> None:
    number = opened(incidents, LEAK, minutes=-8)
    codes = ("district-city-phone", "district-city-written")
    sent = SendReport("first", "phone", "市委市政府总值班室", codes, "首报", "泄漏")
    step(incidents, number, sent, minutes=-2)
    escalating.sweep(after(11))
    assert told(incidents, "report_overdue", "区向市") == []

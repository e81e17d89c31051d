"""A desk hears the bell, reads by keyboard and stands before the case; a phone shows the same."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from cases.rules.commands import Asking, Report
from gis_core.clock import FixedClock
from gis_core.places import LonLat
from tests.browser.conftest import DESK, PHONE, Open, take
from web.accounts.reading import list_people
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def report(wiring: Wiring) -> str:
    with wiring.sessions() as session:
        inspector = list_people(session, "inspector")[0]
    who = Asking(wiring.clock.now(), inspector.id, inspector.name, "inspector", inspector.organisation_code)
    sent = Report(
        uuid4(), "component", "01002", LonLat(107.1445, 34.3690), "污水井盖缺失", (take(wiring, "#303236"),),
        place_text="经二路路口", is_synthetic=True,
    )  # fmt: skip
    return wiring.cases.report(sent, who).case_no


def test_a_desk_hears_the_bell_and_reaches_the_case_by_keyboard(
    sign_in: Open, wiring: Wiring, clock: FixedClock
) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto("/notices")
    report(wiring)
    desk.get_by_role("link", name="有新通知，点这里显示").press("Enter")
    row = desk.get_by_role("button", name=re.compile("新上报 · 污水井盖")).first
    expect(row).to_contain_text("未读")
    row.press("Enter")
    expect(desk.get_by_text("经二路路口").first).to_be_visible()


def test_a_phone_shows_its_person_what_was_told(sign_in: Open, wiring: Wiring, clock: FixedClock) -> None:
    phone = sign_in("inspector1", PHONE)
    phone.goto("/notices")
    expect(phone.get_by_role("heading", name="通知")).to_be_visible()
    expect(phone.get_by_text("还没有通知").or_(phone.get_by_role("button").first).first).to_be_visible()

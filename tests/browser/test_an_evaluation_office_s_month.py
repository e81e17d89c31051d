"""An evaluation office's month: who is where and why, next year's weights, freezing, signing."""

import re

import pytest
from playwright.sync_api import Page, expect

from cases.evaluation.operations import Counting
from cases.sample_cases import add_past_cases
from gis_core.clock import FixedClock
from tests.browser.conftest import DESK, PHONE, Open, show
from tests.case_city import baoji
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-evaluation")]
AUGUST = "period=2026-08"


@pytest.fixture(scope="module", autouse=True)
def _year(address: str, wiring: Wiring, clock: FixedClock) -> None:
    """Cases of the year before, counted."""
    add_past_cases(wiring.sessions, city=baoji(), size="small", seed=1, at=clock.now(), count=700)
    Counting(wiring.sessions).recount(clock.now())


@pytest.fixture
def leader(sign_in: Open) -> Page:
    page = sign_in("leader", DESK)
    page.get_by_role("link", name="综合评价").click()
    return page


def test_the_ranking_leads_from_a_place_to_its_reasons_and_from_there_to_the_cases(leader: Page):
    leader.goto(f"/evaluation?kind=department&{AUGUST}")
    expect(leader.get_by_role("heading", name="综合评价")).to_be_visible()
    show(leader, "evaluation-ranking")
    with leader.expect_download() as taken:
        leader.get_by_role("link", name="XLSX").click()
    assert taken.value.suggested_filename == "部门评价-2026-08.xlsx"
    leader.get_by_role("row").nth(2).get_by_role("link").first.click()
    expect(leader.get_by_role("heading", name="各项指标")).to_be_visible()
    show(leader, "evaluation-department")
    leader.locator("table.explain").get_by_role("link").first.click()
    leader.get_by_role("main").locator("tbody a").first.click()
    expect(leader).to_have_url(re.compile(r"/cases/\d{20}"))


def test_the_map_shows_places_by_grade_and_a_click_tells_more(leader: Page):
    leader.goto("/evaluation?kind=subdistrict&period=2026-Q3")
    leader.wait_for_selector('[data-coloured="yes"]')
    expect(leader.locator('.map.is-open[data-drawn="yes"]')).to_be_visible()
    show(leader, "evaluation-map")
    leader.locator(".map canvas").click()
    card = leader.get_by_role("link", name="看各项指标")
    expect(card).to_be_visible()
    card.click()
    expect(leader.get_by_role("heading", name="各项指标")).to_be_visible()


def test_next_year_s_weights_are_tried_on_this_year_s_cases(leader: Page):
    leader.goto("/evaluation?kind=department&period=2026")
    leader.get_by_role("link", name="试算").click()
    leader.get_by_label("按期处置率").fill("80")
    leader.get_by_role("button", name="重算").press("Enter")
    expect(leader.get_by_label("按期处置率")).to_have_value("80")
    expect(leader.get_by_role("columnheader", name="试算名次")).to_be_visible()
    show(leader, "evaluation-what-if")


def test_the_month_is_frozen_by_the_chief_and_signed_by_the_leader(sign_in: Open, leader: Page):
    chief = sign_in("chief1", DESK)
    chief.goto(f"/evaluation/frozen?kind=department&{AUGUST}")
    chief.get_by_label("说明").fill("八月考核")
    chief.get_by_role("button", name="冻结 2026年8月").click()
    expect(chief.get_by_text("等待领导签发。")).to_be_visible()
    leader.goto(f"/evaluation/frozen?kind=department&{AUGUST}")
    leader.get_by_role("button", name="签发").click()
    expect(leader.get_by_text("完全一致")).to_be_visible()
    show(leader, "evaluation-frozen")


def test_it_speaks_english_and_fits_a_phone(sign_in: Open):
    page = sign_in("leader", PHONE)
    page.goto(f"/evaluation?kind=department&{AUGUST}&lang=en")
    expect(page.get_by_role("heading", name="Evaluation")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]

"""The data officer splits a unit grid on the map, takes it back, and older cases keep their grid."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from cases.rules.commands import Asking, Report
from gis_core.clock import FixedClock
from gis_core.places import LonLat
from grid.frame import bump
from tests.browser.conftest import DESK, Open, see_map, show, take
from web.accounts.reading import list_people
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]

JINGER_ROAD = LonLat(107.1445, 34.3690)


@pytest.fixture(scope="module")
def here(wiring: Wiring) -> LonLat:
    """The middle of a unit grid in 经二路."""
    code = wiring.frame.locate(JINGER_ROAD).unit_grid_code
    middle = text(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_Centroid(geom), 4490) AS p"
        " FROM grid.unit_grid WHERE code = :code AND valid_to IS NULL) AS grid"
    )
    with wiring.sessions() as session:
        return LonLat(*session.execute(middle, {"code": code}).one())


@pytest.fixture(scope="module")
def old_case(wiring: Wiring, clock: FixedClock, here: LonLat) -> str:
    """A case filed before anything is split."""
    with wiring.sessions() as session:
        inspector = list_people(session, "inspector")[0]
    asking = Asking(clock.now(), inspector.id, inspector.name, "inspector", inspector.organisation_code)
    photo = take(wiring, "#303236")
    sent = Report(uuid4(), "matter", "06010", here, "路边有垃圾", (photo,), place_text="经二路")
    return wiring.cases.report(sent, asking).case_no


@pytest.fixture
def officer(sign_in: Open, here: LonLat) -> Page:
    """The data officer's desk, the map close to 经二路."""
    page = sign_in("data", DESK)
    see_map(page)
    close_by = "(center) => document.querySelector('.map').cityMap.map.jumpTo({ center, zoom: 17 })"
    page.evaluate(close_by, [here.lon_deg, here.lat_deg])
    see_map(page)
    return page


def choose_here(page: Page) -> str:
    """Click the middle of the map; answers the code chosen."""
    page.get_by_role("main").click()
    expect(page.get_by_label("网格", exact=True)).not_to_have_value("")
    return page.get_by_label("网格", exact=True).input_value()


def draw_across(page: Page) -> None:
    """A line over the whole map from north to south, a little slanted."""
    page.get_by_role("button", name="画线").click()
    box = page.get_by_role("main").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    page.mouse.click(middle + 6, box["y"] + 30)
    page.mouse.dblclick(middle - 6, box["y"] + box["height"] - 60)
    expect(page.get_by_label("画的线")).not_to_have_value("")


def test_a_split_is_previewed_saved_and_taken_back(
    officer: Page, old_case: str, wiring: Wiring, here: LonLat
) -> None:
    code = choose_here(officer)
    draw_across(officer)
    officer.get_by_role("button", name="看结果").click()
    expect(officer.get_by_text("检查通过")).to_be_visible()
    see_map(officer)
    show(officer, "frame-editor")
    officer.get_by_label("为什么改").fill("新修道路")
    officer.get_by_role("button", name="保存").click()
    expect(officer.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    assert wiring.frame.locate(here).unit_grid_code != code
    officer.goto(f"/cases/{old_case}")
    expect(officer.get_by_text(code, exact=True)).to_be_visible()
    officer.goto("/frame?tab=history")
    officer.get_by_role("button", name="撤回").click()
    expect(officer.get_by_text("已撤回")).to_be_visible()
    assert wiring.frame.locate(here).unit_grid_code == code


def test_a_frame_without_defects_says_so(officer: Page) -> None:
    officer.get_by_role("link", name="问题").click()
    expect(officer.get_by_text("没有发现问题").or_(officer.get_by_text("提醒").first)).to_be_visible()


SHIFT = text("""
    UPDATE grid.unit_grid SET geom = ST_SnapToGrid(ST_Translate(geom, 6, 4), 1.0 / 1024)
    WHERE code = :code AND valid_to IS NULL
""")


def test_a_defect_leads_to_its_place_and_to_the_edit_that_mends_it(
    officer: Page, wiring: Wiring, here: LonLat
) -> None:
    code = wiring.frame.locate(here).unit_grid_code
    with wiring.sessions.begin() as session:
        session.execute(SHIFT, {"code": code})
        bump(session)
    officer.get_by_role("link", name="问题").click()
    mend = officer.get_by_role("listitem").filter(has_text="重叠").get_by_role("link", name="改正")
    mend.first.click()
    see_map(officer)
    expect(officer.get_by_label("网格", exact=True)).to_have_value(code)
    in_view = "place => document.querySelector('.map').cityMap.map.getBounds().contains(place)"
    assert officer.evaluate(in_view, [here.lon_deg, here.lat_deg])
    officer.get_by_role("button", name="看结果").click()
    expect(officer.locator("[data-preview]")).to_contain_text(code)
    expect(officer.get_by_text("重叠", exact=True)).to_have_count(0)
    officer.get_by_label("为什么改").fill("网格外移 6 米")
    officer.get_by_role("button", name="保存").click()
    expect(officer.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    officer.goto("/frame?tab=defects")
    expect(officer.get_by_role("listitem").filter(has_text="重叠")).to_have_count(0)
    bare = officer.get_by_role("listitem").filter(has_text="平方米，旁边是")
    for _ in range(bare.count()):  # what it left bare joins a grid beside it, or becomes one
        bare.first.get_by_role("link", name="改正").click()
        officer.get_by_role("button", name="看结果").click()
        officer.get_by_label("为什么改").fill("补上外移留下的空地")
        officer.get_by_role("button", name="保存").click()
        expect(officer.get_by_role("status").filter(has_text="已保存")).to_be_visible()
        officer.goto("/frame?tab=defects")
    expect(officer.locator(".defect-row .light-overdue")).to_have_count(0)


def test_an_edit_is_made_without_scripts(sign_in: Open, wiring: Wiring, here: LonLat) -> None:
    page = sign_in("data", DESK, has_scripts=False)
    page.get_by_label("网格", exact=True).fill(wiring.frame.locate(here).unit_grid_code)
    page.get_by_role("button", name="看结果").click()
    expect(page.get_by_role("alert")).to_contain_text("只选了一个网格")

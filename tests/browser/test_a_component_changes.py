"""A cover breaks: the inspector says so on the phone, the data officer looks and accepts at the desk, and
whoever has a map open sees it."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gis_core.clock import FixedClock
from grid.register.operations import Change
from grid.rules.register import Asking
from tests.browser.conftest import DESK, PHONE, Open, see_map, show
from web.register_work import register_of
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]


def test_what_an_inspector_says_of_a_component_holds_once_it_is_accepted(sign_in: Open) -> None:
    desk = sign_in("data", DESK)
    desk.goto("/register")
    see_map(desk)
    desk.locator(".case-row > a").first.click()
    sheet = desk.locator(".sheet[data-case]")
    expect(sheet).to_be_visible()
    code = sheet.get_attribute("data-case") or ""

    phone = sign_in("inspector1", PHONE)
    phone.goto(f"/m/components/{code}")
    phone.get_by_text("上报变化").click()
    phone.get_by_label("丢失").check()
    phone.get_by_label("说明").fill("只剩井座")
    phone.get_by_role("button", name="提交审核").click()
    expect(phone.get_by_text("已提交审核")).to_be_visible()
    show(phone, "register-phone")

    desk.goto("/register/reviews")
    desk.locator(".case-row > a").first.click()
    expect(sheet.get_by_text("只剩井座")).to_be_visible()
    see_map(desk)
    show(desk, "register-review")
    desk.get_by_text("采纳", exact=True).first.click()
    desk.get_by_role("button", name="采纳").last.click()
    expect(desk.get_by_text("这里都办完了")).to_be_visible()
    desk.goto(f"/register/components/{code}")
    expect(desk.get_by_text("采纳监督员甲的上报", exact=False)).to_be_visible()


def test_the_map_shows_the_components_that_the_list_is_filtered_to(sign_in: Open) -> None:
    desk = sign_in("data", DESK)
    with desk.expect_request(
        lambda request: "state=%E7%A0%B4%E6%8D%9F" in request.url and ".mvt" in request.url
    ):
        desk.goto("/register?state=破损")
    see_map(desk)
    with desk.expect_request(lambda request: "area=610303" in request.url and ".mvt" in request.url):
        desk.get_by_label("区域").select_option("610303")
    desk.get_by_role("button", name="图层与图例").click()
    expect(desk.get_by_text("图例", exact=True)).to_be_visible()
    expect(desk.get_by_label("部件状态")).to_have_count(0)


def test_the_register_reads_without_scripts(sign_in: Open) -> None:
    page = sign_in("data", DESK, has_scripts=False)
    page.goto("/register?state=破损")
    expect(page.locator(".case-row").first).to_be_visible()
    page.locator(".case-row > a").first.click()
    expect(page.get_by_role("heading", name="属性")).to_be_visible()


SOUND_ONE = text("""
    SELECT code, ST_X(place) AS lon, ST_Y(place) AS lat FROM (
        SELECT code, ST_Transform(geom, 4490) AS place FROM grid.component WHERE state = '完好'
        ORDER BY code OFFSET :nth LIMIT 1) AS one
""")
STATE_DRAWN = """
    ([lon, lat]) => {
        const { map } = document.querySelector(".map").cityMap;
        const at = map.project([lon, lat]);
        const layers = ["components-dot", "components-icon"].filter((layer) => map.getLayer(layer));
        return map.queryRenderedFeatures([[at.x - 2, at.y - 2], [at.x + 2, at.y + 2]], { layers })
            .map((feature) => feature.properties.state_class).sort().join();
    }
"""
Break = Callable[[str], None]


@pytest.fixture
def damage(wiring: Wiring, clock: FixedClock) -> Break:
    """Writes into the register that a component is broken, as a review or an import does."""

    def write(code: str) -> None:
        at: datetime = clock.now()
        asking = Asking(at, None, "数据员", "data_officer", None)
        with wiring.sessions() as session:
            asked = text("SELECT revision FROM grid.component WHERE code = :code")
            revision = session.execute(asked, {"code": code}).scalar_one()
        change = Change(state="破损")
        register_of(wiring).change(code, change, reason="巡查发现", seen_revision=revision, asking=asking)

    return write


def look_closely(page: Page, wiring: Wiring, nth: int) -> tuple[str, list[float]]:
    """Brings a sound component into the middle of an open map: its code and where it is."""
    with wiring.sessions() as session:
        one = session.execute(SOUND_ONE, {"nth": nth}).one()
    place = [one.lon, one.lat]
    go = "([lon, lat]) => document.querySelector('.map').cityMap.map.jumpTo({ center: [lon, lat], zoom: 18 })"
    page.evaluate(go, place)
    page.wait_for_function(f"(place) => ({STATE_DRAWN})(place).includes('sound')", arg=place)
    see_map(page)
    return one.code, place


def see_damage(page: Page, place: list[float]) -> None:
    page.wait_for_function(f"(place) => ({STATE_DRAWN})(place).includes('faulty')", arg=place)


@pytest.mark.parametrize(("login", "where", "nth"), [("operator1", "/map", 5), ("data", "/frame", 25)])
def test_an_open_map_shows_a_component_that_broke_and_asks_for_nothing_else(
    sign_in: Open, wiring: Wiring, damage: Break, login: str, where: str, nth: int
) -> None:
    page = sign_in(login, DESK)
    page.goto(where)
    see_map(page)
    code, place = look_closely(page, wiring, nth)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    damage(code)
    see_damage(page, place)
    assert {path.rpartition("/tiles/")[2].partition("/")[0] for path in asked} == {"staff-components"}


def test_the_list_of_the_register_follows_with_its_map(sign_in: Open, wiring: Wiring, damage: Break) -> None:
    with wiring.sessions() as session:
        code = session.execute(SOUND_ONE, {"nth": 45}).one().code
    page = sign_in("data", DESK)
    page.goto(f"/register?q={code}")
    see_map(page)
    damage(code)
    expect(page.locator(".case-row")).to_contain_text("破损")


def test_the_public_map_shows_it_the_next_time_it_asks(
    open_browser: Open, wiring: Wiring, damage: Break
) -> None:
    page = open_browser(DESK)
    page.goto("/")
    see_map(page)
    code, place = look_closely(page, wiring, 65)
    damage(code)
    see_damage(page, place)

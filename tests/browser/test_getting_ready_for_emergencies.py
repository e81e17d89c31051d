"""Before an emergency, in a browser: registers filled, a warning drawn, sites chosen, a plan mended."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from emergency.resources.sample import draw_resources
from emergency.response import store
from gis_core.clock import FixedClock
from tests.browser.conftest import Open, see_map, show
from tests.case_city import baoji
from tests.response_city import PLANS
from web.resource_work import COLOURS
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(240)]
DESK = {"width": 1440, "height": 900}
KIOSK = {"width": 1080, "height": 1920}
TEAMS = """编号,名称,所属单位,经度,纬度,专长,人数,地点
DW-9001,清姜水上救援队,BJ-YJ,107.1445,34.3690,水上救援,18,清姜河河堤路
DW-9002,石坝河抢险队,BJ-SL,107.1500,34.3650,防汛抢险,30,石坝河桥头
"""


@pytest.fixture(scope="module")
def prepared(wiring: Wiring, clock: FixedClock) -> None:
    """The sample plans and the sample resources."""
    with wiring.sessions.begin() as session:
        for plan in PLANS:
            store.add_version(session, plan, by="系统", at=clock.now())
    draw_resources(wiring.sessions, baoji(), at=clock.now())


@pytest.fixture
def officer(prepared: None, sign_in: Open) -> Page:
    return sign_in("duty1", DESK)


def press(part: Page | Locator, name: str) -> None:
    part.get_by_role("button", name=name, exact=True).first.click()


def unfold(page: Page, words: str) -> Locator:
    """Open what is folded under words; the part that was opened."""
    part = page.locator("details").filter(
        has=page.locator("summary").filter(has_text=re.compile(f"^{words}$"))
    )
    part.locator("summary").first.click()
    return part


def sign_on_map(page: Page, colour: str) -> dict[str, float]:
    """Where on the page's map a sign of a colour stands."""
    see_map(page)
    place = page.get_by_role("main").bounding_box()
    assert place
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    wanted = tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5))
    left, top = int(place["x"]), int(place["y"])
    size = (int(place["width"]), int(place["height"]))
    seen = [
        (x, y)
        for y in range(top, top + size[1], 2)
        for x in range(left, left + size[0], 2)
        if picture.getpixel((x, y)) == wanted
    ]
    assert seen, f"nothing of colour {colour} is on the map"
    return {"x": sum(x for x, _ in seen) / len(seen) - left, "y": sum(y for _, y in seen) / len(seen) - top}


def test_teams_are_imported_seen_on_the_map_checked_removed_and_put_back(officer: Page) -> None:
    officer.goto("/duty/registers/import")
    officer.get_by_label("种类").select_option("team")
    officer.get_by_label("坐标系").select_option("EPSG:4490")
    file = {"name": "队伍.csv", "mimeType": "text/csv", "buffer": TEAMS.encode()}
    officer.get_by_label("CSV、XLSX 或 GeoJSON 文件").set_input_files([file])
    press(officer, "检查")
    expect(officer.get_by_role("row").filter(has_text="清姜水上救援队")).to_contain_text("新增")
    show(officer, "registers-import")
    press(officer, "写入登记册")
    expect(officer.get_by_role("status").filter(has_text="新增 2 项")).to_be_visible()

    officer.goto("/duty/registers?kind=team&q=清姜水上")
    officer.get_by_role("main").click(position=sign_on_map(officer, COLOURS["team"]))
    expect(officer).to_have_url(re.compile("/duty/registers/team/DW-9001"))
    see_map(officer)
    check = unfold(officer, "记一次检查")
    check.get_by_label("状态").select_option("repair")
    check.get_by_label("说明").fill("冲锋舟发动机检修")
    press(check, "记下检查")
    expect(officer.locator(".timeline")).to_contain_text("冲锋舟发动机检修")
    expect(officer.locator("dl.facts")).to_contain_text("维修")
    see_map(officer)
    show(officer, "registers-one")

    removal = unfold(officer, "移出登记册")
    removal.get_by_label("理由").fill("并入市队")
    press(removal, "移除")
    expect(officer.get_by_text("这项资源已于")).to_be_visible()
    officer.get_by_label("理由").fill("仍单独值勤")
    press(officer, "撤销移除")
    expect(officer.get_by_text("记一次检查")).to_be_visible()


def test_the_area_of_a_warning_is_drawn_and_the_public_is_warned(officer: Page, open_browser: Open) -> None:
    officer.goto("/duty/warnings/new")
    officer.get_by_label("事件名称").fill("洪水")
    officer.get_by_text("橙色预警", exact=True).click()
    drawn = officer.get_by_role("region", name="地图：预警的范围")
    drawn.scroll_into_view_if_needed()
    see_map(officer)
    press(officer, "在地图上画")
    for n, (x, y) in enumerate(((150, 90), (420, 100), (400, 260), (170, 250)), start=1):
        drawn.click(position={"x": x, "y": y})
        expect(officer.get_by_text("还需" if n < 3 else f"已有 {n} 个折点")).to_be_visible()
    assert len(officer.get_by_label("每行一个“经度,纬度”").input_value().splitlines()) == 4
    show(officer, "warning-drawn")
    officer.get_by_label("范围说明").fill("清姜河两岸低洼处")
    officer.get_by_label("情况").fill("清姜河水位快速上涨")
    officer.get_by_label("应采取的措施").fill("离开河岸，往高处走")
    officer.get_by_label("失效时间").fill("2026-09-18T20:00")
    press(officer, "预览")
    expect(officer.get_by_role("heading", name="预览")).to_be_visible()
    press(officer, "签名并发布")
    expect(officer).to_have_url(re.compile(r"/duty/warnings/\d+"))
    title = "宝鸡市人民政府发布洪水橙色预警"
    expect(officer.get_by_role("heading", level=1)).to_contain_text(title)

    public = open_browser(DESK)
    public.goto("/warnings")
    expect(public.get_by_text("清姜河两岸低洼处")).to_be_visible()
    show(public, "warnings-public")
    kiosk = open_browser(KIOSK)
    kiosk.goto("/kiosk")
    expect(kiosk.get_by_text(title)).to_be_visible()


def test_sites_are_chosen_and_shown_on_the_map(officer: Page) -> None:
    officer.goto("/duty/siting")
    officer.get_by_label("新增数量").fill("2")
    officer.get_by_label("候选点数量，散布在有人的网格").fill("20")
    press(officer, "求解")
    expect(officer.get_by_role("heading", name=re.compile("分钟内覆盖"))).to_be_visible()
    expect(officer.get_by_role("row").filter(has_text="新增")).to_have_count(2)
    see_map(officer)
    show(officer, "siting")


def test_a_task_is_added_to_a_plan_and_what_the_linter_finds_of_it_is_mended(
    prepared: None, sign_in: Open
) -> None:
    commander = sign_in("commander", DESK)
    commander.goto("/duty/plans/BJ-FX")
    unfold(commander, "起草新版本").get_by_role("button", name="起草").click()
    commander.get_by_role("navigation", name="预案的各部分").locator("summary", has_text="城区排涝组").click()
    commander.get_by_role("link", name="增加任务").locator("visible=true").click()
    commander.get_by_label("编码").fill("FX-499")
    commander.get_by_label("任务", exact=True).fill("对下穿通道积水逐点测深")
    commander.get_by_label("启动后限（分钟）").fill("10")
    commander.get_by_label("需要（分钟）").fill("30")
    press(commander, "保存")
    finding = commander.get_by_role("complementary", name="检查与正文").get_by_text(
        "任务 FX-499 连同前置任务最早"
    )
    expect(finding).to_be_visible()
    show(commander, "plan-finding")
    commander.get_by_label("启动后限（分钟）").fill("60")
    press(commander, "保存")
    expect(finding).to_have_count(0)
    commander.get_by_role("link", name="回到预案").click()
    graph = commander.get_by_role("region", name="任务先后")
    expect(graph.get_by_text("FX-499", exact=True)).to_be_attached()
    graph.get_by_text("FX-499", exact=True).scroll_into_view_if_needed()
    show(commander, "plan-graph")

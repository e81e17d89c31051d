"""An operator watches a camera and takes a picture of what happens; a chief adds evidence; a tour plays."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cases.rules.commands import Asking, Report
from gis_core.clock import FixedClock
from grid.cameras.reading import get_camera
from tests.browser.conftest import DESK, Open, see_map, show
from tests.camera_city import OFFICER, PLANE, VideoServer, beside
from tests.case_city import JINGER_ROAD
from web.camera_work import cameras_of
from web.settings import Settings
from web.streams import open_streams
from web.wall_scenes import LONGEST
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]
CODE = "SXJ-00002"


@pytest.fixture(scope="module")
def server() -> Iterator[VideoServer]:
    server = VideoServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def wiring(wiring: Wiring, server: VideoServer, tmp_path_factory: pytest.TempPathFactory) -> Wiring:
    """The drawn city with a camera in 经二路 that plays the test picture, from a server that may be asked."""
    home: Path = tmp_path_factory.mktemp("keys")
    settings = Settings(home=home, camera_hosts="127.0.0.0/8", _env_file=None)  # type: ignore[call-arg]
    wired = replace(wiring, streams=open_streams(settings))
    with wired.sessions() as session:
        known = get_camera(session, PLANE, CODE)
    moved = replace(known.camera, place=beside(-50), direction_deg=90.0, field_deg=65.0, range_m=120.0)
    playing = replace(moved, protocol="hls", address=server.give_stream(), hls_address="")
    cameras_of(wired).change(playing, reason="接上测试画面", seen_revision=known.revision, asking=OFFICER)
    return wired


@pytest.fixture(scope="module")
def case_no(wiring: Wiring, clock: FixedClock) -> str:
    """A case in the middle of the picture."""
    report = Report(
        uuid4(), "matter", "06013", JINGER_ROAD, "路面坑槽", (), place_text="路口东侧", source="public"
    )
    return wiring.cases.report(report, Asking(clock.now(), None, "公众", "public")).case_no


def watch(page: Page, address: str) -> None:
    """Open a camera and wait until its picture moves."""
    page.goto(address)
    expect(page.locator('.player[data-state="playing"]')).to_be_visible()


def test_a_snapshot_of_a_camera_becomes_a_report(sign_in: Open, server: VideoServer) -> None:
    desk = sign_in("operator1", DESK)
    watch(desk, f"/desk/cameras?camera={CODE}")
    see_map(desk)
    show(desk, "camera")
    desk.keyboard.press("s")
    desk.get_by_label("看到了什么").fill("井盖移位，车辆绕行")
    desk.get_by_role("radio", name="污水井盖").first.check()
    show(desk, "camera-snapshot")
    desk.get_by_role("button", name="上报").click()
    expect(desk.locator(".sheet[data-case]")).to_contain_text("视频")
    assert server.host not in desk.content()


def test_the_picture_of_a_report_says_which_camera_and_when(sign_in: Open, wiring: Wiring) -> None:
    desk = sign_in("operator1", DESK)
    desk.goto("/desk/operator?tab=all&q=井盖移位")
    desk.locator(".case-row > a").first.click()
    photo = desk.locator(".sheet .photo img").first
    expect(photo).to_be_visible()
    kept = desk.request.get(str(photo.get_attribute("src"))).body()
    picture = Image.open(io.BytesIO(kept))
    foot = picture.crop((0, picture.height - 16, picture.width, picture.height)).convert("L")
    darkest, brightest = foot.getextrema()
    assert (picture.size, darkest < 60, brightest > 200) == ((480, 270), True, True)


def test_the_sheet_of_a_case_leads_to_its_camera_and_a_picture_is_added(sign_in: Open, case_no: str) -> None:
    desk = sign_in("chief1", DESK)
    desk.goto(f"/cases/{case_no}")
    desk.get_by_role("heading", name="看得到这里的摄像机").scroll_into_view_if_needed()
    desk.get_by_role("link", name=re.compile("50 米外")).click()
    expect(desk.locator('.player[data-state="playing"]')).to_be_visible()
    desk.get_by_role("button", name="截图").click()
    expect(desk.get_by_label("照片说明")).to_have_value(re.compile(f"视频截图：{CODE}"))
    show(desk, "camera-case")
    desk.get_by_role("button", name="附到案件").click()
    expect(desk.get_by_text("截图已附到案件")).to_be_visible()
    desk.goto(f"/cases/{case_no}")
    expect(desk.locator(".timeline").first).to_contain_text("补充取证")


def test_a_tour_goes_on_by_itself_pauses_and_goes_on_by_hand(sign_in: Open) -> None:
    desk = sign_in("leader", DESK)
    desk.goto("/desk/cameras/tours")
    desk.get_by_label("名称").fill("早高峰")
    desk.get_by_label("摄像机编号").nth(0).fill(CODE)
    desk.get_by_label("摄像机编号").nth(1).fill("SXJ-00003")
    desk.get_by_label("停留秒数").nth(0).fill("600")
    desk.get_by_label("停留秒数").nth(1).fill("3")
    desk.get_by_role("button", name="保存路线").click()
    expect(desk.locator(f'.tour[data-playing="{CODE}"]')).to_be_visible()
    show(desk, "camera-tour")
    desk.keyboard.press("p")
    expect(desk.locator("[data-left]")).to_have_text("已暂停")
    desk.keyboard.press("p")
    desk.keyboard.press("n")
    expect(desk.locator(".tour-stops [aria-current]")).to_contain_text("SXJ-00003")
    expect(desk.locator(".tour-stops [aria-current]")).to_contain_text(CODE)  # three seconds later


# on the wall


@pytest.fixture
def wall(sign_in: Open, clock: FixedClock) -> Page:
    """The wall of the command centre, with nothing called to it."""
    clock.at += LONGEST
    page = sign_in("wall", {"width": 1920, "height": 1080})
    page.goto("/wall?rotate=off")
    expect(page.locator('.wall-page[data-ready="yes"]')).to_be_visible(timeout=60_000)
    return page


def test_a_camera_is_called_to_the_wall_and_taken_off_again(sign_in: Open, wall: Page) -> None:
    desk = sign_in("chief1", DESK)
    watch(desk, f"/desk/cameras?camera={CODE}")
    desk.get_by_role("button", name="上墙").click()
    expect(desk.get_by_role("button", name="已上墙")).to_be_visible()
    expect(wall.locator(f'.wall-video[data-playing="{CODE}"]')).to_be_visible(timeout=30_000)
    expect(wall.locator("[data-video-name]")).to_contain_text(CODE)
    expect(wall.locator("[data-called]")).to_contain_text("值班长甲 投放")
    show(wall, "wall-camera")
    desk.get_by_role("button", name="撤下").click()
    expect(wall.locator(".wall-video")).to_be_hidden()
    expect(wall.locator(".wall-page")).to_have_attribute("data-scene", "overview")


def test_the_auditor_reads_who_called_a_camera_to_the_wall(sign_in: Open) -> None:
    page = sign_in("auditor", DESK)
    page.goto("/privacy/video")
    expect(page.get_by_role("row").filter(has_text="大屏")).to_contain_text("值班长甲")


def test_a_wall_that_is_reloaded_plays_on_what_was_called(sign_in: Open, wall: Page) -> None:
    desk = sign_in("leader", DESK)
    desk.goto("/desk/cameras/tours")
    desk.get_by_role("link", name="早高峰").first.click()
    desk.get_by_role("button", name="上墙").click()
    expect(wall.locator("[data-video-left]")).to_contain_text("早高峰 1/2")
    wall.reload()
    expect(wall.locator(f'.wall-video[data-playing="{CODE}"]')).to_be_visible(timeout=30_000)
    expect(wall.locator("[data-called]")).to_contain_text("督办领导甲 投放")


def test_a_wall_goes_back_when_the_time_of_a_call_is_over(sign_in: Open, wall: Page) -> None:
    desk = sign_in("leader", DESK)
    watch(desk, f"/desk/cameras?camera={CODE}")
    desk.get_by_role("button", name="上墙").click()
    expect(wall.locator(f'.wall-video[data-playing="{CODE}"]')).to_be_visible(timeout=30_000)
    wall.evaluate("document.querySelector('main').wall.state.held.untilMs = 0")
    expect(wall.locator(".wall-video")).to_be_hidden()


def test_cameras_can_be_found_and_read_without_scripts(sign_in: Open) -> None:
    page = sign_in("operator1", DESK, has_scripts=False)
    page.goto(f"/desk/cameras?q={CODE}")
    page.locator(".case-row > a").first.click()
    expect(page.locator(".sheet")).to_contain_text("观看视频需要脚本")

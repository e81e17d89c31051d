"""A leader looks at the field: who is on duty, which grids nobody walked, a track played by keyboard."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from gis_core.clock import FixedClock
from grid.positions.operations import Batch, Walker
from tests.browser.conftest import DESK, Open, show
from web.accounts.reading import list_people
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-field")]


@pytest.fixture(scope="module", autouse=True)
def walk(address: str, wiring: Wiring, clock: FixedClock) -> str:
    """An inspector has walked for half an hour; answers the key."""
    with wiring.sessions() as session:
        person = list_people(session, "inspector")[0]
    key, now = f"p{person.id}", clock.now()
    start = now - timedelta(minutes=30)
    wiring.movers.start_duty(Walker(key, person.name, None), "consent-1", at=now, said_at=start)
    rows = [
        {"at": (start + timedelta(seconds=10 * n)).isoformat(), "lon": 107.140 + n * 1e-4, "lat": 34.369}
        for n in range(180)
    ]
    wiring.movers.take(Batch(key, uuid4(), rows, own=key), at=now)
    return key


@pytest.fixture
def leader(sign_in: Open) -> Page:
    page = sign_in("leader", DESK)
    page.get_by_role("link", name="外勤").click()
    return page


def test_who_is_on_duty_stands_in_the_list_and_on_the_map(leader: Page):
    expect(leader.get_by_role("row", name="监督员甲")).to_be_visible()
    expect(leader.locator('main[data-movers="1"]')).to_be_visible()
    show(leader, "field-people")


def test_grids_that_nobody_walked_are_coloured(leader: Page):
    leader.get_by_role("link", name="覆盖").click()
    expect(leader.locator('main[data-coloured="yes"]')).to_be_visible()
    show(leader, "field-coverage")


def test_a_track_is_played_again_by_keyboard(leader: Page):
    leader.get_by_role("link", name="监督员甲").click()
    leader.get_by_label("为什么看").select_option("核对考勤与巡查")
    leader.get_by_role("button", name="看轨迹").click()
    replay = leader.locator(".replay[data-at]")
    expect(replay).to_be_visible()
    began = int(replay.get_attribute("data-at") or 0)
    replay.press("ArrowRight")
    expect(replay).to_have_attribute("data-at", str(began + 60))
    replay.press("ArrowUp")
    expect(leader.get_by_text("×15")).to_be_visible()
    replay.press("Space")
    expect(leader.get_by_role("button", name="暂停")).to_be_visible()
    show(leader, "field-track")

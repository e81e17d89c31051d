"""Emergency tasks and reports that are owed, where there is no network: the phone sends them by itself."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from cases.rules.deciding import Asking
from emergency.response.operations import Choice, seed_plans
from emergency.response.reading import list_heads
from emergency.rules.commands import Confirm
from emergency.rules.commands import Open as Opening
from emergency.rules.levels import EventLevel
from emergency.rules.responding import Stated
from gis_core.clock import FixedClock
from tests.browser.conftest import PHONE, Open, show
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-room"), pytest.mark.timeout(240)]
READY = """async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((later) => setTimeout(later, 50));
}"""
STATED = Stated("渭河洪水", 24, "巡堤查险", "水文站核实流量二千六百")


@pytest.fixture(scope="module")
def number(address: str, wiring: Wiring, clock: FixedClock) -> str:
    """A flood with its plan activated."""
    seed_plans(wiring.sessions, wiring.city, clock.now())
    who = Asking(clock.now(), None, "指挥长甲", "commander", None)
    opened = wiring.incidents.open(Opening("flood", "渭河水位上涨"), who, client_id=uuid4(), is_drill=True)
    wiring.incidents.perform(opened.incident_no, Confirm("flood", EventLevel(3), words="水位上涨快"), who)
    with wiring.sessions() as session:
        plan = next(head.id for head in list_heads(session) if head.code == "BJ-FX")
    choice = Choice({plan: 3}, "leader@BJ-ZH")
    wiring.responses.activate(opened.incident_no, choice, STATED, who, seen_revision=2)
    return opened.incident_no


def test_a_task_accepted_without_network_is_sent_by_itself(sign_in: Open, address: str, number: str):
    phone: Page = sign_in("power", PHONE)
    phone.goto(f"{address}/m/emergency")
    phone.evaluate(READY)
    for place in ("/m/queue", "/m/emergency"):
        phone.goto(address + place)
    task = phone.get_by_label("保障指挥部、医院和安置点供电，派出应急发电车", exact=True)
    expect(task.locator('form[data-queued="yes"]').first).to_be_attached()
    show(phone, "phone-emergency-tasks")
    phone.context.set_offline(True)
    task.get_by_role("button", name="接受").click()
    expect(phone.locator('.queue-item[data-state="waiting"]')).to_contain_text("接受")
    phone.context.set_offline(False)
    expect(phone.locator('.queue-item[data-state="sent"]')).to_contain_text("接受")
    phone.goto(f"{address}/m/emergency")
    expect(task).to_contain_text("办理中")


def test_a_report_signed_without_network_is_sent_by_itself(sign_in: Open, address: str, number: str):
    phone: Page = sign_in("duty1", PHONE)
    phone.goto(f"{address}/m/reports")
    phone.evaluate(READY)
    for place in ("/m/queue", "/m/reports"):
        phone.goto(address + place)
    owed = phone.get_by_label("市向省书面首报", exact=False)
    expect(owed.locator('form[data-queued="yes"]')).to_be_attached()
    phone.context.set_offline(True)
    phone.goto(f"{address}/m/reports")
    expect(owed.locator(".clock")).to_contain_text("还剩")
    expect(phone.locator(".data-age")).not_to_have_text("实时")
    owed.get_by_text("签发报送", exact=True).click()
    owed.get_by_label("内容").fill("渭河水位上涨，正在转移群众")
    owed.get_by_role("button", name="签发，已报送").click()
    expect(phone.locator('.queue-item[data-state="waiting"]')).to_contain_text("市向省书面首报")
    phone.context.set_offline(False)
    expect(phone.locator('.queue-item[data-state="sent"]')).to_contain_text("市向省书面首报")
    phone.goto(f"{address}/m/reports")
    expect(owed).to_have_count(0)

"""Two phones and the wall side by side through a day: what is done in the street is seen in the hall, once.

The phones lose the network in the middle of a report, of an answer and of a call for help.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gis_core.clock import FixedClock
from tests.browser.conftest import DESK, JINGER_ROAD, PHONE, Open, picture, show
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

HALL = {"width": 1920, "height": 1080}
READY = "() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"
WORDS = "经二路路口污水井盖缺失，已放警示桩"


def photo(colour: str) -> dict[str, object]:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture(colour)}


@pytest.fixture
def wall(sign_in: Open, wiring: Wiring) -> Page:
    """The wall of the hall, on the scene of people."""
    wiring.wall_figures.kept_s = 0.0
    page = sign_in("wall", HALL)
    page.goto("/wall?rotate=off&scene=people")
    expect(page.locator('.wall-page[data-ready="yes"]')).to_be_visible(timeout=60_000)
    return page


def phone_of(sign_in: Open, login: str) -> Page:
    """A phone whose pages have been seen once, so that its worker keeps them."""
    page = sign_in(login, PHONE)
    page.wait_for_function(READY)
    for place in ("/m/tasks", "/m/queue", "/m/report", "/m/me"):
        page.goto(place)
    return page


def come_on_duty(phone: Page) -> None:
    phone.get_by_role("button", name="上班签到", exact=True).click()
    phone.get_by_role("button", name="我已阅读并同意，上班签到").click()
    expect(phone.get_by_role("button", name="下班签退")).to_be_visible()


def go_home(phone: Page) -> None:
    phone.goto("/m/me")
    phone.get_by_role("button", name="下班签退").click()
    expect(phone.get_by_role("button", name="上班签到", exact=True)).to_be_visible()


def walk(phone: Page, steps: int, lon_deg: float) -> None:
    """Go east, ten metres at a time."""
    for n in range(steps):
        phone.context.set_geolocation(JINGER_ROAD | {"longitude": lon_deg + n * 1.1e-4})
        phone.wait_for_timeout(1_100)


def report(phone: Page) -> None:
    phone.goto("/m/report")
    expect(phone.locator("[name=lon]")).not_to_have_value("")
    phone.get_by_label("近景").set_input_files(photo("#1a1a1c"))
    majors = phone.locator("details.major", has_text="市政公用设施")
    majors.locator("summary").click()
    majors.get_by_label("污水井盖", exact=True).check()
    phone.get_by_label("说明", exact=True).fill(WORDS)
    phone.get_by_role("button", name="提交", exact=True).click()


def case_of(wiring: Wiring) -> str:
    with wiring.sessions() as session:
        asked = text("SELECT case_no FROM cases.case WHERE description = :words")
        return str(session.execute(asked, {"words": WORDS}).scalar_one())


def send_to_verify(desk: Page, wiring: Wiring, case_no: str, login: str) -> None:
    with wiring.sessions() as session:
        asked = text("SELECT id FROM accounts.person WHERE login = :login")
        person = session.execute(asked, {"login": login}).scalar_one()
    token = desk.locator('meta[name="csrf"]').get_attribute("content") or ""
    form = {"revision": "1", "inspector_id": str(person), "csrf": token}
    address = f"/cases/{case_no}/send_verification"
    answer = desk.request.post(address, form=form, headers={"accept": "application/json"})
    assert answer.ok, answer.text()


def call_for_help(phone: Page) -> None:
    phone.goto("/m/me")
    phone.locator("main [data-sos=call]").click(delay=1_500)  # held, as nobody does in a pocket


def counter(wall: Page, name: str) -> object:
    return wall.locator(f"[data-n={name}]")


def on_duty(wall: Page) -> object:
    return wall.locator("[data-people] dd").first


def test_a_day_in_the_street_is_seen_in_the_hall(
    wall: Page, sign_in: Open, wiring: Wiring, clock: FixedClock
) -> None:
    first, second = phone_of(sign_in, "inspector1"), phone_of(sign_in, "inspector2")
    come_on_duty(first)
    come_on_duty(second)
    walk(first, 3, JINGER_ROAD["longitude"])
    walk(second, 3, JINGER_ROAD["longitude"] - 0.002)
    expect(on_duty(wall)).to_have_text("2")

    before = int(counter(wall, "open").inner_text())
    first.context.set_offline(True)
    report(first)
    expect(first.locator('.queue-item[data-state="waiting"]')).to_contain_text(WORDS)
    clock.at += timedelta(minutes=40)
    expect(counter(wall, "open")).to_have_text(str(before))
    first.context.set_offline(False)
    expect(counter(wall, "open")).to_have_text(str(before + 1))

    case_no = case_of(wiring)
    desk = sign_in("operator1", DESK)
    send_to_verify(desk, wiring, case_no, "inspector2")
    walk(second, 1, JINGER_ROAD["longitude"])
    second.goto(f"/m/tasks/{case_no}")
    second.context.set_offline(True)
    second.get_by_label("属实", exact=True).check()
    second.get_by_label("近景").set_input_files(photo("#2a2a2c"))
    second.locator("#reply-note").fill("属实，井盖不在")
    second.get_by_role("button", name="核实回复").click()
    expect(second.locator('.queue-item[data-state="waiting"]')).to_contain_text("属实，井盖不在")
    clock.at += timedelta(minutes=20)
    second.context.set_offline(False)
    expect(second.locator('.queue-item[data-state="sent"]')).to_have_count(1)

    second.context.set_offline(True)
    call_for_help(second)
    expect(second.locator('[data-state="waiting"] [data-sos=said]')).to_be_visible()
    show(second, "phone-help")
    expect(wall.get_by_role("alert")).to_be_hidden()
    second.context.set_offline(False)
    expect(wall.get_by_role("alert")).to_contain_text("监督员乙")
    show(wall, "wall-help")
    desk.reload()
    answer_call(desk)
    expect(wall.get_by_role("alert")).to_be_hidden()

    walk(first, 2, JINGER_ROAD["longitude"] + 0.001)
    walk(second, 2, JINGER_ROAD["longitude"])
    expect(on_duty(wall)).to_have_text("2")
    go_home(first)
    go_home(second)
    expect(on_duty(wall)).to_have_text("0")
    assert facts_of(wiring, case_no) == {"report": 1, "send_verification": 1, "reply_verification": 1}


def answer_call(desk: Page) -> None:
    token = desk.locator('meta[name="csrf"]').get_attribute("content") or ""
    number = desk.request.get("/api/v1/sos").json()["sos"][0]["id"]
    sent = {"data": {"note": "已派人前往"}, "headers": {"x-csrf-token": token}}
    assert desk.request.post(f"/api/v1/sos/{number}/answer", **sent).ok


def facts_of(wiring: Wiring, case_no: str) -> dict[str, int]:
    with wiring.sessions() as session:
        joined = "cases.fact f JOIN cases.case c ON c.id = f.case_id"
        asked = text(f"SELECT f.action, count(*) AS n FROM {joined} WHERE c.case_no = :no GROUP BY 1")
        return {one.action: one.n for one in session.execute(asked, {"no": case_no})}

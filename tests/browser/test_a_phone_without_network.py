"""An inspector's phone loses the network in the middle of everything, and finds everything once."""

import base64
import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import text

from gis_core.clock import FixedClock
from tests.browser.conftest import DESK, JINGER_ROAD, PHONE, Open, picture, show
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]
WORDS = "经二路路口污水井盖缺失，已放警示桩"
READY = """async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((later) => setTimeout(later, 50));
}"""
NEVER_READY = "() => { window.createImageBitmap = () => new Promise(() => {}); }"


def jpeg(colour: str) -> dict[str, object]:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture(colour)}


def count(wiring: Wiring, question: str) -> int:
    with wiring.sessions() as session:
        return session.scalar(text(question)) or 0


def reports(wiring: Wiring, words: str = WORDS) -> int:
    return count(wiring, f"SELECT count(*) FROM cases.case WHERE description = '{words}'")


@pytest.fixture
def phone(sign_in: Open) -> Page:
    """A phone whose pages have been seen once, so that its worker keeps them."""
    page = sign_in("inspector1", PHONE)
    page.evaluate(READY)
    for place in ("/m/tasks", "/m/queue", "/m/report"):
        page.goto(place)
    return page


def write_report(phone: Page, words: str = WORDS) -> None:
    expect(phone.locator("form[data-queued]")).to_be_visible()
    expect(phone.locator("[name=lon]")).not_to_have_value("")
    phone.get_by_label("近景").set_input_files(jpeg("#1a1a1c"))
    majors = phone.locator("details.major", has_text="市政公用设施")
    majors.locator("summary").click()
    majors.get_by_label("污水井盖", exact=True).check()
    phone.get_by_label("说明", exact=True).fill(words)


def send(phone: Page) -> None:
    phone.get_by_role("button", name="提交", exact=True).click()


def item(phone: Page, state: str) -> object:
    return phone.locator(f'.queue-item[data-state="{state}"]')


def test_a_report_without_network_waits_and_is_filed_once(phone: Page, wiring: Wiring) -> None:
    phone.context.set_offline(True)
    write_report(phone)
    send(phone)
    expect(item(phone, "waiting")).to_contain_text(WORDS)
    show(phone, "phone-queue")
    phone.reload()
    expect(item(phone, "waiting")).to_contain_text("1 张照片")
    phone.context.set_offline(False)
    expect(item(phone, "sent")).to_contain_text("案卷号")
    assert reports(wiring) == 1


def come_back_to_the_draft(phone: Page, words: str) -> None:
    phone.context.set_offline(True)
    phone.goto("/m/tasks")
    phone.goto("/m/report")
    expect(phone.get_by_text("刚才填写的内容还在")).to_be_visible()
    expect(phone.get_by_label("说明", exact=True)).to_have_value(words)
    expect(phone.get_by_alt_text("第 1 张照片").first).to_be_visible()


def test_a_photo_is_kept_before_it_is_made_ready(phone: Page, wiring: Wiring) -> None:
    words = "照片还没有处理好，手机就关了"
    phone.evaluate(NEVER_READY)
    write_report(phone, words)
    expect(phone.get_by_text("草稿已存在手机里，1 张照片")).to_be_visible()
    come_back_to_the_draft(phone, words)
    phone.context.set_offline(False)
    send(phone)
    expect(phone.get_by_role("heading", name="已上报")).to_be_visible()
    of_report = f"case_id = (SELECT id FROM cases.case WHERE description = '{words}')"
    assert count(wiring, f"SELECT count(*) FROM cases.photo WHERE {of_report}") == 1


def test_a_draft_outlives_a_restart_with_its_photo(phone: Page, wiring: Wiring) -> None:
    words = "写了一半的上报"
    write_report(phone, words)
    expect(phone.get_by_text("草稿已存在手机里，1 张照片")).to_be_visible()
    come_back_to_the_draft(phone, words)
    phone.context.set_offline(False)
    send(phone)
    expect(phone.get_by_role("heading", name="已上报")).to_be_visible()
    assert reports(wiring, words) == 1


def lose(context: BrowserContext, pattern: str, *, times: int, answered: bool) -> None:
    """Let requests get lost: before they reach the server, or their answers on the way back."""

    def handle(route: Route) -> None:
        if answered:
            route.fetch()
        route.abort("connectionreset")

    context.route(pattern, handle, times=times)


@pytest.mark.parametrize(
    ("pattern", "answered", "because"),
    [
        ("**/m/report", False, "the form did not arrive"),
        ("**/m/report", True, "the form arrived and its answer did not"),
        ("**/m/photos/**", False, "a piece of the photo did not arrive"),
        ("**/m/photos/**", True, "a piece arrived and its answer did not"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_gets_lost_on_the_way_is_sent_again_and_filed_once(
    phone: Page, wiring: Wiring, pattern: str, answered: bool, because: str
) -> None:
    write_report(phone, because)
    lose(phone.context, pattern, times=2, answered=answered)
    send(phone)
    expect(phone).to_have_url(re.compile("/m/queue|/m/report/done"))
    phone.goto("/m/queue")
    phone.get_by_role("button", name="立即发送").or_(item(phone, "sent")).first.click()
    # A press that comes too early leaves it to the third try of the phone itself, 15 s later.
    expect(item(phone, "sent").filter(has_text=because)).to_have_count(1, timeout=60_000)
    assert reports(wiring, because) == 1


def give_task(wiring: Wiring, desk: Page, words: str) -> str:
    with wiring.sessions() as session:
        case_no = session.scalar(text("SELECT case_no FROM cases.case WHERE description = :w"), {"w": words})
        person = session.scalar(text("SELECT id FROM accounts.person WHERE login = 'inspector1'"))
    token = desk.locator('meta[name="csrf"]').get_attribute("content") or ""
    answer = desk.request.post(
        f"/cases/{case_no}/send_verification",
        form={"revision": "1", "inspector_id": str(person), "csrf": token},
        headers={"accept": "application/json"},
    )
    assert answer.ok, answer.text()
    return str(case_no)


def filed_task(phone: Page, wiring: Wiring, sign_in: Open, words: str) -> str:
    write_report(phone, words)
    send(phone)
    expect(phone.get_by_role("heading", name="已上报")).to_be_visible()
    case_no = give_task(wiring, sign_in("operator1", DESK), words)
    phone.goto(f"/m/tasks/{case_no}")
    expect(phone.locator("form[data-queued]").first).to_be_attached()
    return case_no


def answer(phone: Page, note: str) -> None:
    phone.get_by_label("属实", exact=True).check()
    phone.get_by_label("近景").set_input_files(jpeg("#2a2a2c"))
    phone.locator("#reply-note").fill(note)
    phone.get_by_role("button", name="核实回复").click()


def test_an_answer_without_network_is_marked_and_taken_once(
    phone: Page, wiring: Wiring, sign_in: Open, clock: FixedClock
) -> None:
    case_no = filed_task(phone, wiring, sign_in, "核实一件")
    phone.context.set_offline(True)
    answer(phone, "看过了，属实")
    expect(item(phone, "waiting")).to_contain_text("看过了，属实")
    phone.goto(f"/m/tasks/{case_no}")
    expect(phone.locator(".own-answer")).to_have_text("已填写，等待发送")
    phone.context.set_offline(False)
    phone.goto("/m/queue")
    expect(item(phone, "sent").filter(has_text="看过了，属实")).to_have_count(1)
    assert answers(wiring, case_no) == 1


def answers(wiring: Wiring, case_no: str) -> int:
    joined = "cases.fact f JOIN cases.case c ON c.id = f.case_id"
    asked = f"SELECT count(*) FROM {joined} WHERE c.case_no = '{case_no}'"
    return count(wiring, f"{asked} AND f.action = 'reply_verification'")


def test_a_task_that_moved_on_is_explained_and_nothing_written_is_lost(
    phone: Page, wiring: Wiring, sign_in: Open
) -> None:
    case_no = filed_task(phone, wiring, sign_in, "被收回的一件")
    phone.context.set_offline(True)
    answer(phone, "我写的说明不能丢")
    other = sign_in("inspector1", PHONE)
    token = other.locator('meta[name="csrf"]').get_attribute("content") or ""
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture("#555555")}
    fields = {"revision": "2", "result": "false", "csrf": token, "photos": photo}
    moved = other.request.post(
        f"/cases/{case_no}/reply_verification", multipart=fields, headers={"accept": "application/json"}
    )
    assert moved.ok, moved.text()
    phone.context.set_offline(False)
    phone.goto("/m/queue")
    expect(item(phone, "refused")).to_contain_text("有了变化")
    expect(item(phone, "refused")).to_contain_text("我写的说明不能丢")
    show(phone, "phone-conflict")


def test_an_expired_sign_in_keeps_everything_and_another_person_sees_nothing(
    phone: Page, wiring: Wiring, address: str
) -> None:
    words = "登录失效时写的"
    phone.context.set_offline(True)
    write_report(phone, words)
    send(phone)
    expect(item(phone, "waiting")).to_have_count(1)
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    sign_in_here(phone, "inspector2")
    phone.goto("/m/queue")
    expect(phone.get_by_text("另一位同事的 1 件")).to_be_visible()
    assert (reports(wiring, words), phone.get_by_text(words).count()) == (0, 0)
    phone.context.clear_cookies()
    sign_in_here(phone, "inspector1")
    phone.goto("/m/queue")
    expect(item(phone, "sent")).to_have_count(1)
    assert reports(wiring, words) == 1


def sign_in_here(page: Page, login: str) -> None:
    page.goto("/sign-in")
    main = page.get_by_role("main")
    main.get_by_label("账号").fill(login)
    main.get_by_label("密码").fill("citygrid-demo")
    main.get_by_role("button").first.click()
    expect(page).not_to_have_url("/sign-in")


def test_what_is_not_packed_says_so_with_a_next_step(phone: Page) -> None:
    phone.context.set_offline(True)
    phone.goto("/m/surveys")
    expect(phone.get_by_role("heading", name="没有网络，这一页不在离线包里")).to_be_visible()
    phone.get_by_role("link", name="看离线包里的任务").click()
    expect(phone.get_by_role("heading", name="任务")).to_be_visible()


def test_the_pack_opens_map_and_pages_without_network(phone: Page) -> None:
    phone.goto("/m/me")
    phone.get_by_role("button", name="带走我的网格").click()
    expect(phone.locator("[data-pack=said]")).to_contain_text("更新", timeout=90_000)
    show(phone, "phone-pack")
    phone.context.set_offline(True)
    for place in ("/m", "/m/tasks", "/m/report", "/m/components"):
        phone.goto(place)
        expect(phone.get_by_role("navigation", name="主要")).to_be_visible()
    phone.goto("/m")
    expect(phone.locator('.map.is-open[data-drawn="yes"]')).to_be_visible()


def cover_near_by(wiring: Wiring) -> dict[str, float]:
    """The sewer cover that is nearest to where the phone stands."""
    here = f"ST_SetSRID(ST_Point({JINGER_ROAD['longitude']}, {JINGER_ROAD['latitude']}), 4490)"
    place = "ST_Transform(geom, 4490)"
    asked = f"SELECT ST_X({place}), ST_Y({place}) FROM grid.component WHERE type_code = '01002'"
    with wiring.sessions() as session:
        lon, lat = session.execute(text(f"{asked} ORDER BY {place} <-> {here} LIMIT 1")).one()
    return {"longitude": lon, "latitude": lat, "accuracy": 12}


def test_a_report_is_placed_snapped_and_compared_from_the_pack(phone: Page, wiring: Wiring) -> None:
    phone.context.set_geolocation(cover_near_by(wiring))
    phone.goto("/m/report")
    write_report(phone, "离线包里已有的一件")
    send(phone)
    expect(phone.get_by_role("heading", name="已上报")).to_be_visible()
    phone.goto("/m/me")
    phone.get_by_role("button", name="带走我的网格").click()
    expect(phone.locator("[data-pack=said]")).to_contain_text("更新", timeout=90_000)
    phone.context.set_offline(True)
    phone.goto("/m/report")
    expect(phone.locator('.place-picker .map.is-open[data-drawn="yes"]')).to_be_visible()
    phone.get_by_role("button", name="十字线更正位置").click()
    show(phone, "phone-crosshair")
    phone.get_by_role("button", name="就是这里").click()
    expect(phone.locator("[name=position_source]")).to_have_value("map")
    write_report(phone, "同一个井盖")
    expect(phone.get_by_text("离线包里附近有同类案件")).to_be_visible()
    near = phone.get_by_role("group", name="是哪一个部件？")
    near.get_by_label("图上没有").check()
    send(phone)
    expect(item(phone, "waiting")).to_contain_text("同一个井盖")


OLD_FORM = """([owner, photo]) => new Promise((resolve, reject) => {
  const asked = indexedDB.open("citygrid-phone", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("reports", { keyPath: "client_id" });
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
    const form = { type: "component:01002", lon: "107.1445", lat: "34.3690", description: "两个版本以前" };
    const photos = [{ blob: new Blob([bytes], { type: "image/jpeg" }) }];
    const old = { client_id: crypto.randomUUID(), owner, state: "queued", form, photos };
    const work = asked.result.transaction("reports", "readwrite");
    work.objectStore("reports").put(old);
    work.oncomplete = () => { asked.result.close(); resolve(); };
  };
})"""
FORGET = """() => new Promise((done) => {
  const asked = indexedDB.deleteDatabase("citygrid-phone");
  asked.onsuccess = done;
})"""


def test_a_queue_of_an_older_version_is_sent_too(sign_in: Open, wiring: Wiring) -> None:
    phone = sign_in("inspector3", PHONE)
    owner = phone.locator('meta[name="person"]').get_attribute("content")
    phone.goto("/healthz")
    phone.evaluate(FORGET)
    phone.evaluate(OLD_FORM, [owner, base64.b64encode(picture("#333333")).decode()])
    phone.goto("/m/queue")
    expect(item(phone, "sent")).to_contain_text("两个版本以前")
    assert reports(wiring, "两个版本以前") == 1

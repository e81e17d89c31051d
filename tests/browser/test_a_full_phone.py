"""A phone without room: what it lets go, what it says, and what the system itself cleared away."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open, picture
from tests.browser.test_a_phone_without_network import (
    READY,
    count,
    item,
    reports,
    send,
    sign_in_here,
    write_report,
)
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]
PACK_TILES = """async () => {
  const owner = document.querySelector('meta[name="person"]').content;
  const cache = await caches.open(`citygrid-pack-${owner}`);
  const tile = () => crypto.getRandomValues(new Uint8Array(60_000));
  for (let n = 0; n < 100; n += 1) await cache.put(`/tiles/base/16/1/${n}.mvt`, new Response(tile()));
}"""
TILES = """async () => {
  const owner = document.querySelector('meta[name="person"]').content;
  const keys = await (await caches.open(`citygrid-pack-${owner}`)).keys();
  return keys.filter(({ url }) => url.includes("/tiles/")).length;
}"""
FULL = """(isHelpless) => {
  // Chromium's own override of a quota does not reach these stores: what a full one throws is thrown here.
  const [put, drop] = [IDBObjectStore.prototype.put, Cache.prototype.delete];
  let dropped = 0;
  Cache.prototype.delete = function (...asked) { dropped += 1; return drop.apply(this, asked); };
  IDBObjectStore.prototype.put = function (...row) {
    const isFull = isHelpless ? this.name !== "meta" : this.name === "photos" && dropped < 100;
    if (isFull) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, row);
  };
}"""
CLEAR_PHOTOS = """() => new Promise((done) => {
  const asked = indexedDB.open("citygrid-phone");
  asked.onsuccess = () => {
    const work = asked.result.transaction("photos", "readwrite");
    work.objectStore("photos").clear();
    work.oncomplete = () => { asked.result.close(); done(); };
  };
})"""
FILL = """async ([many, pictures]) => {
  const { newItem } = await import("/static/js/phone/rules.js");
  const { keepItem } = await import("/static/js/phone/store.js");
  const owner = document.querySelector('meta[name="person"]').content;
  const blobOf = (photo) => new Blob([Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0))]);
  for (let n = 0; n < many; n += 1) {
    const photos = pictures.map((photo) => ({ id: crypto.randomUUID(), owner, field: "photos", name: "a.jpg",
      blob: blobOf(photo) }));
    const fields = [["type", "component:01002"], ["lon", String(107.14 + n * 1e-4)], ["lat", "34.3690"],
      ["description", "两百张照片"]];
    const [id, ids, title] = [crypto.randomUUID(), photos.map((one) => one.id), ""];
    const item = { id, owner, action: "/m/report", kind: "report", origin: "/m/report", fields, title };
    await keepItem(newItem({ ...item, photos: ids, madeAt: new Date().toISOString() }), photos);
  }
}"""


KEPT = """async () => {
  const owner = document.querySelector('meta[name="person"]').content;
  const cache = await caches.open(`citygrid-pack-${owner}`);
  while (!(await cache.match("/m/me"))) await new Promise((later) => setTimeout(later, 100));
}"""


@pytest.fixture
def phone(open_browser: Open) -> Page:
    """A phone on which somebody signed in and opened one page; no more was seen, no map was drawn."""
    page = open_browser(PHONE)
    page.route("**/maplibre-gl.mjs", lambda route: route.abort())
    sign_in_here(page, "inspector1")
    page.evaluate(READY)
    page.evaluate(KEPT)
    page.goto("/m/report")
    return page


def test_a_full_phone_lets_tiles_go_and_keeps_the_report_with_its_photo(phone: Page, wiring: Wiring) -> None:
    words = "存储满了也要留住"
    phone.evaluate(PACK_TILES)
    phone.context.set_offline(True)
    phone.evaluate(FULL, False)
    write_report(phone, words)
    send(phone)
    expect(item(phone, "waiting")).to_contain_text("1 张照片")
    assert phone.evaluate(TILES) == 0
    phone.context.set_offline(False)
    expect(item(phone, "sent")).to_have_count(1)
    assert reports(wiring, words) == 1


def test_a_phone_without_any_room_says_so_and_loses_nothing_on_the_page(phone: Page) -> None:
    words = "什么也存不下"
    phone.context.set_offline(True)
    phone.evaluate(FULL, True)
    write_report(phone, words)
    send(phone)
    expect(phone.get_by_role("alert").filter(has_text="手机存储已满")).to_be_visible()
    expect(phone.get_by_label("说明", exact=True)).to_have_value(words)
    assert phone.get_by_label("近景").evaluate("(input) => input.files.length") == 1


def test_photos_that_the_system_cleared_are_asked_for_again_and_the_words_stay(phone: Page) -> None:
    phone.context.set_offline(True)
    write_report(phone, "照片没了，字还在")
    send(phone)
    expect(item(phone, "waiting")).to_contain_text("1 张照片")
    phone.evaluate(CLEAR_PHOTOS)
    phone.context.set_offline(False)
    expect(item(phone, "refused")).to_contain_text("照片已被手机清理，文字还在")
    expect(item(phone, "refused")).to_contain_text("照片没了，字还在")


def test_two_hundred_photos_go_out_and_each_report_once(phone: Page, wiring: Wiring) -> None:
    phone.goto("/m/queue")
    phone.context.set_offline(True)
    pictures = [base64.b64encode(picture(f"#4{n}40{n}0")).decode() for n in range(5)]
    phone.evaluate(FILL, [40, pictures])
    phone.context.set_offline(False)
    expect(item(phone, "sent")).to_have_count(40, timeout=180_000)
    photos = "SELECT count(*) FROM cases.photo p JOIN cases.case c ON c.id = p.case_id"
    asked = f"{photos} WHERE c.description = '两百张照片'"
    assert (reports(wiring, "两百张照片"), count(wiring, asked)) == (40, 200)

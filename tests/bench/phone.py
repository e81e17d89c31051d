"""The phone: what its first load weighs, how quickly it opens without network, and a queue over a bad link.

The soak is the queue of somebody who comes back after days: so many reports with a photo each, sent by the
page's own script over a link that loses a fifth of the requests, on the way there or back, and is cut again
and again. CITYGRID_BENCH_REPORTS and CITYGRID_BENCH_CUTS make it longer (500 and 50 are meant;
40 and 5 are run by default, for a phone takes its time).
"""

import base64
import os
import random
import shutil
import time
from functools import partial
from http.client import HTTPConnection

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from sqlalchemy import Engine, text

from tests.bench.figures import Figure
from tests.bench.web import drawn_city
from tests.bench.web_load import serving
from tests.browser.conftest import JINGER_ROAD, PHONE, PLAIN, picture
from web.phone_shell import MAP_LIBRARY, list_shell

_figure = partial(Figure, "phone")
REPORTS = int(os.environ.get("CITYGRID_BENCH_REPORTS", "40"))
CUTS = int(os.environ.get("CITYGRID_BENCH_CUTS", "5"))
LOST = 0.2
MOST_SHELL_KB = 350.0
PATIENCE_S = 60.0 + 6 * REPORTS
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
READY = """async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise((later) => setTimeout(later, 50));
}"""
FILL = """async ([many, photo]) => {
  const { newItem } = await import("/static/js/phone/rules.js");
  const { keepItem } = await import("/static/js/phone/store.js");
  const owner = document.querySelector('meta[name="person"]').content;
  const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
  for (let n = 0; n < many; n += 1) {
    const [id, image] = [crypto.randomUUID(), crypto.randomUUID()];
    const blob = new Blob([bytes, Uint8Array.of(n & 255, n >> 8)], { type: "image/jpeg" });
    const fields = [["type", "component:01002"], ["lon", String(107.14 + n * 1e-5)], ["lat", "34.3690"],
      ["description", `soak ${n}`]];
    const item = newItem({ id, owner, action: "/m/report", kind: "report", origin: "/m/report", title: "soak",
      fields, photos: [image], madeAt: new Date(1e12 + n).toISOString() });
    await keepItem(item, [{ id: image, item: id, owner, field: "photos", name: "a.jpg", blob }]);
  }
}"""
USABLE = ".queue-line[data-told]"
LEFT = """async () => {
  const { listItems } = await import("/static/js/phone/store.js");
  const states = (await listItems()).map((item) => item.state);
  return states.filter((state) => state !== "sent").length;
}"""


def measure() -> list[Figure]:
    """First load, opening without network, and the soak."""
    with drawn_city() as (engine, folder):
        url = engine.url.render_as_string(hide_password=False)
        with serving(url, folder) as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(PLAIN))
            address = f"http://127.0.0.1:{port}"
            figures = [*_first_load(browser, address), *_soak(browser, address, engine)]
            browser.close()
    return figures


def _open(browser: Browser, address: str, login: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(
        base_url=address, viewport=PHONE, locale="zh-CN", geolocation=JINGER_ROAD, permissions=["geolocation"]
    )
    page = context.new_page()
    page.goto("/sign-in")
    main = page.get_by_role("main")
    main.get_by_label("账号").fill(login)
    main.get_by_label("密码").fill("citygrid-demo")
    return context, page


def _first_load(browser: Browser, address: str) -> list[Figure]:
    """Bytes of the shell and of what draws the map as they go over the wire, and times of opening."""
    shell_kb, map_kb = _weights_kb(address)
    signing_in_s, opening_s, n_asked = _slow(browser, address)
    context, page = _open(browser, address, "inspector1")
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/m")
    page.evaluate(READY)
    offline_ms = _offline_ms(context, page)
    context.close()
    return [
        _figure("shell and worker, all that is kept at first, compressed", shell_kb, "kB", MOST_SHELL_KB),
        _figure("map library, fetched with the first map, compressed", map_kb, "kB"),
        _figure("first page usable, slow 4G, CPU 4 times slower", opening_s, "s", 3.0),
        _figure("the same from pressing sign-in", signing_in_s, "s"),
        _figure("requests until the first page is usable", float(n_asked), "requests"),
        _figure("opening without network, p95 of 20", offline_ms, "ms", 1000.0),
    ]


def _weights_kb(address: str) -> tuple[float, float]:
    shell = [one["url"] for one in list_shell()] + ["/sw.js", "/m/manifest.webmanifest"]
    return _weigh_kb(address, shell), _weigh_kb(address, list(MAP_LIBRARY))


def _weigh_kb(address: str, paths: list[str]) -> float:
    """Bodies as a browser that takes gzip is sent them, in kB."""
    connection = HTTPConnection(address.removeprefix("http://"))
    total = 0
    for path in paths:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        total += len(answer.read())
        assert answer.status == 200, f"{path}: {answer.status}"
    return total / 1000


def _slow(browser: Browser, address: str) -> tuple[float, float, int]:
    """Seconds from signing in, seconds of opening the app when signed in, and requests until then.

    Both on a phone that has nothing yet; usable is a page whose script has read the queue: buttons work.
    The link is what Lighthouse calls slow 4G: 150 ms there and back, 1.6 Mbit/s down, 0.75 up.
    """
    context, page = _open(browser, address, "inspector3")
    _throttle(context, page)
    started = time.perf_counter()
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_selector(USABLE, state="attached", timeout=60_000)
    signing_in_s = time.perf_counter() - started
    cookies = context.cookies()
    context.close()
    context = browser.new_context(base_url=address, viewport=PHONE, locale="zh-CN")
    context.add_cookies(cookies)  # type: ignore[arg-type]  # they come as they go
    page = context.new_page()
    _throttle(context, page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    started = time.perf_counter()
    page.goto("/m", wait_until="commit")
    page.wait_for_selector(USABLE, state="attached", timeout=60_000)
    opening_s, n_asked = time.perf_counter() - started, len(asked)
    context.close()
    return signing_in_s, opening_s, n_asked


def _throttle(context: BrowserContext, page: Page) -> None:
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def _offline_ms(context: BrowserContext, page: Page) -> float:
    for place in ("/m/tasks", "/m/report", "/m/queue"):
        page.goto(place)
    context.set_offline(True)
    times = []
    for n in range(20):
        started = time.perf_counter()
        page.goto(("/m/tasks", "/m/report", "/m/queue")[n % 3], wait_until="domcontentloaded")
        times.append(1000 * (time.perf_counter() - started))
    return sorted(times)[18]


def _soak(browser: Browser, address: str, engine: Engine) -> list[Figure]:
    context, page = _open(browser, address, "inspector2")
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/m")
    page.evaluate(READY)
    page.goto("/m/queue")
    context.set_offline(True)
    photo = base64.b64encode(picture("#444444")).decode()
    page.evaluate(FILL, [REPORTS, photo])
    chance, lost = random.Random(20260918), [0]
    for pattern in ("**/m/photos/*", "**/m/report", "**/api/v1/me"):
        context.route(pattern, lambda route: _maybe_lose(route, chance, lost))
    started = time.perf_counter()
    cuts = _send_all(context, page, started)
    taken = time.perf_counter() - started
    filed, different = _filed(engine)
    left = page.evaluate(LEFT)
    context.close()
    what = f"{REPORTS} reports, link cut {cuts} times, {lost[0]} requests lost"
    return [
        _figure(f"{what}: lost", float(REPORTS - different), "reports", 0.0),
        _figure(f"{what}: doubled", float(filed - different), "reports", 0.0),
        _figure(f"{what}: left in the queue", float(left), "reports", 0.0),
        _figure(f"{what}: sent a minute", 60 * different / taken, "1/min", better="more"),
    ]


def _maybe_lose(route: Route, chance: random.Random, lost: list[int]) -> None:
    """A fifth of the requests is lost: half before they arrive, half of their answers on the way back."""
    dice = chance.random()
    lost[0] += dice < LOST
    if dice < LOST / 2:
        route.abort("connectionreset")
    elif dice < LOST:
        route.fetch()
        route.abort("connectionreset")
    else:
        route.continue_()


def _send_all(context: BrowserContext, page: Page, started: float) -> int:
    """Go online and offline, wait until nothing is left; answers how often the link was cut."""
    cuts = 0
    while time.perf_counter() - started < PATIENCE_S:
        context.set_offline(False)
        page.evaluate("() => document.dispatchEvent(new CustomEvent('phone:send'))")
        page.wait_for_timeout(2_000)
        if page.evaluate(LEFT) == 0:
            break
        if cuts < CUTS:
            context.set_offline(True)
            page.wait_for_timeout(300)
            page.reload()
            cuts += 1
    return cuts


def _filed(engine: Engine) -> tuple[int, int]:
    asked = "SELECT count(*), count(DISTINCT description) FROM cases.case WHERE description LIKE 'soak %'"
    with engine.connect() as connection:
        filed, different = connection.execute(text(asked)).one()
    return int(filed), int(different)

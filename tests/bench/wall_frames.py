"""Frames a second of the wall, in both ways in which a browser draws without a graphics card.

*By processor*: what Chromium does by itself on a machine without a card: layers are put together by Skia on
the processor, and WebGL alone is emulated. *By emulated card*: `--use-angle=swiftshader` has everything put
together by an emulated card, as browser tests do for their maps; no wall need be run so. Each is held against
a page of the same size on which one small square changes, in the same browser and minute, because machines
are never quiet; and what a frame costs in processor time hardly depends on who else works.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, sleep

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.bench.figures import Figure

_figure = partial(Figure, "wall")
OPEN_CASES = 20_000
MOVERS = 500
FRAMES_FOR_S = 10.0
FLOOR_FOR_S = 4.0
HD: ViewportSize = {"width": 1920, "height": 1080}
PLAIN = (
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--js-flags=--expose-gc",
    "--enable-precise-memory-info",
)
PAINTED = "document.querySelector('main').wall.overlay.painted"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to draw without a card: its name, the browser's switches, and the frames a second due."""

    name: str
    switches: tuple[str, ...]
    target: float | None


WAYS = (
    Way("by processor", ("--disable-gpu",), 30),
    Way("by emulated card", ("--use-gl=angle", "--use-angle=swiftshader"), None),
)

MOVE = """([many, times]) => {
  const { wall } = document.querySelector("main");
  let second = 0;
  clearInterval(globalThis.moving);
  globalThis.moving = setInterval(() => {
    second += 1;
    const at = Date.now() / 1000;
    wall.hear("movers", { rows: Array.from({ length: many }, (_unused, n) => {
      const away = 0.01 + (n % 50) / 800;
      const metresASecond = times * (n % 3 ? 1.4 : 10);
      const angle = n + (second * metresASecond) / (away * 92000);
      const [lon, lat] = [107.14 + away * Math.cos(angle), 34.365 + away * 0.5 * Math.sin(angle)];
      return [`${n % 3 ? "p" : "v"}${n}`, lon, lat, (angle * 57) % 360, at, n % 2];
    }) });
  }, 1000);
}"""
"""People walk at 1.4 m/s, each third mover drives at 10 m/s, or so many times as fast."""

FLOOR = """<body style="margin: 0; background: #0a1624"><canvas width="20" height="20"></canvas><script>
  const pen = document.querySelector("canvas").getContext("2d");
  globalThis.painted = 0;
  requestAnimationFrame(function draw(ms) {
    painted += 1;
    pen.fillStyle = `rgb(${Math.floor(ms) % 255}, 0, 0)`;
    pen.fillRect(0, 0, 20, 20);
    requestAnimationFrame(draw);
  });
</script>"""


def frames(way: Way, port: int, cookie: str) -> list[Figure]:
    """Frames a second with movers at their own speed and ten times as fast, beside a bare page."""
    with opened(way, port, cookie) as page:
        floor, _ = _rate(_page_with_nothing(page.context.browser), "painted", FLOOR_FOR_S)
        move(page)
        rate, cost_ms = _rate(page, PAINTED, FRAMES_FOR_S)
        move(page, times=10)
        fast, fast_cost_ms = _rate(page, PAINTED, FRAMES_FOR_S)
    said = f"{OPEN_CASES:,} live cases, {MOVERS} movers, 1080 lines, {way.name}"
    return [
        _figure(f"frames painted: {said}", rate, "/s", target=way.target, better="more"),
        _figure(f"the same, movers ten times as fast: {way.name}", fast, "/s"),
        _figure(f"frames of a page with one changing square: {way.name}", floor, "/s"),
        _figure(f"browser's processor time a frame: {way.name}", cost_ms, "ms"),
        _figure(f"the same, movers ten times as fast, time: {way.name}", fast_cost_ms, "ms"),
    ]


@contextmanager
def opened(way: Way, port: int, cookie: str) -> Iterator[Page]:
    """The wall in Chromium with everything it shows."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    name, _, secret = cookie.partition("=")
    address = f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*PLAIN, *way.switches])
        context = browser.new_context(base_url=address, viewport=HD)
        context.add_cookies([{"name": name, "value": secret, "url": address}])
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto("/wall?rotate=off")
        page.wait_for_selector('.wall-page[data-ready="yes"]')
        sleep(5)
        yield page
        browser.close()


def move(page: Page, *, times: float = 1) -> None:
    """Have the wall hear of movers each second."""
    page.evaluate(MOVE, [MOVERS, times])
    sleep(3)


def _page_with_nothing(browser: Browser | None) -> Page:
    assert browser is not None
    page = browser.new_page(viewport=HD)
    page.set_content(FLOOR)
    return page


def _rate(page: Page, counter: str, for_s: float) -> tuple[float, float]:
    """Frames painted in a second, and the browser's processor time for each, in milliseconds."""
    page.bring_to_front()
    sleep(1)
    spent_s, began, first = _browser_cpu_s(), perf_counter(), page.evaluate(counter)
    sleep(for_s)
    painted = max(1, page.evaluate(counter) - first)
    rate = painted / (perf_counter() - began)
    return rate, (_browser_cpu_s() - spent_s) * 1000 / painted


def _browser_cpu_s() -> float:
    """Processor time that all processes of browsers below this one have used."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (folder / "stat").read_text().partition(") ")
        except OSError:
            continue  # it has ended meanwhile
        fields = rest.split()
        number = int(folder.name)
        children.setdefault(int(fields[1]), []).append(number)
        ticks[number] = int(fields[11]) + int(fields[12]) if "chrom" in name else 0
    below, found = [os.getpid()], 0
    while below:
        number = below.pop()
        found += ticks.get(number, 0)
        below += children.get(number, [])
    return found / os.sysconf("SC_CLK_TCK")

"""A small drawn city served for real, and browsers of its people; nothing may leave the host.

Two groups take one worker each, the first to begin: `browser` says how soon something is seen, and what must
be seen soon is never asked of two browsers that draw maps in software at once; `browser-pages` walks through
pages and waits for each as long as it takes. Together they are most of a run, so that no worker waits long.
"""

import io
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import uvicorn
from argon2 import PasswordHasher
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import Engine, text

from cases.rules.commands import Asking, Report
from cases.rules.evidence import StoredPhoto
from gis_core.clock import FixedClock
from gis_core.db import open_sessions
from gis_core.places import LonLat
from grid.sample_city import load
from grid.seed import seed
from tests import databases
from tests.case_city import FRIDAY_MORNING, baoji
from tests.databases import Databases
from tests.drawn_city import drawn_city
from web.accounts.reading import list_demo_logins
from web.accounts.seed import read_demo_people, seed_demo_people
from web.app import create_app
from web.settings import Settings
from web.wiring import Wiring, wire

ROOT = Path(__file__).resolve().parents[2]
# The images of the documentation are made anew with CITYGRID_TEST_SCREENSHOTS=docs/screenshots.
SCREENSHOTS = Path(os.environ.get("CITYGRID_TEST_SCREENSHOTS") or ROOT / "tests" / "screenshots")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# Without windows it takes a quarter of the processor: the whole browser draws a frame round each page.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None
)
PLAIN = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-gpu",
    "--enable-unsafe-swiftshader",
)  # fmt: skip
PATIENT_MS = 40_000  # drawing maps in software holds a page's thread for seconds on a busy machine
expect.set_options(timeout=PATIENT_MS)
PHONE = {"width": 360, "height": 780}
LARGEST_IMAGE_BYTES = 390_000
DESK = {"width": 1366, "height": 768}
JINGER_ROAD = {"longitude": 107.1445, "latitude": 34.3690, "accuracy": 12}

OTHER_REPORTS = (
    ("matter", "06010", "经二路菜市场东侧", "垃圾堆在路边"),
    ("matter", "09010", "红旗路公交站旁", "非机动车堵住盲道"),
    ("component", "01037", "渭工路小学门前", "路灯不亮"),
    ("matter", "09006", "中山东路十字西北角", "摊贩占道，行人走到车道上"),
    ("component", "03005", "滨河路步道", "垃圾箱破损"),
    ("matter", "07001", "陈仓园小区西门", "墙上贴满小广告"),
    ("component", "02012", "经一路东口", "路名牌倾斜"),
    ("matter", "06013", "宏文路中段", "路面坑槽，积水"),
)


def fill_drawn_city(engine: Engine) -> None:
    """The small sample city with its organisations and demo people."""
    databases.fill_migrated(engine)
    sessions = open_sessions(engine)
    seed(sessions, baoji(), FRIDAY_MORNING)
    load(sessions, drawn_city(), city=baoji(), at=FRIDAY_MORNING)
    seed_demo_people(sessions, baoji(), hasher=QUICK)


def picture(colour: str) -> bytes:
    """A JPEG that stands for a photo: a cover in a pavement of one colour."""
    image = Image.new("RGB", (960, 720), "#b8c4cc")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 260, 960, 720), fill="#98958f")
    for n in range(12):
        pen.line((n * 90, 260, n * 150 - 380, 720), fill="#8c8983", width=3)
    pen.ellipse((340, 410, 620, 560), fill=colour, outline="#4a4a48", width=8)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=85)
    return kept.getvalue()


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    """Friday morning; the story moves it."""
    return FixedClock(FRIDAY_MORNING)


@pytest.fixture(scope="module")
def wiring(
    city_databases: Databases, worker_id: str, clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Wiring]:
    """The application on a drawn city of its own."""
    template = city_databases.template("drawn", fill_drawn_city)
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, photo_dir=home / "photos", _env_file=None)  # type: ignore[call-arg]
    with city_databases.clone(template, f"browser_{worker_id}") as engine:
        yield wire(settings, engine=engine, city=baoji(), clock=clock, hasher=QUICK)


@pytest.fixture(scope="module")
def address(wiring: Wiring) -> Iterator[str]:
    """The address of the city, served by uvicorn in a thread."""
    # asyncio sends at once only where the protocol is named: else answers wait 40 ms for each other.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # a browser that comes before the server has begun waits for it
        config = uvicorn.Config(create_app(wiring), log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def other_reports(address: str, wiring: Wiring, clock: FixedClock) -> None:
    """A morning's reports by an inspector, so that desks are not empty."""
    with wiring.sessions() as session:
        inspector = next(one for one in list_demo_logins(session) if one.login == "inspector2")
        degrees = "SELECT ST_Transform(geom, 4490) AS place FROM grid.component ORDER BY id"
        asked = f"SELECT ST_X(place), ST_Y(place) FROM ({degrees}) AS component"
        places = session.execute(text(asked)).all()
    asking = Asking(clock.now(), inspector.id, inspector.name, "inspector", inspector.organisation_code)
    photo = take(wiring, "#2b2b2d")
    for n, (kind, type_code, where, words) in enumerate(OTHER_REPORTS):
        lon, lat = places[(n * 397 + 150) % len(places)]
        report = Report(
            uuid4(), kind, type_code, LonLat(lon, lat), words, (photo,), place_text=where, is_synthetic=True
        )
        wiring.cases.report(report, asking)


def take(wiring: Wiring, colour: str) -> StoredPhoto:
    """A photo in the store."""
    return wiring.photos.take(io.BytesIO(picture(colour)))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The operating system's Chromium, drawing maps in software."""
    if CHROMIUM is None:
        pytest.fail("Chromium is missing: install it with `apt-get install chromium` or run script/test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(PLAIN))
        yield browser
        browser.close()


@pytest.fixture
def strangers() -> Iterator[list[str]]:
    """Every address outside this host that a page asked for; there must be none."""
    asked: list[str] = []
    yield asked
    assert asked == []


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """Everything that scripts complained about; there must be nothing."""
    heard: list[str] = []
    yield heard
    assert heard == []


Open = Callable[..., Page]


@pytest.fixture
def open_browser(chromium: Browser, address: str, strangers: list[str], faults: list[str]) -> Iterator[Open]:
    """Opens a browser of somebody at a size: `open_browser(DESK)`."""
    opened: list[BrowserContext] = []

    def open_one(size: dict[str, int], *, language: str = "zh-CN", has_scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=address, viewport=size, locale=language, has_touch=size is PHONE,
            geolocation=JINGER_ROAD, permissions=["geolocation"], java_script_enabled=has_scripts,
        )  # fmt: skip
        context.on("request", lambda request: note_stranger(request.url, strangers))
        context.on("weberror", lambda fault: faults.append(str(fault.error)))
        opened.append(context)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def sign_in(open_browser: Open) -> Open:
    """Opens a browser in which somebody is signed in and has come to his or her page."""

    def sign(login: str, size: dict[str, int], **more: object) -> Page:
        page = open_browser(size, **more)
        page.goto("/sign-in")
        main = page.get_by_role("main")
        main.get_by_label("账号").or_(main.get_by_label("Account")).fill(login)
        main.get_by_label("密码").or_(main.get_by_label("Password")).fill(read_demo_people(baoji()).password)
        main.get_by_role("button").first.click()
        expect(page).not_to_have_url("/sign-in")
        return page

    return sign


def note_stranger(url: str, strangers: list[str]) -> None:
    """Keep an address that is not this host's."""
    parts = urlsplit(url)
    if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
        strangers.append(url)


def see_map(page: Page) -> None:
    """Wait until the map is open and has drawn what it was asked for."""
    expect(page.locator('.map.is-open[data-drawn="yes"]')).to_be_visible()


def show(page: Page, name: str) -> None:
    """Keep what the page looks like as an image of the documentation."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    taken = page.screenshot(animations="disabled")
    path = SCREENSHOTS / f"{name}.png"
    if len(taken) < LARGEST_IMAGE_BYTES:
        path.write_bytes(taken)
        return
    with Image.open(io.BytesIO(taken)) as shot:
        shot.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)

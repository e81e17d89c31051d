"""A base map of another host lies under our lines where it belongs; a local host plays its part."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import asinh, pi, radians, tan
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from gis_core.clock import FixedClock
from gis_core.crs import gcj02_to_bd09, wgs84_to_gcj02
from gis_core.places import LonLat
from tests.browser.conftest import DESK, QUICK, Open, fill_drawn_city, see_map, show
from tests.case_city import baoji
from tests.databases import Databases
from web.settings import Settings
from web.wiring import Wiring, wire

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-basemap"), pytest.mark.timeout(120)]

PLACE = LonLat(107.1700, 34.3400)
MARKED_AT = {
    "plain": PLACE,
    "shifted": wgs84_to_gcj02(PLACE),
    "turned": gcj02_to_bd09(wgs84_to_gcj02(PLACE)),
}
FILE = """
- id: plain
  title: 影像图
  title_en: Imagery
  urls: ["{host}/plain/{{z}}/{{x}}/{{y}}.png?k={{key}}"]
  attribution: 测试 & 图商
  datum: CGCS2000
- id: shifted
  title: 街道图
  urls: ["{host}/shifted/{{z}}/{{x}}/{{y}}.png"]
  attribution: 测试图商
  datum: GCJ-02
- id: turned
  title: 旅游图
  urls: ["{host}/turned/{{z}}/{{x}}/{{y}}.png"]
  attribution: 测试图商
  datum: BD-09
"""


class Tiles(BaseHTTPRequestHandler):
    """A host of tiles on which one place is marked red, each map in its own datum."""

    def do_GET(self) -> None:
        name, zoom, x, y = self.path.split("?")[0].removesuffix(".png").strip("/").split("/")
        body = draw_tile(MARKED_AT[name], int(zoom), int(x), int(y))
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def draw_tile(place: LonLat, zoom: int, x: int, y: int) -> bytes:
    side = 2**zoom
    right = ((place.lon_deg + 180) / 360 * side - x) * 256
    down = ((1 - asinh(tan(radians(place.lat_deg))) / pi) / 2 * side - y) * 256
    image = Image.new("RGB", (256, 256), "#e4e7da")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 255, 255), outline="#b9c0a8")
    pen.text((6, 6), f"{zoom}/{x}/{y}", fill="#7c8468")
    pen.ellipse((right - 9, down - 9, right + 9, down + 9), fill="#ff0000")
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture(scope="module")
def wiring(
    city_databases: Databases, worker_id: str, clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Wiring]:
    """The drawn city, with three base maps of a host on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("basemaps")
    file: Path = folder / "basemaps.yaml"
    file.write_text(FILE.format(host=f"http://127.0.0.1:{server.server_port}"), encoding="utf-8")
    settings = Settings(
        home=folder, photo_dir=folder, basemaps=file, basemap_keys={"plain": "k1"}, _env_file=None
    )  # type: ignore[call-arg]
    template = city_databases.template("drawn", fill_drawn_city)
    with city_databases.clone(template, f"basemaps_{worker_id}") as engine:
        yield wire(settings, engine=engine, city=baoji(), clock=clock, hasher=QUICK)
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(open_browser: Open) -> Page:
    """The public map with the marked place in the very middle."""
    page = open_browser(DESK)
    view = f'{{"center": [{PLACE.lon_deg}, {PLACE.lat_deg}], "zoom": 15}}'
    page.add_init_script(f"sessionStorage.setItem('citygrid.view.public', '{view}')")
    page.goto("/")
    see_map(page)
    page.get_by_role("button", name="图层与图例").click()
    return page


def choose(page: Page, title: str) -> None:
    """Take another base map and wait until it is drawn."""
    page.locator(".map").evaluate("element => { element.dataset.drawn = 'no'; }")
    page.get_by_role("radio", name=title).check()
    see_map(page)


def colour_in_the_middle(page: Page) -> tuple[int, int, int]:
    """What is drawn at the middle of the map."""
    box = page.locator(".map canvas").first.bounding_box()
    assert box
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        middle = (round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2))
        red, green, blue = shot.convert("RGB").getpixel(middle)
    return red, green, blue


@pytest.mark.parametrize(
    ("name", "title"), [("plain", "影像图"), ("shifted", "街道图"), ("turned", "旅游图")]
)
def test_a_place_lies_where_it_is_on_a_map_of_any_datum(page: Page, name: str, title: str) -> None:
    choose(page, title)
    red, green, blue = colour_in_the_middle(page)
    assert (red > 200, green < 60, blue < 60) == (True, True, True)
    show(page, f"basemap-{name}")


def test_our_own_ground_comes_back(page: Page) -> None:
    choose(page, "影像图")
    choose(page, "本系统底图")
    red, green, _ = colour_in_the_middle(page)
    assert abs(red - green) < 60


def test_the_choice_is_kept_and_the_source_is_named(page: Page) -> None:
    choose(page, "影像图")
    page.reload()
    see_map(page)
    page.get_by_role("button", name="图层与图例").click()
    expect(page.get_by_role("radio", name="影像图")).to_be_checked()
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("测试 & 图商")

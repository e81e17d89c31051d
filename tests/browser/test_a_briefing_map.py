"""A briefing map opens from a file, without network and without a complaint."""

from datetime import date
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Browser, Page, expect

from gis_core.briefing_map import Layer, Style, briefing_map
from gis_core.geojson import Feature
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-briefing")]


def grid(n: int) -> Feature:
    """The n-th grid along a street, 300 m wide."""
    west = 107.230 + n * 0.003
    return Feature(
        shapely.box(west, 34.360, west + 0.003, 34.363), {"code": f"61030200100100{n}", "cases": n}
    )


def a_case(n: int) -> Feature:
    """A case in the n-th grid."""
    return Feature(
        shapely.Point(107.2312 + n * 0.003, 34.3611), {"no": f"6103022026112200000{n}", "what": "<b>井盖</b>"}
    )


LAYERS = (
    Layer(
        "单元网格", [grid(n) for n in range(5)], Style(fill="#e9f0f8"), popup={"code": "编码"}, label="cases"
    ),
    Layer(
        "经二路",
        [Feature(shapely.LineString([(107.23, 34.3615), (107.245, 34.3618)]), {})],
        Style(width_px=4),
    ),
    Layer(
        "超期",
        [a_case(1), a_case(3)],
        Style(colour="#c8372d", symbol="square"),
        popup={"no": "案卷号", "what": "类型"},
    ),
)


@pytest.fixture
def page(chromium: Browser, tmp_path: Path, faults: list[str]) -> Page:
    """The file opened in a browser that has no network at all."""
    file = tmp_path / "briefing.html"
    file.write_text(
        briefing_map(
            LAYERS, title="经二路社区", on=date(2026, 11, 26), attribution="城市管理网格", is_synthetic=True
        ),
        encoding="utf-8",
    )
    context = chromium.new_context(viewport=DESK, offline=True)
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or faults.append(asked.url))
    page.goto(file.as_uri())
    return page


def test_every_shape_is_drawn_and_counted_in_the_legend(page: Page):
    expect(page.locator(".leaflet-overlay-pane path")).to_have_count(6)
    expect(page.locator(".leaflet-marker-icon")).to_have_count(2)
    expect(page.locator(".legend")).to_contain_text("超期2")
    expect(page.locator(".label")).to_have_text(["0", "1", "2", "3", "4"])


def test_a_case_tells_itself_as_it_was_written(page: Page):
    page.locator(".leaflet-marker-icon").first.click()
    expect(page.locator(".leaflet-popup")).to_contain_text("<b>井盖</b>")


def test_it_has_scale_north_source_and_the_mark_of_drawn_data(page: Page):
    expect(page.locator(".leaflet-control-scale-line")).to_contain_text("m")
    expect(page.get_by_role("img", name="上方为北")).to_be_visible()
    expect(page.locator("footer")).to_contain_text("城市管理网格")
    expect(page.get_by_text("示意数据")).to_be_visible()


def test_on_a_phone_the_legend_lies_below_the_map(page: Page):
    page.set_viewport_size(PHONE)
    map_box, legend_box = page.locator(".folium-map").bounding_box(), page.locator(".legend").bounding_box()
    assert map_box
    assert legend_box
    assert legend_box["y"] >= map_box["y"] + map_box["height"]


def test_it_fits_one_sheet_of_paper(page: Page):
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 1

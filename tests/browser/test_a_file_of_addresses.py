"""A file of addresses at the desk: uploaded, its column chosen, answered in the background, taken away."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.address_town import read_answers, write_table
from tests.browser.conftest import DESK, Open, show
from web.geocode_jobs import GeocodeJobs
from web.geocode_work import batches_of
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(180)]
SAID = ("渭滨区", "金台区", "经二路和红旗路十字", "幸福里3号", "")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table whose addresses stand in two columns."""
    rows = [("工单号", "区县", "内容"), *((f"GD{n:04d}", "渭滨区", SAID[n % 5]) for n in range(600))]
    return write_table(tmp_path / "八月来电.csv", rows, "gb18030")


@pytest.fixture
def work(wiring: Wiring) -> Iterator[Callable[[], None]]:
    """Lets the worker begin."""
    jobs = GeocodeJobs(batches_of(wiring), wiring.clock, lambda: wiring.geocoder)
    thread = threading.Thread(target=jobs.work)
    yield thread.start
    with contextlib.suppress(RuntimeError):  # it never began
        thread.join(60)


def test_a_file_is_answered_while_somebody_watches(
    sign_in: Open, table: Path, tmp_path: Path, work: Callable[[], None]
) -> None:
    page = sign_in("operator1", DESK)
    page.get_by_role("link", name="批量定位").click()
    page.get_by_label("文件").set_input_files(table)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("没有认出哪一列是地址")).to_be_visible()
    page.get_by_label("内容").check()
    expect(page.get_by_role("cell", name="经二路和红旗路十字")).to_be_visible(
        timeout=60_000
    )  # the index is built
    page.get_by_label("区县").check()
    expect(page.get_by_role("cell", name="渭滨区经二路和红旗路十字")).to_be_visible()
    show(page, "geocode-columns")
    page.get_by_role("button", name="开始定位 600 行").click()
    expect(page.get_by_text("等待定位，")).to_be_visible()
    work()
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载结果").click(timeout=60_000)
    show(page, "geocode-report")
    taken.value.save_as(tmp_path / "taken.csv")
    assert [row["工单号"] for row in read_answers(tmp_path / "taken.csv")] == [
        f"GD{n:04d}" for n in range(600)
    ]


def test_files_are_brought_and_started_without_scripts(sign_in: Open, table: Path) -> None:
    page = sign_in("data", DESK, has_scripts=False)
    page.goto("/geocode")
    page.get_by_label("文件").set_input_files(table)
    page.get_by_role("button", name="上传").click()
    page.get_by_label("内容").check()
    page.get_by_role("button", name="看前几行的结果").click()
    page.get_by_role("button", name="开始定位").click()
    expect(page.get_by_text("等待定位，")).to_be_visible()
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_role("button", name="继续")).to_be_visible()

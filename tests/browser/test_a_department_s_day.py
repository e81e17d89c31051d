"""A department's day: a queue by light, a case in hand, more time asked for, done, sent back, done again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from cases.rules.asks import ApproveExtension
from cases.rules.commands import (
    Accept,
    Asking,
    Close,
    Command,
    Dispatch,
    FileCase,
    ReplyRecheck,
    Report,
    Rework,
    SendRecheck,
)
from gis_core.clock import FixedClock
from gis_core.places import LonLat
from grid.rules.criteria import Limit
from tests.browser.conftest import DESK, Open, picture, see_map, show, take
from tests.case_city import MISSING_COVER
from web.accounts.reading import list_people
from web.wiring import Wiring

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages"), pytest.mark.timeout(300)]
DRAINAGE = "BJ-PS"


class Others:
    """What the two centres and the inspector do meanwhile."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring

    def asking(self, role: str) -> Asking:
        with self.wiring.sessions() as session:
            person = list_people(session, role)[0]
        return Asking(self.wiring.clock.now(), person.id, person.name, role, person.organisation_code)

    def do(self, case_no: str, role: str, command: Command) -> None:
        self.wiring.cases.perform(case_no, command, self.asking(role), None)

    def send(self, n: int, limit: Limit, words: str) -> str:
        """A cover reported in 经二路, dispatched to the drainage office with a limit."""
        report = Report(
            uuid4(), "component", "01002", LonLat(107.1441 + 0.0006 * n, 34.3689), words,
            (take(self.wiring, "#2b2b2d"),), place_text=f"经二路 {20 + 4 * n} 号门前", is_synthetic=True,
        )  # fmt: skip
        case_no = self.wiring.cases.report(report, self.asking("inspector")).case_no
        self.do(case_no, "operator", Accept(MISSING_COVER))
        self.do(case_no, "duty_chief", FileCase())
        self.do(case_no, "dispatcher", Dispatch(DRAINAGE, limit))
        return case_no

    def recheck(self, case_no: str, *, passes: bool) -> None:
        inspector = self.asking("inspector")
        self.do(case_no, "operator", SendRecheck(inspector.person_id or 0))
        self.do(case_no, "inspector", ReplyRecheck(passes, (take(self.wiring, "#5a5a5c"),)))


@pytest.fixture
def others(wiring: Wiring) -> Others:
    return Others(wiring)


@pytest.fixture
def morning(others: Others, clock: FixedClock) -> list[str]:
    """Three covers: one overdue, one nearly, one with all day."""
    late = others.send(0, Limit(1, "clock_hour"), "井盖丢失，只剩井口")
    clock.at += timedelta(minutes=10)
    soon = others.send(1, Limit(1, "clock_hour"), "井盖断裂")
    clock.at += timedelta(minutes=52)
    return [late, soon, others.send(2, Limit(6, "clock_hour"), "井盖缺失，已放警示桩")]


def row_of(desk: Page, case_no: str) -> Locator:
    return desk.get_by_role("listitem").and_(desk.locator(f'[data-case="{case_no}"]'))


def sheet_of(desk: Page) -> Locator:
    return desk.get_by_role("complementary", name="案件")


def begin(desk: Page, action: str) -> Locator:
    """The form of a step, opened."""
    form = sheet_of(desk).locator("details", has=desk.locator("summary", has_text=action)).first
    if form.get_attribute("open") is None:
        form.locator("summary").first.click()
    return form


def take_step(desk: Page, action: str, stage: str) -> None:
    begin(desk, action).get_by_role("button", name=action, exact=True).click()
    expect(sheet_of(desk).locator("header")).to_contain_text(stage)


def finish(desk: Page, words: str, colour: str) -> None:
    form = begin(desk, "处置反馈")
    photo = {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": picture(colour)}
    form.get_by_label("处置后照片").set_input_files(photo)
    form.get_by_label("处置情况").fill(words)
    take_step(desk, "处置反馈", "已处置")


def test_a_department_s_day(sign_in: Open, morning: list[str], others: Others, clock: FixedClock) -> None:
    late, soon, case_no = morning
    desk = sign_in("drainage", DESK)
    rows = desk.locator(".case-row")
    expect(rows.nth(0)).to_have_attribute("data-case", late)
    expect(rows.nth(1)).to_have_attribute("data-case", soon)
    assert [rows.nth(n).get_attribute("data-light") for n in range(3)] == ["overdue", "at_risk", "normal"]
    see_map(desk)
    show(desk, "department-queue")

    row_of(desk, case_no).get_by_role("link").click()
    take_step(desk, "指派", "处置中")
    form = begin(desk, "申请延期")
    form.get_by_label("理由").select_option("materials")
    form.get_by_label("说明").fill("同型号井盖明早到货")
    show(desk, "department-extension")
    take_step(desk, "申请延期", "延期待批")
    others.do(case_no, "dispatcher", ApproveExtension())
    expect(sheet_of(desk).locator("header")).to_contain_text("处置中")

    finish(desk, "已更换井盖", "#77797c")
    clock.at += timedelta(minutes=20)
    others.recheck(case_no, passes=False)
    others.do(case_no, "duty_chief", Rework("井盖松动，车过有响声", "partly"))
    expect(row_of(desk, case_no)).to_contain_text("返工 1")
    desk.goto(f"/department?case={case_no}")
    told = sheet_of(desk).locator(".step-back")
    expect(told).to_contain_text("返工 · 处置不彻底")
    expect(told).to_contain_text("井盖松动，车过有响声")
    see_map(desk)
    show(desk, "department-rework")

    take_step(desk, "指派", "处置中")
    finish(desk, "井座已重新找平，井盖不再松动", "#8a8c90")
    others.recheck(case_no, passes=True)
    others.do(case_no, "duty_chief", Close())
    desk.goto(f"/cases/{case_no}")
    expect(desk.get_by_text("已结案").first).to_be_visible()
    see_map(desk)
    show(desk, "department-closed")

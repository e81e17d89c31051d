"""Every page of an emergency in English: names and what people wrote stay, the machine speaks English."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from lxml import html
from sqlalchemy import text

from emergency.plan_files import load_plans
from tests.case_city import baoji
from tests.faces.test_duty_desk import CALL, step, take
from tests.faces.test_incident_effects import keep
from tests.faces.test_sheltering_pages import officer
from tests.stories.test_a_flood_drill import play
from tests.ways_city import at, close, square
from web.drills.script import load_script
from web.wiring import Wiring

__all__ = ["officer", "play"]
DRILL, PLAN = "chlorine_waterworks", "BJ-WH"
HAN = re.compile(r"[\u4e00-\u9fff]")
NAMES = text("""
    SELECT name FROM grid.organisation UNION SELECT name FROM accounts.person
    UNION SELECT short_name FROM grid.organisation UNION SELECT name FROM grid.division
    UNION SELECT name FROM grid.street
    UNION SELECT name FROM emergency.resource UNION SELECT place_text FROM emergency.resource
    UNION SELECT receiver FROM emergency.report_owed UNION SELECT source FROM emergency.resource
    UNION SELECT name FROM emergency.warning_receiver
""")
"""Columns of names: they are spoken as they are written."""
RESOURCE_FIELDS = text("SELECT details FROM emergency.resource")
SPOKEN = ("placeholder", "aria-label", "title", "alt")
WRITTEN_HERE = ("核实属实", "经二路口封控", "槽车泄漏", "快报", "情况", "普查登记", "值班室")
"""What this test writes."""
LITERAL = (
    "中文", "（待填）", "〔图表：…〕", "时间", "要素", "数值", "时段分钟",
    "名称", "类别", "接收人", "电话", "渠道", "有效期至",
)  # fmt: skip
"""The other language's name, marks of the documents, headings that a table must have."""
WRITTEN = ("script", "style", "textarea")
"""What scripts hold and what people write into."""
MODELS = (
    {"model": "plume", "substance": "chlorine"},
    {"model": "first_minutes", "substance": "chlorine"},
    {"model": "circle", "radius_m": "120"},
    {"model": "sector", "radius_m": "120"},
    {"model": "blast", "mass_kg": "500"},
    {"model": "fire"},
)
OF_THE_DRILL = (
    "",
    "/room",
    "/situation",
    "/report",
    "/response",
    "/replay",
    "/replay/board",
    "/after-action",
    "/personal-data",
    "/measures",
)
"""Pages of an incident that has come to its end."""
OF_THE_LEAK = (
    *OF_THE_DRILL[:7],
    "/situation/1",
    "/report?code=city-province-written",
    "/effects/{effect}",
    "/sheltering",
    "/sheltering?" + urlencode({"run": "1", "drawn": "area", "vertices": square(0, 0, 149)}),
    "/roads",
    "/roads?" + urlencode({"ask": "route", "run": "1", "start": at(-500, 0), "end": at(500, 200)}),
    *(f"/roads?ask={ask}&run=1&profile=responder" for ask in ("area", "nearest", "cover")),
    *("/effects?" + urlencode({"run": "1"} | fields) for fields in MODELS),
)
"""Pages of an incident that is going on."""
OF_THE_DUTY = (
    "/duty",
    "/duty/settled",
    "/duty/late",
    "/duty/new",
    "/duty/roster",
    "/duty/watch",
    "/duty/watch?drill=true",
    "/duty/gauges/I-1",
    "/duty/gauges/I-3?drill=true",
    "/duty/plans",
    f"/duty/plans/{PLAN}",
    "/duty/plans/{plan}/edit",
    "/duty/plans/{plan}/edit?part=level&key=4&at=0",
    "/duty/roads?past=1",
    "/duty/siting",
    "/duty/registers",
    "/duty/registers/phones",
    "/duty/registers/new",
    "/duty/registers/gauge/I-1",
    "/duty/registers/sensor/I-3",
    "/duty/warnings",
    "/duty/warnings/new",
    "/duty/warnings/receivers",
    "/duty/warnings/trust",
    "/duty/warnings/feeds",
)
OF_DEPARTMENTS = ("/department/tasks", "/m/emergency")
OF_THE_WALL = ("/wall/incidents", "/wall/incidents/{no}", "/wall/incidents/{no}/replay/board")


def strings(value: Any) -> Iterator[str]:
    """Every string of a tree of data."""
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from strings(one)


def said(page: str) -> Iterator[str]:
    """What a page says to people, but for what is marked as Chinese."""
    if not page.lstrip().startswith("<"):
        yield page
        return
    for one in html.fromstring(page).iter():
        marked = [each for each in (one, *one.iterancestors()) if each.tag != "html"]
        if one.tag in WRITTEN or any(e.get("lang") == "zh" or e.get("aria-hidden") for e in marked):
            continue
        if isinstance(one.tag, str):
            yield from filter(None, (one.text, *(one.get(name) for name in SPOKEN)))
            yield from (each.tail for each in one if each.tail)


def left_over(page: str, data: list[str]) -> list[str]:
    """What is still Chinese once names and written words are taken out, the longest first."""
    found = []
    for words in {" ".join(one.split()) for one in said(page) if HAN.search(one)}:
        cut = re.search(r"[^ ]+(?=…)", words)
        rest = words.replace(cut[0], "") if cut and any(one.startswith(cut[0]) for one in data) else words
        for one in data:
            rest = rest.replace(one, "")
        if HAN.search(rest):
            found.append(words)
    return sorted(found)


def data_of(wiring: Wiring) -> list[str]:
    """Every name and every word that people wrote, the longest first."""
    plans = [one.model_dump(mode="json") for one in load_plans(baoji())]
    script = load_script(baoji(), DRILL).model_dump(mode="json")
    staff = wiring.responses.book.staff
    posts = [staff.name_of(one.post) for one in staff.contacts]
    with wiring.sessions() as session:
        rows = [*session.scalars(NAMES), *session.scalars(RESOURCE_FIELDS)]
    known = {*strings([rows, plans, script, CALL, WRITTEN_HERE, LITERAL, posts])}
    return sorted((one for one in known if HAN.search(one)), key=len, reverse=True)


def act(officer: TestClient) -> str:
    """A leak that is going on: confirmed, its effect kept, a road closed, a report made; its number."""
    number = take(officer, kind_code="hazmat")
    step(officer, number, "confirm", kind_code="hazmat", event_level="3", words=WRITTEN_HERE[0])
    keep(officer, number, model="circle", radius_m="120")
    close(officer, f"/incidents/{number}/roads", name=WRITTEN_HERE[1], why=WRITTEN_HERE[2])
    report = {"csrf": officer.headers["x-csrf-token"], "n": "1", "title": "快报", "text": "情况"}
    officer.post(f"/incidents/{number}/situation", data=report)
    return number


@pytest.mark.timeout(300)
def test_the_machine_speaks_english_on_every_page(
    play: Any, officer: TestClient, wiring: Wiring, signed_in: Callable[[str], TestClient]
) -> None:
    drill, number = play(DRILL).incident_no, act(officer)
    plans = {one.code: one for one in load_plans(baoji())}
    given = {"no": drill, "effect": "3", "plan": f"{PLAN}/{plans[PLAN].version}"}
    asked = [
        *(("commander", f"/incidents/{drill}{end}") for end in OF_THE_DRILL),
        *(("commander", f"/incidents/{number}{end}") for end in OF_THE_LEAK),
        *(("commander", address) for address in OF_THE_DUTY),
        *(("power", address) for address in OF_DEPARTMENTS),
        *(("wall", address) for address in OF_THE_WALL),
    ]
    people = {login: signed_in(login) for login in ("commander", "power", "wall")}
    names, found = data_of(wiring), {}
    for login, address in asked:
        path = address.format_map(given)
        answer = people[login].get(f"{path}{'&' if '?' in path else '?'}lang=en")
        assert answer.is_success, path
        found[path] = left_over(answer.text, names)
    assert {path: words for path, words in found.items() if words} == {}

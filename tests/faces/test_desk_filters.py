"""Desks under filters: list, counts and map say the same, every filter finds its case, few queries."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from tests.faces.mvt import read_tile
from tests.faces.tile_city import address as tile_address

MARK = text("""
    UPDATE cases."case" AS c SET stage = m.stage, closed_at = m.closed_at, is_supervised = n = 1,
        urge_count = CASE WHEN n = 2 THEN 1 ELSE 0 END, has_open_urge = n = 2,
        suspension_count = CASE WHEN n = 3 THEN 1 ELSE 0 END,
        rework_count = CASE WHEN n = 4 THEN 2 ELSE 0 END,
        extension_count = CASE WHEN n = 5 THEN 1 ELSE 0 END,
        appeal = CASE WHEN n = 10 THEN 'asked' END, is_overdue_handled = CASE WHEN n >= 10 THEN n < 12 END,
        is_handled_at_once = n = 7, is_void_asked = n = 8,
        stage_due_at = now() + (n - 6) * interval '1 day',
        inspector_id = CASE WHEN n = 1 THEN (SELECT id FROM accounts.person WHERE login = 'inspector1') END,
        crew_id = CASE WHEN n = 6 THEN (SELECT id FROM accounts.person WHERE login = 'crew1') END,
        department_code = CASE WHEN n > 5 THEN 'BJ-PS' END,
        helping_codes = CASE WHEN n = 6 THEN '{BJ-CG}'::text[] ELSE '{}' END,
        filed_at = CASE WHEN n = 9 THEN timestamptz '2026-02-02 10:00+08' END
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n,
              (ARRAY['reported', 'verifying', 'accepted', 'accepted', 'filed', 'dispatched', 'in_progress',
                     'filed', 'suspended', 'finished', 'rechecked', 'closed']
                  )[row_number() OVER (ORDER BY id)] AS stage,
              CASE WHEN row_number() OVER (ORDER BY id) = 12 THEN now() END AS closed_at
          FROM cases."case") AS m
    WHERE c.id = m.id
""")
FOUND_BY = {
    "supervised=true": 1, "urged=true": 1, "answer=true": 1, "suspended=true": 1, "reworked=true": 1,
    "extended=true": 1, "late=true": 2, "at_once=true": 1, "void_asked=true": 1, "appeal=asked": 1,
    "photos=true": 0, "photos=false": 12,
    "filed_since=2026-02-02&filed_until=2026-02-02": 1,
    "helping=BJ-CG": 1, "department=BJ-PS": 7, "stage=filed&stage=closed": 3, "source=hotline": 12,
    "type=06010": 6, "major=06": 6, "q=龙泉巷": 3, "light=suspended": 1, "grid=610303008007005": 12,
}  # fmt: skip
"""How many of the twelve each filter finds."""
LOGINS = {"duty-chief": "chief1", "department": "drainage", "leader": "leader"}
EVERY = [
    ("operator", asked) for asked in ("", *FOUND_BY, "light=overdue", "area=610303&light=overdue&q=经二路")
]
SOME = [
    (desk, asked)
    for desk in ("duty-chief", "dispatcher", "leader", "department")
    for asked in ("", "stage=filed&stage=finished", "late=true")
]


@pytest.fixture
def twelve(signed_in, face_engine):
    """Twelve cases at as many points of their lives; opens a browser at a desk."""
    operator = signed_in("operator1")
    for n in range(12):
        changes = {"kind": "matter", "type_code": "06010"} if n % 2 else {}
        place = "龙泉巷口" if n % 4 == 0 else "经二路"
        operator.post("/api/v1/reports", json=report_of(place_text=place, **changes))
    with face_engine.begin() as connection:
        connection.execute(MARK)
    return lambda desk: operator if desk == "operator" else signed_in(LOGINS.get(desk, f"{desk}1"))


def rows_of(page):
    return re.findall(r'<li class="case-row[^>]*data-case="(\d{20})"', page)


def filter_of_map(page):
    return unescape(re.search(r'data-case-filter="([^"]*)"', page)[1])


def tabs_of(page):
    """Address and count of every part of the queue; None where nothing is counted."""
    nav = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)[0]
    found = re.findall(r'href="([^"]+)"[^>]*>[^<]+(?:<span class="n">(\d+)</span>)?</a>', nav)
    return [(unescape(address), int(n) if n else None) for address, n in found]


def shown(browser, zoom, sheet, query):
    """What the tile around 经二路 shows, where all twelve lie."""
    found = read_tile(browser.get(f"{tile_address('cases', zoom)}?{query}").content)
    return [one.properties for one in found.get(sheet, [])]


@pytest.mark.parametrize(("desk", "asked"), [*EVERY, *SOME])
def test_list_counts_and_map_are_equal(twelve, desk, asked):
    browser, base = twelve(desk), "/department" if desk == "department" else f"/desk/{desk}"
    for address, counted in tabs_of(browser.get(f"{base}?{asked}").text):
        page = browser.get(address).text
        listed, query = {*rows_of(page)}, filter_of_map(page)
        pins = {one["case_no"] for one in shown(browser, 14, "cases", query)}
        clusters = sum(one["n"] for one in shown(browser, 11, "clusters", query))
        assert (pins, clusters) == (listed, len(listed))
        assert counted in (None, len(listed))


@pytest.mark.parametrize(("asked", "n"), FOUND_BY.items(), ids=[*FOUND_BY])
def test_a_filter_finds_what_it_says(twelve, asked, n):
    answer = twelve("operator").get(f"/api/v1/cases?{asked}")
    assert len(answer.json()["cases"]) == n


def test_each_thing_asked_for_is_a_chip_that_can_be_taken_away(twelve):
    asked = [
        ("tab", "all"),
        ("stage", "filed"),
        ("stage", "accepted"),
        ("source", "hotline"),
        ("late", "false"),
    ]
    page = twelve("operator").get("/desk/operator?" + urlencode(asked)).text
    chips = re.findall(r'class="chip-off" href="([^"]+)".*?<span class="quiet">([^<]+)</span> ([^<]+)<', page)
    assert [(title, said) for _, title, said in chips] == [
        ("阶段", "待派遣"), ("阶段", "待立案"), ("来源", "热线"), ("处置超期", "否"),
    ]  # fmt: skip
    assert parse_qsl(unescape(chips[0][0]).split("?")[1]) == [
        pair for pair in asked if pair != ("stage", "filed")
    ]


def test_a_chip_names_the_inspector(twelve, face_engine):
    with face_engine.connect() as connection:
        found = connection.execute(
            text("SELECT id, name FROM accounts.person WHERE login = 'inspector1'")
        ).one()
    page = twelve("operator").get(f"/desk/operator?tab=all&inspector={found.id}").text
    assert len(rows_of(page)) == 1
    assert f'<span class="quiet">监督员</span> {found.name}<' in page


@pytest.mark.parametrize("asked", ["", *FOUND_BY, "inspector=1&q=经二路&order=newest", "q=经二路&tab=ended"])
def test_a_list_under_any_filter_takes_at_most_six_statements(twelve, statements, asked):
    browser = twelve("operator")
    browser.get("/desk/operator")
    statements.clear()
    assert browser.get(f"/desk/operator?tab=all&{asked}").status_code == 200
    assert len(statements) <= 6


def test_the_page_of_all_filters_has_what_the_list_has(twelve):
    page = (
        twelve("operator").get("/workbench/operator/filter?tab=all&stage=filed&photos=false&type=06010").text
    )
    assert '<option value="06010" selected>' in page
    assert re.search(r'name="stage" value="filed" checked', page)
    assert re.search(r'id="w-photos".*?value="false" selected', page, re.DOTALL)


@pytest.mark.parametrize(("desk", "code"), [("dispatcher", "wrong_role"), ("nobody", "no_such_desk")])
def test_filters_of_another_desk_are_refused(twelve, desk, code):
    answer = twelve("operator").get(f"/workbench/{desk}/filter", headers={"accept": "application/json"})
    assert answer.json()["code"] == code


def test_the_sentence_keeps_what_was_asked_elsewhere(twelve):
    page = twelve("operator").get("/desk/operator?tab=all&source=hotline&light=normal&light=overdue").text
    form = re.search(r'<form class="sentence".*?</form>', page, re.DOTALL)[0]
    kept = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    assert kept == [("tab", "all"), ("source", "hotline"), ("light", "normal"), ("light", "overdue")]

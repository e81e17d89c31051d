"""Somebody writes a script, or a formula, into a register of emergency resources: nothing runs it."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from emergency.rules.resources import Contact, read_details
from tests.faces.test_hostile_words import ESCAPED, FORMULA, HARMLESS, SCRIPT, is_harmless
from tests.resource_city import EMPTY_RESOURCES, OFFICER, resource
from web.resource_work import resources_of
from web.wiring import Wiring

SHOWN, HIDDEN = True, False
PAGES = [
    ("/duty/registers", SHOWN),
    ("/duty/registers/phones", SHOWN),
    ("/duty/registers/new", HIDDEN),
    ("/duty/registers/import", HIDDEN),
    ("/duty/registers/{kind}/{code}", SHOWN),
]
ALL = (*(address for address, _ in PAGES), "/duty/registers.{form}")


@pytest.fixture
def registered(wiring: Wiring) -> Iterator[None]:
    """A warehouse in which every field says the same, and one that is called as a formula."""
    goods = read_details("warehouse", {"goods": f"{SCRIPT[:50]} | 1 | 件"})
    words = {"place_text": SCRIPT, "source": SCRIPT, "contact": Contact(name=SCRIPT, phone="110")}
    full = resource("WZ-1", "warehouse", name=SCRIPT, details=goods, **words)
    resources = resources_of(wiring)
    resources.add(full, reason=SCRIPT, asking=replace(OFFICER, name=SCRIPT))
    resources.add(resource("WZ-2", "warehouse", name=FORMULA), reason="登记", asking=OFFICER)
    yield
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_RESOURCES))


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(("address", "is_shown"), PAGES)
def test_a_register_shows_what_was_written_and_runs_none_of_it(
    signed_in: Callable[[str], TestClient], address: str, is_shown: bool
) -> None:
    page = signed_in("duty1").get(address.format(kind="warehouse", code="WZ-1")).text
    assert is_harmless(page)
    assert ESCAPED in page or not is_shown


@pytest.mark.usefixtures("registered")
def test_no_cell_of_a_register_s_file_is_a_formula(signed_in: Callable[[str], TestClient]) -> None:
    file = signed_in("duty1").get("/duty/registers.csv")
    rows = list(csv.reader(io.StringIO(file.text)))
    assert HARMLESS in [row[1] for row in rows if len(row) > 1]


@pytest.mark.usefixtures("registered")
def test_a_refused_resource_gives_back_what_was_typed_as_words(
    signed_in: Callable[[str], TestClient],
) -> None:
    officer = signed_in("duty1")
    said = dict.fromkeys(("name", "place_text", "contact_name", "source", "d_goods", "reason"), SCRIPT[:80])
    sent = said | {"csrf": officer.headers["x-csrf-token"], "revision": "1", "kind": "warehouse"}
    new = officer.post("/duty/registers/new", data=sent).text
    changed = officer.post("/duty/registers/warehouse/WZ-1/change", data=sent).text
    assert [(ESCAPED in page, is_harmless(page)) for page in (new, changed)] == [(True, True)] * 2


@pytest.mark.usefixtures("registered")
def test_a_file_with_scripts_is_looked_at_without_running_them(
    signed_in: Callable[[str], TestClient],
) -> None:
    officer = signed_in("duty1")
    cells = f'"编号","名称","所属单位","经度","纬度"\n"WZ-3","{SCRIPT[:60]}","BJ-YJ","107.145","34.369"\n'
    asked = {"kind": "warehouse", "system": "WGS84", "csrf": officer.headers["x-csrf-token"]}
    page = officer.post("/duty/registers/import", data=asked, files={"file": ("a.csv", cells.encode())}).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)

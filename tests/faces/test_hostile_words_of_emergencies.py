"""Somebody writes a script wherever the duty desk takes words: no page runs it."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from tests.faces.test_duty_desk import step, take
from tests.faces.test_duty_roster import send
from tests.faces.test_hostile_words import ESCAPED, OF_EMERGENCIES, SCRIPT, is_harmless
from web.app import list_routes

SHOWN, HIDDEN = True, False
PAGES = [
    ("/duty", SHOWN),
    ("/duty/settled", HIDDEN),
    ("/duty/late", HIDDEN),
    ("/duty/new", HIDDEN),
    ("/duty/roster", SHOWN),
    ("/incidents/{no}", SHOWN),
    ("/incidents/{no}/report", SHOWN),
    ("/incidents/{no}/response", SHOWN),
    ("/duty/plans", HIDDEN),
    ("/duty/plans/{code}", HIDDEN),
]


@pytest.fixture
def written(signed_in: Callable[[str], TestClient]) -> tuple[TestClient, str]:
    """An officer, and an incident in which every field says the same."""
    officer = signed_in("duty1")
    fields = (
        "words",
        "place_text",
        "caller_name",
        "caller_unit",
        "caller_post",
        "told_already",
        "sensitive_why",
    )
    said = dict.fromkeys(fields, SCRIPT) | {"title": SCRIPT[:80], "is_sensitive": "true", "dead": "3"}
    number = take(officer, **said)
    step(officer, number, "note", words=SCRIPT)
    step(officer, number, "add_call", words=SCRIPT, caller_name=SCRIPT[:80])
    words = {"receiver": SCRIPT[:80], "title": SCRIPT, "words": SCRIPT, "codes": SCRIPT}
    step(officer, number, "send_report", kind="first", channel="written", **words)
    times = {"starts_at": "2026-09-18T08:30", "ends_at": "2026-09-18T17:30"}
    send(officer, "add", person_name=SCRIPT[:40], phone=SCRIPT[:30], **times)
    send(officer, "give", words=SCRIPT)
    return officer, number


@pytest.mark.parametrize(("address", "is_shown"), PAGES)
def test_a_page_shows_what_was_written_and_runs_none_of_it(
    written: tuple[TestClient, str], address: str, is_shown: bool
) -> None:
    officer, number = written
    page = officer.get(address.format(no=number, code="BJ-FX")).text
    assert is_harmless(page)
    assert ESCAPED in page or not is_shown


def test_a_refused_form_gives_back_what_was_typed_as_words(signed_in: Callable[[str], TestClient]) -> None:
    officer = signed_in("duty1")
    sent = {"csrf": officer.headers["x-csrf-token"], "client_id": str(uuid4()), "kind_code": SCRIPT[:20]}
    page = officer.post("/duty/new", data=sent | {"words": SCRIPT, "place_text": SCRIPT}).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)


def test_a_refused_step_gives_back_what_was_typed_as_words(written: tuple[TestClient, str]) -> None:
    officer, number = written
    found = re.search(r'name="revision" value="(\d+)"', officer.get(f"/incidents/{number}").text)
    sent = {"csrf": officer.headers["x-csrf-token"], "revision": found[1] if found else "1"}
    page = officer.post(f"/incidents/{number}/correct", data=sent | {"title": "", "words": SCRIPT}).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)


@pytest.mark.parametrize(
    "route",
    [one for one in list_routes() if "GET" in one.methods and one.path.startswith(OF_EMERGENCIES)],
    ids=lambda route: route.path,
)
def test_every_page_is_looked_at(route: APIRoute) -> None:
    looked_at = {address for address, _ in PAGES}
    assert route.path.replace("{incident_no}", "{no}") in looked_at or route.path.endswith(".pdf")

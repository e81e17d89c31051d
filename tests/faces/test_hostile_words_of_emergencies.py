"""Somebody writes a script wherever the duty desk takes words: no page runs it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from urllib.parse import quote
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from lxml import etree
from sqlalchemy import text

from cases.rules.deciding import Asking
from emergency.cap.certificates import Certificate
from emergency.cap.checking import check_content
from emergency.cap.messages import Alert, Named, texts_of
from emergency.cap.signing import SignatureState, Verification
from emergency.measurements.store import Brought
from emergency.measurements.watching import Watching
from emergency.plan_files import load_plans
from emergency.receivers.store import add_deliveries
from emergency.resources.operations import Resources
from emergency.response import store as response_store
from emergency.rules.plans.document import Plan
from emergency.rules.plans.reading import parse_plan
from emergency.rules.resources import AlertValue, Gauge
from emergency.sources.store import add_feed, add_trust
from emergency.warnings.store import NewWarning, add
from tests.cap.alerts import FLOOD, WARNING
from tests.faces.test_duty_desk import step, take
from tests.faces.test_duty_roster import send
from tests.faces.test_hostile_words import ESCAPED, OF_EMERGENCIES, SCRIPT, is_harmless
from tests.faces.test_hostile_words_of_registers import ALL as OF_REGISTERS
from tests.faces.test_incident_effects import keep
from tests.faces.test_incident_room import act as in_room
from tests.nonsense import faults_of
from tests.resource_city import register, resource
from tests.ways_city import close
from web.app import list_routes
from web.warning_work import LAWS_MEASURE
from web.wiring import Wiring

SHOWN, HIDDEN = True, False
KEPT = 5
"""The fact that holds an area of effect: the first after the call, a note, another call and a report."""
PAGES = [
    ("/duty", SHOWN),
    ("/duty/settled", HIDDEN),
    ("/duty/late", HIDDEN),
    ("/duty/late.csv", HIDDEN),
    ("/duty/new", HIDDEN),
    ("/duty/roster", SHOWN),
    ("/duty/warnings", SHOWN),
    ("/duty/warnings/new", HIDDEN),
    ("/duty/warnings/receivers", SHOWN),
    ("/duty/warnings/trust", SHOWN),
    ("/duty/warnings/feeds", SHOWN),
    ("/duty/warnings/{warning_id}", SHOWN),
    ("/duty/warnings/{warning_id}/update", SHOWN),
    ("/duty/warnings/{warning_id}/document", SHOWN),
    ("/incidents/{no}", SHOWN),
    ("/incidents/{no}/room", SHOWN),
    ("/incidents/{no}/situation", SHOWN),
    ("/incidents/{no}/situation/{n}", SHOWN),
    ("/incidents/{no}/report", SHOWN),
    ("/incidents/{no}/effects?run=1&model=fire&after_min=" + quote(SCRIPT[:80]), SHOWN),
    ("/incidents/{no}/effects.csv", HIDDEN),
    ("/incidents/{no}/effects/{seq}", SHOWN),
    ("/incidents/{no}/response", SHOWN),
    ("/duty/plans", SHOWN),
    ("/duty/plans/{code}", SHOWN),
    ("/duty/plans/{code}/{version}/edit", SHOWN),
    ("/duty/plans/{code}/{version}/edit?part=task&key=FX-101", SHOWN),
    ("/duty/plans/{code}/{version}/edit?part=level&key=3&at=0", SHOWN),
    ("/duty/watch", SHOWN),
    ("/duty/gauges/{gauge}", SHOWN),
    ("/duty/roads?past=1", SHOWN),
    ("/incidents/{no}/sheltering?run=1&vertices=" + quote(SCRIPT[:80]), SHOWN),
    ("/incidents/{no}/sheltering.csv?effect={seq}", HIDDEN),
    ("/duty/siting?run=1&places=" + quote(SCRIPT[:80]), SHOWN),
    ("/duty/siting.csv", HIDDEN),
    ("/incidents/{no}/roads?ask=route&run=1&start=" + quote(SCRIPT[:50]), SHOWN),
    ("/incidents/{no}/replay", SHOWN),
    ("/incidents/{no}/replay/board", SHOWN),
    ("/incidents/{no}/after-action", SHOWN),
    ("/incidents/{no}/personal-data", SHOWN),
    ("/incidents/{no}/measures", SHOWN),
    ("/incidents/{no}/measures.csv", HIDDEN),
    ("/wall/incidents/{no}/replay?style=day", SHOWN),
    ("/wall/incidents/{no}/replay/board", SHOWN),
]


PUBLIC_PAGES = ("/", "/kiosk", "/warnings", "/warnings/feed.atom")
IDENTIFIER = "urn:oid:2.49.0.1.0"


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
    keep(officer, number, model="circle")
    close(officer, f"/incidents/{number}/roads", name=SCRIPT[:60], why=SCRIPT)
    in_room(officer, number, "weather", words=SCRIPT, source=SCRIPT[:60])
    in_room(officer, number, "draw", client_id=str(uuid4()), kind="text", label=SCRIPT[:40], corners="107,34")
    report = {"csrf": officer.headers["x-csrf-token"], "n": "1", "title": SCRIPT, "text": SCRIPT}
    officer.post(f"/incidents/{number}/situation", data=report)
    called = {"client_id": str(uuid4()), "kind": "team", "state": "called", "place": SCRIPT[:80]}
    in_room(officer, number, "resources", name=SCRIPT[:60], **called)
    times = {"starts_at": "2026-09-18T08:30", "ends_at": "2026-09-18T17:30"}
    send(officer, "add", person_name=SCRIPT[:40], phone=SCRIPT[:30], **times)
    send(officer, "give", words=SCRIPT)
    receiver = {"name": SCRIPT[:120], "person": SCRIPT[:60], "kind": "media", "phone": "0917-0000001"}
    told = officer.post("/duty/warnings/receivers", data=receiver | {"csrf": officer.headers["x-csrf-token"]})
    assert told.status_code == 303
    return officer, number


@pytest.fixture
def warned(wiring: Wiring) -> int:
    """A warning of ours in which every field says the same; markup keeps it from going out, so it came in.

    It is written as ours, as an older version of the rules might have let it pass.
    """
    info = replace(
        FLOOD,
        event=SCRIPT,
        sender_name=SCRIPT,
        headline=SCRIPT,
        description=SCRIPT,
        instruction=SCRIPT,
        contact=SCRIPT,
        parameters=(*FLOOD.parameters, Named(LAWS_MEASURE, SCRIPT)),
        areas=(replace(FLOOD.areas[0], description=SCRIPT),),
        expires=wiring.clock.now() + timedelta(hours=6),
    )
    sent = wiring.clock.now()
    sender = wiring.warnings.sender
    alert = replace(WARNING, sender=sender, sent=sent, note=SCRIPT, infos=(info,), identifier=IDENTIFIER)
    document = etree.tostring(document_of(alert))
    new = NewWarning("out", alert, document, check_content(alert), Verification(SignatureState.UNSIGNED))
    with wiring.sessions.begin() as session:
        who = Asking(sent, None, SCRIPT, "system")
        number = add(session, replace(new, channel=SCRIPT), who)
        certificate = Certificate("", SCRIPT, "ab" * 32, sent + timedelta(days=9))
        add_feed(session, SCRIPT[:60], SCRIPT, 5, who)
        add_trust(session, certificate, who, name=SCRIPT, sender=SCRIPT, is_authority=False, until=None)
    assert number
    return number


@pytest.fixture
def planned(wiring: Wiring) -> Plan:
    """A draft of a plan in which every word that people write says the same."""
    found = load_plans(wiring.city)
    values = next(one for one in found if one.code == "BJ-FX").model_dump(mode="json", by_alias=True)
    values |= {
        "name": SCRIPT,
        "source": SCRIPT,
        "hazards": [SCRIPT],
        "state": "draft",
        "effective_from": None,
    }
    values["command"]["name"] = values["termination"]["condition"] = SCRIPT
    for part in ("legal_basis", "groups", "tests"):
        values[part][0]["name"] = SCRIPT
    chapter, level, task = values["chapters"][0], values["levels"][1], values["tasks"][0]
    chapter["title"] = chapter["sections"][0]["title"] = chapter["sections"][0]["text"] = SCRIPT
    level["measures"] = level["inform"] = level["report"]["to"] = [SCRIPT]
    level["trigger"] = {
        "any": [{"measure": "flow_m3_s", "gauge": SCRIPT[:60], "at_least": 1, "source": SCRIPT}]
    }
    task |= {"text": SCRIPT, "source": SCRIPT, "place": {"at": "named", "named": SCRIPT}}
    plan = Plan.model_validate(values)
    who = Asking(wiring.clock.now(), None, SCRIPT, "commander")
    with wiring.sessions.begin() as session:
        number = response_store.add_version(session, plan, by=SCRIPT, at=who.at)
        assert number
        response_store.add_edit(session, number, plan, SCRIPT, who)
    return plan


@pytest.fixture
def gauge(wiring: Wiring) -> str:
    """A gauge that is called so, with a line of that name and a reading that was refused for saying so."""
    line = AlertValue(measure="flow_m3_s", value=300, name=SCRIPT[:20], source=SCRIPT)
    details = Gauge(measures=("flow_m3_s",), alerts=(line,))
    named = resource("SW-9", "gauge", name=SCRIPT[:80], place_text=SCRIPT, details=details)
    register(Resources(wiring.sessions, wiring.plane), named)
    now = wiring.clock.now()
    sent = {"instrument": "SW-9", "measure": "flow_m3_s", "at": now.isoformat(), "value": 400}
    wiring.measurements.take([sent, sent | {"value": SCRIPT}], Brought(now, SCRIPT))
    Watching(wiring.sessions, wiring.plane, wiring.situations, None).sweep(now)
    return "SW-9"


@pytest.fixture
def given(written: tuple[TestClient, str], warned: int, planned: Plan, gauge: str) -> dict[str, str]:
    """What stands for the parts of an address."""
    return {
        "{no}": written[1],
        "{seq}": str(KEPT),
        "{warning_id}": str(warned),
        "{code}": planned.code,
        "{version}": planned.version,
        "{gauge}": gauge,
        "{n}": "1",
    }


def document_of(alert: Alert) -> etree._Element:
    """A document that says the words of an alert."""
    root = etree.Element("alert")
    for _, words in texts_of(alert):
        etree.SubElement(root, "words").text = words
    return root


@pytest.mark.parametrize(("address", "is_shown"), PAGES)
def test_a_page_shows_what_was_written_and_runs_none_of_it(
    written: tuple[TestClient, str], given: dict[str, str], address: str, is_shown: bool
) -> None:
    officer, _ = written
    answer = officer.get(re.sub(r"\{\w+\}", lambda part: given[part[0]], address))
    is_file = answer.headers.get("content-disposition", "").startswith("attachment")
    assert is_harmless(answer.text) or (is_file and answer.headers["x-content-type-options"] == "nosniff")
    assert ESCAPED in answer.text or not is_shown


def test_nonsense_in_any_form_of_any_page_is_refused_and_is_no_fault(
    written: tuple[TestClient, str], given: dict[str, str]
) -> None:
    random = Random(20260918)
    pages = [re.sub(r"\{\w+\}", lambda part: given[part[0]], address) for address, _ in PAGES]
    assert [fault for page in pages for fault in faults_of(written[0], page, random)] == []


def test_a_plan_leaves_as_a_file_and_never_as_a_page(written: tuple[TestClient, str], planned: Plan) -> None:
    file = written[0].get(f"/duty/plans/{planned.code}/{planned.version}/file")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["content-type"].startswith("application/yaml")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert parse_plan(file.text).name == SCRIPT


def test_receivers_leave_as_a_file_and_never_as_a_page(written: tuple[TestClient, str]) -> None:
    file = written[0].get("/duty/warnings/receivers.csv")
    assert (file.headers["content-disposition"][:10], SCRIPT[:20] in file.text) == ("attachment", True)


def test_receipts_show_the_words_of_receivers_and_run_none(
    written: tuple[TestClient, str], warned: int, wiring: Wiring, visit: Callable[[], TestClient]
) -> None:
    with wiring.sessions.begin() as session:
        add_deliveries(session, warned, Asking(wiring.clock.now(), None, SCRIPT, "system"), replaces=())
        token = session.execute(text("SELECT token FROM emergency.warning_delivery")).scalar_one()
    pages = written[0].get(f"/duty/warnings/{warned}").text, visit().get(f"/warnings/receipts/{token}").text
    assert [(ESCAPED in page, is_harmless(page)) for page in pages] == [(True, True)] * 2


@pytest.mark.parametrize("address", [*PUBLIC_PAGES, f"/warnings/{IDENTIFIER}.xml"])
def test_the_public_sees_the_words_of_a_warning_and_runs_none(
    visit: Callable[[], TestClient], warned: int, address: str
) -> None:
    page = visit().get(address).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True), warned


def test_a_refused_warning_gives_back_what_was_typed_as_words(signed_in: Callable[[str], TestClient]) -> None:
    officer = signed_in("duty1")
    said = dict.fromkeys(
        ("headline", "description", "instruction", "coordinates", "drill", "area_text"), SCRIPT[:80]
    )
    sent = said | {"csrf": officer.headers["x-csrf-token"], "client_id": str(uuid4()), "colour": SCRIPT}
    page = officer.post("/duty/warnings/new", data=sent).text
    assert (ESCAPED in page, is_harmless(page)) == (True, True)
    division = sent | {"colour": "Red", "area": "division", "divisions": "610302", "event": SCRIPT[:35]}
    page = officer.post("/duty/warnings/new", data=division).text
    assert "文字里有网页标记" in page
    assert (ESCAPED in page, is_harmless(page)) == (True, True)


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
    elsewhere = ("/warnings/{identifier}.xml", "/duty/plans/{code}/{version}/file")
    elsewhere += ("/duty/warnings/receivers.csv", "/warnings/receipts/{token}")
    elsewhere += OF_REGISTERS
    elsewhere += ("/duty/heights",)  # test_heights.py
    elsewhere += ("/department/tasks", "/m/emergency")  # test_responses.py, test_tasks_on_phones.py
    elsewhere += ("/m/reports",)  # test_reports_on_phones.py
    looked_at = {unnamed(address.partition("?")[0]) for address, _ in PAGES}
    looked_at |= {unnamed(address) for address in (*PUBLIC_PAGES, *elsewhere)}
    assert unnamed(route.path) in looked_at or route.path.endswith((".pdf", ".xlsx"))


def unnamed(address: str) -> str:
    """An address without the names of its parts."""
    return re.sub(r"\{\w+\}", "{}", address)

"""The telephone system announces a call: shown to who answers, to nobody else, and only with a key."""

import json

import pytest

from tests.faces.test_live import drained, hub, listening, wait_until
from web.accounts.keys import issue_key
from web.accounts.people import Person
from web.live import Hub, Viewer
from web.wiring import Wiring

__all__ = ["hub"]
PHONE = "0917-3260000"


@pytest.fixture
def key(wiring: Wiring) -> str:
    return issue_key(wiring.sessions, "话务系统", scopes=["call"], at=wiring.clock.now())


def viewer(hub: Hub, *audiences: str) -> Viewer:
    seen = listening(hub, Person(1, "x", "某人", frozenset(), None, (), False))
    seen.audiences = frozenset(audiences)
    return seen


def heard(one: Viewer) -> bytes:
    return b"".join(drained(one))


def test_a_call_is_shown_to_operators_and_to_nobody_else(browser, hub, key):
    operator, department = viewer(hub, "post:operator"), viewer(hub, "body:BJ-PS")
    answer = browser.post("/api/v1/calls", data={"api_key": key, "phone": PHONE})
    assert (answer.status_code, answer.json()) == (202, {"shown_to": "operators"})
    wait_until(operator.queue.qsize)
    assert (PHONE.encode() in heard(operator), heard(department)) == (True, b"")


def test_a_call_goes_to_the_operator_who_answers(browser, hub, key, wiring):
    one, other = viewer(hub, "post:operator", "person:-1"), viewer(hub, "post:operator")
    answer = browser.post("/api/v1/calls", data={"api_key": key, "phone": PHONE, "operator": "operator2"})
    assert answer.json() == {"shown_to": "operator2"}
    hub.put_through(json.dumps({"audience": "person:-1", "phone": PHONE, "name": "", "source": "hotline"}))
    wait_until(one.queue.qsize)
    assert (b"event: call" in heard(one), heard(other)) == (True, b"")


@pytest.mark.parametrize(
    ("sent", "status", "because"),
    [
        ({"phone": PHONE}, 403, "no key"),
        ({"phone": PHONE, "api_key": "guess"}, 403, "a guessed key"),
        ({"phone": "<script>", "api_key": True}, 400, "no number"),
        ({"api_key": True}, 400, "nobody calls"),
        ({"phone": PHONE, "api_key": True, "operator": "leader"}, 400, "a leader answers no calls"),
        ({"phone": PHONE, "api_key": True, "source": "moon"}, 400, "no such line"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_calls_are_refused(browser, key, sent, status, because):
    sent = sent | ({"api_key": key} if sent.get("api_key") is True else {})
    assert browser.post("/api/v1/calls", data=sent).status_code == status


def test_a_key_for_reports_announces_no_calls(browser, wiring):
    key = issue_key(wiring.sessions, "邻里通", scopes=["report"], at=wiring.clock.now())
    assert browser.post("/api/v1/calls", data={"api_key": key, "phone": PHONE}).status_code == 403


def test_the_form_of_calls_takes_the_line_but_no_number_from_its_address(signed_in):
    page = (
        signed_in("operator1").get(f"/desk/operator/register?contact_phone={PHONE}&source=hotline_12345").text
    )
    assert (f'value="{PHONE}"' in page, 'value="hotline_12345" selected' in page) == (False, True)

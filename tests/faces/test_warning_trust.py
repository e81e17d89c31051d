"""Whose signatures are believed: from the next message on, until they end or are withdrawn."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from cases.rules.deciding import Asking
from emergency.cap.signing import SigningKey, make_key, sign
from emergency.cap.writing import write
from emergency.sources.operations import Asked, Trust
from gis_core.clock import FixedClock
from gis_core.errors import CitygridError
from tests.cap.alerts import WARNING
from tests.case_city import FRIDAY_MORNING
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
TRUST = "/duty/warnings/trust"


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return make_key("省气象局", FRIDAY_MORNING, days=30)


@pytest.fixture
def commander(signed_in: SignedIn) -> TestClient:
    return signed_in("commander")


def add(browser: TestClient, key: SigningKey, **fields: str) -> Response:
    given = {"name": "省气象局", "sender": WARNING.sender, "certificate": key.certificate_pem.decode()}
    return browser.post(TRUST, data={"csrf": browser.headers["x-csrf-token"]} | given | fields)


def came(wiring: Wiring, key: SigningKey, n: int = 1) -> str:
    """How the signature of a new message stands that came in now."""
    at = wiring.clock.now()
    alert = replace(WARNING, identifier=f"test-{n}", sent=WARNING.sent)
    who = Asking(at, None, "预警接入", "system")
    return wiring.warnings.receive(sign(write(alert), key), who, channel="test").signature


def test_a_sender_is_believed_from_the_next_message_on(
    commander: TestClient, wiring: Wiring, key: SigningKey
) -> None:
    assert came(wiring, key, 1) == "valid_untrusted"
    assert add(commander, key).status_code == 303
    assert came(wiring, key, 2) == "valid_trusted"


def test_a_certificate_speaks_for_its_own_sender_alone(
    commander: TestClient, wiring: Wiring, key: SigningKey
) -> None:
    add(commander, key, sender="somebody.else")
    assert came(wiring, key) == "valid_untrusted"


@pytest.mark.parametrize("until", ["2026-09-19T08:00", ""])
def test_trust_ends(
    commander: TestClient, wiring: Wiring, key: SigningKey, clock: FixedClock, until: str
) -> None:
    add(commander, key, until=until)
    clock.at += timedelta(days=31)  # the certificate itself ends after 30
    assert came(wiring, key) == "valid_untrusted"


def test_a_certificate_that_is_withdrawn_convinces_no_more(
    commander: TestClient, wiring: Wiring, key: SigningKey
) -> None:
    add(commander, key)
    address = re.search(rf"{TRUST}/\d+/withdraw", commander.get(TRUST).text)[0]
    csrf = {"csrf": commander.headers["x-csrf-token"]}
    assert commander.post(address, data=csrf).status_code == 400
    assert commander.post(address, data=csrf | {"why": "私钥泄露"}).status_code == 303
    page = commander.get(TRUST).text
    assert ("已撤销" in page, "私钥泄露" in page, came(wiring, key)) == (True, True, "valid_untrusted")
    assert commander.post(address, data=csrf | {"why": "再来"}).status_code == 404
    assert add(commander, key).status_code == 303


def test_the_fingerprint_is_shown_and_the_certificate_taken_once(
    commander: TestClient, key: SigningKey
) -> None:
    add(commander, key)
    assert re.search(r"(?:[0-9A-F]{4} ){15}[0-9A-F]{4}", commander.get(TRUST).text)
    assert add(commander, key).status_code == 409


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"certificate": "不是证书"}, "证书读不出来"),
        ({"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "证书读不出来"),
        ({"certificate": "-----BEGIN PRIVATE KEY-----\nSECRET"}, "私钥"),
        ({"sender": "610300.citygrid"}, "本系统自己"),
        ({"until": "2026-09-17T08:00"}, "已经过去"),
        ({"name": " "}, "名称"),
    ],
)
def test_what_cannot_be_trusted_is_refused(
    commander: TestClient, key: SigningKey, fields: dict[str, str], said: str
) -> None:
    answer = add(commander, key, **fields)
    assert (answer.status_code, said in answer.text, "SECRET" in answer.text) == (400, True, False)
    assert "还没有信任任何发送者" in commander.get(TRUST).text


def test_a_certificate_that_is_out_of_date_is_refused(commander: TestClient, clock: FixedClock) -> None:
    answer = add(commander, make_key("省气象局", clock.at - timedelta(days=40), days=30))
    assert (answer.status_code, "已经过期" in answer.text) == (400, True)


@pytest.mark.parametrize(("login", "status"), [("duty1", 200), ("leader", 403), ("operator1", 403)])
def test_a_commander_alone_says_who_is_believed(
    signed_in: SignedIn, key: SigningKey, login: str, status: int
) -> None:
    browser = signed_in(login)
    assert (browser.get(TRUST).status_code, add(browser, key).status_code) == (status, 403)


@pytest.mark.parametrize(
    "fields", [{"name": "省\x00局"}, {"sender": "a\x00b"}, {"sender": "a b"}, {"sender": "a,b"}]
)
def test_a_name_that_no_message_can_have_is_refused(
    commander: TestClient, key: SigningKey, fields: dict[str, str]
) -> None:
    assert add(commander, key, **fields).status_code == 400


def test_of_two_who_trust_at_once_the_second_is_told(wiring: Wiring, key: SigningKey) -> None:
    who = Asking(wiring.clock.now(), 32, "指挥长甲", "commander")
    asked = Asked("省气象局", WARNING.sender, key.certificate_pem.decode())
    trust = Trust(wiring.sessions, "610300.citygrid")
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: outcome(lambda: trust.add(asked, who)), range(4)))
    assert sorted(told) == ["added", "warning_trust_taken", "warning_trust_taken", "warning_trust_taken"]


def outcome(add_one: Callable[[], None]) -> str:
    """What came of adding: the code of a refusal, or that it was added."""
    try:
        add_one()
    except CitygridError as refusal:
        return refusal.code
    return "added"

"""Every kind of message that the product makes obeys the schema, is signed and believed; the schema bites."""

from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from emergency.cap.chinese import from_chinese
from emergency.cap.event_kinds import load_event_kinds
from emergency.cap.lifecycle import acknowledge, as_exercise, cancel, reject, update
from emergency.cap.messages import Alert
from emergency.cap.reading import read
from emergency.cap.signing import SignatureState, Trusted, make_key, sign, verify
from emergency.cap.writing import write
from tests.cap.alerts import FLOOD, SCHEMA, SENT, WARNING, number
from tests.rules.test_cap_chinese import GALE
from tests.rules.test_cap_documents import EXAMPLE

HOUR = timedelta(hours=1)
KINDS = load_event_kinds(Path(__file__).parents[2] / "data" / "catalogue")
KEY = make_key("宝鸡市应急管理局", SENT)
UPDATED = update([WARNING], WARNING, (FLOOD,), identifier=number(2), at=SENT + HOUR)
MADE = [
    (WARNING, "an alert"),
    (UPDATED, "an update"),
    (cancel([WARNING, UPDATED], UPDATED, identifier=number(3), at=SENT + HOUR, note="洪峰已过"), "a cancel"),
    (as_exercise(WARNING, "清姜河洪水演练"), "an exercise"),
    (as_exercise(UPDATED, "清姜河洪水演练"), "an update in a drill"),
    (acknowledge(WARNING, identifier=number(4), sender="x.example", at=SENT), "an answer that it came"),
    (reject(WARNING, identifier=number(5), sender="x.example", at=SENT, why="重复"), "a rejection"),
    (from_chinese(GALE.encode(), KINDS).alert, "the Chinese profile, converted"),
]


@pytest.mark.parametrize(("alert", "because"), MADE, ids=[row[1] for row in MADE])
def test_what_is_made_obeys_the_schema_signed_and_is_believed(alert: Alert, because: str):
    document = sign(write(alert), KEY)
    SCHEMA.assertValid(etree.fromstring(document))
    assert read(document).require() == alert
    stands = verify(document, [Trusted(alert.sender, KEY.certificate_pem)], SENT)
    assert stands.state is SignatureState.VALID_TRUSTED


# As the contract has it, element by element: what our own schema must refuse.
WRONG = [
    ("<status>Exercise</status>", "", "status is asked for"),
    ("<status>Exercise", "<status>Drill", "not of the list"),
    ("<scope>Public</scope>", "<scope>Public</scope><source>a</source><scope>Public</scope>", "once"),
    ("<sent>2025-07-17T00:45:00+08:00</sent>", "", "sent is asked for"),
    ("2025-07-17T00:45:00+08:00</sent>", "2025-07-16T16:45:00Z</sent>", "UTC is +00:00"),
    ("2025-07-17T00:45:00+08:00</sent>", "2025-07-17T00:45:00.25+08:00</sent>", "no fractions"),
    ("BJ-20250717T004500-0001", "BJ 0001", "a space in an identifier"),
    ("yjj.baoji.example", "yjj,baoji", "a comma in a sender"),
    ("<category>Met</category>", "", "a category is asked for"),
    ("<category>Met", "<category>Weather", "not of the list"),
    ("<language>zh-CN</language><category>Met</category>",
     "<category>Met</category><language>zh-CN</language>", "the order is fixed"),
    ("<urgency>Immediate</urgency>", "", "urgency is asked for"),
    ("<event>洪水</event>", "<event>洪水</event><event>涝</event>", "one event a block"),
    ("<areaDesc>渭滨区清姜河两岸</areaDesc>", "", "an area has words"),
    ("34.340,107.130 34.320,107.130 34.320,107.120 34.340,107.120", "34.4,107.2 34.34,107.12",
     "four pairs at least"),
    ("34.340,107.120 34.340,107.130", "34.340;107.120 34.340;107.130", "a comma within a pair"),
    ("<geocode>", "<circle>34.3,107.1</circle><geocode>", "a circle has a radius"),
    ("<valueName>GB/T 2260</valueName>", "", "a value has a name"),
    ("<incidents>", "<references>a,b</references><incidents>", "three parts"),
    ("<area>", "<resource><resourceDesc>图</resourceDesc></resource><area>", "1.2 asks for the type"),
    ("</info>", "</info><other xmlns='urn:x'/>", "signatures alone may follow"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "because"), WRONG, ids=[row[2] for row in WRONG])
def test_the_schema_refuses_what_the_contract_forbids(old: str, new: str, because: str):
    assert old in EXAMPLE
    assert not SCHEMA.validate(etree.fromstring(EXAMPLE.replace(old, new, 1)))


def test_utc_may_be_written_with_either_sign():
    text = EXAMPLE.replace("2025-07-17T00:45:00+08:00", "2025-07-16T16:45:00-00:00")
    assert read(text.encode()).require().sent == SENT


def test_what_is_written_is_utf_8_and_of_1_2():
    document = write(WARNING)
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">' in document
    assert "清姜河".encode() in document


def test_a_signature_is_the_last_child():
    root = etree.fromstring(sign(write(WARNING), KEY))
    assert etree.QName(root[-1]).localname == "Signature"

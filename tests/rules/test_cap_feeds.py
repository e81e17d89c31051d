"""Feeds and receipts: what the public list holds, what lists of others mean, who was told and who said so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from emergency.cap.feeds import ATOM, NotAFeed, entries, feed, read_feed
from emergency.cap.lifecycle import cancel, update
from emergency.cap.messages import Alert, Scope, Status
from emergency.cap.reading import read
from emergency.cap.receipts import (
    DeliveryState,
    NamesNobody,
    NotSentYet,
    Receiver,
    ReceiverKind,
    confirmed,
    delivered,
    deliveries_for,
    failed,
    missing_kinds,
    sent,
    to_call,
)
from emergency.cap.safe_xml import XmlWithDoctype
from emergency.cap.signing import SignatureState, Trusted, make_key, sign, verify
from emergency.cap.writing import write
from tests.cap.alerts import FLOOD, SENT, WARNING, number

HOUR = timedelta(hours=1)
UPDATED = update([WARNING], WARNING, (FLOOD,), identifier=number(2), at=SENT + HOUR)
LIFTED = cancel([WARNING, UPDATED], UPDATED, identifier=number(3), at=SENT + 2 * HOUR, note="洪峰已过")
ALL = [WARNING, UPDATED, LIFTED]
HERE = "https://baoji.example/warnings/"


def written(known: list[Alert], at: datetime) -> bytes:
    return feed(
        entries(known, at), title="宝鸡预警", author="宝鸡市应急管理局", feed_url=HERE + "feed.atom",
        url_of=lambda alert: f"{HERE}{alert.identifier[-1]}.cap", at=at,
    )  # fmt: skip


def test_what_was_withdrawn_stays_and_is_shown_as_withdrawn():
    titles = [entry.title for entry in entries(ALL, SENT + 3 * HOUR)]
    assert titles == [LIFTED.infos[0].headline, f"【已解除】{FLOOD.headline}", f"【已解除】{FLOOD.headline}"]


def test_what_was_updated_stays_and_is_shown_as_updated():
    assert [entry.standing for entry in entries(ALL, SENT + HOUR)] == ["in_force", "updated"]


def test_what_has_expired_goes_and_its_cancel_with_it():
    assert entries(ALL, SENT + 7 * HOUR) == []


@pytest.mark.parametrize(
    "change", [{"status": Status.EXERCISE}, {"status": Status.TEST}, {"scope": Scope.RESTRICTED}], ids=str
)
def test_drills_tests_and_closed_messages_are_in_no_feed(change: dict[str, object]):
    assert entries([replace(WARNING, **change)], SENT) == []


def test_entries_link_the_document_by_its_type():
    root = etree.fromstring(written(ALL, SENT + 3 * HOUR))
    links = root.findall(f"{{{ATOM}}}entry/{{{ATOM}}}link")
    assert {link.get("type") for link in links} == {"application/cap+xml"}


def test_the_same_warnings_give_the_same_bytes():
    assert written(ALL, SENT + 3 * HOUR) == written(ALL, SENT + 4 * HOUR)


def test_our_feed_is_read_back():
    items = read_feed(written(ALL, SENT + 3 * HOUR), HERE).items
    assert [item.url for item in items] == [f"{HERE}{n}.cap" for n in (3, 2, 1)]
    assert items[0].updated == LIFTED.sent


def atom(entry: str) -> str:
    return f"<feed xmlns='{ATOM}'><entry><id>a</id>{entry}</entry></feed>"


PAGE = "<link rel='alternate' type='text/html' href='/page'/>"
RSS = (
    "<rss version='2.0'><channel><item><title>t</title><link>https://a.example/x</link><guid>g</guid>"
    "<pubDate>Fri, 04 Feb 2011 20:20:00 GMT</pubDate></item></channel></rss>"
)
FEEDS = [
    (
        atom(f"{PAGE}<link type='application/cap+xml' href='/1.cap'/>"),
        ["https://baoji.example/1.cap"],
        0,
        "typed",
    ),
    (atom("<link href='2.cap'/>"), ["https://baoji.example/warnings/2.cap"], 0, "a relative link"),
    (atom(""), [], 1, "an entry without a link"),
    (atom("<link href='file:///etc/passwd'/>"), [], 1, "a file of our own machine"),
    (atom("<link href='https://[bad'/>"), [], 1, "an address that is none"),
    (RSS, ["https://a.example/x"], 0, "RSS 2.0"),
]


@pytest.mark.parametrize(("text", "urls", "skipped", "because"), FEEDS, ids=[row[3] for row in FEEDS])
def test_feeds_of_others(text: str, urls: list[str], skipped: int, because: str):
    found = read_feed(text.encode(), HERE)
    assert ([item.url for item in found.items], found.skipped) == (urls, skipped)


def test_dates_of_rss_are_understood():
    assert read_feed(RSS.encode(), HERE).items[0].updated == datetime(2011, 2, 4, 20, 20, tzinfo=UTC)


def wrapped(*documents: bytes) -> bytes:
    parts = "".join(
        "<e:contentObject><e:xmlContent><e:embeddedXMLContent>"
        + etree.tostring(etree.fromstring(document), encoding="unicode")
        + "</e:embeddedXMLContent></e:xmlContent></e:contentObject>"
        for document in documents
    )
    empty = "<e:contentObject><e:nonXMLContent/></e:contentObject>"
    space = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
    return f"<e:EDXLDistribution xmlns:e='{space}'>{parts}{empty}</e:EDXLDistribution>".encode()


def test_messages_in_an_edxl_envelope_are_taken_out():
    found = read_feed(wrapped(write(WARNING), write(UPDATED)), HERE)
    assert [read(item.document).require() for item in found.items] == [WARNING, UPDATED]
    assert (found.kind, found.skipped) == ("edxl", 1)


def test_a_signature_survives_the_envelope():
    key = make_key("宝鸡市应急管理局", SENT)
    inside = read_feed(wrapped(sign(write(WARNING), key)), HERE).items[0].document
    trust = [Trusted(WARNING.sender, key.certificate_pem)]
    assert verify(inside, trust, SENT).state is SignatureState.VALID_TRUSTED


def test_a_message_within_an_entry_is_taken_out():
    inside = etree.tostring(etree.fromstring(write(WARNING)), encoding="unicode")
    text = atom(f"<content type='application/cap+xml'>{inside}</content>")
    assert read(read_feed(text.encode(), HERE).items[0].document).require() == WARNING


def test_a_bare_message_is_a_feed_of_one():
    assert read(read_feed(write(WARNING), HERE).items[0].document).require() == WARNING


def test_what_is_no_feed_is_refused():
    with pytest.raises(NotAFeed):
        read_feed(b"<html/>", HERE)


def test_entities_in_feeds_are_refused():
    with pytest.raises(XmlWithDoctype):
        read_feed(b"<!DOCTYPE feed [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><feed/>", HERE)


# Receipts.

RADIO = Receiver("宝鸡人民广播电台", ReceiverKind.MEDIA)
MALL = Receiver("开元商城", ReceiverKind.CROWDED_PLACE, person="值班经理")
OPEN, ALSO = deliveries_for(WARNING.reference, [RADIO, MALL, RADIO])
GONE = sent(OPEN, SENT)


def test_each_receiver_is_told_once():
    assert (OPEN.receiver, ALSO.receiver) == (RADIO, MALL)


def test_a_crowded_place_names_somebody():
    with pytest.raises(NamesNobody):
        Receiver("开元商城", ReceiverKind.CROWDED_PLACE)


STATES = [
    (OPEN, DeliveryState.TO_SEND, "nothing yet"),
    (GONE, DeliveryState.SENT, "on its way"),
    (delivered(GONE, SENT), DeliveryState.DELIVERED, "arrived"),
    (confirmed(GONE, SENT, "张三"), DeliveryState.CONFIRMED, "a person said so"),
    (failed(GONE, SENT, "停机"), DeliveryState.FAILED, "did not arrive"),
    (sent(failed(GONE, SENT, "停机"), SENT), DeliveryState.SENT, "tried again"),
    (failed(delivered(GONE, SENT), SENT, "迟到的报告"), DeliveryState.DELIVERED, "it had arrived before"),
]


@pytest.mark.parametrize(("delivery", "state", "because"), STATES, ids=[row[2] for row in STATES])
def test_how_far_a_delivery_has_come(delivery, state: DeliveryState, because: str):
    assert delivery.state is state


def test_the_first_confirmation_counts():
    assert confirmed(confirmed(GONE, SENT, "张三"), SENT + HOUR, "李四").confirmed_by == "张三"


@pytest.mark.parametrize("step", [lambda d: delivered(d, SENT), lambda d: confirmed(d, SENT, "张三"),
                                  lambda d: failed(d, SENT, "停机")])  # fmt: skip
def test_nobody_confirms_what_was_not_sent(step):
    with pytest.raises(NotSentYet):
        step(OPEN)


CALLS = [
    (OPEN, 0, True, "not sent"),
    (GONE, 15, False, "a quarter of an hour to confirm"),
    (GONE, 16, True, "no word in time"),
    (delivered(GONE, SENT), 16, True, "arrived, and nobody has said so"),
    (confirmed(GONE, SENT, "张三"), 60, False, "confirmed"),
    (failed(GONE, SENT, "停机"), 1, True, "failed"),
]


@pytest.mark.parametrize(
    ("delivery", "minutes", "is_called", "because"), CALLS, ids=[row[3] for row in CALLS]
)
def test_who_is_called(delivery, minutes: int, is_called: bool, because: str):
    assert bool(to_call([delivery], SENT + timedelta(minutes=minutes))) is is_called


def test_the_law_names_more_than_the_media():
    assert ReceiverKind.TELECOM in missing_kinds([RADIO, MALL])
    assert ReceiverKind.MEDIA not in missing_kinds([RADIO, MALL])

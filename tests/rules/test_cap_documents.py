"""Warnings as documents: what is written reads back the same, what strangers send cannot hurt."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emergency.cap.findings import BlockedAlert, errors_of
from emergency.cap.messages import (
    Alert,
    Area,
    Category,
    Certainty,
    Circle,
    Info,
    MsgType,
    Named,
    Reference,
    Resource,
    Response,
    Scope,
    Severity,
    Status,
    Urgency,
)
from emergency.cap.reading import NotAnAlert, read
from emergency.cap.safe_xml import MOST_BYTES, NotXml, XmlTooLarge, XmlWithDoctype
from emergency.cap.writing import write
from gis_core.errors import CitygridError
from gis_core.places import LonLat
from tests.cap.alerts import FLOOD, SCHEMA, SENT, WARNING, flood

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters='<&"', exclude_categories=("Cc", "Cs", "Cn", "Co")),
    min_size=1,
    max_size=30,
).map(str.strip).filter(bool)  # fmt: skip
NAMES = st.from_regex(r"[A-Za-z0-9._:@/-]{1,30}", fullmatch=True)
MOMENTS = st.integers(946_656_000, 4_070_880_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, timezone(timedelta(hours=8)))
)
PAIRS = st.lists(st.builds(Named, WORDS, WORDS), max_size=2).map(tuple)
PLACES = st.builds(
    LonLat, st.floats(-179, 179).map(lambda x: round(x, 5)), st.floats(-89, 89).map(lambda x: round(x, 5))
)


@st.composite
def rings(draw: st.DrawFn) -> tuple[LonLat, ...]:
    """A rectangle that runs either way."""
    corner = draw(PLACES)
    east = draw(st.integers(1, 50_000)) / 100_000
    north = draw(st.integers(1, 50_000)) / 100_000
    far = LonLat(round(corner.lon_deg + east, 5), round(corner.lat_deg + north, 5))
    ring = (
        corner, LonLat(far.lon_deg, corner.lat_deg), far, LonLat(corner.lon_deg, far.lat_deg), corner,
    )  # fmt: skip
    return ring[:: draw(st.sampled_from([1, -1]))]


AREAS = st.builds(
    Area,
    WORDS,
    polygons=st.lists(rings(), max_size=2).map(tuple),
    circles=st.lists(
        st.builds(Circle, PLACES, st.integers(0, 500_000).map(lambda n: n / 1000)), max_size=2
    ).map(tuple),
    geocodes=PAIRS,
    altitude_ft=st.none() | st.integers(-1000, 9000).map(float),
)
RESOURCES = st.builds(
    Resource, WORDS, st.just("image/png"), st.none() | st.integers(0, 10**9), st.just("https://a.example/图.png"),
    st.sampled_from(["", "AAAA"]), st.sampled_from(["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"]),
)  # fmt: skip
INFOS = st.builds(
    Info, st.lists(st.sampled_from(Category), min_size=1, max_size=3).map(tuple), WORDS,
    st.sampled_from(Urgency),
    st.sampled_from(Severity), st.sampled_from(Certainty), language=st.sampled_from(["zh-CN", "en-US"]),
    responses=st.lists(st.sampled_from(Response), max_size=2).map(tuple), audience=st.just("") | WORDS,
    event_codes=PAIRS, effective=st.none() | MOMENTS, onset=st.none() | MOMENTS, expires=st.none() | MOMENTS,
    sender_name=st.just("") | WORDS, headline=st.just("") | WORDS, description=st.just("") | WORDS,
    instruction=st.just("") | WORDS, web=st.sampled_from(["", "https://a.example/1"]),
    contact=st.just("") | WORDS, parameters=PAIRS, resources=st.lists(RESOURCES, max_size=2).map(tuple),
    areas=st.lists(AREAS, max_size=2).map(tuple),
)  # fmt: skip
ALERTS = st.builds(
    Alert, NAMES.map("ours:{}".format), NAMES, MOMENTS, st.sampled_from(Status),
    st.just(MsgType.UPDATE), st.just(Scope.PRIVATE),
    source=st.just("") | WORDS, addresses=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    codes=st.lists(WORDS, max_size=2).map(tuple), note=st.just("") | WORDS,
    references=st.lists(st.builds(Reference, NAMES, NAMES, MOMENTS), min_size=1, max_size=3).map(tuple),
    incidents=st.lists(WORDS, max_size=2).map(tuple), infos=st.lists(INFOS, max_size=2).map(tuple),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(ALERTS)
def test_what_is_written_is_valid_and_reads_back_the_same(alert: Alert):
    document = write(alert)
    SCHEMA.assertValid(etree.fromstring(document))
    assert read(document).require() == alert


def test_moments_are_written_as_clocks_in_the_city_show_them():
    document = write(replace(WARNING, sent=datetime(2025, 7, 16, 16, 45, 0, 900, tzinfo=UTC)))
    assert b"<sent>2025-07-17T00:45:00+08:00</sent>" in document


def test_coordinates_are_written_latitude_first():
    assert b"<polygon>34.34,107.12 34.34,107.13 " in write(WARNING)


def test_an_empty_text_is_not_written():
    assert b"<contact" not in write(WARNING)


def test_a_message_with_errors_is_not_written():
    with pytest.raises(BlockedAlert, match="缺少 event"):
        write(flood(event=" "))


# The example of the contract, spelled by hand.
EXAMPLE = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>BJ-20250717T004500-0001</identifier><sender>yjj.baoji.example</sender>
  <sent>2025-07-17T00:45:00+08:00</sent><status>Exercise</status><msgType>Alert</msgType>
  <scope>Public</scope><note>汛期演练</note><incidents>INC-2025-0042</incidents>
  <info><language>zh-CN</language><category>Met</category><event>洪水</event>
    <responseType>Evacuate</responseType><urgency>Immediate</urgency><severity>Severe</severity>
    <certainty>Observed</certainty><expires>2025-07-17T06:45:00+08:00</expires>
    <senderName>宝鸡市防汛抗旱指挥部</senderName><headline>清姜河沿岸立即转移</headline>
    <description>演练</description><instruction>按网格员指引前往避难场所</instruction>
    <area><areaDesc>渭滨区清姜河两岸</areaDesc>
      <polygon>34.340,107.120 34.340,107.130 34.320,107.130 34.320,107.120 34.340,107.120</polygon>
      <geocode><valueName>GB/T 2260</valueName><value>610302</value></geocode></area></info>
</alert>"""


def test_the_example_of_the_contract_is_sound():
    found = read(EXAMPLE.encode())
    assert found.is_sound
    assert found.require().infos[0].areas[0].polygons[0][0] == LonLat(107.12, 34.34)


def test_the_example_of_the_contract_obeys_the_schema():
    SCHEMA.assertValid(etree.fromstring(EXAMPLE))


CHANGED = [
    ("<status>Exercise</status>", "", "missing_element", "status is asked for"),
    ("<status>Exercise</status>", "<status/>", "missing_element", "an empty element is as good as none"),
    ("<status>Exercise</status>", "<status>Drill</status>", "wrong_value", "not of the list"),
    ("<scope>Public</scope>", "<scope>Public</scope><source>a</source>", "wrong_order", "source first"),
    ("<event>洪水</event>", "<event>洪水</event><event>涝</event>", "duplicate_element", "one event a block"),
    ("<event>洪水</event>", "<event>洪水</event><colour>red</colour>", "unknown_element", "use parameters"),
    ("<event>洪水</event>", "<event xmlns='urn:x'>洪水</event>", "unknown_element", "of another namespace"),
    ("2025-07-17T00:45:00+08:00", "2025-07-17 00:45:00", "bad_date", "no zone"),
    ("2025-07-17T00:45:00+08:00", "2025-02-30T00:45:00+08:00", "bad_date", "no such day"),
    ("2025-07-17T06:45:00+08:00", "2025-07-16T22:45:00Z", "date_with_z", "UTC is +00:00"),
    ("34.340,107.120 34.340,107.130", "34.340;107.120 34.340,107.130", "polygon_unreadable", "no comma"),
    ("34.340,107.120 34.340,107.130", "nan,107.120 34.340,107.130", "polygon_unreadable", "not a number"),
    ("34.340,107.120", "107.120,34.340", "coordinates_swapped", "longitude came first"),
    ("34.340,107.120", "34.340,507.120", "not_on_earth", "beyond the date line"),
    ("<geocode>", "<circle>34.3,107.1 two</circle><geocode>", "circle_unreadable", "a radius is a number"),
    ("</geocode>", "</geocode><altitude>high</altitude>", "bad_number", "feet are a number"),
    ("<incidents>", "<references>a,b</references><incidents>", "bad_reference", "three parts"),
    ("<scope>", "<password>x</password><scope>", "password", "deprecated"),
    ("<certainty>Observed", "<certainty>Very Likely", "very_likely", "deprecated since 1.1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "because"), CHANGED, ids=[row[3] for row in CHANGED])
def test_a_document_that_breaks_the_schema_is_found_out(old: str, new: str, code: str, because: str):
    found = read(EXAMPLE.replace(old, new).encode())
    assert code in {fault.code for fault in errors_of(found.findings)}
    assert not found.is_sound


@pytest.mark.parametrize("row", [row for row in CHANGED if row[2] in {"wrong_order", "unknown_element"}])
def test_a_warning_with_a_fault_is_still_read(row: tuple[str, str, str, str]):
    assert read(EXAMPLE.replace(row[0], row[1]).encode()).alert is not None


def test_a_fault_names_its_place():
    found = read(EXAMPLE.replace("34.340,107.120", "107.120,34.340").encode())
    assert "infos[1]/areas[1]/polygons[1]" in {fault.where for fault in found.findings}


LAUGHS = "<!DOCTYPE alert [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
ATTACKS = [
    ('<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + EXAMPLE.replace("演练</des", "&x;</des"),
     XmlWithDoctype, "an entity from outside"),
    (LAUGHS + EXAMPLE.replace("演练</des", "&i;</des"), XmlWithDoctype, "a billion laughs"),
    ('<!DOCTYPE alert SYSTEM "http://a.example/cap.dtd">' + EXAMPLE, XmlWithDoctype, "a type elsewhere"),
    (EXAMPLE.replace("演练</des", "&x;</des"), NotXml, "an entity nobody declared"),
    (EXAMPLE.replace("</alert>", ""), NotXml, "cut off"),
    ("", NotXml, "nothing"),
    ("<alert/>", NotAnAlert, "no namespace"),
    ("<html xmlns='http://www.w3.org/1999/xhtml'/>", NotAnAlert, "a web page"),
    ("<a>" * 200 + "</a>" * 200, XmlTooLarge, "too deep"),
    (EXAMPLE.replace("<info>", "<code>x</code>" * 60_000 + "<info>"), XmlTooLarge, "too many elements"),
    (EXAMPLE.replace("演练</des", "长" * (MOST_BYTES // 3) + "</des"), XmlTooLarge, "too large"),
    ("<?xml version='1.0' encoding='unicode_escape'?>" + EXAMPLE, NotXml, "an encoding no message has"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "because"), ATTACKS, ids=[row[2] for row in ATTACKS])
def test_a_hostile_document_is_refused(text: str, error: type[CitygridError], because: str):
    with pytest.raises(error):
        read(text.encode())


def test_a_document_type_is_seen_in_any_encoding():
    text = "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE a [<!ENTITY x 'y'>]>" + EXAMPLE
    with pytest.raises(XmlWithDoctype):
        read(text.encode("utf-16"))


def test_a_document_in_gbk_is_read():
    text = "<?xml version='1.0' encoding='GBK'?>" + EXAMPLE
    assert read(text.encode("gbk")).require().note == "汛期演练"


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.integers(0, len(EXAMPLE) - 1).map(lambda n: EXAMPLE[:n].encode()))
def test_nothing_but_errors_of_ours_comes_of_rubbish(data: bytes):
    with pytest.raises(CitygridError):
        read(data)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(re.findall(r"<(\w+)>", EXAMPLE)), WORDS)
def test_any_text_in_any_element_is_a_message_or_findings(name: str, words: str):
    changed = re.sub(rf"<{name}>[^<]*</{name}>", lambda _: f"<{name}>{words}</{name}>", EXAMPLE)
    found = read(changed.replace("]]>", "").encode())
    assert found.alert is not None or errors_of(found.findings)


OLD = EXAMPLE.replace("urn:oasis:names:tc:emergency:cap:1.2", "urn:oasis:names:tc:emergency:cap:1.1")
OLDEST = EXAMPLE.replace("urn:oasis:names:tc:emergency:cap:1.2", "http://www.incident.com/cap/1.0")


def test_a_message_of_1_1_is_read():
    found = read(OLD.replace("<area>", "<resource><resourceDesc>图</resourceDesc></resource><area>").encode())
    assert (found.version, found.require().infos[0].resources[0].mime_type) == (
        "1.1",
        "application/octet-stream",
    )


def test_a_message_of_1_0_is_read():
    text = OLDEST.replace("<valueName>GB/T 2260</valueName><value>610302</value>", "GB2260=610302")
    text = text.replace("<scope>Public</scope>", "<password>x</password>").replace("Observed", "Very Likely")
    message = read(text.replace("<category>Met</category>", "").encode()).require()
    assert message.scope is Scope.PUBLIC
    assert message.infos[0].categories == (Category.OTHER,)
    assert message.infos[0].certainty is Certainty.LIKELY
    assert message.infos[0].areas[0].geocodes == (Named("GB2260", "610302"),)


def test_a_message_without_a_language_is_english():
    assert (
        read(EXAMPLE.replace("<language>zh-CN</language>", "").encode()).require().infos[0].language
        == "en-US"
    )


def test_space_round_values_does_not_count():
    text = EXAMPLE.replace("<status>Exercise</status>", "<status>\n  Exercise\n </status>")
    assert read(text.encode()).require().status is Status.EXERCISE


def test_a_comment_cannot_split_what_is_read():
    text = EXAMPLE.replace("清姜河沿岸", "清姜<!-- 不 -->河沿岸")
    assert read(text.encode()).require().infos[0].headline == "清姜河沿岸立即转移"


def test_which_way_a_polygon_runs_does_not_matter():
    ring = FLOOD.areas[0].polygons[0]
    turned = flood(areas=(replace(FLOOD.areas[0], polygons=(ring[::-1],)),))
    assert not errors_of(read(write(turned)).findings)


def test_a_fraction_of_a_second_is_dropped_with_a_warning():
    found = read(EXAMPLE.replace("06:45:00+08:00", "06:45:00.250+08:00").encode())
    assert found.require().infos[0].expires == SENT + timedelta(hours=6)
    assert "fraction_of_second" in {fault.code for fault in found.findings}
